"""Conserved totals: the known moieties of small networks, exactness and completeness of any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheostat.engine.conservation import conserved_totals
from rheostat.engine.kernel import Floats


def stoichiometry(species: Sequence[str], *reactions: Mapping[str, float]) -> Floats:
    matrix = np.zeros((len(species), len(reactions)))
    for number, reaction in enumerate(reactions):
        for name, coefficient in reaction.items():
            matrix[species.index(name), number] = coefficient
    return matrix


def rank(matrix: Floats) -> int:
    """Exact rank by elimination over fractions; a column to clear a time."""
    rows = [[Fraction(value) for value in row] for row in matrix.tolist()]
    found = 0
    for column in range(matrix.shape[1]):
        pivot = next((row for row in rows if row[column]), None)
        if pivot is None:
            continue
        found += 1
        rows = [
            [a - b * row[column] / pivot[column] for a, b in zip(row, pivot, strict=True)]
            for row in rows
            if row is not pivot
        ]
    return found


def test_two_forms_have_one_total() -> None:
    matrix = stoichiometry("ab", {"a": -1, "b": 1}, {"b": -1, "a": 1})
    np.testing.assert_array_equal(conserved_totals(matrix), [[1, 1]])


@pytest.mark.parametrize("shift", range(5))
def test_enzyme_and_substrate_are_totals_of_their_forms(shift: int) -> None:
    names = ["enzyme", "substrate", "complex", "product", "inactive"]
    species = names[shift:] + names[:shift]
    matrix = stoichiometry(
        species,
        {"enzyme": -1, "substrate": -1, "complex": 1},
        {"enzyme": 1, "substrate": 1, "complex": -1},
        {"complex": -1, "enzyme": 1, "product": 1},
        {"product": -1, "substrate": 1},
        {"enzyme": -1, "inactive": 1},
    )
    totals = conserved_totals(matrix)
    found = {frozenset(np.array(species)[law != 0]) for law in totals}
    assert found == {
        frozenset({"enzyme", "complex", "inactive"}),
        frozenset({"substrate", "complex", "product"}),
    }
    assert set(totals.ravel()) == {0.0, 1.0}


def test_a_group_handed_on_leaves_three_totals_without_differences() -> None:
    """a_p + b <-> a + b_p keeps a, b and the phosphate: no total needs a negative weight."""
    matrix = stoichiometry(
        ["a", "a_p", "b", "b_p"],
        {"a_p": -1, "b": -1, "a": 1, "b_p": 1},
        {"a_p": 1, "b": 1, "a": -1, "b_p": -1},
    )
    totals = conserved_totals(matrix)
    assert len(totals) == 3
    assert set(totals.ravel()) == {0.0, 1.0}
    assert (totals.sum(axis=1) == 2).all()


def test_dimers_count_twice() -> None:
    matrix = stoichiometry(["monomer", "dimer"], {"monomer": -2, "dimer": 1})
    np.testing.assert_array_equal(conserved_totals(matrix), [[1, 2]])


@pytest.mark.parametrize(
    ("made", "total"), [(0.5, [1, 2]), (1.5, [3, 2]), (1 / 3, [1, 3]), (0.1, [1, 10]), (2.5, [5, 2])]
)
def test_broken_coefficients_give_integer_weights(made: float, total: list[float]) -> None:
    matrix = stoichiometry("ab", {"a": -1, "b": made})
    np.testing.assert_array_equal(conserved_totals(matrix), [total])


def test_coefficients_that_are_no_simple_fraction_still_give_a_total() -> None:
    totals = conserved_totals(stoichiometry("abc", {"a": -np.pi, "b": 1}, {"b": -np.e, "c": np.sqrt(2)}))
    assert totals.shape == (1, 3)
    assert totals.max() == 1.0
    assert totals[0] / totals[0, 0] == pytest.approx([1, np.pi, np.pi * np.e / np.sqrt(2)], rel=1e-15)


def test_an_open_system_has_none() -> None:
    matrix = stoichiometry("ab", {"a": 1}, {"a": -1, "b": 1}, {"b": -1})
    assert conserved_totals(matrix).shape == (0, 2)


def test_only_the_closed_part_of_an_open_system_is_conserved() -> None:
    matrix = stoichiometry("abcd", {"a": 1}, {"a": -1, "b": 1}, {"b": -1}, {"c": -1, "d": 1})
    np.testing.assert_array_equal(conserved_totals(matrix), [[0, 0, 1, 1]])


def test_a_species_that_no_reaction_changes_is_its_own_total() -> None:
    """So is a boundary species, whose changes a model leaves out."""
    matrix = stoichiometry(["source", "a", "b"], {"a": -1, "b": 1})
    np.testing.assert_array_equal(conserved_totals(matrix), [[1, 0, 0], [0, 1, 1]])


def test_nothing_has_no_totals() -> None:
    assert conserved_totals(np.zeros((0, 0))).shape == (0, 0)
    assert conserved_totals(np.zeros((0, 3))).shape == (0, 0)
    np.testing.assert_array_equal(conserved_totals(np.zeros((2, 0))), np.eye(2))


@st.composite
def matrices(draw: st.DrawFn) -> Floats:
    species, reactions = draw(st.integers(1, 8)), draw(st.integers(0, 10))
    matrix = np.zeros((species, reactions))
    for reaction in range(reactions):
        changes = st.dictionaries(
            st.integers(0, species - 1),
            st.sampled_from([-2.0, -1.0, -1.0, 0.5, 1.0, 1.0, 1.5, 3.0]),
            max_size=4,
        )
        for one, coefficient in draw(changes).items():
            matrix[one, reaction] = coefficient
    return matrix


@given(matrices())
def test_totals_are_conserved_exactly(matrix: Floats) -> None:
    totals = conserved_totals(matrix)
    assert not (totals @ matrix).any()
    assert (totals == np.round(totals)).all()


@given(matrices())
def test_totals_are_a_basis_of_all_there_are(matrix: Floats) -> None:
    totals = conserved_totals(matrix)
    assert len(totals) == rank(totals) == len(matrix) - rank(matrix)


@given(matrices(), st.randoms(use_true_random=False))
def test_the_same_reactions_twice_or_reversed_change_nothing(matrix: Floats, random) -> None:
    order = list(range(matrix.shape[1]))
    random.shuffle(order)
    repeated = np.hstack([matrix, -matrix[:, order]])
    both = np.vstack([conserved_totals(matrix), conserved_totals(repeated)])
    assert rank(both) == len(both) / 2


def test_it_ends_where_the_totals_have_no_short_form() -> None:
    """120 random reactions of 160 species: totals of about 100 terms, which cannot be simplified."""
    random = np.random.default_rng(0)
    matrix = np.zeros((160, 120))
    for reaction in range(120):
        matrix[random.choice(160, 3, replace=False), reaction] = [-1, -1, 1]
    totals = conserved_totals(matrix)
    assert len(totals) == 160 - np.linalg.matrix_rank(matrix)
    assert not (totals @ matrix).any()
