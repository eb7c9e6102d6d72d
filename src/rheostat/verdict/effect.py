"""What an assertion asks of two numbers, and how large and in which direction the effect is."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from rheostat.knowledge.claim import Assertion, Side
from rheostat.phenotype.readout import split_derived

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Direction = Literal["right", "wrong", "none"]
Scale = Literal["ratio", "signed", "plain"]

#: Readouts that can be negative, so that ratios of them mean nothing.
SIGNED: Final = frozenset({"growth_rate", "tumour_growth", "gr", "growth_inhibition"})

#: What a factor of exactly 1 asks for, and how close ``=`` is.
REAL_DIFFERENCE: Final = 1.2
SIGNED_DIFFERENCE: Final = 1.0 / 6.0

# A difference of exactly the size asked for must not fail by the rounding of its last bit.
_ROUNDING: Final = 1.0 - 1e-12

#: Smallest median effect that has a direction: |log2| of a ratio, share of the larger for signed readouts.
RATIO_THRESHOLD: Final = 0.07
SIGNED_THRESHOLD: Final = 0.05


def scale_of(assertion: Assertion) -> Scale:
    """How the sides are compared: as ratio, as signed difference, or plainly (times of peaks)."""
    sides = [side for side in (assertion.lhs, assertion.rhs) if side is not None and side.ic50 is None]
    if any(split_derived(side.readout)[0] for side in sides):
        return "plain"
    return "signed" if any(side.readout in SIGNED for side in sides) else "ratio"


def holds(assertion: Assertion, lhs: Floats, rhs: Floats | None) -> Bools:
    """Whether the assertion holds, draw by draw; a side that is not a number never satisfies.

    Parameters
    ----------
    assertion : Assertion
    lhs, rhs : (draw,)
        ``rhs`` is None for ``within``. Infinity is a half-maximal dose that is not reached.
    """
    if assertion.within is not None or rhs is None:
        low, high = assertion.within or (-np.inf, np.inf)
        return np.asarray(np.isfinite(lhs) & (lhs >= low) & (lhs <= high), dtype=bool)
    numbers = ~(np.isnan(lhs) | np.isnan(rhs) | (np.isinf(lhs) & np.isinf(rhs)))
    scale = scale_of(assertion)
    with np.errstate(all="ignore"):
        if assertion.op == "=":
            answer = _equal(assertion, lhs, rhs, scale)
        elif assertion.op == ">":
            answer = _larger(lhs, rhs, assertion.factor, scale)
        else:
            answer = _smaller(lhs, rhs, assertion.factor, scale)
    return np.asarray(answer & numbers, dtype=bool)


def _larger(lhs: Floats, rhs: Floats, factor: float, scale: Scale) -> Bools:
    if factor != 1.0:
        return np.asarray((lhs > factor * rhs) & ((rhs > 0) | (scale != "signed")), dtype=bool)
    if scale == "signed":
        return np.asarray(
            (lhs > rhs) & (lhs - rhs >= _larger_size(lhs, rhs) * SIGNED_DIFFERENCE * _ROUNDING), dtype=bool
        )
    return np.asarray(
        (lhs > rhs) & ((lhs >= REAL_DIFFERENCE * rhs * _ROUNDING) | (scale == "plain")), dtype=bool
    )


def _smaller(lhs: Floats, rhs: Floats, factor: float, scale: Scale) -> Bools:
    if factor != 1.0:
        return np.asarray((lhs < factor * rhs) & ((rhs > 0) | (scale != "signed")), dtype=bool)
    if scale == "signed":
        return np.asarray(
            (lhs < rhs) & (rhs - lhs >= _larger_size(lhs, rhs) * SIGNED_DIFFERENCE * _ROUNDING), dtype=bool
        )
    return np.asarray(
        (lhs < rhs) & ((lhs * _ROUNDING <= rhs / REAL_DIFFERENCE) | (scale == "plain")), dtype=bool
    )


def _equal(assertion: Assertion, lhs: Floats, rhs: Floats, scale: Scale) -> Bools:
    bound = _bound(assertion.tolerance)
    aim = assertion.factor * rhs
    if scale == "signed" and assertion.factor == 1.0:
        difference, size = np.abs(lhs - rhs), _larger_size(lhs, rhs)
        return np.asarray((difference < size * (1.0 - 1.0 / bound) * _ROUNDING) | (lhs == rhs), dtype=bool)
    near = (lhs >= aim / bound) & (lhs <= aim * bound)
    return np.asarray(near & ((rhs > 0) | (scale != "signed")), dtype=bool)


def _bound(tolerance: float | None) -> float:
    # Files write the tolerance as a share (0.01) or as a ratio (1.2).
    if tolerance is None:
        return REAL_DIFFERENCE
    return tolerance if tolerance >= 1.0 else 1.0 + tolerance


def _larger_size(lhs: Floats, rhs: Floats) -> Floats:
    return np.maximum(np.abs(lhs), np.abs(rhs))


def effect(assertion: Assertion, lhs: Floats, rhs: Floats | None) -> Floats:
    """Effect of each draw, (draw,).

    lhs/rhs; for readouts that can be negative (lhs - rhs)/max(|lhs|, |rhs|); the left side itself for
    ``within``.  NaN where a side is not a number or both are infinite.
    """
    if rhs is None:
        return lhs
    with np.errstate(all="ignore"):
        if scale_of(assertion) == "signed":
            size = _larger_size(lhs, rhs)
            value = np.where(size > 0, (lhs - rhs) / size, lhs - rhs)
        else:
            value = np.where((lhs == rhs) & np.isfinite(lhs), 1.0, lhs / rhs)
    return np.asarray(value, dtype=np.float64)


def direction(assertion: Assertion, effects: Floats) -> Direction:
    """Whether the median effect points the way the assertion says; factors do not count.

    Parameters
    ----------
    assertion : Assertion
    effects : (draw,)
        As ``effect`` gives them.
    """
    known = effects[~np.isnan(effects)]
    if not known.size:
        return "wrong" if assertion.op in (None, "=") else "none"
    middle = float(np.quantile(known, 0.5, method="inverted_cdf" if np.isinf(known).any() else "linear"))
    if assertion.within is not None:
        return "right" if assertion.within[0] <= middle <= assertion.within[1] else "wrong"
    signed = scale_of(assertion) == "signed"
    if assertion.op == "=":
        return "right" if _median_equal(assertion, middle, signed=signed) else "wrong"
    with np.errstate(all="ignore"):
        size = middle if signed else float(np.log2(middle)) if middle >= 0 else float("nan")
    if np.isnan(size) or abs(size) < (SIGNED_THRESHOLD if signed else RATIO_THRESHOLD):
        return "none"
    return "right" if (size > 0) == (assertion.op == ">") else "wrong"


def _median_equal(assertion: Assertion, middle: float, *, signed: bool) -> bool:
    bound = _bound(assertion.tolerance)
    if signed:
        return abs(middle) < 1.0 - 1.0 / bound
    return 1.0 / bound <= middle / assertion.factor <= bound


def half_maximal(doses: Floats, response: Floats, half: Floats) -> Floats:
    """Lowest dose at which the response falls to ``half``, (draw,), in the unit of the doses.

    Log-interpolated between doses; infinite where it is not reached or the response rises; NaN where a
    response is missing.

    Parameters
    ----------
    doses : (dose,)
        Rising.
    response : (dose, draw)
    half : (draw,)

    Examples
    --------
    >>> half_maximal(np.array([1.0, 100.0]), np.array([[1.0], [0.0]]), np.array([0.5]))
    array([10.])
    """
    below = response <= half
    first = np.argmax(below, axis=0)
    reached = below.any(axis=0)
    column = np.arange(response.shape[1])
    before = np.maximum(first - 1, 0)
    high, low = response[before, column], response[first, column]
    with np.errstate(all="ignore"):
        share = np.where(high > low, (high - half) / (high - low), 0.0)
        logs = np.log(doses)
        dose = np.exp(logs[before] + share * (logs[first] - logs[before]))
    dose = np.where(reached, dose, np.inf)
    missing = np.isnan(response).any(axis=0) | np.isnan(half)
    return np.asarray(np.where(missing, np.nan, dose), dtype=np.float64)


def is_plain_readout(side: Side) -> bool:
    """Whether a side is a readout at a time: no dose, no null model, no time of a peak."""
    return side.ic50 is None and side.null_model is None and not split_derived(side.readout)[0]
