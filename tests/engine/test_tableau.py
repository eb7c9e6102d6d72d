"""Rodas5P from first principles: order conditions over all rooted trees, then observed orders."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement
from math import prod

import numpy as np
import pytest

from rheostat.engine import tableau
from rheostat.engine.kernel import Floats

# A rooted tree is the tuple of the subtrees at its root; a leaf is ().
Tree = tuple["Tree", ...]
Function = Callable[[float, Floats], Floats]

# Published with 16 digits; the conditions add products of numbers up to 165.
TOLERANCE = 1e-12


def untransformed() -> tuple[Floats, Floats]:
    """(alpha, gamma) of k_i = h f(y + sum alpha_ij k_j) + h J sum gamma_ij k_j, from U = gamma k."""
    gamma = np.linalg.inv(np.eye(tableau.STAGES) / tableau.GAMMA - tableau.C)
    return tableau.A @ gamma, gamma


ALPHA, GAMMA_MATRIX = untransformed()
BETA = ALPHA + GAMMA_MATRIX


def trees(order: int) -> list[Tree]:
    """All rooted trees with so many vertices."""
    return forests(order - 1, order - 1)


def forests(vertices: int, largest: int) -> list[Tree]:
    """All multisets of trees, none with more than ``largest`` vertices, that have so many together."""
    if largest == 0:
        return [()] if vertices == 0 else []
    return [
        chosen + rest
        for repeats in range(vertices // largest + 1)
        for chosen in combinations_with_replacement(trees(largest), repeats)
        for rest in forests(vertices - largest * repeats, largest - 1)
    ]


def size(tree: Tree) -> int:
    return 1 + sum(size(child) for child in tree)


def density(tree: Tree) -> int:
    """gamma(tree): the product of the sizes of all its subtrees (H. & W. I, II.2)."""
    return size(tree) * prod(density(child) for child in tree)


def stage_weights(tree: Tree) -> Floats:
    """(stage,): beta to the child of a vertex with one child, alpha to each of several (H. & W. II, IV.7)."""
    matrix = BETA if len(tree) == 1 else ALPHA
    factors = [matrix @ stage_weights(child) for child in tree]
    return np.asarray(np.prod(factors, axis=0)) if factors else np.ones(tableau.STAGES)


def condition(weights: Floats, tree: Tree) -> float:
    """sum_i b_i Phi_i(tree), where ``weights`` are those of U."""
    return float(weights @ GAMMA_MATRIX @ stage_weights(tree))


def dense_weights(s: float) -> Floats:
    """Weights of U in y(t + s h) - y(t)."""
    first, second, third = tableau.DENSE_WEIGHTS
    return s * (tableau.WEIGHTS + (1 - s) * (first + s * (second + s * third)))


def all_trees(order: int) -> list[Tree]:
    return [tree for vertices in range(1, order + 1) for tree in trees(vertices)]


def test_number_of_trees_is_the_known_sequence() -> None:
    assert [len(trees(order)) for order in range(1, 8)] == [1, 1, 2, 4, 9, 20, 48]


@pytest.mark.parametrize("tree", all_trees(tableau.ORDER), ids=repr)
def test_new_value_meets_each_order_condition(tree: Tree) -> None:
    assert condition(tableau.WEIGHTS, tree) == pytest.approx(1 / density(tree), abs=TOLERANCE)


@pytest.mark.parametrize("tree", all_trees(tableau.EMBEDDED_ORDER), ids=repr)
def test_embedded_result_meets_each_order_condition(tree: Tree) -> None:
    embedded = tableau.WEIGHTS - tableau.ERROR_WEIGHTS
    assert condition(embedded, tree) == pytest.approx(1 / density(tree), abs=TOLERANCE)


@pytest.mark.parametrize("tree", all_trees(tableau.DENSE_ORDER), ids=repr)
@pytest.mark.parametrize("s", [0.0, 0.1, 0.35, 0.5, 0.8, 1.0])
def test_dense_output_meets_each_order_condition(tree: Tree, s: float) -> None:
    assert condition(dense_weights(s), tree) == pytest.approx(s ** size(tree) / density(tree), abs=TOLERANCE)


def test_orders_are_not_higher_than_said() -> None:
    """Else the error estimate would not see the error, or the step control would use a wrong exponent."""
    embedded = tableau.WEIGHTS - tableau.ERROR_WEIGHTS
    for weights, order in ((tableau.WEIGHTS, tableau.ORDER), (embedded, tableau.EMBEDDED_ORDER)):
        defects = [abs(condition(weights, tree) - 1 / density(tree)) for tree in trees(order + 1)]
        assert max(defects) > 1e-5


def test_it_is_stiffly_accurate() -> None:
    """b = last row of beta, and the last stage's point is at the step's end: y1 solves the stiff limit."""
    b = tableau.WEIGHTS @ GAMMA_MATRIX
    np.testing.assert_allclose(b, BETA[-1], atol=TOLERANCE)
    np.testing.assert_allclose(ALPHA[-1].sum(), 1.0, atol=TOLERANCE)
    # So is the embedded result, by the stage before.
    np.testing.assert_allclose(
        (tableau.WEIGHTS - tableau.ERROR_WEIGHTS) @ GAMMA_MATRIX, BETA[-2], atol=TOLERANCE
    )


def test_new_value_is_the_last_point_plus_the_last_stage() -> None:
    for stage in (6, 7):
        following = tableau.A[stage].copy()
        following[stage] = 1.0
        expected = tableau.A[stage + 1] if stage + 1 < tableau.STAGES else tableau.WEIGHTS
        np.testing.assert_array_equal(following, expected)
    np.testing.assert_array_equal(tableau.WEIGHTS - tableau.A[-1], tableau.ERROR_WEIGHTS)


def test_stability_function_vanishes_at_infinity_and_stays_within_one_on_the_left() -> None:
    """L-stable: R(z) = 1 + z b (I - z beta)^-1 1."""
    b = tableau.WEIGHTS @ GAMMA_MATRIX
    embedded = (tableau.WEIGHTS - tableau.ERROR_WEIGHTS) @ GAMMA_MATRIX

    def growth(weights: Floats, z: complex) -> float:
        return abs(1 + z * weights @ np.linalg.solve(np.eye(8) - z * BETA, np.ones(8)))

    for frequency in np.concatenate(([0.0], np.logspace(-2, 6, 200))):
        assert growth(b, 1j * frequency) <= 1 + 1e-9
        assert growth(embedded, 1j * frequency) <= 1 + 1e-9
    assert growth(b, -1e9) < 1e-6
    assert growth(embedded, -1e9) < 1e-6


def test_time_enters_as_one_more_state() -> None:
    """y' = f(t, y) as the autonomous system with t' = 1 asks alpha_i and gamma_i to be the row sums."""
    np.testing.assert_allclose(tableau.STAGE_TIMES, ALPHA.sum(axis=1), atol=TOLERANCE)
    np.testing.assert_allclose(tableau.TIME_WEIGHTS, GAMMA_MATRIX.sum(axis=1), atol=TOLERANCE)


def test_dense_output_joins_both_ends() -> None:
    np.testing.assert_array_equal(dense_weights(0.0), 0.0)
    np.testing.assert_array_equal(dense_weights(1.0), tableau.WEIGHTS)


@pytest.mark.parametrize(
    "name", ["STAGE_TIMES", "TIME_WEIGHTS", "A", "C", "WEIGHTS", "ERROR_WEIGHTS", "DENSE_WEIGHTS"]
)
def test_arrays_cannot_be_changed(name: str) -> None:
    with pytest.raises(ValueError, match="read-only"):
        getattr(tableau, name)[:] = 0.0


def step(
    f: Function, jacobian: Function, time_slope: Function, t: float, y: Floats, h: float
) -> tuple[Floats, Floats]:
    """One step as the module's docstring writes it; returns (y1, U)."""
    matrix = np.eye(len(y)) / (h * tableau.GAMMA) - jacobian(t, y)
    stages = np.zeros((tableau.STAGES, len(y)))
    for i in range(tableau.STAGES):
        right = f(t + tableau.STAGE_TIMES[i] * h, y + tableau.A[i] @ stages)
        right = right + tableau.C[i] @ stages / h + h * tableau.TIME_WEIGHTS[i] * time_slope(t, y)
        stages[i] = np.linalg.solve(matrix, right)
    return y + tableau.WEIGHTS @ stages, stages


