"""What assertions ask of numbers."""

from typing import Any

import numpy as np
import pytest

from rheostat.knowledge.claim import Assertion, Side
from rheostat.verdict.effect import direction, effect, half_maximal, holds
from rheostat.vocabulary.place import Place


def assertion(op: str | None, factor: float = 1.0, readout: str = "pERK", **more: Any) -> Assertion:
    sides = Side("a", readout, 1.0), None if op is None else Side("b", readout, 1.0)
    return Assertion(
        sides[0], op, factor, sides[1], more.get("within"), more.get("tolerance"), Place("facts.yaml", 1, 1)
    )


def is_met(asked: Assertion, lhs: float, rhs: float | None) -> bool:
    return bool(holds(asked, np.array([lhs]), None if rhs is None else np.array([rhs]))[0])


@pytest.mark.parametrize(
    ("op", "factor", "lhs", "rhs", "expected"),
    [
        (">", 1.0, 1.2, 1.0, True),
        (">", 1.0, 1.19, 1.0, False),
        ("<", 1.0, 1.0, 1.2, True),
        ("<", 1.0, 1.0, 1.19, False),
        (">", 3.0, 3.01, 1.0, True),
        (">", 3.0, 2.99, 1.0, False),
        ("<", 0.5, 0.49, 1.0, True),
        (">", 0.65, 0.7, 1.0, True),
        ("=", 1.0, 1.19, 1.0, True),
        ("=", 1.0, 1.21, 1.0, False),
        ("=", 1.0, 0.84, 1.0, True),
        ("=", 2.0, 2.1, 1.0, True),
        (">", 1.0, 0.0, 0.0, False),
        (">", 1.0, float("nan"), 1.0, False),
    ],
)
def test_ratios(op: str, factor: float, lhs: float, rhs: float, expected: bool) -> None:
    assert is_met(assertion(op, factor), lhs, rhs) is expected


@pytest.mark.parametrize(
    ("op", "factor", "lhs", "rhs", "expected"),
    [
        (">", 1.0, 0.3, 0.25, True),
        (">", 1.0, 0.3, 0.251, False),
        (">", 1.0, 0.1, -0.1, True),
        ("<", 1.0, -0.3, -0.1, True),
        ("<", 1.0, -0.1, -0.3, False),
        ("=", 1.0, 0.3, 0.26, True),
        ("=", 1.0, 0.3, 0.24, False),
        ("=", 1.0, 0.0, 0.0, True),
        (">", 2.0, 0.5, 0.2, True),
        (">", 2.0, 0.5, -0.2, False),
        (">", 1.0, 0.0, 0.0, False),
    ],
)
@pytest.mark.parametrize("readout", ["gr", "growth_inhibition", "growth_rate"])
def test_readouts_that_can_be_negative(
    op: str, factor: float, lhs: float, rhs: float, expected: bool, readout: str
) -> None:
    assert is_met(assertion(op, factor, readout), lhs, rhs) is expected


def test_times_of_peaks_compare_plainly() -> None:
    assert is_met(assertion("<", readout="t_peak_pERK"), 1.0, 1.05)


@pytest.mark.parametrize(("lhs", "expected"), [(0.05, True), (1.0, True), (1.1, False), (np.inf, False)])
def test_within(lhs: float, expected: bool) -> None:
    assert is_met(assertion(None, within=(0.05, 1.0)), lhs, None) is expected


def test_tolerance_as_share_or_as_ratio() -> None:
    assert not is_met(assertion("=", tolerance=0.01), 1.05, 1.0)
    assert is_met(assertion("=", tolerance=1.5), 1.45, 1.0)


def test_doses_that_are_not_reached() -> None:
    assert is_met(assertion(">"), np.inf, 5.0)
    assert not is_met(assertion(">"), 5.0, np.inf)
    for op in ("<", ">", "="):
        assert not is_met(assertion(op), np.inf, np.inf)


def test_half_maximal_dose_is_interpolated_between_logs() -> None:
    doses = np.geomspace(0.1, 1000.0, 16)
    response = 1.0 / (1.0 + doses / 7.0)
    rising = 1.0 + doses
    found = half_maximal(doses, np.stack([response, rising, response], axis=1), np.array([0.5, 0.5, np.nan]))
    assert found[0] == pytest.approx(7.0, rel=0.02)
    assert np.isinf(found[1])
    assert np.isnan(found[2])


def test_lowest_of_two_crossings_counts() -> None:
    response = np.array([[1.0], [0.4], [0.9], [0.1]])
    assert half_maximal(np.array([1.0, 10.0, 100.0, 1000.0]), response, np.array([0.5]))[0] < 10.0


@pytest.mark.parametrize(
    ("asked", "lhs", "rhs", "expected"),
    [
        (assertion(">"), 1.1, 1.0, "right"),
        (assertion(">"), 1.04, 1.0, "none"),
        (assertion(">"), 0.9, 1.0, "wrong"),
        # The factor does not count: 0.7 is above 0.65 but below 1.
        (assertion(">", 0.65), 0.7, 1.0, "wrong"),
        (assertion("=", 1.0), 1.3, 1.0, "wrong"),
        (assertion("=", 1.0), 1.1, 1.0, "right"),
        (assertion("<", 1.0, "gr"), 0.2, 0.3, "right"),
        (assertion("<", 1.0, "gr"), 0.3, 0.31, "none"),
        (assertion(">"), np.inf, 5.0, "right"),
    ],
)
def test_direction_of_the_median(asked: Assertion, lhs: float, rhs: float, expected: str) -> None:
    assert direction(asked, effect(asked, np.array([lhs]), np.array([rhs]))) == expected


def test_direction_of_a_range() -> None:
    asked = assertion(None, within=(1.0, 2.0))
    assert direction(asked, effect(asked, np.array([1.5, 9.0, 1.2]), None)) == "right"
    assert direction(asked, effect(asked, np.array([0.5]), None)) == "wrong"
