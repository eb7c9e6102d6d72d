"""A small rapalog and S6K model in the real format assembles clean; each mistake is named with its line."""

import textwrap
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import roadrunner
from scipy.integrate import solve_ivp

from rheostat.knowledge.mechanism import read_mechanisms
from rheostat.knowledge.reference import Reference
from rheostat.network.assemble import Assembled, assemble
from rheostat.network.diagnose import diagnostics
from rheostat.network.formula import evaluate
from rheostat.network.network import Network
from rheostat.network.sbml import read_network, to_antimony, to_sbml
from rheostat.vocabulary.error import InputError
from rheostat.vocabulary.place import Place

MODEL = textwrap.dedent("""\
    compartments:
      cytosol: {volume: 2.5e-12, unit: litre}
      medium: {volume: 4.0e-9, unit: litre}
    species:
      sirolimus_medium: {agent: sirolimus, compartment: medium, initial: 48177, unit: kilocopy, source: x,
        grade: C}
      sirolimus: {agent: sirolimus, compartment: cytosol, initial: 0}
      FKBP1A: {agent: FKBP1A, compartment: cytosol, initial: 1800, unit: kilocopy, source: x, grade: B}
      FKBP1A_D: {agent: FKBP1A, state: bound, compartment: cytosol, initial: 0}
      MTORC1: {agent: MTOR.RPTOR, compartment: cytosol, initial: 18, unit: kilocopy, source: x, grade: B}
      MTORC1_D: {agent: MTOR.RPTOR, state: bound, compartment: cytosol, initial: 0}
      S6K1: {agent: RPS6KB1|RPS6KB2, shares: {RPS6KB1: 0.7, RPS6KB2: 0.3}, compartment: cytosol, initial: 50,
        unit: kilocopy, source: x, grade: B}
      S6K1_pT389: {agent: RPS6KB1|RPS6KB2, shares: {RPS6KB1: 0.7, RPS6KB2: 0.3}, state: p@T389,
        compartment: cytosol, initial: 0}
    mechanisms:
    - id: sirolimus-uptake
      says: The drug enters the cell
      evidence: [{source: paper2000, finding: it enters}]
      expressions: |
        c_medium := nM_medium*sirolimus_medium; c_medium has nM
        c_cytosol := nM_cytosol*sirolimus; c_cytosol has nM
      reactions: |
        uptake: sirolimus_medium -> sirolimus; k_uptake*(c_medium - c_cytosol)/nM_cytosol
      parameters:
        k_uptake: {value: 0.9, unit: 1/min, source: x, grade: C}
    - id: sirolimus-binds
      says: FKBP12 and the drug take the FRB domain of mTORC1
      statement: {type: Complex, agents: [FKBP1A, MTOR]}
      evidence: [{source: [banaszynski2005, paper2000], finding: ternary complex}]
      reactions: |
        binary: sirolimus + FKBP1A -> FKBP1A_D; k_on_fkbp*c_cytosol*FKBP1A - k_off_fkbp*FKBP1A_D
        ternary: FKBP1A_D + MTORC1 -> MTORC1_D; k_on_frb*nM_cytosol*FKBP1A_D*MTORC1 - k_off_frb*MTORC1_D
      parameters:
        k_on_fkbp: {value: 0.6, unit: 1/(nM*min), source: x, grade: C}
        k_off_fkbp: {value: 0.18, unit: 1/min, source: x, grade: C}
        k_on_frb: {value: 0.02, unit: 1/(nM*min), source: x, grade: C}
        k_off_frb: {value: 0.24, unit: 1/min, source: x, grade: C}
    - id: fkbp12-turnover
      says: FKBP12 is made and lost
      flag: turnover
      reactions: |
        fkbp_made: -> FKBP1A; k_syn*n_FKBP1A
        fkbp_lost: FKBP1A -> ; k_deg*FKBP1A
      parameters:
        k_syn: {value: 0.36, unit: kilocopy/min, source: x, grade: C}
        k_deg: {value: 2.0e-4, unit: 1/min, source: x, grade: C}
    - id: mtorc1-phosphorylates-s6k1
      says: mTORC1 phosphorylates S6K1 on T389
      statement: {type: Phosphorylation, agents: [MTOR, RPS6KB1], residue: T, position: 389}
      evidence: [{source: paper2001, finding: it does}]
      expressions: |
        mtorc1_active := MTORC1/(one + torin1/ki_torin1); mtorc1_active has kilocopy
        pS6K := S6K1_pT389/(S6K1 + S6K1_pT389); pS6K has dimensionless
        gate := hill(S6K1_pT389, K_g, n_g); gate has dimensionless  // one call
        proliferation := mu_max*gate; proliferation has per_hour
      reactions: |
        s6k_on: S6K1 -> S6K1_pT389; michaelis(mtorc1_active, S6K1, k_s6k, km_s6k)
        s6k_off: S6K1_pT389 -> S6K1; k_s6k_off*S6K1_pT389
      parameters:
        torin1: {value: 0, unit: nM, spread: 1, source: x, grade: C}
        ki_torin1: {value: 6, unit: nM, source: x, grade: C}
        k_s6k: {value: 0.5, unit: 1/min, source: x, grade: C}
        km_s6k: {value: 20, unit: kilocopy, source: x, grade: C}
        k_s6k_off: {value: 0.2, unit: 1/min, source: x, grade: C}
        K_g: {value: 20, unit: kilocopy, source: x, grade: C}
        n_g: {value: 1.7, unit: dimensionless, source: x, grade: C}
        mu_max: {value: 0.035, unit: 1/h, source: x, grade: C}
    """)