def largest_errors(problem: str, steps: int) -> tuple[float, float, float]:
    """Errors (at the end, between the points, of the embedded result) from 0 to 1."""
    f, jacobian, time_slope, exact = PROBLEMS[problem]
    h = 1.0 / steps
    y, dense, embedded = exact(0.0), 0.0, 0.0
    for k in range(steps):
        t = k * h
        after, stages = step(f, jacobian, time_slope, t, y, h)
        for s in (0.15, 0.3, 0.5, 0.7, 0.9):
            between = y + dense_weights(s) @ stages
            dense = max(dense, float(np.abs(between - exact(t + s * h)).max()))
        embedded = max(embedded, float(np.abs(tableau.ERROR_WEIGHTS @ stages).max()))
        y = after
    return float(np.abs(y - exact(1.0)).max()), dense, embedded


def _logistic_pair(t: float, y: Floats) -> Floats:
    # u = 1 / (1 + exp(-2 t)) and v = u^2.
    u, v = y
    return np.array([2 * (u - v), 4 * u * (u - v)])


def _logistic_jacobian(t: float, y: Floats) -> Floats:
    u, v = y
    return np.array([[2.0, -2.0], [8 * u - 4 * v, -4 * u]])


def _logistic_exact(t: float) -> Floats:
    u = 1 / (1 + np.exp(-2 * t))
    return np.array([u, u * u])


