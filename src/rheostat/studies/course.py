"""Run a plan for some draws: steady states, the states at t = 0, the courses, the readouts.

All draws of all tasks that share a kernel and an output grid are rows of one batch of the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rheostat.engine.batch import Course, Progress
from rheostat.engine.integrate import integrate
from rheostat.engine.kernel import Kernel
from rheostat.engine.schedule import Restart, Schedule, make_schedule, stack
from rheostat.engine.steady import find_steady_state
from rheostat.engine.trajectory import ResultCode
from rheostat.phenotype.growth import gr, growth_inhibition
from rheostat.phenotype.readout import PEAK, half_time, peak_time, relative, split_derived
from rheostat.problem.arm import STARVATION_H, ArmChanges
from rheostat.problem.change import Change
from rheostat.studies.plan import GR, GROWTH, INHIBITION, MINUTES, ArmPlan, Plan, Task

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]
Before = tuple[Change, ...]
_Start = tuple[Before, tuple[Change, ...]]
"""What decides the state at t = 0: the changes before everything, and those of the 16 h before it."""
_Timed = tuple[tuple[float, tuple[Change, ...]], ...]

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


@dataclass(frozen=True, eq=False)
class _Ended:
    """Where an integration led from one state: (draw, time, observable), (draw, species), codes."""

    observables: Floats
    final: Floats
    result: Codes


def dense_grid(starts_min: Sequence[float], end_min: float) -> Floats:
    """Times that are fine after each start and at most an hour apart, min."""
    steps = np.concatenate([[0.0], np.geomspace(_FIRST_MIN, _LAST_MIN, _POINTS)])
    points = [start + steps for start in starts_min]
    hours = np.arange(0.0, end_min + MINUTES, MINUTES)
    grid = np.unique(np.round(np.concatenate([*points, hours, [end_min]]), 9))
    return grid[grid <= end_min]


def output_grid(plan: Plan, starts_min: Sequence[float], *, dense: bool) -> Floats:
    """Times at which a course is kept, min: those asked for, and a fine grid where the plan needs one."""
    extra = dense_grid([0.0, *starts_min], plan.horizon_min) if dense else np.zeros(1)
    return np.unique(np.concatenate([plan.times_min, extra]))


def rows_a_draw(plan: Plan) -> int:
    """Rows that the engine integrates for one draw: steady states, starvations, recorded and own courses."""
    starts = _starts(plan)
    steady = {before for before, _ in starts}
    starved = [start for start in starts if start[1]]
    recorded = {(task.source, task.kernel) for task in plan.tasks if task.source is not None}
    return len(steady) + len(starved) + len(recorded) + sum(map(_moves, plan.tasks))


def _starts(plan: Plan) -> tuple[_Start, ...]:
    """Distinct states at t = 0 of a plan."""
    changes = [each for task in plan.tasks for each in (task.changes, task.source) if each is not None]
    cells = [plan.reference, *(arm.cell for arm in plan.arms)]
    return tuple(dict.fromkeys([*((cell, ()) for cell in cells), *map(_start_of, changes)]))


def _start_of(changes: ArmChanges) -> _Start:
    return changes.before, changes.starved


def _moves(task: Task) -> bool:
    # Nothing happens to a steady state, and a solver at rest only follows rounding noise.
    return bool(task.changes.starved or task.changes.timed)


class Runner:
    """Steady states, states at t = 0 and courses of these draws, each computed once.

    Parameters
    ----------
    plan : Plan
    values : (draw, id of the prior)
    threads : int, optional
        Of the engine.
    on_rows : callable, optional
        Called with the number of rows that the engine has done.
    """

    def __init__(
        self,
        plan: Plan,
        values: Floats,
        threads: int | None = None,
        on_rows: Callable[[int], None] | None = None,
    ) -> None:
        self.plan = plan
        self.kernel = plan.kernels[0]
        self.draws = len(values)
        self.threads = threads
        self.parameters = np.repeat(self.kernel.values[None], self.draws, axis=0)
        self.initial = np.repeat(self.kernel.initial[None], self.draws, axis=0)
        self._place = {name: index for index, name in enumerate(self.kernel.parameters)}
        self._species = {name: index for index, name in enumerate(self.kernel.species)}
        for column, name in enumerate(plan.prior.ids):
            if name in self._place:
                self.parameters[:, self._place[name]] = values[:, column]
            elif name in self._species:
                self.initial[:, self._species[name]] = values[:, column]
        self._on_rows = on_rows
        self._rows_done = 0
        self._states: dict[_Start, State] = {}
        self._seen: dict[_Start, Floats] = {}

    def run(self) -> Part:
        """Readouts of all arms."""
        plan = self.plan
        shape = (len(plan.arms), self.draws, len(plan.times_min), len(plan.readouts))
        part = Part(np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape[:2], dtype=np.int8))
        self._observe(_starts(plan))
        reference, codes = self._seen[plan.reference, ()], self._states[plan.reference, ()].result
        curves = self._curves()
        for index, arm in enumerate(plan.arms):
            own = self._seen[arm.cell, ()]
            scaled = {
                task: self._scaled(curves[task], reference, own)
                for task in {arm.own, arm.untreated, arm.inhibition_base}
            }
            part.value[index] = self._readouts(arm, scaled, arm.own, arm.untreated)
            part.untreated[index] = self._readouts(arm, scaled, arm.untreated, arm.untreated)
            part.result[index] = _first_failure([codes, curves[arm.own].result, curves[arm.untreated].result])
            failed = part.result[index] != ResultCode.ok
            part.value[index, failed] = np.nan
            part.untreated[index, failed] = np.nan
        return part

    def start(self, changes: ArmChanges) -> State:
        """State at t = 0: after the untimed environment has acted for 16 h."""
        self._prepare([_start_of(changes)])
        return self._states[_start_of(changes)]

    def _prepare(self, starts: Iterable[_Start]) -> None:
        """Find the states that are not known yet, all together."""
        missing = [start for start in dict.fromkeys(starts) if start not in self._states]
        steady = dict.fromkeys(before for before, _ in missing)
        self._find_steady([before for before in steady if (before, ()) not in self._states])
        starved = [start for start in missing if start[1]]
        states = [self._changed(self._states[before, ()], changes) for before, changes in starved]
        times = np.array([0.0, STARVATION_H * MINUTES])
        for start, state, ended in zip(
            starved, states, self._integrate(self.kernel, states, times), strict=True
        ):
            self._states[start] = State(state.parameters, ended.final, ended.result)

    def _find_steady(self, befores: Sequence[Before]) -> None:
        if not befores:
            return
        fresh = State(self.parameters, self.initial, np.zeros(self.draws, dtype=np.int8))
        changed = [self._changed(fresh, before) for before in befores]
        parameters = np.concatenate([state.parameters for state in changed])
        found = find_steady_state(
            self.kernel, parameters, np.concatenate([state.species for state in changed]),
            rtol=self.plan.rtol, atol=self.plan.atol,
            threads=self.threads, progress=self._counted(len(parameters)),
        )  # fmt: skip
        for number, before in enumerate(befores):
            rows = slice(number * self.draws, (number + 1) * self.draws)
            self._states[before, ()] = State(parameters[rows], found.species[rows], found.result[rows])

    def _changed(self, state: State, changes: Sequence[Change]) -> State:
        parameters, species = state.parameters.copy(), state.species.copy()
        for change in changes:
            if change.target in self._place:
                column = parameters[:, self._place[change.target]]
            else:
                column = species[:, self._species[change.target]]
            column[:] = change.apply(column.copy())
        return State(parameters, species, state.result)

    def _observe(self, starts: Sequence[_Start]) -> None:
        """Fill in the observables at these states, (draw, observable)."""
        self._prepare(starts)
        states = [self._states[start] for start in starts]
        ended = self._integrate(self.kernel, states, np.zeros(1), judged=False)
        self._seen |= {start: each.observables[:, 0] for start, each in zip(starts, ended, strict=True)}

    def _integrate(
        self,
        kernel: Kernel,
        states: Sequence[State],
        times: Floats,
        timed: Sequence[_Timed] | None = None,
        inputs: Course | None = None,
        *,
        judged: bool = True,
    ) -> list[_Ended]:
        """Go on from each of the states; draws that have failed before are left out and keep their code.

        Parameters
        ----------
        timed : sequence, optional
            What happens to each of the states.
        inputs : Course, optional
            Of all draws of all states: (state * draw, time, input).
        judged : bool
            Whether the states are judged and the rows counted; not for a look at the observables.
        """
        chosen = [np.flatnonzero(state.result == ResultCode.ok) for state in states]
        bounds = np.concatenate([[0], np.cumsum([len(rows) for rows in chosen])]).astype(np.int64)
        width = (self.draws, len(times), len(kernel.observables))
        if bounds[-1] == 0:
            return [
                _Ended(np.full(width, np.nan), np.full(state.species.shape, np.nan), state.result)
                for state in states
            ]
        schedule = None
        if timed is not None:
            schedule = stack(
                [self._schedule(each, len(rows)) for each, rows in zip(timed, chosen, strict=True)]
            )
        if inputs is not None:
            kept = np.concatenate([number * self.draws + rows for number, rows in enumerate(chosen)])
            inputs = Course(inputs.times, inputs.values[kept])
        course = integrate(
            kernel,
            np.concatenate([state.parameters[rows] for state, rows in zip(states, chosen, strict=True)]),
            np.concatenate([state.species[rows] for state, rows in zip(states, chosen, strict=True)]),
            schedule, times, rtol=self.plan.rtol, atol=self.plan.atol, inputs=inputs,
            allow_negative=not judged, threads=self.threads,
            progress=self._counted(int(bounds[-1])) if judged else None,
        )  # fmt: skip
        ended = []
        for state, rows, (first, last) in zip(states, chosen, pairwise(bounds), strict=True):
            result = state.result.copy()
            result[rows] = course.result[first:last]
            ended.append(
                _Ended(
                    _spread(course.observables[first:last], rows, self.draws),
                    _spread(course.final[first:last], rows, self.draws),
                    result,
                )
            )
        return ended

    def _schedule(self, timed: _Timed, rows: int) -> Schedule:
        restarts = []
        for time_h, changes in timed:
            targets = np.array([self._register(change.target) for change in changes], dtype=np.int32)
            values = np.tile([change.value for change in changes], (rows, 1))
            restarts.append(Restart(round(time_h * MINUTES, 9), targets, values))
        return make_schedule(rows, restarts)

    def _register(self, target: str) -> int:
        if target in self._place:
            return self.kernel.first_parameter + self._place[target]
        return self._species[target]

    def _counted(self, rows: int) -> Progress | None:
        before, self._rows_done = self._rows_done, self._rows_done + rows
        if (on_rows := self._on_rows) is None:
            return None
        return lambda done, _: on_rows(before + done)

    def _curves(self) -> dict[int, _Curve]:
        """Courses of all tasks of the plan; those of one kernel and one grid together."""
        plan = self.plan
        grids = [self._grid(task) for task in plan.tasks]
        groups: dict[tuple[int, bytes], list[int]] = {}
        for index, task in enumerate(plan.tasks):
            if _moves(task):
                groups.setdefault((task.kernel, grids[index].tobytes()), []).append(index)
        curves = {}
        for (kernel, _), members in groups.items():
            grid, tasks = grids[members[0]], [plan.tasks[index] for index in members]
            states = [self._states[_start_of(task.changes)] for task in tasks]
            inputs = None
            if plan.kernels[kernel].inputs:
                inputs, recorded = self._record(kernel, tasks)
                states = [
                    State(state.parameters, state.species, _first_failure([state.result, codes]))
                    for state, codes in zip(states, recorded, strict=True)
                ]
            timed = [task.changes.timed for task in tasks]
            courses = self._integrate(plan.kernels[kernel], states, grid, timed, inputs)
            for index, task, course in zip(members, tasks, courses, strict=True):
                # Time 0 is before treatment; the engine reports what a restart has changed.
                course.observables[:, 0] = self._seen[_start_of(task.changes)]
                curves[index] = _Curve(grid, course.observables, course.result)
        for index, task in enumerate(plan.tasks):
            if index not in curves:
                start = _start_of(task.changes)
                width = (self.draws, len(grids[index]), len(plan.names))
                resting = np.broadcast_to(self._seen[start][:, None], width)
                curves[index] = _Curve(grids[index], resting, self._states[start].result)
        return curves

    def _grid(self, task: Task) -> Floats:
        starts = [time * MINUTES for time, _ in task.changes.timed]
        return output_grid(self.plan, starts, dense=self.plan.dense)

    def _record(self, kernel: int, tasks: Sequence[Task]) -> tuple[Course, list[Codes]]:
        """What a cut kernel reads, (task * draw, time, input): recorded without drugs and timed items."""
        sources = [task.source for task in tasks if task.source is not None]
        distinct = list(dict.fromkeys(sources))
        grid = output_grid(self.plan, [], dense=True)
        states = [self._states[_start_of(source)] for source in distinct]
        ended = dict(zip(distinct, self._integrate(self.plan.recorders[kernel], states, grid), strict=True))
        values = np.concatenate([ended[source].observables for source in sources])
        return Course(grid, values), [ended[source].result for source in sources]

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
        treated, free = (_read_at(grid, each, column) for each in (curve, base))
        return grid, gr(grid / MINUTES, treated, free)


def _read_at(grid: Floats, curve: _Curve, column: int) -> Floats:
    """One observable, linear between the points of the curve, (draw, time of the grid)."""
    rows = curve.observables[:, :, column]
    if len(grid) == len(curve.times_min):
        return rows
    return np.array([np.interp(grid, curve.times_min, row) for row in rows])


def _spread(values: Floats, rows: NDArray[np.int64], draws: int) -> Floats:
    """Values of some of the draws at their places, NaN elsewhere."""
    if len(rows) == draws:
        return values
    spread = np.full((draws, *values.shape[1:]), np.nan)
    spread[rows] = values
    return spread


def _first_failure(codes: Sequence[Codes]) -> Codes:
    result = codes[0].copy()
    for each in codes[1:]:
        result = np.where(result == ResultCode.ok, each, result).astype(np.int8)
    return result
