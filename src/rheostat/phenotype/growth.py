"""Growth under a drug, from the course of the net growth rate."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Up to this time growth is averaged from the start, afterwards over the last day.
LONG_H: Final = 168.0
LAST_H: Final = 24.0


def mean_rate(times_h: Floats, rate: Floats) -> Floats:
    """Mean net rate over 0..t, shape of ``rate``, 1/h; over the last 24 h where t > 168 h.

    The trapezoid rule on the points given; at the first point the rate itself.

    Parameters
    ----------
    times_h : (time,), h
        Rising, from 0.
    rate : (..., time), 1/h

    Examples
    --------
    >>> mean_rate(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.0]))
    array([0. , 0.5, 1. ])
    """
    steps = np.diff(times_h)
    area = np.zeros(rate.shape, dtype=np.float64)
    area[..., 1:] = np.cumsum(0.5 * steps * (rate[..., 1:] + rate[..., :-1]), axis=-1)
    mean = np.array(rate, dtype=np.float64)
    mean[..., 1:] = area[..., 1:] / (times_h[1:] - times_h[0])
    late = np.flatnonzero(times_h > LONG_H)
    if late.size:
        mean[..., late] = (area[..., late] - _area_at(times_h, rate, area, times_h[late] - LAST_H)) / LAST_H
    return mean


def _area_at(times_h: Floats, rate: Floats, area: Floats, at: Floats) -> Floats:
    """Area up to each time, with the rate linear between the points."""
    index = np.clip(np.searchsorted(times_h, at, side="right") - 1, 0, len(times_h) - 2)
    width = at - times_h[index]
    slope = (rate[..., index + 1] - rate[..., index]) / (times_h[index + 1] - times_h[index])
    return np.asarray(area[..., index] + width * (rate[..., index] + 0.5 * slope * width), dtype=np.float64)


def gr(times_h: Floats, rate: Floats, drug_free: Floats) -> Floats:
    """Growth-rate inhibition metric at every time, shape of ``rate``, dimensionless.

        gr = 2^(mean net rate / mean net rate without drugs) - 1

    1 = as without the drug, 0 = no net growth, below 0 = net death; 1 at the first point, which is before
    treatment.  NaN where the cells do not grow without the drug: there is nothing to inhibit.

    Parameters
    ----------
    times_h : (time,), h
    rate, drug_free : (..., time), 1/h

    References
    ----------
    Hafner et al., Nat Methods 2016, doi:10.1038/nmeth.3853, equation 1.

    Examples
    --------
    >>> gr(np.array([0.0, 72.0]), np.array([0.0, 0.0]), np.array([0.03, 0.03]))
    array([1., 0.])
    """
    base = mean_rate(times_h, drug_free)
    ratio = np.divide(mean_rate(times_h, rate), base, out=np.full(base.shape, np.nan), where=base > 0)
    # 2^x overflows for x near 1000 only where the drug-free cells hardly grow at all.
    value = np.exp2(np.clip(ratio, -1000.0, 1000.0)) - 1.0
    value[..., 0] = np.where(np.isfinite(rate[..., 0]), 1.0, np.nan)
    return np.asarray(value, dtype=np.float64)


def growth_inhibition(gr_values: Floats) -> Floats:
    """Inhibition of growth, ``min(1, 1 - gr)``; 1 = no net growth or death.

    Examples
    --------
    >>> growth_inhibition(np.array([1.0, 0.25, -0.5]))
    array([0.  , 0.75, 1.  ])
    """
    return np.asarray(np.minimum(1.0, 1.0 - gr_values), dtype=np.float64)
