"""What every solver gets: the rows, their schedule and inputs, and the accuracy asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rheostat.engine.kernel import Floats
from rheostat.engine.schedule import Schedule

Progress = Callable[[int, int], None]
"""Called with rows done and rows in all."""


@dataclass(frozen=True, eq=False)
class Course:
    """Inputs of a kernel with cuts: linear between the points, held before the first and after the last.

    Parameters
    ----------
    times : (n,), min, strictly rising
    values : (batch, n, input)
        In the order of ``kernel.inputs``.
    """

    times: Floats
    values: Floats


@dataclass(frozen=True, eq=False)
class Batch:
    """What is to be integrated, checked and contiguous; the shapes are those of ``integrate``."""

    parameters: Floats
    initial: Floats
    schedule: Schedule
    times: Floats
    course: Course


@dataclass(frozen=True)
class Accuracy:
    """What is asked of a solver: the tolerances, the budget of steps, and the lowest state allowed.

    Parameters
    ----------
    rtol, atol : float
        Relative and absolute (kilocopy).
    step_budget : int
    floor : float, kilocopy
    longest_step : float, min
        0 = any.
    """

    rtol: float
    atol: float
    step_budget: int
    floor: float
    longest_step: float = 0.0