def _driven(t: float, y: Floats) -> Floats:
    # z = exp(sin 3t) and w = cos 3t: terms that vanish there couple both states and time.
    z, w = y
    return np.array(
        [3 * z * np.cos(3 * t) + z * (w - np.cos(3 * t)), -3 * np.log(z) + w**2 - np.cos(3 * t) ** 2]
    )


def _driven_jacobian(t: float, y: Floats) -> Floats:
    z, w = y
    return np.array([[2 * np.cos(3 * t) + w, z], [-3 / z, 2 * w]])


def _driven_slope(t: float, y: Floats) -> Floats:
    z, _ = y
    return np.array([-6 * z * np.sin(3 * t), 6 * np.cos(3 * t) * np.sin(3 * t)])


def _driven_exact(t: float) -> Floats:
    return np.array([np.exp(np.sin(3 * t)), np.cos(3 * t)])


PROBLEMS = {
    "autonomous": (_logistic_pair, _logistic_jacobian, lambda t, y: np.zeros(2), _logistic_exact),
    "driven": (_driven, _driven_jacobian, _driven_slope, _driven_exact),
}


@pytest.mark.parametrize("problem", sorted(PROBLEMS))
def test_observed_orders(problem: str) -> None:
    """A halved step divides the end's error and U_8 (local, of order 4) by 2^5, dense by 2^4 or more."""
    coarse, fine = largest_errors(problem, 32), largest_errors(problem, 64)
    end, dense, embedded = np.log2(np.array(coarse) / np.array(fine))
    assert end == pytest.approx(5.0, abs=0.5)
    assert dense >= 3.9
    assert embedded == pytest.approx(5.0, abs=0.6)


def test_stiff_relaxation_onto_a_moving_state_is_followed() -> None:
    """Prothero-Robinson y' = -1e6 (y - cos t) - sin t: an explicit step of 0.05 would grow by 5e4 a step."""
    stiffness = 1e6
    y = np.array([1.0])
    for k in range(20):
        y, _ = step(
            lambda t, y: -stiffness * (y - np.cos(t)) - np.sin(t),
            lambda t, y: np.array([[-stiffness]]),
            lambda t, y: np.array([-stiffness * np.sin(t) - np.cos(t)]),
            0.05 * k, y, 0.05,
        )  # fmt: skip
    assert y[0] == pytest.approx(np.cos(1.0), abs=1e-8)
