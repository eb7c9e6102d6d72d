"""Achieved error against time, and the time at equal achieved error.

The error of a row is

    max over times and species of |y - reference| / (max over times |reference of that species| + SCALE)

and a tool's error at a tolerance is the largest of the rows; their median is kept too. (A tool can do well on
most rows and badly on a few, where a species runs out and another one starts to rise within minutes.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from benchmarks.problem import Floats
from benchmarks.solver import Run, Solver

#: One copy a cell, in kilocopy: an amount below which nothing has a meaning.
SCALE = 1e-3
#: Tolerance of the references, and how well two solvers must agree there.
FINEST, AGREEMENT = 1e-12, 1e-8


@dataclass(frozen=True)
class Point:
    """A tool at one tolerance: time a trajectory, median and largest error of the rows, rows that failed."""

    rtol: float
    milliseconds: float
    median_error: float
    largest_error: float
    failures: int


@dataclass(frozen=True)
class Curve:
    """Points of one tool, by falling tolerance."""

    name: str
    points: tuple[Point, ...]

    def milliseconds_at(self, error: float, *, of_median: bool = False) -> float:
        """Time a trajectory at an achieved error; NaN where the curve does not reach it."""
        errors = [point.median_error if of_median else point.largest_error for point in self.points]
        return time_at_error(error, errors, [point.milliseconds for point in self.points])


def time_at_error(error: float, errors: Sequence[float], times: Sequence[float]) -> float:
    """Least time at which at most this error is achieved, linear in the logarithms between neighbours.

    NaN where no two neighbours have the error between them.
    """
    found = []
    for place in range(len(errors) - 1):
        low, high = sorted([(errors[place], times[place]), (errors[place + 1], times[place + 1])])
        if low[0] <= error <= high[0] and math.isfinite(high[0]) and low[0] > 0.0:
            width = math.log(high[0] / low[0])
            share = math.log(error / low[0]) / width if width else 0.0
            found.append(low[1] * (high[1] / low[1]) ** share)
    if not found:
        return math.nan
    # A point with a smaller error achieves this one too, and one slow turn shall not say otherwise.
    return min(*found, *(taken for each, taken in zip(errors, times, strict=True) if each <= error))


def row_errors(states: Floats, reference: Floats) -> Floats:
    """Error of each row, (row,); inf where the row failed."""
    size = np.abs(reference).max(axis=1, keepdims=True) + SCALE
    worst = (np.abs(states - reference) / size).max(axis=(1, 2))
    return np.where(np.isfinite(worst), worst, np.inf)


def reference_states(first: Solver, second: Solver) -> tuple[Floats, float]:
    """States of one solver at the finest tolerance, and the largest error of a second solver beside it.

    Raises
    ------
    ValueError
        If the two do not agree.
    """
    states = first.run(FINEST, FINEST).states
    difference = float(row_errors(second.run(FINEST, FINEST).states, states).max())
    if not difference <= AGREEMENT:
        raise ValueError(f"{first.name} and {second.name} differ by {difference:.1e} at rtol {FINEST:g}")
    return states, difference


def measure(
    solvers: Sequence[Solver], reference: Floats, repeats: int, tightest: float = 0.0, loosest: float = 1.0
) -> list[Curve]:
    """Curve of each solver between two tolerances; they take turns, and times are medians over the repeats.

    A solver that knows the time of its bare solver gets a second curve, named "... (solver alone)".
    """
    seconds: dict[tuple[str, float], list[float]] = {}
    errors: dict[tuple[str, float], Floats] = {}
    rows = len(reference)
    turns = [
        (rtol, solver) for solver in solvers for rtol in solver.tolerances if tightest <= rtol <= loosest
    ]
    turns.sort(key=lambda turn: -turn[0])
    for _ in range(repeats):
        for rtol, solver in turns:
            run = solver.run(rtol, rtol * solver.atol_share)
            for name, taken in _named_times(solver, run):
                seconds.setdefault((name, rtol), []).append(taken)
                if (name, rtol) not in errors:
                    errors[name, rtol] = row_errors(run.states[:rows], reference)
    points: dict[str, list[Point]] = {}
    for name, rtol in seconds:
        points.setdefault(name, []).append(_point(rtol, seconds[name, rtol], errors[name, rtol]))
    return [Curve(name, tuple(found)) for name, found in points.items()]


def _named_times(solver: Solver, run: Run) -> list[tuple[str, float]]:
    times = [(solver.name, run.seconds / len(run.states))]
    if run.bare_seconds is not None:
        times.append((f"{solver.name} (solver alone)", run.bare_seconds / len(run.states)))
    return times


def _point(rtol: float, seconds: Sequence[float], errors: Floats) -> Point:
    failed = int(np.count_nonzero(~np.isfinite(errors)))
    return Point(rtol, 1e3 * median(seconds), float(np.median(errors)), float(errors.max()), failed)
