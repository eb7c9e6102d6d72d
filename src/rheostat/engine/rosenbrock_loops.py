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
    absolute,
    add,
    divide,
    fetch_add,
    fma,
    load,
    maximum,
    minimum,
    multiply,
    select,
    splat,
    square_root,
    store,
    subtract,
    sum_products,
)
from rheostat.engine.lane_loops import (
    add_terms,
    add_to_diagonal,
    factorise,
    pivot_lane,
    run_lines,
    substitute,
    substitute_lane,
    sum_terms,
)
from rheostat.engine.lane_math import exponential, logarithm
from rheostat.engine.loop import inlined, loop
from rheostat.engine.program import Tables
from rheostat.engine.trajectory import MOST_DRIFT, ResultCode

Integers = NDArray[np.int64]


class Job(NamedTuple):
    """The rows to be integrated; species in order of elimination, shapes as for ``integrate``.

    ``targets`` are registers; restart ``e`` writes ``first_write[e]`` to ``first_write[e + 1]``.
    """

    parameters: Floats
    initial: Floats
    first: Integers
    restart_times: Floats
    first_write: Integers
    targets: Integers
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


class Work(NamedTuple):
    """Memory of one thread.

    Parameters
    ----------
    registers : (register, lane)
    state, new : (species, lane)
    stages : (stage, species, lane)
    flat_stages : (stage * species, lane)
        The same memory.
    dense : (3 * species, lane)
        Polynomial of the dense output.
    matrix : (entry, lane)
    inverse : (species, lane)
    control : (row of ``control``, lane)
    kept : (species, lane)
        Right side of a solve while another method solves it.
    totals, sizes : (total, lane)
        Conserved totals at the start of the segment, and the same of the sizes of their parts.
    pivoted : (lane, species, species)
    pivots : (lane, species)
    """

    registers: Floats
    state: Floats
    new: Floats
    stages: Floats
    flat_stages: Floats
    dense: Floats
    matrix: Floats
    inverse: Floats
    control: Floats
    kept: Floats
    totals: Floats
    sizes: Floats
    pivoted: Floats
    pivots: Floats


class Lanes(NamedTuple):
    """What each lane is doing, shape (lane,); outputs before ``output`` are written, those before ``due`` can be."""

    status: Integers
    row: Integers
    event: Integers
    output: Integers
    due: Integers
    rejections: Integers
    time: Floats
    step: Floats
    begin: Floats
    end: Floats


# Rows of ``Work.control``.
SHIFT, INVERSE_STEP, STEP, ERROR, LOWEST, GROWTH, ARRIVED, SHARE, ACCEPTED = range(9)
CONTROL_ROWS = 9
# Elements of the counters that threads share.
NEXT_ROW, ROWS_DONE, STOP = range(3)
COUNTERS = 3

_IDLE, _FRESH, _RUNNING, _DONE = range(4)
_OK, _STEP_LIMIT, _NOT_FINITE, _NEGATIVE, _SOLVER_ERROR, _NOT_CONSERVED = (
    int(ResultCode[name])
    for name in ("ok", "step_limit", "not_finite", "negative", "solver_error", "not_conserved")
)
_STAGES = tableau.STAGES
_GAMMA = tableau.GAMMA
_STAGE_TIMES, _TIME_WEIGHTS = tableau.STAGE_TIMES, tableau.TIME_WEIGHTS
_A, _C, _DENSE = tableau.A, tableau.C, tableau.DENSE_WEIGHTS
_sum_1, _sum_2, _sum_3, _sum_4 = sum_products(1), sum_products(2), sum_products(3), sum_products(4)
_sum_5, _sum_6, _sum_7, _sum_8 = sum_products(5), sum_products(6), sum_products(7), sum_products(8)

# Step size control by the embedded error, which is of order 5 counted by h.
_SAFETY, _BY_ERROR = 0.9, -0.2
_MOST_GROWTH, _LEAST_GROWTH = 10.0, 0.2
# How a refused step shrinks: at the most and, from the second time on, at least.
_MOST_SHRINK, _LEAST_SHRINK = 0.1, 0.5
_SMALLEST_ERROR = 1e-10
# After so many refusals of one step its matrix is factorised with pivoting.
_PIVOT_AFTER = 6
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
        _load_row(tables, job, work, lanes, lane, 0)
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
    row = fetch_add(counters, NEXT_ROW, 1)
    if row >= job.parameters.shape[0]:
        lanes.status[lane] = _IDLE
        return
    _load_row(tables, job, work, lanes, lane, row)
    answer.minimum[row] = np.inf
    for species in range(work.state.shape[0]):
        answer.minimum[row] = min(answer.minimum[row], work.state[species, lane])
    _enter_segment(tables, job, work, lanes, lane)


