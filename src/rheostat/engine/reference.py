"""The reference integrator: LSODA, one row at a time, to test the batch engine against."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import ODEintWarning

from rheostat.engine.batch import Accuracy, Batch, Progress
from rheostat.engine.compiled import (
    BUDGET,
    STATUS_SIZE,
    derivative,
    derivative_jacobian,
    observe_course,
    solve_linear,
)
from rheostat.engine.continuation_loops import STEADY_CHANGE, TAU
from rheostat.engine.evaluate import arguments, fresh_workspace, layout_of, prepare
from rheostat.engine.kernel import Call, Floats, Kernel
from rheostat.engine.lsoda import Tolerance, advance
from rheostat.engine.program import program_of
from rheostat.engine.trajectory import MOST_DRIFT, ResultCode, Trajectory, empty_trajectory


def integrate_batch(
    kernel: Kernel, batch: Batch, accuracy: Accuracy, progress: Progress | None = None
) -> Trajectory:
    """Trajectory of all rows; the arguments are those of ``integrate``."""
    rows = len(batch.parameters)
    result = empty_trajectory(rows, batch.times, len(kernel.observables), len(kernel.species))
    with warnings.catch_warnings():
        # What these warnings say is in the result code.
        warnings.simplefilter("ignore", ODEintWarning)
        for row in range(rows):
            _Row(kernel, batch, row, accuracy, result).run()
            if progress is not None:
                progress(row + 1, rows)
    return result


class _Row:
    """Integration of one row; writes into its place in the result."""

    def __init__(
        self, kernel: Kernel, batch: Batch, row: int, accuracy: Accuracy, result: Trajectory
    ) -> None:
        self.kernel, self.batch, self.row, self.result = kernel, batch, row, result
        self.floor = accuracy.floor
        self.tolerance = Tolerance(accuracy.rtol, accuracy.atol, accuracy.longest_step)
        self.status = np.zeros(STATUS_SIZE)
        self.status[BUDGET] = accuracy.step_budget
        self.workspace = fresh_workspace(kernel)
        self.parameters = batch.parameters[row].copy()
        self.state = batch.initial[row].copy()

    def run(self) -> None:
        """Go through the schedule until the last requested time or a failure."""
        times, schedule = self.batch.times, self.batch.schedule
        self.result.minimum[self.row] = self.state.min(initial=np.inf)
        if len(times) == 0:
            return
        restarts = range(schedule.first[self.row], schedule.first[self.row + 1])
        due = [restart for restart in restarts if schedule.times[restart] <= times[-1]]
        begin = float(times[0])
        for number in [None, *due]:
            if number is not None:
                self._write(number)
                begin = float(schedule.times[number])
            following = due[0 if number is None else due.index(number) + 1 :]
            end = float(schedule.times[following[0]] if following else times[-1])
            if following and end == begin:
                continue
            # A time equal to that of the next restart belongs to the next segment.
            until = int(np.searchsorted(times, end)) if following else len(times)
            self._segment((begin, end), slice(int(np.searchsorted(times, begin)), until), bool(following))
            if self.result.result[self.row] != ResultCode.ok:
                return
        self.result.final[self.row] = self.state

    def _write(self, restart: int) -> None:
        schedule, first = self.batch.schedule, self.kernel.first_parameter
        self.state, self.parameters = self.state.copy(), self.parameters.copy()
        for write in range(schedule.first_write[restart], schedule.first_write[restart + 1]):
            target, value = schedule.targets[write], schedule.values[write]
            if target < first:
                self.state[target] = value
            else:
                self.parameters[target - first] = value

    def _segment(self, bounds: tuple[float, float], wanted: slice, stop_at_end: bool) -> None:
        kernel, row, result = self.kernel, self.row, self.result
        registers = prepare(kernel, self.parameters)
        course_times, course = self.batch.course.times, self.batch.course.values[row]
        call = arguments(kernel, registers, course_times, course, self.status, self.workspace)
        grid, place = np.unique(
            np.concatenate([[bounds[0]], result.times[wanted], [bounds[1]]]), return_inverse=True
        )
        stretch = advance(self.state, grid, call, self.tolerance, stop_at_end=stop_at_end)
        code, failure_time, states = stretch.code, stretch.failure_time, stretch.states
        lowest = states.min(axis=1, initial=np.inf)
        if np.any(lowest < self.floor):
            first = int(np.argmax(lowest < self.floor))
            code, failure_time, states = ResultCode.negative, float(grid[first]), states[:first]
        filled = place[1:-1][place[1:-1] < len(states)]
        until = wanted.start + len(filled)
        result.observables[row, wanted.start : until] = observe_course(
            result.times[wanted.start : until], states[filled], registers, layout_of(kernel),
            kernel.operations, kernel.stages, kernel.observable_registers, course_times, course,
        )  # fmt: skip
        result.result[row] = code
        result.failure_time[row] = failure_time
        result.steps[row] += stretch.steps
        result.minimum[row] = min(result.minimum[row], lowest.min(initial=np.inf))
        self._watch_totals(states)
        if len(states):
            self.state = states[-1]

    def _watch_totals(self, states: Floats) -> None:
        totals, result, row = program_of(self.kernel).totals, self.result, self.row
        if not len(states) or not len(totals):
            return
        size = np.maximum(np.abs(totals) @ np.abs(states[0]), np.abs(totals) @ np.abs(states[-1]))
        change = np.abs(totals @ (states[-1] - states[0]))
        # What is less than the absolute tolerance is nothing, and may change.
        drift = float(np.max(change / np.maximum(size, self.tolerance.atol)))
        result.drift[row] = max(result.drift[row], drift)
        if drift > MOST_DRIFT and result.result[row] == ResultCode.ok:
            result.result[row] = ResultCode.not_conserved
            result.failure_time[row] = result.times[-1]


# Ends of the stages, min; after each the state is tested.
_STAGES = (1e4, 1e5, 1e6)
# Pseudo-steps of the polish, min. Longer ones drift along conserved directions through rounding.
_PSEUDO_STEPS = (1e2, 1e3, 1e4, *(1e5,) * 17)
_POLISHED = 1e-3 * STEADY_CHANGE
# The polish may remove the integrator's error, not move the state elsewhere.
_POLISH_REACH = 1e-3


def steady_states(
    kernel: Kernel, parameters: Floats, initial: Floats, accuracy: Accuracy, progress: Progress | None = None
) -> tuple[Floats, NDArray[np.int8], Floats]:
    """Steady states, codes and residuals: LSODA to at most 1e6 min, then implicit Euler polish."""
    rows = len(parameters)
    species = np.full((rows, len(kernel.species)), np.nan)
    result, residuals = np.zeros(rows, dtype=np.int8), np.zeros(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ODEintWarning)
        for row in range(rows):
            state, code, residual = _find_row(kernel, parameters[row], initial[row].copy(), accuracy)
            result[row], residuals[row] = code, residual
            if code == ResultCode.ok:
                species[row] = state
            if progress is not None:
                progress(row + 1, rows)
    return species, result, residuals


def _find_row(
    kernel: Kernel, parameters: Floats, y: Floats, accuracy: Accuracy
) -> tuple[Floats, ResultCode, float]:
    status = np.zeros(STATUS_SIZE)
    status[BUDGET] = accuracy.step_budget
    tolerance = Tolerance(accuracy.rtol, accuracy.atol)
    call = arguments(
        kernel, prepare(kernel, parameters), np.zeros(1), np.zeros((1, 0)), status, fresh_workspace(kernel)
    )
    start, residual = 0.0, np.inf
    if len(y) == 0:
        return y, ResultCode.ok, 0.0
    for end in _STAGES:
        stretch = advance(y, np.array([start, end]), call, tolerance, stop_at_end=False)
        if stretch.code != ResultCode.ok:
            return y, stretch.code, _residual(end, stretch.states[-1], call, tolerance.atol)
        y = stretch.states[-1]
        if y.min() < accuracy.floor:
            return y, ResultCode.negative, _residual(end, y, call, tolerance.atol)
        polished, residual = _polish(end, y, call, tolerance.atol)
        if residual <= STEADY_CHANGE and polished.min() >= accuracy.floor:
            return polished, ResultCode.ok, residual
        start = end
    return y, ResultCode.not_steady, residual


def _residual(t: float, y: Floats, call: Call, atol: float) -> float:
    return float(np.max(np.abs(derivative(t, y, *call)) * TAU / (np.abs(y) + atol)))


def _polish(t: float, y: Floats, call: Call, atol: float) -> tuple[Floats, float]:
    """State with the integrator's error removed by linearised implicit Euler steps, and its residual.

    Such steps keep linear conservation laws exactly and, unlike Newton's, do not need a regular Jacobian.
    """
    best, residual = y, _residual(t, y, call, atol)
    state = y
    for step in _PSEUDO_STEPS:
        matrix = np.eye(len(y)) - step * derivative_jacobian(t, state, *call).T
        change = step * derivative(t, state, *call)
        if not (np.all(np.isfinite(matrix)) and np.all(np.isfinite(change))):
            break
        state = state + solve_linear(matrix, change)
        far = np.abs(state - y) > _POLISH_REACH * np.abs(y) + 1e2 * atol
        if np.any(far) or not np.all(np.isfinite(state)):
            break
        new = _residual(t, state, call, atol)
        if new < residual:
            best, residual = state, new
        if residual <= _POLISHED:
            break
    return best, residual