REFERENCES = {
    "banaszynski2005": Reference(
        "banaszynski2005",
        "10.1021/ja043277y",
        "",
        2005,
        "Banaszynski",
        "JACS",
        "full",
        Place("references.tsv", 2, 1),
    ),
    "paper2001": Reference(
        "paper2001", "", "11111111", 2001, "Someone", "Journal", "abstract", Place("references.tsv", 2, 1)
    ),
}


def build(folder: Path, text: str = MODEL) -> Assembled:
    path = folder / "model.yaml"
    path.write_text(text, encoding="utf-8")
    return assemble(read_mechanisms([path]), REFERENCES, ())


def refused(folder: Path, right: str, wrong: str) -> list[str]:
    """Issues of the model with one text replaced; the file's own path is cut off."""
    assert right in MODEL
    with pytest.raises(InputError) as caught:
        build(folder, MODEL.replace(right, wrong, 1))
    return [str(issue).replace(f"{folder / 'model.yaml'}:", "") for issue in caught.value.issues]


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(MODEL.splitlines(), 1) if text in line)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Assembled:
    return build(tmp_path_factory.mktemp("model"))


def test_the_model_has_no_diagnostic(model: Assembled) -> None:
    assert diagnostics(model.network.sbml) == []


def test_network_knows_species_reactions_and_mechanisms(model: Assembled) -> None:
    network = model.network
    # The switch of the site of S6K1 is the ninth.
    assert len(network.species) == 9
    assert network.mechanism_of("ternary") == "sirolimus-binds"
    assert {rule.variable: rule.mechanism for rule in network.rules}["gate"] == "mtorc1-phosphorylates-s6k1"
    order = [rule.variable for rule in network.rules]
    assert order.index("gate") < order.index("proliferation")
    assert "n_FKBP1A" in network.parameters and "n_MTOR" not in network.parameters
    assert network.compartments == {"cytosol": 2.5e-12, "medium": 4e-9}
    assert dict(zip(network.parameters, network.values, strict=True))["nM_cytosol"] == pytest.approx(
        0.664216, rel=1e-6
    )


def test_agents_travel_through_sbml(model: Assembled) -> None:
    agent = read_network(model.network.sbml).agents["S6K1_pT389"]
    assert agent == model.agents["S6K1_pT389"]
    assert (
        agent.symbols == ("RPS6KB1", "RPS6KB2") and agent.shares["RPS6KB2"] == 0.3 and agent.state == "p@T389"
    )


def test_terms_and_evidence_are_annotated(model: Assembled) -> None:
    sbml = model.network.sbml
    assert "https://identifiers.org/doi:10.1021/ja043277y" in sbml
    assert "https://identifiers.org/pubmed:11111111" in sbml
    assert "reference: paper2000" in sbml and "flag: turnover" in sbml
    for line, term in (('id="binary"', "0000177"), ('id="s6k_on"', "0000216"), ('id="uptake"', "0000185"),
                       ('id="fkbp_made"', "0000393"), ('id="fkbp_lost"', "0000179")):  # fmt: skip
        (tag,) = (found for found in sbml.splitlines() if line in found and "<reaction" in found)
        assert f"SBO:{term}" in tag
    assert '<kineticLaw sboTerm="SBO:0000029">' in sbml


