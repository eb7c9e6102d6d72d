"""What must hold in any draw of the prior of the shipped network, whatever its values."""

import itertools
import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rheostat.atlas.load import Atlas, load_atlas
from rheostat.problem.arm import Arm
from rheostat.problem.draw import sample
from rheostat.problem.item import parse_items
from rheostat.studies.course import Runner
from rheostat.studies.plan import make_plan
from rheostat.studies.simulate import Draws, simulate

ANY_DRAWS = st.lists(st.integers(0, 100_000), min_size=4, max_size=4, unique=True)
FEW = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

#: Drug, dose, and the genes without which it has nothing to act on.
TARGETS = [
    ("sirolimus", "20nM", ["FKBP1A"]),
    ("everolimus", "20nM", ["FKBP1A"]),
    ("azd8055", "300nM", ["MTOR"]),
    ("mk2206", "1uM", ["AKT1/2/3"]),
    ("alpelisib", "1uM", ["PIK3CA", "PIK3CB"]),
    ("trametinib", "20nM", ["MAP2K1/2"]),
]
#: Drug, doses, readout that binding lowers, time before feedback comes in (h).
FALLING = [
    ("sirolimus", [0.1, 0.5, 2, 10, 50], "pS6K_T389", 2.0),
    ("torin1", [1, 5, 25, 100, 500], "pS6K_T389", 0.25),
    ("azd8055", [1, 10, 50, 200, 1000], "p4EBP1_T37_46", 0.25),
    ("azd8055", [1, 10, 50, 200, 1000], "pAKT_S473", 0.1),
    ("alpelisib", [10, 50, 200, 1000, 5000], "PIP3", 0.05),
    ("trametinib", [0.1, 0.5, 2, 10, 50], "pERK", 0.1),
]


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return load_atlas()


def values(
    atlas: Atlas,
    arms: Sequence[list[str]],
    times_h: Sequence[float],
    draws: Sequence[int],
    readouts: Sequence[str] | None = None,
) -> NDArray[np.float64]:
    """Readouts of arms given as lists of items: (arm, draw, time, readout)."""
    made = [Arm(str(index), items=parse_items(items)) for index, items in enumerate(arms)]
    result = simulate(atlas, made, times_h, Draws(tuple(draws)), readouts)
    assert (result.dataset["result"].values == 0).all()
    return np.asarray(result.dataset["value"].values)


def network_readouts(atlas: Atlas) -> list[str]:
    return list(atlas.observables)


@FEW
@given(ANY_DRAWS)
def test_mass_of_every_gene_without_turnover_is_conserved(atlas: Atlas, draws: list[int]) -> None:
    network = atlas.network
    made_or_lost = {
        symbol
        for reaction in network.reactions
        for species, amount in _net(reaction).items()
        for symbol in _symbols(atlas, species)
        if abs(sum(n * (symbol in _symbols(atlas, other)) for other, n in _net(reaction).items())) > 1e-12
        and amount
    }
    kept = sorted({s for species in network.species for s in _symbols(atlas, species)} - made_or_lost)
    assert {"AKT1", "RHEB", "TSC2", "FKBP1A", "RPS6KB1", "EIF4E", "MAPK1", "MLST8"} <= set(kept)
    holds = np.array([[symbol in _symbols(atlas, species) for species in network.species] for symbol in kept])
    plan = make_plan(atlas, [Arm("reference")], [0.0], ["pS6K_T389"], 1e-6, 1e-6)
    runner = Runner(plan, sample(atlas.prior, 1, draws))
    before = runner.start(atlas.changes(Arm("reference"))).species @ holds.T
    starved = runner.start(atlas.changes(Arm("starved", items=parse_items(["env:serum@0", "env:AA@0"]))))
    np.testing.assert_allclose(starved.species @ holds.T, before, rtol=1e-8, atol=1e-6)


def _net(reaction: object) -> dict[str, float]:
    net: dict[str, float] = {}
    for species, amount in reaction.reactants.items():  # type: ignore[attr-defined]
        net[species] = net.get(species, 0.0) - amount
    for species, amount in reaction.products.items():  # type: ignore[attr-defined]
        net[species] = net.get(species, 0.0) + amount
    return net


def _symbols(atlas: Atlas, species: str) -> frozenset[str]:
    return (
        frozenset(re.split(r"[.|]", atlas.agents[species].agent)) if species in atlas.agents else frozenset()
    )


@pytest.mark.parametrize(("drug", "dose", "genes"), TARGETS, ids=[row[0] for row in TARGETS])
def test_no_drug_acts_without_its_target(atlas: Atlas, drug: str, dose: str, genes: list[str]) -> None:
    lost = [f"ko:{gene}" for gene in genes]
    draws = (3, 11, 42)
    untreated, treated = values(
        atlas, [lost, [*lost, f"drug:{drug}@{dose}"]], [1.0, 24.0], draws, network_readouts(atlas)
    )
    np.testing.assert_allclose(treated, untreated, rtol=1e-3, atol=1e-4)


@FEW
@given(ANY_DRAWS)
def test_reversible_drugs_wash_out(atlas: Atlas, draws: list[int]) -> None:
    drugs = ["azd8055@300nM", "mk2206@1uM", "alpelisib@1uM", "trametinib@20nM"]
    arms = [[], *([f"drug:{drug}@t0-1"] for drug in drugs)]
    untreated, *washed = values(atlas, arms, [720.0], draws, ["pS6K_T389", "pAKT_S473", "pERK", "PIP3"])
    for each in washed:
        np.testing.assert_allclose(each, untreated, rtol=0.02)


@pytest.mark.parametrize(("drug", "doses", "readout", "time_h"), FALLING)
def test_dose_response_falls_where_binding_says_so(
    atlas: Atlas, drug: str, doses: list[float], readout: str, time_h: float
) -> None:
    arms = [[], *([f"drug:{drug}@{dose}nM"] for dose in doses)]
    curve = values(atlas, arms, [time_h], (0, 7, 19, 101), [readout])[:, :, 0, 0]
    assert (np.diff(curve, axis=0) < 1e-6).all()


@FEW
@given(ANY_DRAWS)
def test_nothing_given_is_nothing_done_to_the_bit(atlas: Atlas, draws: list[int]) -> None:
    idle = [["drug:azd8055@0nM"], ["env:leu@1@t0-"], ["oe:RHEB@1"], ["env:serum@1"]]
    untreated, *others = values(atlas, [[], *idle], [0.0, 24.0], draws)
    for other in others:
        np.testing.assert_array_equal(other, untreated)


@FEW
@given(ANY_DRAWS)
def test_order_of_items_is_irrelevant_to_the_bit(atlas: Atlas, draws: list[int]) -> None:
    items = ["ko:PTEN", "drug:everolimus@20nM@t1-", "env:serum@0.1", "drug:trametinib@5nM"]
    first, *others = values(
        atlas, [list(order) for order in itertools.permutations(items)][::5], [24.0], draws
    )
    for other in others:
        np.testing.assert_array_equal(other, first)
