"""Compiled loops of the batch engine: Rodas5P, ``WIDTH`` rows side by side, each with its own time and step.

A step is the same sequence of operations whatever its size, so lanes never diverge; a lane whose row is done
takes the next one from a counter that all threads share. A lane's numbers depend on its row alone.

References
----------
Steinebach 2023, doi:10.1007/s10543-023-00967-x (Rodas5P, its error estimate and dense output).
Hairer and Wanner, Solving Ordinary Differential Equations II, IV.7 (the form without products by the
Jacobian), IV.8 (step size control).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rheostat.engine import tableau
from rheostat.engine.kernel import Floats
from rheostat.engine.lane import (
    WIDTH,
    fetch_add,
    load,
    select,
    splat,
    store,
    sum_products,
)
from rheostat.engine.lane_loops import run_lines, sum_terms
from rheostat.engine.lane_state import (
    ACCEPTED,
    ARRIVED,
    ERROR,
    GROWTH,
    INVERSE_STEP,
    LOWEST,
    NEXT_ROW,
    ROWS_DONE,
    SHARE,
    SHIFT,
    STEP,
    STOP,
    Integers,
    Lanes,
    Work,
)
from rheostat.engine.loop import inlined, loop
from rheostat.engine.program import Tables
from rheostat.engine.step_loops import copy_lanes, interpolate, measure_rest, put_time, take_step
from rheostat.engine.trajectory import MOST_DRIFT, ResultCode


class Job(NamedTuple):
    """The rows to be integrated; shapes as for ``integrate``, all rows and species of the batch.

    Parameters
    ----------
    rows : (row to do,)
    order : (species of the program,)
        Each one's index in the batch; those that are ``absent`` from the rows are not in the program.
    absent : (species,)
    place : (register,)
        Of a species or parameter of the batch: its place in the program's order, or its register.
    first, restart_times, first_write, targets, values
        As in ``Schedule``.
    """

    rows: Integers
    order: Integers
    absent: Integers
    place: Integers
    parameters: Floats
    initial: Floats
    first: Integers
    restart_times: Floats
    first_write: Integers
    targets: NDArray[np.int32]
    values: Floats
    times: Floats
    course_times: Floats
    course_values: Floats
    rtol: float
    atol: float
    floor: float
    longest_step: float
    step_budget: int


class Answer(NamedTuple):
    """Where the results go; shapes as in ``Trajectory``."""

    observables: Floats
    final: Floats
    result: NDArray[np.int8]
    failure_time: Floats
    steps: Integers
    rejected: Integers
    minimum: Floats
    drift: Floats


_IDLE, _FRESH, _RUNNING, _DONE = range(4)
_OK, _STEP_LIMIT, _NOT_FINITE, _NEGATIVE, _SOLVER_ERROR, _NOT_CONSERVED = (
    int(ResultCode[name])
    for name in ("ok", "step_limit", "not_finite", "negative", "solver_error", "not_conserved")
)
_GAMMA, _DENSE = tableau.GAMMA, tableau.DENSE_WEIGHTS
_sum_8 = sum_products(8)

# By how much a step may grow, and an accepted one shrink.
_MOST_GROWTH, _LEAST_GROWTH = 10.0, 0.2
# How a refused step shrinks: at the most and, from the second time on, at least.
_MOST_SHRINK, _LEAST_SHRINK = 0.1, 0.5
# A first step in which, at the initial rate, nothing changes by more than this share; and one at rest, min.
_FIRST_CHANGE, _FIRST_STEP_AT_REST = 1e-2, 1e-4
# A step shorter than this share of the time is no step.
_SHORTEST_SHARE, _SHORTEST = 1e-15, 1e-100


@loop
def run_rows(
    tables: Tables, job: Job, answer: Answer, work: Work, lanes: Lanes, counters: Integers
) -> None:
    """Integrate rows from the shared counter until there is none left or a stop is asked for."""
    for lane in range(WIDTH):
        _load_row(tables, job, work, lanes, lane, job.rows[0])
        lanes.status[lane] = _DONE
        _next_row(tables, job, answer, work, lanes, lane, counters)
    while counters[STOP] == 0:
        fresh = active = False
        for lane in range(WIDTH):
            fresh |= lanes.status[lane] == _FRESH
            active |= lanes.status[lane] != _IDLE
        if not active:
            return
        if fresh:
            _begin_segments(tables, job, answer, work, lanes)
        else:
            _choose_steps(tables, job, work, lanes)
            take_step(tables, job, work, lanes)
            _judge_steps(tables, job, answer, work, lanes)
        for lane in range(WIDTH):
            if lanes.status[lane] == _DONE:
                fetch_add(counters, ROWS_DONE, 1)
                _next_row(tables, job, answer, work, lanes, lane, counters)


@loop
def _next_row(tables, job, answer, work, lanes, lane, counters):  # type: ignore[no-untyped-def]
    number = fetch_add(counters, NEXT_ROW, 1)
    if number >= job.rows.shape[0]:
        lanes.status[lane] = _IDLE
        return
    row = job.rows[number]
    _load_row(tables, job, work, lanes, lane, row)
    answer.minimum[row] = np.inf
    for species in range(job.initial.shape[1]):
        answer.minimum[row] = min(answer.minimum[row], job.initial[row, species])
    _enter_segment(tables, job, work, lanes, lane)


@loop
def _load_row(tables, job, work, lanes, lane, row):  # type: ignore[no-untyped-def]
    first = tables.layout[0]
    for parameter in range(job.parameters.shape[1]):
        work.registers[first + parameter, lane] = job.parameters[row, parameter]
    for species in range(job.order.shape[0]):
        _put_species(work, species, lane, job.initial[row, job.order[species]])
    lanes.row[lane], lanes.time[lane] = row, job.times[0]
    lanes.event[lane], lanes.output[lane], lanes.due[lane] = job.first[row], 0, 0


@loop
def _enter_segment(tables, job, work, lanes, lane):  # type: ignore[no-untyped-def]
    """Make the writes that are due now, and find where the segment ends."""
    row, species = lanes.row[lane], job.order.shape[0]
    event, last = lanes.event[lane], job.first[row + 1]
    while event < last and job.restart_times[event] <= lanes.time[lane]:
        for write in range(job.first_write[event], job.first_write[event + 1]):
            target = job.place[job.targets[write]]
            if target < species:
                _put_species(work, target, lane, job.values[write])
            else:
                work.registers[target, lane] = job.values[write]
        event += 1
    end = job.times[job.times.shape[0] - 1]
    if event < last:
        end = min(end, job.restart_times[event])
    _find_totals(tables, work, lane)
    lanes.event[lane], lanes.begin[lane], lanes.end[lane] = event, lanes.time[lane], end
    lanes.rejections[lane] = 0
    lanes.status[lane] = _FRESH




@loop
def _begin_segments(tables, job, answer, work, lanes):  # type: ignore[no-untyped-def]
    """First right side, first step and first outputs of the lanes that start a segment."""
    # What depends on parameters alone comes out the same for the other lanes.
    run_lines(tables.setup, work.registers)
    work.control[SHARE] = 0.0
    put_time(tables, job, work.registers, lanes, work.control[SHARE])
    copy_lanes(work.state, work.registers)
    run_lines(tables.rates, work.registers)
    sum_terms(tables.right_side, work.registers, work.stages[0])
    measure_rest(tables, job, work)
    run_lines(tables.observables, work.registers)
    for lane in range(WIDTH):
        if lanes.status[lane] != _FRESH:
            continue
        size, rate = work.control[ERROR, lane], work.control[LOWEST, lane]
        if not math.isfinite(rate):
            _end_row(answer, lanes, lane, _NOT_FINITE)
            continue
        at_rest = size < 1e-5 or rate < 1e-5
        lanes.step[lane] = _FIRST_STEP_AT_REST if at_rest else _FIRST_CHANGE * size / rate
        lanes.status[lane] = _RUNNING
        _write_outputs(
            job.times, answer.observables, tables.observable_registers, work.registers, lanes.row,
            lanes.output, lanes.due, lane, lanes.time[lane],
        )  # fmt: skip
        if lanes.time[lane] >= lanes.end[lane]:
            _end_segment(tables, job, answer, work, lanes, lane)


@inlined
def _choose_steps(tables, job, work, lanes):  # type: ignore[no-untyped-def]
    """Clip each lane's step to its segment; the output grid has no say."""
    for lane in range(WIDTH):
        if lanes.status[lane] == _RUNNING:
            left = lanes.end[lane] - lanes.time[lane]
            step = lanes.step[lane]
            if job.longest_step > 0.0:
                step = min(step, job.longest_step)
            if work.state.shape[0] == 0 or step * 1.01 >= left:
                step = left
            elif step * 2.0 > left:
                step = 0.5 * left
            lanes.step[lane] = step
        step = lanes.step[lane]
        work.control[STEP, lane] = step
        work.control[INVERSE_STEP, lane] = 1.0 / step
        work.control[SHIFT, lane] = 1.0 / (step * _GAMMA)