@pytest.mark.parametrize(
    ("right", "wrong", "at"),
    [
        ("k_on_fkbp: {value: 0.6, unit: 1/(nM*min)", "k_on_fkbp: {value: 0.6, unit: 1/min", "binary:"),
        ("k_off_frb: {value: 0.24, unit: 1/min", "k_off_frb: {value: 0.24, unit: 1/h", "ternary:"),
        ("k_s6k: {value: 0.5, unit: 1/min, ", "k_s6k: {value: 0.5, ", "k_s6k: {"),
        ("km_s6k: {value: 20, unit: kilocopy", "km_s6k: {value: 20, unit: nM", "s6k_on:"),
        ("k_on_frb*nM_cytosol*", "k_on_frb*", "ternary:"),
        ("ki_torin1: {value: 6, unit: nM", "ki_torin1: {value: 6, unit: kilocopy", "mtorc1_active :="),
        ("k_syn: {value: 0.36, unit: kilocopy/min", "k_syn: {value: 0.36, unit: 1/min", "fkbp_made:"),
        ("mu_max: {value: 0.035, unit: 1/h", "mu_max: {value: 0.035, unit: 1/min", "proliferation :="),
        ("initial: 18, unit: kilocopy", "initial: 18, unit: item", "MTORC1: {"),
        ("initial: 48177, unit: kilocopy", "initial: 48177, unit: nM", "sirolimus_medium: {"),
        ("c_cytosol := nM_cytosol", "c_cytosol := nM_medium", "c_cytosol :="),
    ],
)  # fmt: skip
def test_planted_unit_fault_is_refused_at_its_line(tmp_path: Path, right: str, wrong: str, at: str) -> None:
    issues = refused(tmp_path, right, wrong)
    assert any(issue.startswith(f"{line_of(at)}:") for issue in issues), issues


@pytest.mark.parametrize(
    ("right", "wrong", "where", "says"),
    [
        ("s6k_off: S6K1_pT389 ->", "s6k_off: S6K1_pT398 ->", "s6k_off:", "did you mean 'S6K1_pT389'"),
        ("k_deg*FKBP1A", "k_dge*FKBP1A", "fkbp_lost:", "did you mean 'k_deg'"),
        ("michaelis(", "michaelsi(", "s6k_on:", "did you mean 'michaelis'"),
        ("s6k_off: S6K1_pT389", "binary: S6K1_pT389", "s6k_off:", "'binary' is given twice"),
        ("s6k_off: S6K1_pT389", "S6K1_pT389", "s6k_off:", "has no name"),
        ("k_syn*n_FKBP1A", "k_syn*n_FKBP1B", "fkbp_made:", "n_FKBP1B"),
        ("fkbp_lost: FKBP1A -> ; k_deg*FKBP1A", "k_deg = 2", "fkbp_lost:", "sets a number"),
        ("fkbp_lost: FKBP1A -> ; k_deg*FKBP1A", "end", "fkbp_lost:", "'end' inside a block"),
        ("fkbp_lost: FKBP1A -> ; k_deg*FKBP1A", "model *other()", "fkbp_lost:", "'model' inside a block"),
        ("fkbp_lost: FKBP1A -> ; k_deg*FKBP1A", "at (time > 3): k = 0", "fkbp_lost:", "'at' inside a block"),
        ("fkbp_lost: FKBP1A -> ; k_deg*FKBP1A", 'import "x.ant"', "fkbp_lost:", "'import' inside"),
        ("k_syn*n_FKBP1A", "2*k_syn*n_FKBP1A", "fkbp_made:", "the number 2"),
        ("k_syn*n_FKBP1A", "k_syn*n_FKBP1A*", "fkbp_made:", "Error when parsing"),
        ("k_syn*n_FKBP1A", "k_syn*\u03b1", "fkbp_made:", "not ASCII"),
        ("pS6K := ", "gate := ", "gate := hill", "'gate' is given twice"),
        ("_max*gate;", "_max*gate*hill(S6K1, K_g, n_g)/hill(S6K1, K_g, n_g);", "proliferation :=", "2 calls"),
        ("; gate has dimensionless", "", "gate := hill", "has no unit"),
        ("MTORC1: {", "gamma: {", "MTORC1: {", "reserved word"),
        ("K_g: {value: 20", "k_syn: {value: 20", "K_g: {", "'k_syn' is used twice"),
        ("k_deg: {value: 2.0e-4", "k_syn: {value: 2.0e-4", "k_deg: {", "'k_syn'"),
        ("gate := hill(S6K1_pT389, K_g, n_g)", "gate := hill(S6K1_pT389, K_g, n_g)*proliferation/mu_max",
         "gate := hill", "circle"),
    ],
)  # fmt: skip
def test_mistake_is_named_with_its_line(
    tmp_path: Path, right: str, wrong: str, where: str, says: str
) -> None:
    issues = refused(tmp_path, right, wrong)
    assert any(issue.startswith(f"{line_of(where)}:") and says in issue for issue in issues), issues


def test_all_problems_come_together(tmp_path: Path) -> None:
    text = MODEL.replace("k_deg*FKBP1A", "k_dge*FKBP1A").replace(" s6k_off: S6", " S6")
    with pytest.raises(InputError) as caught:
        build(tmp_path, text)
    assert {issue.code for issue in caught.value.issues} >= {"E220", "E225"}