@loop
def _load_row(tables, job, work, lanes, lane, row):  # type: ignore[no-untyped-def]
    first = tables.layout[0]
    for parameter in range(job.parameters.shape[1]):
        work.registers[first + parameter, lane] = job.parameters[row, parameter]
    for species in range(job.initial.shape[1]):
        work.state[species, lane] = job.initial[row, species]
    lanes.row[lane], lanes.time[lane] = row, job.times[0]
    lanes.event[lane], lanes.output[lane], lanes.due[lane] = job.first[row], 0, 0


@loop
def _enter_segment(tables, job, work, lanes, lane):  # type: ignore[no-untyped-def]
    """Make the writes that are due now, and find where the segment ends."""
    row, species = lanes.row[lane], work.state.shape[0]
    event, last = lanes.event[lane], job.first[row + 1]
    while event < last and job.restart_times[event] <= lanes.time[lane]:
        for write in range(job.first_write[event], job.first_write[event + 1]):
            target = job.targets[write]
            if target < species:
                work.state[target, lane] = job.values[write]
            else:
                work.registers[target, lane] = job.values[write]
        event += 1
    end = job.times[job.times.shape[0] - 1]
    if event < last:
        end = min(end, job.restart_times[event])
    _note_totals(tables, work, lane)
    lanes.event[lane], lanes.begin[lane], lanes.end[lane] = event, lanes.time[lane], end
    lanes.rejections[lane] = 0
    lanes.status[lane] = _FRESH


@inlined
def _put_time(tables, job, registers, lanes, share):  # type: ignore[no-untyped-def]
    """Time and inputs of each lane at ``share[lane]`` of its step."""
    time, step, time_register = lanes.time, lanes.step, tables.layout[3]
    for lane in range(WIDTH):
        registers[time_register, lane] = time[lane] + share[lane] * step[lane]
    if job.course_values.shape[2] > 0:
        _put_inputs(job.course_times, job.course_values, lanes.row, tables.layout, registers)


@loop
def _put_inputs(times, values, rows, layout, registers):  # type: ignore[no-untyped-def]
    """Values of the inputs, linear between the points and held outside, and their slopes."""
    for lane in range(WIDTH):
        time, row = registers[layout[3], lane], rows[lane]
        upper = np.searchsorted(times, time, side="right")
        lower = max(upper - 1, 0)
        upper = min(upper, times.shape[0] - 1)
        share = inverse = 0.0
        if upper > lower:
            inverse = 1.0 / (times[upper] - times[lower])
            share = (time - times[lower]) * inverse
        for place in range(values.shape[2]):
            low = values[row, lower, place]
            rise = values[row, upper, place] - low
            registers[layout[1] + place, lane] = low + share * rise
            registers[layout[2] + place, lane] = rise * inverse


@loop
def _begin_segments(tables, job, answer, work, lanes):  # type: ignore[no-untyped-def]
    """First right side, first step and first outputs of the lanes that start a segment."""
    # What depends on parameters alone comes out the same for the other lanes.
    run_lines(tables.setup, work.registers)
    work.control[SHARE] = 0.0
    _put_time(tables, job, work.registers, lanes, work.control[SHARE])
    _copy(work.state, work.registers)
    run_lines(tables.rates, work.registers)
    sum_terms(tables.right_side, work.registers, work.stages[0])
    _measure_rest(job, work)
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


@loop
def _measure_rest(job, work):  # type: ignore[no-untyped-def]
    """Norms of the state and of its rate of change, both by the tolerance."""
    size = rate = splat(0.0)
    count = work.state.shape[0]
    for species in range(count):
        value = load(work.state, species)
        weight = fma(splat(job.rtol), absolute(value), splat(job.atol))
        scaled, change = divide(value, weight), divide(load(work.stages[0], species), weight)
        size, rate = fma(scaled, scaled, size), fma(change, change, rate)
    scale = splat(1.0 / max(count, 1))
    store(work.control, ERROR, square_root(multiply(size, scale)))
    store(work.control, LOWEST, square_root(multiply(rate, scale)))


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
def _copy(source, target):  # type: ignore[no-untyped-def]
    for k in range(np.uint64(source.shape[0])):
        store(target, k, load(source, k))