@inlined
def _judge_steps(tables, job, answer, work, lanes):  # type: ignore[no-untyped-def]
    """Accept or refuse each lane's step; outputs, ends and failures."""
    control, status, row, time, step = work.control, lanes.status, lanes.row, lanes.time, lanes.step
    times = job.times
    outputs = False
    for lane in range(WIDTH):
        control[ACCEPTED, lane] = 0.0
        if status[lane] != _RUNNING:
            continue
        answer.steps[row[lane]] += 1
        error, lowest = control[ERROR, lane], control[LOWEST, lane]
        if not (error <= 1.0 and lowest >= job.floor):
            _refuse_step(job, answer, work, lanes, lane, error, lowest)
            continue
        arrived, end = time[lane] + step[lane], lanes.end[lane]
        if end - arrived <= 1e-14 * abs(end):
            arrived = end
        control[ACCEPTED, lane], control[ARRIVED, lane] = 1.0, arrived
        event = lanes.event[lane]
        # An output at the time of a restart is that after it, so it waits for the next segment.
        restarts = event < job.first[row[lane] + 1] and job.restart_times[event] <= arrived
        due = lanes.output[lane]
        while due < times.shape[0] and (times[due] < arrived or (times[due] == arrived and not restarts)):
            due += 1
        lanes.due[lane] = due
        outputs |= due > lanes.output[lane]
    if outputs:
        _deliver(tables, job, answer, work, lanes)
    accepted = load(control, ACCEPTED)
    for k in range(np.uint64(work.state.shape[0])):
        store(work.state, k, select(accepted, load(work.new, k), load(work.state, k)))
    for lane in range(WIDTH):
        if control[ACCEPTED, lane] == 0.0:
            continue
        growth = min(_MOST_GROWTH, max(_LEAST_GROWTH, control[GROWTH, lane]))
        if lanes.rejections[lane] > 0:
            growth = min(growth, 1.0)
        time[lane] = control[ARRIVED, lane]
        step[lane] *= growth
        lanes.rejections[lane] = 0
        answer.minimum[row[lane]] = min(answer.minimum[row[lane]], control[LOWEST, lane])
        if time[lane] >= lanes.end[lane]:
            _end_segment(tables, job, answer, work, lanes, lane)
        if status[lane] != _DONE and answer.steps[row[lane]] >= job.step_budget:
            _end_row(answer, lanes, lane, _STEP_LIMIT)


