"""Exponential, logarithm and power of lanes against ``math`` and the scalar engine."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from rheostat.engine import lane, lane_math
from rheostat.engine.compiled import _power as scalar_power

# Below it results are 0 instead of losing digits one by one.
SMALLEST = 3.2e-308
EDGES = [
    0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -1e-20, 1e-200, 1e308, 5e-324, -1e-310,
    709.7, 709.79, -708.3, -709.0, math.inf, -math.inf, math.nan,
]  # fmt: skip
EXPONENTS = [
    0.0,
    -0.0,
    1.0,
    2.0,
    3.0,
    -1.0,
    -2.0,
    -3.0,
    0.5,
    -0.5,
    1.7,
    1e20,
    3e300,
    math.inf,
    -math.inf,
    math.nan,
]


@njit(nogil=True, error_model="numpy")
def _exponentials(x, out):
    for row in range(x.shape[0]):
        lane.store(out, row, lane_math.exponential(lane.load(x, row)))


@njit(nogil=True, error_model="numpy")
def _logarithms(x, out):
    for row in range(x.shape[0]):
        lane.store(out, row, lane_math.logarithm(lane.load(x, row)))


@njit(nogil=True, error_model="numpy")
def _powers(x, n, out):
    for row in range(x.shape[0]):
        lane.store(out, row, lane_math.power(lane.load(x, row), lane.load(n, row)))


def _apply(loop, *operands):
    """Values of a loop over rows of lanes for flat operands, filled up to whole rows with ones."""
    size = len(operands[0])
    padding = np.ones(-size % lane.WIDTH)
    rows = [np.concatenate([operand, padding]).reshape(-1, lane.WIDTH) for operand in operands]
    out = np.empty_like(rows[0])
    loop(*rows, out)
    return out.ravel()[:size]


def _ulps(found, expected):
    return np.max(np.abs(found - expected) / np.spacing(np.abs(expected)))


@pytest.mark.parametrize("reach", [1e-12, 1.0, 700.0])
def test_exponential_is_within_two_ulp(reach):
    x = np.random.default_rng(1).uniform(-reach, reach, 4000)
    assert _ulps(_apply(_exponentials, x), np.array([math.exp(value) for value in x])) <= 2.0


def test_logarithm_is_within_two_ulp():
    random = np.random.default_rng(2)
    near_one = 1.0 + 10.0 ** random.uniform(-15.0, -0.5, 2000) * random.choice([-1.0, 1.0], 2000)
    x = np.concatenate([10.0 ** random.uniform(-323.0, 308.0, 4000), near_one])
    assert _ulps(_apply(_logarithms, x), np.array([math.log(value) for value in x])) <= 2.0


@pytest.mark.parametrize("reach, tolerance", [(3.0, 1e-15), (50.0, 1e-15), (700.0, 8e-15)])
def test_power_keeps_its_digits_where_the_exponent_is_large(reach, tolerance):
    random = np.random.default_rng(3)
    x = 10.0 ** random.uniform(-12.0, 12.0, 4000)
    n = random.uniform(-reach, reach, 4000) / np.log(x)
    expected = np.array([scalar_power(base, exponent) for base, exponent in zip(x, n, strict=True)])
    assert np.max(np.abs(_apply(_powers, x, n) / expected - 1.0)) < tolerance


def test_exponential_at_the_edges():
    x = np.array([-math.inf, -1e300, -745.0, -708.0, 0.0, -0.0, 709.78, 709.79, 1e300, math.inf, math.nan])
    found = _apply(_exponentials, x)
    assert list(found[:3]) == [0.0, 0.0, 0.0]
    assert found[3] == pytest.approx(math.exp(-708.0), rel=4e-16)
    assert list(found[4:6]) == [1.0, 1.0]
    assert found[6] == pytest.approx(math.exp(709.78), rel=4e-16)
    assert list(found[7:10]) == [math.inf] * 3
    assert math.isnan(found[10])


def test_logarithm_at_the_edges():
    found = _apply(_logarithms, np.array([0.0, -0.0, 1.0, math.inf, -5e-324, -1.0, -math.inf, math.nan]))
    assert list(found[:4]) == [-math.inf, -math.inf, 0.0, math.inf]
    assert np.all(np.isnan(found[4:]))


def test_power_at_the_edges_is_that_of_the_scalar_engine():
    x, n = (grid.ravel() for grid in np.meshgrid(EDGES, EXPONENTS))
    found = _apply(_powers, x, n)
    expected = np.array([scalar_power(base, exponent) for base, exponent in zip(x, n, strict=True)])
    close = np.isclose(found, expected, rtol=4e-15, atol=SMALLEST, equal_nan=True)
    same_sign = np.isnan(expected) | (np.signbit(found) == np.signbit(expected))
    assert [(x[at], n[at], found[at], expected[at]) for at in np.flatnonzero(~(close & same_sign))] == []


NUMBERS = st.one_of(st.sampled_from(EDGES), st.floats(), st.floats(1e-3, 1e3))
ROW = st.lists(NUMBERS, min_size=lane.WIDTH, max_size=lane.WIDTH)


@settings(deadline=None)
@given(
    x=ROW,
    n=ROW,
    neighbours=ROW,
    order=st.permutations(range(lane.WIDTH)),
    kept=st.integers(0, lane.WIDTH - 1),
)
def test_bits_of_a_lane_depend_on_that_lane_alone(x, n, neighbours, order, kept):
    x, n, order = np.array(x), np.array(n), list(order)
    others = np.array(neighbours)
    others[kept] = x[kept]
    exponents = np.where(np.arange(lane.WIDTH) == kept, n, others[::-1])
    for loop, first, permuted, replaced in (
        (_exponentials, (x,), (x[order],), (others,)),
        (_logarithms, (x,), (x[order],), (others,)),
        (_powers, (x, n), (x[order], n[order]), (others, exponents)),
    ):
        bits = _apply(loop, *first).view(np.int64)
        assert np.array_equal(_apply(loop, *permuted).view(np.int64), bits[order])
        assert _apply(loop, *replaced).view(np.int64)[kept] == bits[kept]
