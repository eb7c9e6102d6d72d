"""Compiled loops that bring states to rest by pseudo-transient continuation, ``WIDTH`` rows side by side.

Each iteration is one linearly implicit Euler step, (I / d - J) u = f, y <- y + u, whose pseudo-step d grows
from one to the next. At the end that is Newton's method, but, unlike it, keeps linear totals and needs no
regular Jacobian.

References
----------
Kelley and Keyes 1998, doi:10.1137/S0036142996304796.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
    store,
)
from rheostat.engine.lane_loops import add_to_diagonal, factorise, run_lines, substitute, sum_terms
from rheostat.engine.lane_state import (
    ACCEPTED,
    ARRIVED,
    LOWEST,
    NEXT_ROW,
    ROWS_DONE,
    SHIFT,
    STEP,
    STOP,
    Integers,
    Lanes,
    Work,
)
from rheostat.engine.loop import loop
from rheostat.engine.program import Tables
from rheostat.engine.step_loops import copy_lanes

# A state is steady if no species would change by more than this share in TAU min at its present rate.
STEADY_CHANGE = 1e-6
TAU = 1e3
# Better than steady is sought as long as it comes by itself: to this share, or until it gets no better.
_POLISHED = 1e-3 * STEADY_CHANGE
_PATIENCE = 3
# Pseudo-steps, min. Longer ones drift along conserved directions through rounding.
_FIRST_STEP, _LONGEST_STEP, _SHORTEST_STEP = 1e2, 1e5, 1e-9
_GROWTH, _SHRINK = 10.0, 0.2
_MOST_ITERATIONS = 100
# Rows of ``Work.control``.
_RESIDUAL, _IS_BEST = STEP, ARRIVED
_SEARCHING, _DONE = 0, 1


class Search(NamedTuple):
    """Rows whose steady state is sought; species in the program's order.

    Parameters
    ----------
    parameters : (batch, parameter)
    initial : (batch, species), kilocopy
    time : float, min
        At which a system that depends on time is looked at.
    atol, floor : float, kilocopy
    """

    parameters: Floats
    initial: Floats
    time: float
    atol: float
    floor: float


class Found(NamedTuple):
    """What was found, shape (batch,) but for the species; ``residual`` as in ``Steady``."""

    species: Floats
    is_steady: NDArray[np.bool_]
    residual: Floats
    iterations: Integers


@loop
def search_rows(
    tables: Tables, search: Search, found: Found, work: Work, lanes: Lanes, best: Floats, counters: Integers
) -> None:
    """Steady states of rows from the shared counter; ``best`` has shape (independent species, lane)."""
    for lane in range(WIDTH):
        _load(tables, search, work, lanes, lane, 0)
        _take_row(tables, search, work, lanes, lane, counters)
    run_lines(tables.setup, work.registers)
    while counters[STOP] == 0:
        active = False
        for lane in range(WIDTH):
            active |= lanes.row[lane] >= 0
        if not active:
            return
        _propose(tables, search.atol, work, lanes)
        for lane in range(WIDTH):
            _judge(search.floor, work.control, lanes, lane)
        _move(work, best)
        changed = False
        for lane in range(WIDTH):
            if lanes.status[lane] == _DONE:
                _write(tables, found, work, lanes, best, lane)
                fetch_add(counters, ROWS_DONE, 1)
                _take_row(tables, search, work, lanes, lane, counters)
                changed = True
        if changed:
            # What depends on parameters alone comes out the same for the other lanes.
            run_lines(tables.setup, work.registers)


@loop
def _take_row(tables, search, work, lanes, lane, counters):  # type: ignore[no-untyped-def]
    row = fetch_add(counters, NEXT_ROW, 1)
    if row < search.parameters.shape[0]:
        _load(tables, search, work, lanes, lane, row)
    else:
        lanes.row[lane], lanes.status[lane] = -1, _SEARCHING


@loop
def _load(tables, search, work, lanes, lane, row):  # type: ignore[no-untyped-def]
    first = tables.layout[0]
    for parameter in range(search.parameters.shape[1]):
        work.registers[first + parameter, lane] = search.parameters[row, parameter]
    independent = work.state.shape[0]
    for species in range(independent):
        work.state[species, lane] = search.initial[row, species]
    start, species, weight = tables.dependents
    for number in range(work.dependent.shape[0]):
        total = search.initial[row, independent + number]
        for part in range(start[number], start[number + 1]):
            total -= weight[part] * work.state[species[part], lane]
        work.registers[independent + number, lane] = total
    lanes.row[lane], lanes.output[lane], lanes.rejections[lane] = row, 0, 0
    lanes.step[lane], lanes.begin[lane], lanes.status[lane] = _FIRST_STEP, np.inf, _SEARCHING
    work.registers[tables.layout[3], lane] = search.time


@loop
def _propose(tables, atol, work, lanes):  # type: ignore[no-untyped-def]
    """The next state of each lane, into ``new``, how low it is, and how steady the present one is."""
    registers, state, change, new, control = (
        work.registers, work.state, work.stages[0], work.new, work.control,
    )  # fmt: skip
    copy_lanes(state, registers)
    run_lines(tables.rates, registers)
    sum_terms(tables.right_side, registers, change)
    _measure(tables.dependents, splat(atol), state, change, registers, control)
    run_lines(tables.derivatives, registers)
    sum_terms(tables.matrix, registers, work.matrix)
    for lane in range(WIDTH):
        control[SHIFT, lane] = 1.0 / lanes.step[lane]
    add_to_diagonal(tables.factors.diagonal, control[SHIFT : SHIFT + 1], work.matrix)
    factorise(tables.factors.factorise, work.matrix, work.inverse)
    substitute(tables.factors.substitute, work.matrix, work.inverse, change)
    count = np.uint64(state.shape[0])
    lowest = splat(np.inf)
    for k in range(count):
        after = add(load(state, k), load(change, k))
        store(new, k, after)
        lowest = minimum(lowest, after)
    start, species, weights = tables.dependents
    for number in range(work.dependent.shape[0]):
        after = load(registers, count + np.uint64(number))
        for part in range(start[number], start[number + 1]):
            after = fma(splat(weights[part]), load(new, species[part]), after)
        lowest = minimum(lowest, after)
    store(control, LOWEST, lowest)


@loop
def _measure(dependents, atol, state, rates, registers, control):  # type: ignore[no-untyped-def]
    """How steady the state is."""
    count = np.uint64(state.shape[0])
    residual = splat(0.0)
    for k in range(count):
        size = add(absolute(load(state, k)), atol)
        residual = maximum(residual, divide(absolute(load(rates, k)), size))
    start, species, weights = dependents
    for number in range(start.shape[0] - 1):
        value, rate = load(registers, count + np.uint64(number)), splat(0.0)
        for part in range(start[number], start[number + 1]):
            k, weight = species[part], splat(weights[part])
            value, rate = fma(weight, load(state, k), value), fma(weight, load(rates, k), rate)
        residual = maximum(residual, divide(absolute(rate), add(absolute(value), atol)))
    store(control, _RESIDUAL, multiply(residual, splat(TAU)))


@loop
def _judge(floor, control, lanes, lane):  # type: ignore[no-untyped-def]
    """Whether a lane's row is done, its state is the best yet, and its proposal is taken."""
    # ``begin`` holds the best residual so far, ``rejections`` how often it got no better, ``output`` the
    # iterations.
    control[_IS_BEST, lane] = control[ACCEPTED, lane] = 0.0
    if lanes.row[lane] < 0:
        return
    residual = control[_RESIDUAL, lane]
    lanes.output[lane] += 1
    lanes.rejections[lane] = 0 if residual < 0.5 * lanes.begin[lane] else lanes.rejections[lane] + 1
    if residual < lanes.begin[lane]:
        lanes.begin[lane], control[_IS_BEST, lane] = residual, 1.0
    reached = lanes.begin[lane]
    waited = lanes.step[lane] >= _LONGEST_STEP and lanes.rejections[lane] >= _PATIENCE
    is_rest = reached <= _POLISHED or (reached <= STEADY_CHANGE and waited)
    if is_rest or lanes.output[lane] >= _MOST_ITERATIONS or lanes.step[lane] < _SHORTEST_STEP:
        lanes.status[lane] = _DONE
        return
    lowest = control[LOWEST, lane]
    if np.isfinite(lowest) and lowest >= floor:
        control[ACCEPTED, lane] = 1.0
        lanes.step[lane] = min(lanes.step[lane] * _GROWTH, _LONGEST_STEP)
    else:
        lanes.step[lane] *= _SHRINK


@loop
def _move(work, best):  # type: ignore[no-untyped-def]
    is_best, accepted = load(work.control, _IS_BEST), load(work.control, ACCEPTED)
    for k in range(np.uint64(best.shape[0])):
        state = load(work.state, k)
        store(best, k, select(is_best, state, load(best, k)))
        store(work.state, k, select(accepted, load(work.new, k), state))


@loop
def _write(tables, found, work, lanes, best, lane):  # type: ignore[no-untyped-def]
    row = lanes.row[lane]
    found.is_steady[row] = lanes.begin[lane] <= STEADY_CHANGE
    found.residual[row], found.iterations[row] = lanes.begin[lane], lanes.output[lane]
    independent = best.shape[0]
    for k in range(independent):
        found.species[row, k] = best[k, lane]
    start, species, weight = tables.dependents
    for number in range(work.dependent.shape[0]):
        value = work.registers[independent + number, lane]
        for part in range(start[number], start[number + 1]):
            value += weight[part] * best[species[part], lane]
        found.species[row, independent + number] = value
