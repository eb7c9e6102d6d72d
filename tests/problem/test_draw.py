"""Draws depend on seed, draw number and id alone, and follow the lognormal prior."""

from hashlib import blake2b
from statistics import NormalDist

import numpy as np
import pytest

from rheostat.problem.draw import NOMINAL, Prior, sample

IDS = tuple(f"k{index}" for index in range(50))
PRIOR = Prior(IDS, np.linspace(1.0, 5.0, 50), np.full(50, np.log(2.0) / 1.96))


def test_value_does_not_depend_on_other_ids_or_draws() -> None:
    all_values = sample(PRIOR, 1, range(10))
    alone = sample(Prior(("k7",), PRIOR.nominal[7:8], PRIOR.sigma[7:8]), 1, [3])
    assert alone[0, 0] == all_values[3, 7]
    np.testing.assert_array_equal(sample(PRIOR, 1, [9, 2]), all_values[[9, 2]])


def test_seed_and_draw_move_every_value() -> None:
    assert np.all(sample(PRIOR, 1, [0]) != sample(PRIOR, 2, [0]))
    assert np.all(sample(PRIOR, 1, [0]) != sample(PRIOR, 1, [1]))


def test_nominal_is_no_draw() -> None:
    np.testing.assert_array_equal(sample(PRIOR, 1, None), PRIOR.nominal[None, :])
    np.testing.assert_array_equal(sample(PRIOR, 1, [0, NOMINAL])[1], PRIOR.nominal)


def test_known_value_never_moves() -> None:
    prior = Prior(("a", "b"), np.array([3.0, 0.0]), np.array([0.0, 1.0]))
    np.testing.assert_array_equal(sample(prior, 1, range(5)), np.tile([3.0, 0.0], (5, 1)))


def test_spread_holds_95_percent() -> None:
    ratio = sample(PRIOR, 5, range(400)) / PRIOR.nominal
    inside = np.mean((ratio > 0.5) & (ratio < 2.0))
    # 20,000 draws: standard error 0.0015.
    assert inside == pytest.approx(0.95, abs=0.008)
    assert np.median(ratio) == pytest.approx(1.0, abs=0.015)


def test_values_are_pinned() -> None:
    # Recorded ensembles name draw numbers only, so the numbers behind them must not move.
    prior = Prior(("k_on",), np.array([1.0]), np.array([1.0]))
    values = sample(prior, 1, [0, 1])[:, 0]
    for draw, value in enumerate(values):
        digest = int.from_bytes(blake2b(f"1/{draw}/k_on".encode(), digest_size=8).digest(), "little")
        expected = np.exp(NormalDist().inv_cdf(((digest >> 11) + 0.5) / 2**53))
        assert value == pytest.approx(expected, rel=1e-9)