@inlined
def take_step(tables: Tables, job: Job, work: Work, lanes: Lanes) -> None:
    """One step of all lanes: the stages, the new state, its error and the lowest species."""
    # Arrays, not tuples, go to the inner loops: a tuple is passed member by member.
    registers, state, stages, matrix = work.registers, work.state, work.stages, work.matrix
    inverse, control, slope = work.inverse, work.control, work.new
    rates, right_side, substitution = tables.rates, tables.right_side, tables.factors.substitute
    pivoting = False
    for lane in range(WIDTH):
        pivoting |= lanes.rejections[lane] >= _PIVOT_AFTER
    share = control[SHARE]
    share[:] = 0.0
    if not tables.autonomous:
        _put_time(tables, job, registers, lanes, share)
    _copy(state, registers)
    run_lines(rates, registers)
    sum_terms(right_side, registers, stages[0])
    run_lines(tables.derivatives, registers)
    sum_terms(tables.matrix, registers, matrix)
    add_to_diagonal(tables.factors.diagonal, control[SHIFT : SHIFT + 1], matrix)
    if pivoting:
        _pivot(tables, work, lanes)
    factorise(tables.factors.factorise, matrix, inverse)
    if not tables.autonomous:
        # Kept for all stages: the slope by time at the start of the step.
        sum_terms(tables.time_slope, registers, slope)
        _add_slope(control, slope, 0, stages[0])
    if pivoting:
        _solve_pivoted(tables, work, lanes, 0)
    else:
        substitute(substitution, matrix, inverse, stages[0])
    inverse_step = control[INVERSE_STEP : INVERSE_STEP + 1]
    for stage in range(1, _STAGES):
        target = stages[stage]
        _combine(stage, state, work.flat_stages, registers, target)
        if not tables.autonomous:
            share[:] = _STAGE_TIMES[stage]
            _put_time(tables, job, registers, lanes, share)
        run_lines(rates, registers)
        add_terms(right_side, registers, inverse_step, target)
        if not tables.autonomous:
            _add_slope(control, slope, stage, target)
        if pivoting:
            _solve_pivoted(tables, work, lanes, stage)
        else:
            substitute(substitution, matrix, inverse, target)
    _finish_step(job.rtol, job.atol, state, registers, stages[_STAGES - 1], work.new, control)


@inlined
def _add_slope(control, slope, stage, target):  # type: ignore[no-untyped-def]
    weight = multiply(load(control, STEP), splat(_TIME_WEIGHTS[stage]))
    for species in range(target.shape[0]):
        store(target, species, fma(weight, load(slope, species), load(target, species)))


@loop
def _pivot(tables, work, lanes):  # type: ignore[no-untyped-def]
    for lane in range(WIDTH):
        if lanes.rejections[lane] >= _PIVOT_AFTER:
            pivot_lane(tables.factors, work.matrix, lane, work.pivoted[lane], work.pivots[lane])


@loop
def _solve_pivoted(tables, work, lanes, stage):  # type: ignore[no-untyped-def]
    """Solve for all lanes, and again with pivoting for those that need it."""
    vector = work.stages[stage]
    _copy(vector, work.kept)
    substitute(tables.factors.substitute, work.matrix, work.inverse, vector)
    for lane in range(WIDTH):
        if lanes.rejections[lane] >= _PIVOT_AFTER:
            for species in range(vector.shape[0]):
                vector[species, lane] = work.kept[species, lane]
            substitute_lane(work.pivoted[lane], work.pivots[lane], vector, lane)


@inlined
def _combine(stage, state, flat, registers, target):  # type: ignore[no-untyped-def]
    """State of a stage, into the registers, and the sum of earlier stages, into the place of this one."""
    count = np.uint64(state.shape[0])
    zero = splat(0.0)
    if stage == 1:
        for k in range(count):
            a, c = _sum_1(_A, 1, flat, k, count, load(state, k)), _sum_1(_C, 1, flat, k, count, zero)
            store(registers, k, a)
            store(target, k, c)
    elif stage == 2:
        for k in range(count):
            a, c = _sum_2(_A, 2, flat, k, count, load(state, k)), _sum_2(_C, 2, flat, k, count, zero)
            store(registers, k, a)
            store(target, k, c)
    elif stage == 3:
        for k in range(count):
            a, c = _sum_3(_A, 3, flat, k, count, load(state, k)), _sum_3(_C, 3, flat, k, count, zero)
            store(registers, k, a)
            store(target, k, c)
    elif stage == 4:
        for k in range(count):
            a, c = _sum_4(_A, 4, flat, k, count, load(state, k)), _sum_4(_C, 4, flat, k, count, zero)
            store(registers, k, a)
            store(target, k, c)
    elif stage == 5:
        for k in range(count):
            a, c = _sum_5(_A, 5, flat, k, count, load(state, k)), _sum_5(_C, 5, flat, k, count, zero)
            store(registers, k, a)
            store(target, k, c)
    elif stage == 6:
        # The states of the last two stages are that before plus its increment.
        for k in range(count):
            a = add(load(registers, k), load(flat, np.uint64(5) * count + k))
            c = _sum_6(_C, 6, flat, k, count, zero)
            store(registers, k, a)
            store(target, k, c)
    else:
        for k in range(count):
            a = add(load(registers, k), load(flat, np.uint64(6) * count + k))
            c = _sum_7(_C, 7, flat, k, count, zero)
            store(registers, k, a)
            store(target, k, c)


