"""Reading SBML that is not ours: what is understood equals libRoadRunner, the rest is refused by name."""

from pathlib import Path

import numpy as np
import pytest
import roadrunner

from rheostat.network.formula import evaluate
from rheostat.network.sbml import read_network, to_antimony, to_sbml
from rheostat.vocabulary.error import InputError

BIOMODELS = Path(__file__).resolve().parents[2].parent / "shared" / "models" / "biomodels"

CONCENTRATIONS = """
function half(x)
  x/2
end
model *m()
  compartment c = 2
  species A in c = 3, B in c = 0, $X in c = 5
  k = a0*2; a0 = 0.25
  y := half(A) + z; z := B + r2
  r1: A -> 2 B; c*k*A
  r2: B -> ; c*0.1*B*X
end
"""


def slopes(text: str) -> tuple[dict[str, float], dict[str, float]]:
    """Slope of each amount at the start: ours and libRoadRunner's."""
    network = read_network(text)
    values = dict(zip(network.parameters, network.values, strict=True))
    values.update(zip(network.species, network.initial, strict=True))
    for rule in network.rules:
        values[rule.variable] = evaluate(rule.formula, values)
    ours = dict.fromkeys(network.species, 0.0)
    for reaction in network.reactions:
        rate = evaluate(reaction.rate, values)
        for name, count in reaction.reactants.items():
            ours[name] -= count * rate
        for name, count in reaction.products.items():
            ours[name] += count * rate
    oracle = roadrunner.RoadRunner(text)
    matrix = oracle.getFullStoichiometryMatrix()
    rates = dict(zip(oracle.model.getReactionIds(), oracle.model.getReactionRates(), strict=True))
    theirs = {
        name: float(sum(c * rates[r] for c, r in zip(row, matrix.colnames, strict=True)))
        for name, row in zip(matrix.rownames, np.asarray(matrix), strict=True)
    }
    return ours, theirs


def test_concentrations_become_amounts() -> None:
    network = read_network(to_sbml(CONCENTRATIONS))
    assert dict(zip(network.species, network.initial, strict=True)) == {"A": 6.0, "B": 0.0}
    assert network.concentration_species == {"A": 2.0, "B": 2.0}
    assert dict(zip(network.parameters, network.values, strict=True)) == {"k": 0.5, "a0": 0.25, "X": 5.0}
    values = {"A": 6.0, "B": 4.0, "k": 0.5, "a0": 0.25, "X": 5.0}
    for rule in network.rules:
        values[rule.variable] = evaluate(rule.formula, values)
    # z = [B] + rate of r2 = 2 + 2*0.1*2*5; y = [A]/2 + z
    assert values["z"] == pytest.approx(4.0) and values["y"] == pytest.approx(5.5)
    ours, theirs = slopes(to_sbml(CONCENTRATIONS))
    assert ours == pytest.approx(theirs)


@pytest.mark.parametrize("name", ["581", "651", "1102", "448", "833"])
def test_slopes_of_published_models_equal_libroadrunner(name: str) -> None:
    path = BIOMODELS / f"BIOMD{int(name):010d}.xml"
    if not path.exists():
        pytest.skip("needs the shared facts folder")
    ours, theirs = slopes(path.read_text(encoding="utf-8"))
    shared = ours.keys() & theirs.keys()
    assert len(shared) > 5
    # Sums of rates cancel at the start, so the tolerance is on the largest slope.
    scale = max(map(abs, theirs.values()))
    assert {n: ours[n] for n in shared} == pytest.approx(
        {n: theirs[n] for n in shared}, rel=1e-9, abs=1e-12 * scale
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("E1: at (A > 2): B = 1", "event E1"),
        ("c := 1 + a0", "compartment c"),
        ("y2 := delay(A, 1)", "delay"),
        ("n3 = 2; n3 := 1 + a0; r3: n3 A -> B; k", "reaction r3"),
    ],
)
def test_unsupported_feature_is_refused_by_name(line: str, says: str) -> None:
    text = CONCENTRATIONS.replace("\nend\n\n", "\nend\n").rstrip().removesuffix("end") + f"  {line}\nend\n"
    with pytest.raises(InputError, match=says):
        read_network(to_sbml(text))


def test_rate_rules_become_state_variables() -> None:
    text = CONCENTRATIONS.rstrip().removesuffix("end") + "  q' = 2*A; q = 1\n  X' = q + k\nend\n"
    network = read_network(to_sbml(text))
    values = dict(zip(network.parameters, network.values, strict=True))
    values.update(zip(network.species, network.initial, strict=True))
    slope = {reaction.id: evaluate(reaction.rate, values) for reaction in network.reactions}
    # X is a concentration of 5 in 2 litre, so its amount changes twice as fast
    assert values["q"] == 1.0 and values["X"] == 10.0
    assert slope["rate rule of q"] == pytest.approx(6.0) and slope["rate rule of X"] == pytest.approx(1.5)
    assert {"X": 2.0} in [reaction.products for reaction in network.reactions]


def test_text_that_is_not_sbml_is_refused() -> None:
    with pytest.raises(InputError, match="E251"):
        read_network("S6K -> pS6K")


def test_missing_start_value_is_refused() -> None:
    sbml = to_sbml(CONCENTRATIONS).replace(' initialConcentration="3"', "").replace(' initialAmount="6"', "")
    with pytest.raises(InputError, match="'A' has no finite start value"):
        read_network(sbml)


def test_antimony_export_can_be_read_by_people() -> None:
    text = to_antimony(to_sbml(CONCENTRATIONS))
    assert "r1: A -> 2 B" in text


def test_rules_in_a_circle_are_refused() -> None:
    sbml = to_sbml(CONCENTRATIONS).replace("<ci> r2 </ci>", "<ci> y </ci>")
    with pytest.raises(InputError, match="E252 expressions depend on each other in a circle: y, z"):
        read_network(sbml)