def test_column_points_at_the_word(tmp_path: Path) -> None:
    (issue,) = refused(tmp_path, "k_deg*FKBP1A", "k_dge*FKBP1A")
    line = MODEL.replace("k_deg*FKBP1A", "k_dge*FKBP1A").splitlines()[line_of("fkbp_lost:") - 1]
    assert issue.startswith(f"{line_of('fkbp_lost:')}:{line.index('k_dge') + 1} ")


def test_observable_with_unknown_symbol_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(MODEL, encoding="utf-8")
    observable = SimpleNamespace(
        id="seen", formula="S6K1_pT38/S6K1", unit="relative", place=Place("observables.tsv", 2, 1)
    )
    with pytest.raises(InputError, match="observables.tsv:2:1 E220 .*did you mean 'S6K1_pT389'"):
        assemble(read_mechanisms([path]), {}, [observable])


@pytest.mark.parametrize(
    ("formula", "unit", "refused_"),
    [
        ("S6K1_pT389/S6K1", "relative", False),
        ("c_medium", "relative", False),
        ("S6K1_pT389 + c_medium", "relative", True),
        ("proliferation", "1/h", False),
        ("proliferation", "dimensionless", True),
    ],
)
def test_units_of_observables_are_checked(tmp_path: Path, formula: str, unit: str, refused_: bool) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(MODEL, encoding="utf-8")
    observable = SimpleNamespace(id="seen", formula=formula, unit=unit, place=Place("observables.tsv", 2, 1))
    if not refused_:
        assert assemble(read_mechanisms([path]), {}, [observable]).network.species
        return
    with pytest.raises(InputError, match="observables.tsv:2:1 E310 readout seen"):
        assemble(read_mechanisms([path]), {}, [observable])


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('hasOnlySubstanceUnits="true"', 'hasOnlySubstanceUnits="false"'),
        ('id="nM_cytosol" value="0.66', 'id="nM_cytosol" value="0.76'),
        ("<ci> nM_cytosol </ci>", "<ci> nM_medium </ci>"),
    ],
)
def test_sbml_edited_by_hand_is_caught(model: Assembled, right: str, wrong: str) -> None:
    assert right in model.network.sbml
    assert diagnostics(model.network.sbml.replace(right, wrong, 1)) != []


def test_event_is_refused_by_name(model: Assembled) -> None:
    text = model.antimony.rstrip().removesuffix("end")
    sbml = to_sbml(text + "  E1: at (S6K1_pT389 > K_g): FKBP1A = k_syn/k_deg\nend\n")
    with pytest.raises(InputError, match="event E1 E250 events are not supported"):
        read_network(sbml)
    assert "E314" in {issue.code for issue in diagnostics(sbml)}


def test_round_trip_through_antimony_keeps_the_network(model: Assembled) -> None:
    again = read_network(to_sbml(to_antimony(model.network.sbml)))
    assert again.species == model.network.species
    assert np.array_equal(again.initial, model.network.initial)
    assert {r.id: (r.reactants, r.products, r.rate) for r in again.reactions} == {
        r.id: (r.reactants, r.products, r.rate) for r in model.network.reactions
    }
    assert {r.variable: r.formula for r in again.rules} == {
        r.variable: r.formula for r in model.network.rules
    }


def right_side(network: Network, amounts: np.ndarray) -> np.ndarray:
    values = dict(zip(network.parameters, network.values, strict=True))
    values.update(zip(network.species, amounts, strict=True))
    for rule in network.rules:
        values[rule.variable] = evaluate(rule.formula, values)
    slope = dict.fromkeys(network.species, 0.0)
    for reaction in network.reactions:
        rate = evaluate(reaction.rate, values)
        for name, count in reaction.reactants.items():
            slope[name] -= count * rate
        for name, count in reaction.products.items():
            slope[name] += count * rate
    return np.array(list(slope.values()))


def test_libroadrunner_agrees_with_the_formulas_of_the_network(model: Assembled) -> None:
    network = model.network
    oracle = roadrunner.RoadRunner(network.sbml)
    oracle.integrator.relative_tolerance, oracle.integrator.absolute_tolerance = 1e-9, 1e-12
    oracle.timeCourseSelections = list(network.species)
    expected = np.asarray(oracle.simulate(0, 60, 2))[-1]
    ours = solve_ivp(
        lambda _, y: right_side(network, y), (0, 60), network.initial, method="LSODA", rtol=1e-9, atol=1e-12
    )
    # Both solvers were asked for 1e-9; three digits of slack for the accumulated error.
    assert ours.y[:, -1] == pytest.approx(expected, rel=1e-6, abs=1e-9)
