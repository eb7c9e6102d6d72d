"""Integrate a batch of rows, each alone, through a schedule of hard restarts."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import ODEintWarning

from rheostat.engine.compiled import BUDGET, STATUS_SIZE, observe_course
from rheostat.engine.evaluate import arguments, fresh_workspace, layout_of, prepare
from rheostat.engine.kernel import Floats, Kernel
from rheostat.engine.lsoda import Tolerance, advance
from rheostat.engine.trajectory import ResultCode, Trajectory
from rheostat.vocabulary.error import InputError

DEFAULT_STEP_BUDGET = 100_000


@dataclass(frozen=True, eq=False)
class Restart:
    """From ``time`` on these parameters hold and these species are set; integration starts anew.

    Parameters
    ----------
    time : float, min
    parameters : (batch, parameter)
    set_species : (k,)
        Indices of species.
    set_values : (batch, k), kilocopy
    """

    time: float
    parameters: Floats
    set_species: NDArray[np.int64]
    set_values: Floats


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


class Options(TypedDict, total=False):
    """Keyword arguments of ``integrate``."""

    rtol: float
    atol: float
    step_budget: int
    inputs: Course | None
    allow_negative: bool


def integrate(
    kernel: Kernel,
    parameters: Floats,
    initial: Floats,
    schedule: tuple[Restart, ...],
    times: Floats,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-6,
    step_budget: int = DEFAULT_STEP_BUDGET,
    inputs: Course | None = None,
    allow_negative: bool = False,
) -> Trajectory:
    """Courses of species and observables; a row that fails gets a result code and leaves the others alone.

    A value asked for at the time of a restart is that after it. The output grid never influences the
    steps, and a row has the same bits in any batch.

    Parameters
    ----------
    kernel : Kernel
    parameters : (batch, parameter)
        Hold until the first restart, or throughout if the schedule is empty.
    initial : (batch, species), kilocopy
    schedule : tuple of Restart
        Rising times; the first is the start. Empty: the start is the first requested time.
    times : (time,), min
        Rising, not before the start.
    rtol, atol : float
        Relative and absolute (kilocopy) tolerance of LSODA.
    step_budget : int
        Most right-side calls a row may use; then its code is ``step_limit``.
    inputs : Course
        Needed if the kernel has inputs.
    allow_negative : bool
        Do not judge negative states (for models whose states are no amounts).

    Raises
    ------
    InputError
        N113 an array of the wrong shape, times that do not rise, or inputs missing.
    """
    parameters = np.ascontiguousarray(parameters, dtype=np.float64)
    initial = np.ascontiguousarray(initial, dtype=np.float64)
    times = np.ascontiguousarray(times, dtype=np.float64)
    _check_shapes(kernel, parameters, initial, schedule, inputs)
    _check_times(schedule, times, inputs)
    batch = len(parameters)
    result = Trajectory(
        times=times,
        observables=np.full((batch, len(times), len(kernel.observables)), np.nan),
        species=np.full((batch, len(times), len(kernel.species)), np.nan),
        result=np.zeros(batch, dtype=np.int8),
        failure_time=np.full(batch, np.nan),
        steps=np.zeros(batch, dtype=np.int64),
        minimum=np.zeros(batch),
    )
    tolerance = Tolerance(rtol, atol, _longest_step(inputs))
    floor = -np.inf if allow_negative else -max(1e-6, 1e3 * atol)
    with warnings.catch_warnings():
        # What these warnings say is in the result code.
        warnings.simplefilter("ignore", ODEintWarning)
        for row in range(batch):
            runner = _Row(kernel, row, tolerance, step_budget, floor, inputs)
            runner.run(parameters[row], initial[row], schedule, result)
    return result


def integrate_rows(
    kernel: Kernel,
    parameters: Floats,
    initial: Floats,
    schedule: tuple[Restart, ...],
    times: Floats,
    rows: slice,
    **options: Unpack[Options],
) -> Trajectory:
    """The given rows of ``integrate``, for chunks in other processes; ``trajectory.join`` undoes the cut.

    All arguments can be pickled. ``rows`` selects from the batch; the rest is as for ``integrate``.
    """
    part = tuple(
        Restart(restart.time, restart.parameters[rows], restart.set_species, restart.set_values[rows])
        for restart in schedule
    )
    course = options.get("inputs")
    if course is not None:
        options["inputs"] = Course(course.times, course.values[rows])
    return integrate(kernel, parameters[rows], initial[rows], part, times, **options)


class _Row:
    """Integration of one row; writes into its place in the result."""

    def __init__(
        self,
        kernel: Kernel,
        row: int,
        tolerance: Tolerance,
        step_budget: int,
        floor: float,
        inputs: Course | None,
    ) -> None:
        self.kernel = kernel
        self.row = row
        self.tolerance = tolerance
        self.floor = floor
        self.status = np.zeros(STATUS_SIZE)
        self.status[BUDGET] = step_budget
        self.workspace = fresh_workspace(kernel)
        self.course_times = np.zeros(1)
        self.course = np.zeros((1, 0))
        if kernel.inputs and inputs is not None:
            self.course_times = np.ascontiguousarray(inputs.times, dtype=np.float64)
            self.course = np.ascontiguousarray(inputs.values[row], dtype=np.float64)

    def run(
        self, parameters: Floats, initial: Floats, schedule: tuple[Restart, ...], result: Trajectory
    ) -> None:
        """Go through the schedule until the last requested time or a failure."""
        times, row = result.times, self.row
        y = initial.copy()
        result.minimum[row] = y.min(initial=np.inf)
        if len(times) == 0:
            return
        active = [restart for restart in schedule if restart.time <= times[-1]]
        starts = [restart.time for restart in active] or [float(times[0])]
        for number, start in enumerate(starts):
            if active:
                parameters = np.ascontiguousarray(active[number].parameters[row], dtype=np.float64)
                y = y.copy()
                y[active[number].set_species] = active[number].set_values[row]
            is_last = number + 1 == len(starts)
            end = float(times[-1]) if is_last else starts[number + 1]
            # A time equal to that of the next restart belongs to the next segment.
            until = len(times) if is_last else int(np.searchsorted(times, end))
            wanted = slice(int(np.searchsorted(times, start)), until)
            y = self._segment(parameters, y, (start, end), wanted, result, stop_at_end=not is_last)
            if result.result[row] != ResultCode.ok:
                return

    def _segment(
        self,
        parameters: Floats,
        y: Floats,
        bounds: tuple[float, float],
        wanted: slice,
        result: Trajectory,
        *,
        stop_at_end: bool,
    ) -> Floats:
        registers = prepare(self.kernel, parameters)
        call = arguments(self.kernel, registers, self.course_times, self.course, self.status, self.workspace)
        grid, place = np.unique(
            np.concatenate([[bounds[0]], result.times[wanted], [bounds[1]]]), return_inverse=True
        )
        stretch = advance(y, grid, call, self.tolerance, stop_at_end=stop_at_end)
        code, failure_time, states = stretch.code, stretch.failure_time, stretch.states
        lowest = states.min(axis=1, initial=np.inf)
        if np.any(lowest < self.floor):
            first = int(np.argmax(lowest < self.floor))
            code, failure_time, states = ResultCode.negative, float(grid[first]), states[:first]
        filled = place[1:-1][place[1:-1] < len(states)]
        until = wanted.start + len(filled)
        row = self.row
        result.species[row, wanted.start : until] = states[filled]
        result.observables[row, wanted.start : until] = observe_course(
            result.times[wanted.start : until], states[filled], registers, layout_of(self.kernel),
            self.kernel.operations, self.kernel.stages, self.kernel.observable_registers,
            self.course_times, self.course,
        )  # fmt: skip
        result.result[row] = code
        result.failure_time[row] = failure_time
        result.steps[row] += stretch.steps
        result.minimum[row] = min(result.minimum[row], lowest.min(initial=np.inf))
        return states[-1] if len(states) else y


def _longest_step(inputs: Course | None) -> float:
    # A system at rest would step over a pulse in its inputs; visit about every interval of the course.
    return float(np.diff(inputs.times).max()) if inputs is not None and len(inputs.times) > 1 else 0.0


def _refuse(message: str) -> None:
    raise InputError.one("N113", "integrate", message, "correct the call")


def _check_shapes(
    kernel: Kernel, parameters: Floats, initial: Floats, schedule: tuple[Restart, ...], inputs: Course | None
) -> None:
    batch = len(parameters)
    if parameters.shape != (batch, len(kernel.parameters)):
        _refuse(f"parameters have shape {parameters.shape}, not (batch, {len(kernel.parameters)})")
    if initial.shape != (batch, len(kernel.species)):
        _refuse(f"initial has shape {initial.shape}, not {(batch, len(kernel.species))}")
    for restart in schedule:
        if restart.parameters.shape != parameters.shape:
            _refuse(
                f"parameters of the restart at {restart.time:g} min have shape {restart.parameters.shape}"
            )
        if restart.set_values.shape != (batch, len(restart.set_species)):
            _refuse(
                f"set_values of the restart at {restart.time:g} min have shape {restart.set_values.shape}"
            )
    if kernel.inputs and inputs is None:
        _refuse(f"the kernel has inputs ({', '.join(kernel.inputs)}) but no course of them was given")
    if kernel.inputs and inputs is not None:
        expected = (batch, len(inputs.times), len(kernel.inputs))
        if inputs.values.shape != expected or len(inputs.times) == 0:
            _refuse(f"the course of the inputs has shape {inputs.values.shape}, not {expected}")


def _check_times(schedule: tuple[Restart, ...], times: Floats, inputs: Course | None) -> None:
    restarts = np.array([restart.time for restart in schedule], dtype=np.float64)
    if not (np.all(np.isfinite(times)) and np.all(np.diff(times) >= 0.0)):
        _refuse("the requested times are not finite or do not rise")
    if not (np.all(np.isfinite(restarts)) and np.all(np.diff(restarts) > 0.0)):
        _refuse("the times of the restarts are not finite or do not rise")
    if len(restarts) and len(times) and times[0] < restarts[0]:
        _refuse(f"time {times[0]:g} min is before the start at {restarts[0]:g} min")
    if inputs is not None and not np.all(np.diff(inputs.times) > 0.0):
        _refuse("the times of the inputs do not rise")
