"""Run a plan for some draws: steady states, the states at t = 0, the courses, the readouts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rheostat.engine.evaluate import observe
from rheostat.engine.integrate import Course, Restart, integrate
from rheostat.engine.kernel import Kernel
from rheostat.engine.steady import find_steady_state
from rheostat.engine.trajectory import ResultCode
from rheostat.phenotype.growth import gr, growth_inhibition
from rheostat.phenotype.readout import PEAK, half_time, peak_time, relative, split_derived
from rheostat.problem.arm import STARVATION_H, ArmChanges
from rheostat.problem.change import Change
from rheostat.studies.plan import GR, GROWTH, INHIBITION, MINUTES, ArmPlan, Plan, Task

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]

# Points after each restart: from a quarter of a minute to a day, each 9 % later than the last.
_FIRST_MIN, _LAST_MIN, _POINTS = 0.25, 1440.0, 100


@dataclass(frozen=True, eq=False)
class Part:
    """Readouts of some draws.

    ``value`` and ``untreated`` have the shape (arm, draw, time, readout), ``result`` (arm, draw).
    """

    value: Floats
    untreated: Floats
    result: Codes


@dataclass(frozen=True, eq=False)
class State:
    """Parameters and species of the draws at one time, with result codes."""

    parameters: Floats
    species: Floats
    result: Codes


@dataclass(frozen=True, eq=False)
class _Curve:
    """Observables of one task on its own grid: (draw, time, observable)."""

    times_min: Floats
    observables: Floats
    result: Codes


def run_part(plan: Plan, values: Floats) -> Part:
    """Readouts of the draws whose values are given, shape (draw, id of the prior)."""
    return Runner(plan, values).run()


def dense_grid(starts_min: Sequence[float], end_min: float) -> Floats:
    """Times that are fine after each start and at most an hour apart, min."""
    steps = np.concatenate([[0.0], np.geomspace(_FIRST_MIN, _LAST_MIN, _POINTS)])
    points = [start + steps for start in starts_min]
    hours = np.arange(0.0, end_min + MINUTES, MINUTES)
    grid = np.unique(np.round(np.concatenate([*points, hours, [end_min]]), 9))
    return grid[grid <= end_min]


class Runner:
    """Steady states and states at t = 0 of these draws, (draw, id of the prior), each computed once."""

    def __init__(self, plan: Plan, values: Floats) -> None:
        self.plan = plan
        self.kernel = plan.kernels[0]
        self.draws = len(values)
        self.parameters = np.repeat(self.kernel.values[None], self.draws, axis=0)
        self.initial = np.repeat(self.kernel.initial[None], self.draws, axis=0)
        self._place = {name: index for index, name in enumerate(self.kernel.parameters)}
        self._species = {name: index for index, name in enumerate(self.kernel.species)}
        for column, name in enumerate(plan.prior.ids):
            self._write(self.parameters, self.initial, name, values[:, column])
        self._steady: dict[tuple[Change, ...], State] = {}
        self._start: dict[tuple[tuple[Change, ...], tuple[Change, ...]], State] = {}
        self._recorded: dict[tuple[ArmChanges, int], tuple[Course, Codes]] = {}

    def run(self) -> Part:
        """Readouts of all arms."""
        plan = self.plan
        shape = (len(plan.arms), self.draws, len(plan.times_min), len(plan.readouts))
        part = Part(np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape[:2], dtype=np.int8))
        reference = self._steady_observables(plan.reference)
        codes = self.steady(plan.reference).result
        curves = {index: self._curve(task) for index, task in enumerate(plan.tasks)}
        for index, arm in enumerate(plan.arms):
            own = self._steady_observables(arm.cell)
            scaled = {task: self._scaled(curves[task], reference, own) for task in self._tasks_of(arm)}
            part.value[index] = self._readouts(arm, scaled, arm.own, arm.untreated)
            part.untreated[index] = self._readouts(arm, scaled, arm.untreated, arm.untreated)
            part.result[index] = _first_failure([codes, curves[arm.own].result, curves[arm.untreated].result])
            failed = part.result[index] != ResultCode.ok
            part.value[index, failed] = np.nan
            part.untreated[index, failed] = np.nan
        return part

    @staticmethod
    def _tasks_of(arm: ArmPlan) -> set[int]:
        return {arm.own, arm.untreated, arm.inhibition_base}

    def _write(self, parameters: Floats, species: Floats, name: str, value: Floats | float) -> None:
        if name in self._place:
            parameters[:, self._place[name]] = value
        elif name in self._species:
            species[:, self._species[name]] = value

    def _changed(self, state: State, changes: Sequence[Change]) -> State:
        parameters, species = state.parameters.copy(), state.species.copy()
        for change in changes:
            if change.target in self._place:
                column = parameters[:, self._place[change.target]]
            else:
                column = species[:, self._species[change.target]]
            column[:] = change.apply(column.copy())
        return State(parameters, species, state.result)

    def steady(self, before: tuple[Change, ...]) -> State:
        """Steady state under the changes that come before everything."""
        if before not in self._steady:
            start = State(self.parameters, self.initial, np.zeros(self.draws, dtype=np.int8))
            state = self._changed(start, before)
            found = find_steady_state(
                self.kernel, state.parameters, state.species, rtol=self.plan.rtol, atol=self.plan.atol
            )
            self._steady[before] = State(state.parameters, found.species, found.result.astype(np.int8))
        return self._steady[before]

    def start(self, changes: ArmChanges) -> State:
        """State at t = 0: after the untimed environment has acted for 16 h."""
        key = (changes.before, changes.starved)
        if not changes.starved:
            return self.steady(changes.before)
        if key not in self._start:
            state = self._changed(self.steady(changes.before), changes.starved)
            rows = np.flatnonzero(state.result == ResultCode.ok)
            species, result = np.full_like(state.species, np.nan), state.result.copy()
            times = np.array([0.0, STARVATION_H * MINUTES])
            course = integrate(
                self.kernel, state.parameters[rows], state.species[rows], (), times,
                rtol=self.plan.rtol, atol=self.plan.atol,
            )  # fmt: skip
            species[rows], result[rows] = course.species[:, -1], course.result
            self._start[key] = State(state.parameters, species, result)
        return self._start[key]

    def _steady_observables(self, before: tuple[Change, ...]) -> Floats:
        return self._observed(self.steady(before))

    def _observed(self, state: State) -> Floats:
        seen = np.full((self.draws, len(self.plan.names)), np.nan)
        for row in np.flatnonzero(state.result == ResultCode.ok):
            seen[row] = observe(self.kernel, np.zeros(1), state.species[row][None], state.parameters[row])[0]
        return seen

    def _curve(self, task: Task) -> _Curve:
        plan, start = self.plan, self.start(task.changes)
        grid = self._grid([time * MINUTES for time, _ in task.changes.timed], dense=plan.dense)
        if not task.changes.starved and not task.changes.timed:
            # Nothing happens to a steady state, and a solver at rest only follows rounding noise.
            return _Curve(grid, np.repeat(self._observed(start)[:, None], len(grid), axis=1), start.result)
        rows = np.flatnonzero(start.result == ResultCode.ok)
        inputs, result = None, start.result.copy()
        if task.source is not None:
            inputs, recorded = self._inputs(task.source, task.kernel)
            result = _first_failure([result, recorded])
            rows = np.flatnonzero(result == ResultCode.ok)
            inputs = Course(inputs.times, inputs.values[rows])
        course = integrate(
            plan.kernels[task.kernel], start.parameters[rows], start.species[rows],
            self._schedule(start, task.changes, rows), grid, rtol=plan.rtol, atol=plan.atol, inputs=inputs,
        )  # fmt: skip
        observables = np.full((self.draws, len(grid), len(plan.names)), np.nan)
        observables[rows] = course.observables
        # Time 0 is before treatment; the engine reports what a restart has changed.
        observables[:, 0] = self._observed(start)
        result[rows] = course.result
        return _Curve(grid, observables, result)

    def _grid(self, starts_min: Sequence[float], *, dense: bool) -> Floats:
        times = self.plan.times_min
        extra = np.zeros(1)
        if dense:
            extra = dense_grid([0.0, *starts_min], self.plan.horizon_min)
        return np.unique(np.concatenate([times, extra]))

    def _schedule(self, start: State, changes: ArmChanges, rows: NDArray[np.int64]) -> tuple[Restart, ...]:
        none = np.zeros(0, dtype=np.int64)
        parameters = start.parameters[rows]
        schedule = []
        if not changes.timed or changes.timed[0][0] > 0.0:
            schedule.append(Restart(0.0, parameters, none, np.zeros((len(rows), 0))))
        for time_h, timed in changes.timed:
            parameters = parameters.copy()
            targets = [change for change in timed if change.target in self._species]
            for change in timed:
                if change.target in self._place:
                    parameters[:, self._place[change.target]] = change.value
            places = np.array([self._species[change.target] for change in targets], dtype=np.int64)
            amounts = np.repeat(np.array([[change.value for change in targets]]), len(rows), axis=0)
            schedule.append(Restart(round(time_h * MINUTES, 9), parameters, places, amounts))
        return tuple(schedule)

    def _inputs(self, source: ArmChanges, kernel: int) -> tuple[Course, Codes]:
        """Course of what a cut kernel reads, of all draws, from the arm without drugs and timed items."""
        if (source, kernel) not in self._recorded:
            recorder: Kernel = self.plan.recorders[kernel]
            start = self.start(source)
            grid = self._grid([], dense=True)
            rows = np.flatnonzero(start.result == ResultCode.ok)
            course = integrate(
                recorder, start.parameters[rows], start.species[rows], (), grid,
                rtol=self.plan.rtol, atol=self.plan.atol,
            )  # fmt: skip
            values = np.full((self.draws, len(grid), len(recorder.observables)), np.nan)
            result = start.result.copy()
            values[rows], result[rows] = course.observables, course.result
            self._recorded[source, kernel] = Course(grid, values), result
        return self._recorded[source, kernel]

    def _scaled(self, curve: _Curve, reference: Floats, own: Floats) -> _Curve:
        chosen = self.plan.is_relative
        observables = curve.observables.copy()
        observables[:, :, chosen] = relative(observables[:, :, chosen], reference[:, chosen], own[:, chosen])
        return _Curve(curve.times_min, observables, curve.result)

    def _readouts(self, arm: ArmPlan, curves: Mapping[int, _Curve], which: int, untreated: int) -> Floats:
        """Readouts of one task at the requested times, (draw, time, readout)."""
        plan, curve = self.plan, curves[which]
        result = np.full((self.draws, len(plan.times_min), len(plan.readouts)), np.nan)
        for index, readout in enumerate(plan.readouts):
            prefix, base = split_derived(readout)
            if base == GR:
                grid, course = self._gr(curve, curves[untreated])
            elif base == INHIBITION:
                from_task = arm.inhibition_base if which == arm.own else which
                grid, course = self._gr(curve, curves[from_task])
                course = growth_inhibition(course)
            else:
                grid, course = curve.times_min, curve.observables[:, :, plan.names.index(base)]
            if prefix:
                measure = peak_time if prefix == PEAK else half_time
                times = [measure(grid / MINUTES, row, *arm.window) for row in course]
                result[:, :, index] = np.array(times)[:, None]
            else:
                result[:, :, index] = course[:, np.searchsorted(grid, plan.times_min)]
        return result

    def _gr(self, curve: _Curve, base: _Curve) -> tuple[Floats, Floats]:
        """Metric on the grid of the treated course; means of each course are taken on its own grid."""
        column = self.plan.names.index(GROWTH)
        grid = np.unique(np.concatenate([curve.times_min, base.times_min]))
        treated, free = (
            np.array([np.interp(grid, each.times_min, row) for row in each.observables[:, :, column]])
            for each in (curve, base)
        )
        return grid, gr(grid / MINUTES, treated, free)


def _first_failure(codes: Sequence[Codes]) -> Codes:
    result = codes[0].copy()
    for each in codes[1:]:
        result = np.where(result == ResultCode.ok, each, result).astype(np.int8)
    return result
