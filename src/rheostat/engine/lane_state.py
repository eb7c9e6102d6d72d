"""Memory of a thread that runs rows in lanes, and what each lane is doing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rheostat.engine.kernel import Floats
from rheostat.engine.lane import WIDTH
from rheostat.engine.program import Program
from rheostat.engine.tableau import STAGES

Integers = NDArray[np.int64]


class Work(NamedTuple):
    """Memory of one thread.

    Parameters
    ----------
    registers : (register, lane)
    state, new : (species, lane)
        Species here and below are the independent ones.
    dependent : (dependent species, lane)
        Values at the ends of segments.
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
    dependent: Floats
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
    """What each lane is doing, shape (lane,).

    Outputs before ``output`` are written, those before ``due`` can be.
    """

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


def make_work(program: Program) -> Work:
    """Memory of one thread; the registers hold the constants."""
    species, dependent = program.independent, len(program.order) - program.independent
    registers = _lanes(program.register_count)
    registers[program.constant_registers] = program.constant_values[:, None]
    stages = _lanes(STAGES * species)
    totals = len(program.totals)
    return Work(
        registers=registers,
        state=_lanes(species),
        new=_lanes(species),
        dependent=_lanes(dependent),
        stages=stages.reshape(STAGES, species, WIDTH),
        flat_stages=stages,
        dense=_lanes(3 * species),
        matrix=_lanes(len(program.tables.factors.row)),
        inverse=_lanes(species),
        control=_lanes(CONTROL_ROWS, 1.0),
        kept=_lanes(species),
        totals=_lanes(totals),
        sizes=_lanes(totals),
        # Pages of the pivoted matrices are touched only if a row needs them.
        pivoted=np.empty((WIDTH, species, species)),
        pivots=np.zeros((WIDTH, species)),
    )


def make_lanes() -> Lanes:
    """Lanes that have nothing to do yet."""
    status, row, event, output, due, rejections = (np.zeros(WIDTH, dtype=np.int64) for _ in range(6))
    time, begin, end = (np.zeros(WIDTH) for _ in range(3))
    return Lanes(status, row, event, output, due, rejections, time, np.ones(WIDTH), begin, end)


def _lanes(rows: int, value: float = 0.0) -> Floats:
    """Array of lanes whose rows start at whole cache lines."""
    memory = np.empty(rows * WIDTH + WIDTH)
    first = (-memory.ctypes.data // memory.itemsize) % WIDTH
    array = memory[first : first + rows * WIDTH].reshape(rows, WIDTH)
    array[:] = value
    return array
