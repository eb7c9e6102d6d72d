"""Compiled loops that find steady states by pseudo-transient continuation, ``WIDTH`` rows side by side.

Each iteration is one linearly implicit Euler step, (I / d - J) u = f, y <- y + u. Its pseudo-step d is that
which follows the course of the system roughly, so that the state comes to rest where the system does
and one that oscillates does not; as it comes to rest, d grows and this becomes Newton's method, but, unlike
that, keeps linear totals and needs no regular Jacobian.

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
    load,
    maximum,
    minimum,
    multiply,
    select,
    splat,
    store,
    subtract,
)
from rheostat.engine.lane_loops import add_to_diagonal, factorise, run_lines, substitute, sum_terms
from rheostat.engine.loop import loop
from rheostat.engine.program import Tables
from rheostat.engine.rosenbrock_loops import (
    ACCEPTED,
    ARRIVED,
    ERROR,
    GROWTH,
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

# A state is steady if no species would change by more than this share in TAU min at its present rate.
STEADY_CHANGE = 1e-6
TAU = 1e3
# Better than steady is sought as long as it comes by itself: to this share, or until it gets no better.
_POLISHED = 1e-3 * STEADY_CHANGE
_PATIENCE = 3
# Pseudo-steps, min. Longer ones drift along conserved directions through rounding.
FIRST_STEP, _LONGEST_STEP = 0.1, 1e5
_SHORTEST_STEP = 1e-9
_MOST_ITERATIONS = 500
# Error of a pseudo-step, as a share of each species, that is aimed at, and how much the next one may differ.
_ERROR = 0.3
_LEAST_GROWTH, _MOST_GROWTH = 0.2, 5.0
# Rows of ``Work.control``.
_RESIDUAL, _LAST_STEP, _IS_BEST = STEP, GROWTH, ARRIVED
_SEARCHING, _DONE = 0, 1


class Search(NamedTuple):
    """Rows whose steady state is sought; species in order of elimination.

    Parameters
    ----------
    parameters : (batch, parameter)
    initial : (batch, species), kilocopy
    atol, floor : float, kilocopy
    first_step : float, min
    """

    parameters: Floats
    initial: Floats
    atol: float
    floor: float
    first_step: float


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
    """Steady states of rows from the shared counter; ``best`` has shape (species, lane)."""
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
                _write(found, work, lanes, best, lane)
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
    for species in range(search.initial.shape[1]):
        work.state[species, lane] = search.initial[row, species]
    lanes.row[lane], lanes.output[lane], lanes.rejections[lane], lanes.due[lane] = row, 0, 0, 0
    lanes.step[lane], lanes.begin[lane], lanes.status[lane] = search.first_step, np.inf, _SEARCHING


@loop
def _propose(tables, atol, work, lanes):  # type: ignore[no-untyped-def]
    """The next state of each lane, into ``new``; how far it goes, how low, and how steady the present one is."""
    step = lanes.step
    registers, state, change, new, control = (
        work.registers, work.state, work.stages[0], work.new, work.control,
    )  # fmt: skip
    count = np.uint64(state.shape[0])
    for k in range(count):
        store(registers, k, load(state, k))
    run_lines(tables.rates, registers)
    sum_terms(tables.right_side, registers, change)
    # Had the last step been implicit in truth, it would have been the last pseudo-step times this rate.
    residual = error = splat(0.0)
    last_step = load(control, _LAST_STEP)
    for k in range(count):
        rate, size = load(change, k), absolute(load(state, k))
        residual = maximum(residual, divide(absolute(rate), add(size, splat(atol))))
        wrong = absolute(subtract(multiply(last_step, rate), load(work.kept, k)))
        error = maximum(error, divide(wrong, add(size, splat(1e2 * atol))))
    store(control, _RESIDUAL, multiply(residual, splat(TAU)))
    store(control, ERROR, error)
    for lane in range(WIDTH):
        if lanes.due[lane] == 1:
            growth = (_ERROR / max(0.5 * control[ERROR, lane], 1e-9)) ** 0.5
            step[lane] = min(step[lane] * min(_MOST_GROWTH, max(_LEAST_GROWTH, growth)), _LONGEST_STEP)
        control[SHIFT, lane] = 1.0 / step[lane]
    run_lines(tables.derivatives, registers)
    sum_terms(tables.matrix, registers, work.matrix)
    add_to_diagonal(tables.factors.diagonal, control[SHIFT : SHIFT + 1], work.matrix)
    factorise(tables.factors.factorise, work.matrix, work.inverse)
    substitute(tables.factors.substitute, work.matrix, work.inverse, change)
    lowest = splat(np.inf)
    for k in range(count):
        after = add(load(state, k), load(change, k))
        store(new, k, after)
        lowest = minimum(lowest, after)
    store(control, LOWEST, lowest)


@loop
def _judge(floor, control, lanes, lane):  # type: ignore[no-untyped-def]
    """Whether a lane's row is done, its state is the best yet, and its proposal is taken."""
    # ``begin`` holds the best residual so far, ``rejections`` how often it got no better, ``output`` the
    # iterations, ``due`` whether the next step may be judged by the last one.
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
        control[_LAST_STEP, lane] = lanes.step[lane]
        lanes.due[lane] = 1
    else:
        lanes.step[lane] *= 0.2
        lanes.due[lane] = 0


@loop
def _move(work, best):  # type: ignore[no-untyped-def]
    is_best, accepted = load(work.control, _IS_BEST), load(work.control, ACCEPTED)
    change = work.stages[0]
    for k in range(np.uint64(best.shape[0])):
        state = load(work.state, k)
        store(best, k, select(is_best, state, load(best, k)))
        store(work.state, k, select(accepted, load(work.new, k), state))
        store(work.kept, k, select(accepted, load(change, k), load(work.kept, k)))


@loop
def _write(found, work, lanes, best, lane):  # type: ignore[no-untyped-def]
    row = lanes.row[lane]
    found.is_steady[row] = lanes.begin[lane] <= STEADY_CHANGE
    found.residual[row], found.iterations[row] = lanes.begin[lane], lanes.output[lane]
    for k in range(best.shape[0]):
        found.species[row, k] = best[k, lane]
