"""Elimination plans, checked by walking their lists over numbers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheostat.engine.elimination import Elimination, plan_elimination
from rheostat.engine.kernel import Floats

Pattern = tuple[int, list[tuple[int, int]]]


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    count = draw(st.integers(0, 12))
    index = st.integers(0, max(count - 1, 0))
    pairs = draw(st.lists(st.tuples(index, index), max_size=4 * count)) if count else []
    return count, pairs


def plan(pattern: Pattern) -> Elimination:
    count, pairs = pattern
    return plan_elimination(count, [row for row, _ in pairs], [column for _, column in pairs])


def matrix_of(pattern: Pattern, seed: int) -> Floats:
    """Random numbers in the pattern, diagonally dominant."""
    count, pairs = pattern
    random = np.random.default_rng(seed)
    matrix = np.zeros((count, count))
    for row, column in pairs:
        matrix[row, column] = random.normal()
    matrix[np.diag_indices(count)] = np.abs(matrix).sum(axis=1) + 1.0
    return matrix


def scattered(elimination: Elimination, matrix: Floats) -> Floats:
    """Values of the entries before the elimination."""
    values = np.zeros(len(elimination.column))
    rows, columns = np.nonzero(matrix)
    values[elimination.entry_index(rows, columns)] = matrix[rows, columns]
    return values


def factorise(elimination: Elimination, values: Floats) -> None:
    step = 0
    for row in range(len(elimination.order)):
        for pair in range(elimination.elimination_start[row], elimination.elimination_start[row + 1]):
            pivot, entry = elimination.lower_pivot[pair], elimination.lower_entry[pair]
            values[entry] /= values[elimination.diagonal[pivot]]
            for upper in range(elimination.diagonal[pivot] + 1, elimination.start[pivot + 1]):
                values[elimination.target[step]] -= values[entry] * values[upper]
                step += 1
    assert step == len(elimination.target)


def factors(elimination: Elimination, values: Floats) -> tuple[Floats, Floats]:
    count = len(elimination.order)
    both = np.zeros((count, count))
    rows = np.repeat(np.arange(count), np.diff(elimination.start))
    both[rows, elimination.column] = values
    return np.tril(both, -1) + np.eye(count), np.triu(both)


@given(patterns(), st.integers(0, 2**32 - 1))
def test_factors_multiply_to_the_permuted_matrix(pattern: Pattern, seed: int) -> None:
    elimination, matrix = plan(pattern), matrix_of(pattern, seed)
    values = scattered(elimination, matrix)
    factorise(elimination, values)
    lower, upper = factors(elimination, values)
    permuted = matrix[np.ix_(elimination.order, elimination.order)]
    np.testing.assert_allclose(lower @ upper, permuted, rtol=1e-12, atol=1e-12)


@given(patterns(), st.integers(0, 2**32 - 1))
def test_solution_is_that_of_numpy(pattern: Pattern, seed: int) -> None:
    elimination, matrix = plan(pattern), matrix_of(pattern, seed)
    values = scattered(elimination, matrix)
    factorise(elimination, values)
    lower, upper = factors(elimination, values)
    right = np.random.default_rng(seed).normal(size=len(matrix))
    solution = np.linalg.solve(upper, np.linalg.solve(lower, right[elimination.order]))
    np.testing.assert_allclose(
        solution[elimination.position], np.linalg.solve(matrix, right), rtol=1e-10, atol=1e-12
    )


@given(patterns())
def test_lists_are_well_formed(pattern: Pattern) -> None:
    elimination = plan(pattern)
    count = len(elimination.order)
    assert sorted(elimination.order) == list(range(count))
    np.testing.assert_array_equal(elimination.order[elimination.position], np.arange(count))
    for row in range(count):
        columns = elimination.column[elimination.start[row] : elimination.start[row + 1]]
        assert (np.diff(columns) > 0).all()
        assert elimination.column[elimination.diagonal[row]] == row
        pairs = slice(*elimination.elimination_start[row : row + 2])
        np.testing.assert_array_equal(elimination.lower_pivot[pairs], columns[columns < row])
        np.testing.assert_array_equal(
            elimination.lower_entry[pairs], np.arange(elimination.start[row], elimination.diagonal[row])
        )
    for field in dataclasses.fields(elimination):
        assert getattr(elimination, field.name).dtype == np.int32


@given(patterns())
def test_entries_hold_the_pattern_and_only_the_fill_that_elimination_needs(pattern: Pattern) -> None:
    elimination = plan(pattern)
    count, pairs = pattern
    filled = np.eye(count, dtype=bool)
    for row, column in pairs:
        filled[elimination.position[row], elimination.position[column]] = True
    for pivot in range(count):
        behind = slice(pivot + 1, None)
        filled[behind, behind] |= np.outer(filled[behind, pivot], filled[pivot, behind])
    rows = np.repeat(np.arange(count), np.diff(elimination.start))
    held = np.zeros((count, count), dtype=bool)
    held[rows, elimination.column] = True
    np.testing.assert_array_equal(held, filled)


@given(patterns())
def test_the_same_pattern_gives_the_same_plan(pattern: Pattern) -> None:
    count, pairs = pattern
    first, second = plan(pattern), plan((count, pairs[::-1] + pairs))
    for field in dataclasses.fields(first):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


def test_empty_model_has_an_empty_plan() -> None:
    elimination = plan_elimination(0, [], [])
    assert elimination.start.tolist() == elimination.elimination_start.tolist() == [0]
    assert elimination.order.size == elimination.column.size == elimination.target.size == 0
    assert elimination.entry_index([], []).size == 0


def test_a_hub_that_all_depend_on_is_taken_last() -> None:
    """An arrow matrix fills up entirely if its hub goes first and not at all if it goes last."""
    others = np.arange(1, 30)
    hub = np.zeros_like(others)
    elimination = plan_elimination(30, np.r_[hub, others], np.r_[others, hub])
    # On the last tie, hub against the last spoke, both orders are without fill.
    assert elimination.position[0] >= 28
    assert len(elimination.column) == 30 + 2 * 29
    assert len(elimination.target) == 29


def test_triangular_patterns_need_no_multiplication() -> None:
    rows, columns = np.tril_indices(20, -1)
    assert len(plan_elimination(20, rows, columns).target) == 0
    assert len(plan_elimination(20, columns, rows).target) == 0


def test_entries_outside_the_pattern_are_refused() -> None:
    elimination = plan_elimination(3, [0], [1])
    assert elimination.entry_index([[0], [0]], [[0], [1]]).shape == (2, 1)
    with pytest.raises(KeyError, match="not in the pattern"):
        elimination.entry_index([1], [0])
    with pytest.raises(KeyError, match="not in the pattern"):
        elimination.entry_index([2], [1])