@inlined
def _finish_step(rtol, atol, state, registers, error_stage, new, control):  # type: ignore[no-untyped-def]
    """New state, weighted norm of its error, lowest species, and what the controller makes of the error."""
    total = splat(0.0)
    lowest = splat(np.inf)
    relative, absolute_part = splat(rtol), splat(atol)
    count = state.shape[0]
    for k in range(np.uint64(count)):
        change = load(error_stage, k)
        value = add(load(registers, k), change)
        store(new, k, value)
        size = maximum(absolute(load(state, k)), absolute(value))
        scaled = divide(change, fma(relative, size, absolute_part))
        total = fma(scaled, scaled, total)
        lowest = minimum(lowest, value)
    error = square_root(multiply(total, splat(1.0 / max(count, 1))))
    store(control, ERROR, error)
    store(control, LOWEST, lowest)
    size = logarithm(maximum(error, splat(_SMALLEST_ERROR)))
    store(control, GROWTH, multiply(splat(_SAFETY), exponential(multiply(splat(_BY_ERROR), size))))


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
    """Observables at the requested times within the accepted steps, from the dense output."""
    count = np.uint64(work.state.shape[0])
    flat, registers, control, dense = work.flat_stages, work.registers, work.control, work.dense
    for k in range(count):
        zero = splat(0.0)
        store(dense, k, _sum_8(_DENSE, 0, flat, k, count, zero))
        store(dense, count + k, _sum_8(_DENSE, 1, flat, k, count, zero))
        store(dense, count + count + k, _sum_8(_DENSE, 2, flat, k, count, zero))
    while _place_outputs(job.times, lanes.time, lanes.step, lanes.output, lanes.due, control):
        _interpolate(control, work.state, work.new, dense, registers)
        _put_time(tables, job, registers, lanes, control[SHARE])
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


@inlined
def _interpolate(control, state, new, dense, registers):  # type: ignore[no-untyped-def]
    """State at each lane's share of its step, into the registers."""
    count = np.uint64(state.shape[0])
    share = load(control, SHARE)
    rest = subtract(splat(1.0), share)
    for k in range(count):
        inner = fma(share, load(dense, count + count + k), load(dense, count + k))
        bend = fma(share, inner, load(dense, k))
        middle = fma(rest, bend, load(new, k))
        store(registers, k, fma(rest, load(state, k), multiply(share, middle)))


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
    drift = _drift(tables, work, lane)
    answer.drift[row] = max(answer.drift[row], drift)
    if drift > MOST_DRIFT:
        _end_row(answer, lanes, lane, _NOT_CONSERVED)
        return
    event = lanes.event[lane]
    if event < job.first[row + 1] and job.restart_times[event] <= lanes.time[lane]:
        _enter_segment(tables, job, work, lanes, lane)
        return
    for species in range(work.state.shape[0]):
        answer.final[row, species] = work.state[species, lane]
    _end_row(answer, lanes, lane, _OK)


@loop
def _note_totals(tables, work, lane):  # type: ignore[no-untyped-def]
    for total in range(work.totals.shape[0]):
        work.totals[total, lane] = work.sizes[total, lane] = 0.0
        for part in range(tables.total_start[total], tables.total_start[total + 1]):
            value = tables.total_weight[part] * work.state[tables.total_species[part], lane]
            work.totals[total, lane] += value
            work.sizes[total, lane] += abs(value)


@loop
def _drift(tables, work, lane):  # type: ignore[no-untyped-def]
    """Largest change of a conserved total in the segment, as a share of the sum of its parts' sizes."""
    worst = 0.0
    for total in range(work.totals.shape[0]):
        now = size = 0.0
        for part in range(tables.total_start[total], tables.total_start[total + 1]):
            value = tables.total_weight[part] * work.state[tables.total_species[part], lane]
            now += value
            size += abs(value)
        size = max(size, work.sizes[total, lane])
        if size > 0.0:
            worst = max(worst, abs(now - work.totals[total, lane]) / size)
    return worst


@loop
def _end_row(answer, lanes, lane, code):  # type: ignore[no-untyped-def]
    row = lanes.row[lane]
    answer.result[row] = code
    if code != _OK:
        answer.failure_time[row] = lanes.time[lane]
    lanes.status[lane] = _DONE
