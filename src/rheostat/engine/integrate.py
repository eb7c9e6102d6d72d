"""Integrate a batch of rows through hard restarts."""

from __future__ import annotations

from typing import Literal

import numpy as np

from rheostat.engine.batch import Accuracy, Batch, Course, Progress
from rheostat.engine.kernel import Floats, Kernel
from rheostat.engine.rosenbrock import integrate_batch
from rheostat.engine.schedule import Schedule, make_schedule
from rheostat.engine.trajectory import Trajectory
from rheostat.vocabulary.error import InputError

DEFAULT_STEP_BUDGET = 100_000
Solver = Literal["rosenbrock", "lsoda"]


def integrate(
    kernel: Kernel,
    parameters: Floats,
    initial: Floats,
    schedule: Schedule | None,
    times: Floats,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-6,
    step_budget: int = DEFAULT_STEP_BUDGET,
    inputs: Course | None = None,
    allow_negative: bool = False,
    solver: Solver = "rosenbrock",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Trajectory:
    """Courses of the observables; a row that fails gets a result code and leaves the others alone.

    A value asked for at the time of a restart is that after it. The output grid never influences the
    steps, and a row has the same bits in any batch, order and number of threads.

    Parameters
    ----------
    kernel : Kernel
    parameters : (batch, parameter)
        Hold until a restart changes them.
    initial : (batch, species), kilocopy
    schedule : Schedule, optional
        Restarts of each row, not before the first of the times; None: nothing changes.
    times : (time,), min
        Rising; the first is the start.
    rtol, atol : float
        Relative and absolute (kilocopy) tolerance.
    step_budget : int
        Most steps a row may try (LSODA: right-side calls); then its code is ``step_limit``.
    inputs : Course
        Needed if the kernel has inputs.
    allow_negative : bool
        Do not judge negative states (for models whose states are no amounts).
    solver : "rosenbrock" or "lsoda"
        The batch engine, or the reference that it is tested against: one row at a time, two other methods.
    threads : int, optional
        Of the batch engine; default: one a CPU.
    progress : callable, optional
        Called with rows done and rows in all.

    Raises
    ------
    InputError
        N113 an array of the wrong shape, times that do not rise, or inputs missing.
    """
    parameters, initial, times = owned(parameters), owned(initial), owned(times)
    schedule = make_schedule(len(parameters)) if schedule is None else schedule
    _check_shapes(kernel, parameters, initial, schedule, inputs)
    _check_times(schedule, times, inputs)
    course = Course(np.zeros(1), np.zeros((len(parameters), 1, 0)))
    if kernel.inputs and inputs is not None:
        course = Course(owned(inputs.times), owned(inputs.values))
    batch = Batch(parameters, initial, schedule, times, course)
    floor = -np.inf if allow_negative else lowest_allowed(atol)
    accuracy = Accuracy(rtol, atol, step_budget, floor, _longest_step(course))
    if solver == "lsoda":
        # SciPy's integrators take time to import, and only tests and studies of the engine want them.
        from rheostat.engine import reference

        found = reference.integrate_batch(kernel, batch, accuracy, progress)
    else:
        found = integrate_batch(kernel, batch, accuracy, threads, progress)
    failed = np.flatnonzero(found.result)
    found.observables[failed] = np.where(
        (times >= found.failure_time[failed, None])[..., None], np.nan, found.observables[failed]
    )
    return found


def owned(values: Floats) -> Floats:
    """The same values as an array of the one kind that the loops are compiled for; a copy only if need be."""
    return np.require(values, np.float64, ["C", "W"])


def lowest_allowed(atol: float) -> float:
    """State below which a species counts as negative, kilocopy."""
    return -10.0 * atol


def _longest_step(course: Course) -> float:
    # A system at rest would step over a pulse in its inputs; visit about every interval of the course.
    return float(np.diff(course.times).max()) if len(course.times) > 1 else 0.0


def _refuse(message: str) -> None:
    raise InputError.one("N113", "integrate", message, "correct the call")


def _check_shapes(
    kernel: Kernel, parameters: Floats, initial: Floats, schedule: Schedule, inputs: Course | None
) -> None:
    batch = len(parameters)
    if parameters.shape != (batch, len(kernel.parameters)):
        _refuse(f"parameters have shape {parameters.shape}, not (batch, {len(kernel.parameters)})")
    if initial.shape != (batch, len(kernel.species)):
        _refuse(f"initial has shape {initial.shape}, not {(batch, len(kernel.species))}")
    if schedule.batch != batch:
        _refuse(f"the schedule has {schedule.batch} rows, not {batch}")
    targets = schedule.targets
    if len(targets) and not 0 <= targets.min() <= targets.max() < kernel.first_input:
        _refuse("a restart sets a register that is no species or parameter")
    if kernel.inputs and inputs is None:
        _refuse(f"the kernel has inputs ({', '.join(kernel.inputs)}) but no course of them was given")
    if kernel.inputs and inputs is not None:
        expected = (batch, len(inputs.times), len(kernel.inputs))
        if inputs.values.shape != expected or len(inputs.times) == 0:
            _refuse(f"the course of the inputs has shape {inputs.values.shape}, not {expected}")


def _check_times(schedule: Schedule, times: Floats, inputs: Course | None) -> None:
    if not (np.all(np.isfinite(times)) and np.all(np.diff(times) >= 0.0)):
        _refuse("the requested times are not finite or do not rise")
    restarts = schedule.times
    gaps = np.diff(restarts)
    same_row = np.ones(len(gaps), dtype=bool)
    bounds = schedule.first[1:-1]
    same_row[bounds[(bounds > 0) & (bounds < len(restarts))] - 1] = False
    if not (np.all(np.isfinite(restarts)) and np.all(gaps[same_row] > 0.0)):
        _refuse("the times of the restarts of a row are not finite or do not rise")
    if len(restarts) and len(times) and restarts.min() < times[0]:
        _refuse(f"a restart at {restarts.min():g} min is before the start at {times[0]:g} min")
    if inputs is not None and not np.all(np.diff(inputs.times) > 0.0):
        _refuse("the times of the inputs do not rise")