@loop
def _refuse_step(job, answer, work, lanes, lane, error, lowest):  # type: ignore[no-untyped-def]
    row = lanes.row[lane]
    finite = math.isfinite(error) and math.isfinite(lowest)
    if not finite:
        shrink = _MOST_SHRINK
    elif error > 1.0:
        shrink = max(_MOST_SHRINK, work.control[GROWTH, lane])
        if lanes.rejections[lane] > 0:
            shrink = min(shrink, _LEAST_SHRINK)
    else:
        shrink = 0.25
    lanes.rejections[lane] += 1
    answer.rejected[row] += 1
    lanes.step[lane] *= shrink
    if lanes.step[lane] <= max(_SHORTEST_SHARE * abs(lanes.time[lane]), _SHORTEST):
        code = _NOT_FINITE
        if finite:
            code = _NEGATIVE if error <= 1.0 else _SOLVER_ERROR
        _end_row(answer, lanes, lane, code)
    elif answer.steps[row] >= job.step_budget:
        _end_row(answer, lanes, lane, _STEP_LIMIT)


@inlined
def _deliver(tables, job, answer, work, lanes):  # type: ignore[no-untyped-def]
    """Observables at the requested times within the accepted steps, from the dense output.

    Of its polynomial the last term is there already; it is part of the judgement of a step.
    """
    count = np.uint64(work.state.shape[0])
    flat, registers, control, dense = work.flat_stages, work.registers, work.control, work.dense
    for k in range(count):
        zero = splat(0.0)
        store(dense, k, _sum_8(_DENSE, 0, flat, k, count, zero))
        store(dense, count + k, _sum_8(_DENSE, 1, flat, k, count, zero))
    while _place_outputs(job.times, lanes.time, lanes.step, lanes.output, lanes.due, control):
        interpolate(control, work.state, work.new, dense, registers)
        put_time(tables, job, registers, lanes, control[SHARE])
        run_lines(tables.observables, registers)
        _write_due_outputs(
            answer.observables, tables.observable_registers, registers, lanes.row, lanes.output, lanes.due
        )


