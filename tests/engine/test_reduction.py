"""Dependent species are given by the others, whatever the reactions do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.engine.compile import compile_kernel
from rheostat.engine.program import program_of
from rheostat.engine.reduction import reduce_species

sides = st.dictionaries(st.integers(0, 6), st.integers(1, 3), max_size=3)
networks = st.lists(st.tuples(sides, sides), min_size=0, max_size=7)


def _kernel(build, reactions, count=7):
    def side(amounts):
        return " + ".join(f"{amount} s{species}" for species, amount in amounts.items())

    texts = {
        f"r{place}": f"{side(left)} -> {side(right)}; 1" for place, (left, right) in enumerate(reactions)
    }
    return compile_kernel(build({f"s{species}": 1.0 for species in range(count)}, {}, texts), {})


def _changes(reactions, count=7):
    matrix = np.zeros((count, len(reactions)))
    for place, (left, right) in enumerate(reactions):
        for species, amount in left.items():
            matrix[species, place] -= amount
        for species, amount in right.items():
            matrix[species, place] += amount
    return matrix


@settings(deadline=None)
@given(networks)
def test_no_reaction_moves_a_dependent_species_away_from_what_the_others_say(build_network, reactions):
    reduction, changes = reduce_species(_kernel(build_network, reactions)), _changes(reactions)
    for dependent, members in reduction.members.items():
        expected = sum((weight * changes[species] for species, weight in members), np.zeros(len(reactions)))
        assert changes[dependent] == pytest.approx(expected, abs=1e-12)


@settings(deadline=None)
@given(networks)
def test_every_species_is_either_independent_or_given_by_independent_ones(build_network, reactions):
    reduction = reduce_species(_kernel(build_network, reactions))
    assert sorted([*reduction.independent, *reduction.members]) == list(range(7))
    for members in reduction.members.values():
        assert {species for species, _ in members} <= set(reduction.independent)
    rank = np.linalg.matrix_rank(_changes(reactions)) if reactions else 0
    assert len(reduction.independent) >= rank
    assert len(reduction.totals) == 7 - rank


@settings(deadline=None)
@given(networks)
def test_a_species_that_no_reaction_changes_is_its_own_total(build_network, reactions):
    reduction, changes = reduce_species(_kernel(build_network, reactions)), _changes(reactions)
    for species in np.flatnonzero(~changes.any(axis=1)):
        assert reduction.members[int(species)] == ()


def test_a_kinase_cycle_loses_one_species_a_protein(build):
    network = build(
        {"k": 1.0, "kp": 0.0, "s": 1.0, "sp": 0.0, "bound": 0.0, "free": 1.0},
        {},
        {
            "activate": "k -> kp; k", "deactivate": "kp -> k; kp", "write": "s -> sp; kp*s",
            "erase": "sp -> s; sp", "turn": "free -> ; free", "make": "-> free; 1", "bind": "-> bound; 1",
        },
    )  # fmt: skip
    reduction = reduce_species(compile_kernel(network, {}))
    assert len(reduction.members) == 2
    assert {frozenset({species, *dict(members)}) for species, members in reduction.members.items()} == {
        frozenset({0, 1}),
        frozenset({2, 3}),
    }


@pytest.mark.parametrize("hub_at_start", [0.0, 1.0])
def test_a_hub_does_not_fill_the_matrix(build, hub_at_start):
    # Were the hub given by its forty partners, each of them would read all the others.
    partners = [f"s{number}" for number in range(40)]
    reactions = {name: f"hub -> {name}; hub - {name}" for name in partners}
    kernel = compile_kernel(build({"hub": hub_at_start} | dict.fromkeys(partners, 0.0), {}, reactions), {})
    assert 41 <= len(program_of(kernel).tables.factors.row) <= 4 * 41
