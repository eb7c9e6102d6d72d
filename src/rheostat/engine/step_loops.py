"""Compiled loops for one step of Rodas5P, and for the state within it.

A step is the same sequence of operations whatever its size, so lanes never diverge.

References
----------
Steinebach 2023, doi:10.1007/s10543-023-00967-x (Rodas5P, its error estimate and dense output).
Hairer and Wanner, Solving Ordinary Differential Equations II, IV.7 (the form without products by the
Jacobian).
"""

from __future__ import annotations

import numpy as np

from rheostat.engine import tableau
from rheostat.engine.lane import (
    WIDTH,
    absolute,
    add,
    divide,
    fma,
    load,
    maximum,
    minimum,
    multiply,
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
from rheostat.engine.lane_state import (
    ERROR,
    GROWTH,
    INVERSE_STEP,
    LOWEST,
    SHARE,
    SHIFT,
    STEP,
)
from rheostat.engine.loop import inlined, loop

_STAGES = tableau.STAGES
_STAGE_TIMES, _TIME_WEIGHTS = tableau.STAGE_TIMES, tableau.TIME_WEIGHTS
_A, _C, _DENSE = tableau.A, tableau.C, tableau.DENSE_WEIGHTS
_sum_1, _sum_2, _sum_3, _sum_4 = sum_products(1), sum_products(2), sum_products(3), sum_products(4)
_sum_5, _sum_6, _sum_7, _sum_8 = sum_products(5), sum_products(6), sum_products(7), sum_products(8)

# Step size control by the embedded error, which is of order 5 counted by h.
_SAFETY, _BY_ERROR = 0.85, -0.2
_SMALLEST_ERROR = 1e-10
# The states between, too, must be accurate, which the embedded error does not see: where a front runs through
# a step, its ends can be right and the dense output wrong by hundreds of tolerances. The share of the dense
# output's highest term that counts as error was chosen on the shipped network: with it the largest error of
# a row at the output times falls three- to tenfold for a quarter more steps.
_BEND = 0.01
# A dependent species that is less than this share of its total is rounding.
_ROUNDING = 1e-13
# After so many refusals of one step its matrix is factorised with pivoting.
_PIVOT_AFTER = 6

@inlined
def put_time(tables, job, registers, lanes, share):  # type: ignore[no-untyped-def]
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


@inlined
def copy_lanes(source, target):  # type: ignore[no-untyped-def]
    for k in range(np.uint64(source.shape[0])):
        store(target, k, load(source, k))


@inlined
def take_step(tables, job, work, lanes):  # type: ignore[no-untyped-def]
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
        put_time(tables, job, registers, lanes, share)
    copy_lanes(state, registers)
    run_lines(rates, registers)
    sum_terms(right_side, registers, stages[0])
    run_lines(tables.derivatives, registers)
    sum_terms(tables.matrix, registers, matrix)
    add_to_diagonal(tables.factors.diagonal, control[SHIFT : SHIFT + 1], matrix)
    if pivoting:
        _pivot(tables.factors, matrix, lanes.rejections, work.pivoted, work.pivots)
    factorise(tables.factors.factorise, matrix, inverse)
    if not tables.autonomous:
        # Kept for all stages: the slope by time at the start of the step.
        sum_terms(tables.time_slope, registers, slope)
        _add_slope(control, slope, 0, stages[0])
    if pivoting:
        _solve_pivoted(
            substitution, matrix, inverse, stages[0], lanes.rejections, work.kept, work.pivoted, work.pivots
        )
    else:
        substitute(substitution, matrix, inverse, stages[0])
    inverse_step = control[INVERSE_STEP : INVERSE_STEP + 1]
    for stage in range(1, _STAGES):
        target = stages[stage]
        _combine(stage, state, work.flat_stages, registers, target)
        if not tables.autonomous:
            share[:] = _STAGE_TIMES[stage]
            put_time(tables, job, registers, lanes, share)
        run_lines(rates, registers)
        add_terms(right_side, registers, inverse_step, target)
        if not tables.autonomous:
            _add_slope(control, slope, stage, target)
        if pivoting:
            _solve_pivoted(
                substitution, matrix, inverse, target, lanes.rejections, work.kept, work.pivoted, work.pivots
            )
        else:
            substitute(substitution, matrix, inverse, target)
    _finish_step(
        job.rtol, job.atol, tables.dependents, state, registers, stages[_STAGES - 1], work.new, control,
        work.flat_stages, work.dense,
    )  # fmt: skip


@inlined
def _add_slope(control, slope, stage, target):  # type: ignore[no-untyped-def]
    weight = multiply(load(control, STEP), splat(_TIME_WEIGHTS[stage]))
    for species in range(target.shape[0]):
        store(target, species, fma(weight, load(slope, species), load(target, species)))


@loop
def _pivot(factors, matrix, rejections, pivoted, pivots):  # type: ignore[no-untyped-def]
    for lane in range(WIDTH):
        if rejections[lane] >= _PIVOT_AFTER:
            pivot_lane(factors, matrix, lane, pivoted[lane], pivots[lane])


@loop
def _solve_pivoted(  # type: ignore[no-untyped-def]
    sweep, matrix, inverse, vector, rejections, kept, pivoted, pivots
):
    """Solve for all lanes, and again with pivoting for those that need it."""
    copy_lanes(vector, kept)
    substitute(sweep, matrix, inverse, vector)
    for lane in range(WIDTH):
        if rejections[lane] >= _PIVOT_AFTER:
            for species in range(vector.shape[0]):
                vector[species, lane] = kept[species, lane]
            substitute_lane(pivoted[lane], pivots[lane], vector, lane)


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
def _finish_step(  # type: ignore[no-untyped-def]
    rtol, atol, dependents, state, registers, error_stage, new, control, flat, dense
):
    """New state, weighted norm of its error, lowest species, and the growth that the error allows."""
    total = splat(0.0)
    lowest = splat(np.inf)
    sharpest = splat(0.0)
    count = np.uint64(state.shape[0])
    relative, least = splat(rtol), splat(atol)
    for k in range(count):
        change = load(error_stage, k)
        value = add(load(registers, k), change)
        store(new, k, value)
        size = maximum(absolute(load(state, k)), absolute(value))
        weight = fma(relative, size, least)
        scaled = divide(change, weight)
        total = fma(scaled, scaled, total)
        lowest = minimum(lowest, value)
        bend = _sum_8(_DENSE, 2, flat, k, count, splat(0.0))
        store(dense, count + count + k, bend)
        sharpest = maximum(sharpest, absolute(divide(bend, weight)))
    start, species, weights = dependents
    for number in range(np.uint64(start.shape[0] - 1)):
        first, end = np.uint64(start[number]), np.uint64(start[number + np.uint64(1)])
        before = value = load(registers, count + number)
        rounding = fma(splat(_ROUNDING), absolute(value), least)
        change = splat(0.0)
        for part in range(first, end):
            k, weight = species[part], splat(weights[part])
            before, value = fma(weight, load(state, k), before), fma(weight, load(new, k), value)
            change = fma(weight, load(error_stage, k), change)
        scaled = divide(change, fma(relative, maximum(absolute(before), absolute(value)), rounding))
        total = fma(scaled, scaled, total)
        lowest = minimum(lowest, value)
    parts = state.shape[0] + start.shape[0] - 1
    error = square_root(multiply(total, splat(1.0 / max(parts, 1))))
    error = maximum(error, multiply(splat(_BEND), sharpest))
    store(control, ERROR, error)
    store(control, LOWEST, lowest)
    size = logarithm(maximum(error, splat(_SMALLEST_ERROR)))
    store(control, GROWTH, multiply(splat(_SAFETY), exponential(multiply(splat(_BY_ERROR), size))))


@inlined
def interpolate(control, state, new, dense, registers):  # type: ignore[no-untyped-def]
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
def measure_rest(tables, job, work):  # type: ignore[no-untyped-def]
    """Norms of the state and of its rate of change, both by the tolerance."""
    size = rate = splat(0.0)
    count, change = np.uint64(work.state.shape[0]), work.stages[0]
    rtol, atol = splat(job.rtol), splat(job.atol)
    for k in range(count):
        value = load(work.state, k)
        weight = fma(rtol, absolute(value), atol)
        scaled, relative = divide(value, weight), divide(load(change, k), weight)
        size, rate = fma(scaled, scaled, size), fma(relative, relative, rate)
    start, species, weights = tables.dependents
    for number in range(work.dependent.shape[0]):
        value, speed = load(work.registers, count + np.uint64(number)), splat(0.0)
        for part in range(start[number], start[number + 1]):
            value = fma(splat(weights[part]), load(work.state, species[part]), value)
            speed = fma(splat(weights[part]), load(change, species[part]), speed)
        weight = fma(rtol, absolute(value), atol)
        scaled, relative = divide(value, weight), divide(speed, weight)
        size, rate = fma(scaled, scaled, size), fma(relative, relative, rate)
    scale = splat(1.0 / max(job.order.shape[0], 1))
    store(work.control, ERROR, square_root(multiply(size, scale)))
    store(work.control, LOWEST, square_root(multiply(rate, scale)))