@inlined
def _place_outputs(times, time, step, output, due, control):  # type: ignore[no-untyped-def]
    """Where in its step each lane's next output lies; whether there is any."""
    some = False
    for lane in range(WIDTH):
        control[SHARE, lane] = 0.0
        if output[lane] < due[lane]:
            control[SHARE, lane] = min((times[output[lane]] - time[lane]) / step[lane], 1.0)
            some = True
    return some


@inlined
def _write_due_outputs(observables, sources, registers, row, output, due):  # type: ignore[no-untyped-def]
    for lane in range(WIDTH):
        if output[lane] < due[lane]:
            target = observables[row[lane], output[lane]]
            for place in range(sources.shape[0]):
                target[place] = registers[sources[place], lane]
            output[lane] += 1



@loop
def _write_outputs(times, observables, sources, registers, row, output, due, lane, time):  # type: ignore[no-untyped-def]
    """Write the observables in the registers to all outputs of that time."""
    while output[lane] < times.shape[0] and times[output[lane]] <= time:
        target = observables[row[lane], output[lane]]
        for place in range(sources.shape[0]):
            target[place] = registers[sources[place], lane]
        output[lane] += 1
        due[lane] = output[lane]


@loop
def _end_segment(tables, job, answer, work, lanes, lane):  # type: ignore[no-untyped-def]
    row = lanes.row[lane]
    _find_dependents(tables.dependents, work.registers, work.state, work.dependent, lane)
    drift = _drift(tables, job.atol, work, lane)
    answer.drift[row] = max(answer.drift[row], drift)
    if drift > MOST_DRIFT:
        _end_row(answer, lanes, lane, _NOT_CONSERVED)
        return
    event = lanes.event[lane]
    if event < job.first[row + 1] and job.restart_times[event] <= lanes.time[lane]:
        _enter_segment(tables, job, work, lanes, lane)
        return
    for species in range(job.order.shape[0]):
        answer.final[row, job.order[species]] = _species(work, species, lane)
    for species in job.absent:
        answer.final[row, species] = 0.0
    _end_row(answer, lanes, lane, _OK)


@inlined
def _species(work, place, lane):  # type: ignore[no-untyped-def]
    independent = work.state.shape[0]
    return work.state[place, lane] if place < independent else work.dependent[place - independent, lane]


@inlined
def _put_species(work, place, lane, value):  # type: ignore[no-untyped-def]
    independent = work.state.shape[0]
    if place < independent:
        work.state[place, lane] = value
    else:
        work.dependent[place - independent, lane] = value


@loop
def _find_dependents(dependents, registers, state, dependent, lane):  # type: ignore[no-untyped-def]
    """Values of the dependent species from their totals."""
    start, species, weight = dependents
    first = state.shape[0]
    for number in range(dependent.shape[0]):
        value = registers[first + number, lane]
        for part in range(start[number], start[number + 1]):
            value += weight[part] * state[species[part], lane]
        dependent[number, lane] = value


@loop
def _find_totals(tables, work, lane):  # type: ignore[no-untyped-def]
    """Totals of the dependent species, into the registers, and all totals with the sizes of their parts."""
    start, species, weight = tables.dependents
    first = work.state.shape[0]
    for number in range(work.dependent.shape[0]):
        total = work.dependent[number, lane]
        for part in range(start[number], start[number + 1]):
            total -= weight[part] * work.state[species[part], lane]
        work.registers[first + number, lane] = total
    start, species, weight = tables.totals
    for total in range(work.totals.shape[0]):
        work.totals[total, lane] = work.sizes[total, lane] = 0.0
        for part in range(start[total], start[total + 1]):
            value = weight[part] * _species(work, species[part], lane)
            work.totals[total, lane] += value
            work.sizes[total, lane] += abs(value)


@loop
def _drift(tables, atol, work, lane):  # type: ignore[no-untyped-def]
    """Largest change of a conserved total in the segment, as a share of the sum of its parts' sizes."""
    start, species, weight = tables.totals
    worst = 0.0
    for total in range(work.totals.shape[0]):
        now = size = 0.0
        for part in range(start[total], start[total + 1]):
            value = weight[part] * _species(work, species[part], lane)
            now += value
            size += abs(value)
        # What is less than the absolute tolerance is nothing, and may change.
        size = max(size, work.sizes[total, lane], atol)
        worst = max(worst, abs(now - work.totals[total, lane]) / size)
    return worst


@loop
def _end_row(answer, lanes, lane, code):  # type: ignore[no-untyped-def]
    row = lanes.row[lane]
    answer.result[row] = code
    if code != _OK:
        answer.failure_time[row] = lanes.time[lane]
    lanes.status[lane] = _DONE
