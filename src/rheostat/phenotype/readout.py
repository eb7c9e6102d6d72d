"""Readouts of courses: ratios to the reference cell, and times of peaks."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PEAK: Final = "t_peak_"
HALF: Final = "t_half_"

#: How long after the start of an open segment a peak is looked for.
SEARCH_H: Final = 24.0

#: Share of the extremum within which a course counts as there.
AT_EXTREMUM: Final = 0.01


def split_derived(readout: str) -> tuple[str, str]:
    """Prefix (``t_peak_``, ``t_half_`` or empty) and the readout it is derived from.

    Examples
    --------
    >>> split_derived("t_peak_pAKT_S473")
    ('t_peak_', 'pAKT_S473')
    """
    for prefix in (PEAK, HALF):
        if readout.startswith(prefix):
            return prefix, readout.removeprefix(prefix)
    return "", readout


def relative(values: Floats, reference: Floats, own: Floats) -> Floats:
    """Ratio to the untreated reference cell, shape of ``values``, dimensionless.

    Where the reference lacks the readout (0 there) the cell's own untreated state takes its place; NaN where
    both lack it.

    Parameters
    ----------
    values : (draw, time, readout)
    reference, own : (draw, readout)

    Examples
    --------
    >>> relative(np.ones((1, 1, 1)), np.array([[2.0]]), np.array([[4.0]]))
    array([[[0.5]]])
    """
    scale = np.where(reference > 0, reference, own)[:, None, :]
    scale = np.broadcast_to(scale, values.shape)
    ratio = np.divide(values, scale, out=np.full(values.shape, np.nan), where=scale > 0)
    return np.asarray(ratio, dtype=np.float64)


def peak_time(times_h: Floats, course: Floats, start_h: float, end_h: float) -> float:
    """Hours from ``start_h`` to the first time within 1 % of the extremum in ``start_h..end_h``.

    The extremum is the point farthest from the value at the start; NaN where the course is not finite.

    Parameters
    ----------
    times_h, course : (time,)

    Examples
    --------
    >>> peak_time(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 2.0]), 0.0, 2.0)
    1.0
    """
    found = _window(times_h, course, start_h, end_h)
    if found is None:
        return float("nan")
    hours, values, extremum = found
    near = np.abs(values - extremum) <= AT_EXTREMUM * abs(extremum)
    return float(hours[int(np.argmax(near))])


def half_time(times_h: Floats, course: Floats, start_h: float, end_h: float) -> float:
    """Hours from ``start_h`` to the first time half-way from the start value to the extremum.

    Examples
    --------
    >>> half_time(np.array([0.0, 1.0, 2.0]), np.array([0.0, 4.0, 1.0]), 0.0, 2.0)
    0.5
    """
    found = _window(times_h, course, start_h, end_h)
    if found is None:
        return float("nan")
    hours, values, extremum = found
    travel = extremum - values[0]
    if travel == 0.0:
        return 0.0
    share = (values - values[0]) / travel
    index = int(np.argmax(share >= 0.5))
    before, after = share[index - 1], share[index]
    return float(hours[index - 1] + (hours[index] - hours[index - 1]) * (0.5 - before) / (after - before))


def _window(
    times_h: Floats, course: Floats, start_h: float, end_h: float
) -> tuple[Floats, Floats, float] | None:
    inside = (times_h >= start_h - 1e-9) & (times_h <= end_h + 1e-9)
    values = course[inside]
    if not values.size or not np.all(np.isfinite(values)):
        return None
    farthest = int(np.argmax(np.abs(values - values[0])))
    return times_h[inside] - start_h, values, float(values[farthest])
