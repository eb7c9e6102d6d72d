"""Floating-point operations of a step of the engine, and how its time is split."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit

from benchmarks.problem import Floats, Problem
from rheostat.engine.absence import group_rows
from rheostat.engine.graph import FMA, FMS, FNMA, MULTIPLY3, POWER_BY_BASE
from rheostat.engine.kernel import Opcode
from rheostat.engine.lane import WIDTH
from rheostat.engine.lane_loops import factorise, run_lines, substitute, sum_terms
from rheostat.engine.program import Lines, Program, Sums, program_of
from rheostat.engine.schedule import make_schedule
from rheostat.engine.solve_plan import Factors
from rheostat.engine.tableau import STAGES, A, C

# As written in lane_math: an fma counts two, a division one, comparisons, selections and signs nothing.
_EXPONENTIAL, _LOGARITHM, _POWER = 32, 42, 79
_COSTS = {
    int(Opcode.ADD): 1, int(Opcode.SUBTRACT): 1, int(Opcode.MULTIPLY): 1, int(Opcode.DIVIDE): 1,
    MULTIPLY3: 2, FMA: 2, FMS: 2, FNMA: 2, int(Opcode.SQRT): 1, int(Opcode.EXP): _EXPONENTIAL,
    int(Opcode.LN): _LOGARITHM, int(Opcode.POWER): _POWER, POWER_BY_BASE: _POWER + 2,
}  # fmt: skip
_ROUNDS = 2000


@dataclass(frozen=True)
class Part:
    """A part of a step: how often a step does it, operations and microseconds each time (all lanes)."""

    name: str
    times: int
    operations: int
    microseconds: float


def as_integrated(problem: Problem) -> Problem:
    """Most of the rows with the species that they lack left out, as the engine integrates them."""
    schedule = make_schedule(len(problem.initial))
    group = max(group_rows(problem.kernel, problem.initial, schedule), key=lambda each: len(each.rows))
    return replace(
        problem,
        kernel=group.kernel,
        parameters=problem.parameters[group.rows],
        initial=problem.initial[np.ix_(group.rows, group.present)],
    )


def states(problem: Problem) -> int:
    """States that the engine integrates for most of the rows."""
    return program_of(as_integrated(problem).kernel).independent


def step_parts(problem: Problem) -> list[Part]:
    """Parts of a step that are loops of their own, timed on the first rows of a problem."""
    problem = as_integrated(problem)
    program = program_of(problem.kernel)
    tables = program.tables
    registers = _registers(program, problem)
    count = program.independent
    right, inverse, vector = _lanes(count), _lanes(count), _lanes(count)
    matrix, filled, spare = (_lanes(len(tables.factors.column)) for _ in range(3))
    run_lines(tables.rates, registers)
    run_lines(tables.derivatives, registers)
    sum_terms(tables.matrix, registers, matrix)
    matrix[tables.factors.diagonal] += 1.0
    filled[:] = matrix
    factorise(tables.factors.factorise, matrix, inverse)
    jacobian_operations = _of_lines(tables.derivatives) + _of_sums(tables.matrix)
    return [
        Part("right side", STAGES, _of_lines(tables.rates) + _of_sums(tables.right_side),
             _time(_right_sides, tables.rates, tables.right_side, registers, right)),
        Part("Jacobian", 1, jacobian_operations,
             _time(_right_sides, tables.derivatives, tables.matrix, registers, spare)),
        Part("LU", 1, _of_factorisation(tables.factors),
             _time(_factorisations, tables.factors.factorise, filled, spare, inverse)
             - _time(_copies, filled, spare)),
        Part("solves", STAGES, _of_solve(tables.factors),
             _time(_solves, tables.factors.substitute, matrix, inverse, vector)),
    ]  # fmt: skip


def stage_operations(count: int) -> int:
    """Operations of the stage sums, the new value and the error of a step, by the number of states."""
    # The last three rows of A repeat the sixth, so their states cost an addition each.
    sums = int(np.count_nonzero(A[:6]) + np.count_nonzero(C))
    additions, scalings, error = 3, STAGES - 1, 6
    return count * (2 * sums + additions + scalings + error)


def step_operations(parts: Sequence[Part], count: int) -> int:
    """Operations of one step of one row with so many states, without output."""
    return sum(part.times * part.operations for part in parts) + stage_operations(count)


def _registers(program: Program, problem: Problem) -> Floats:
    """Registers of the first rows, with all that depends on parameters in place."""
    tables, count = program.tables, len(problem.kernel.species)
    first_parameter = int(tables.layout[0])
    registers = _lanes(program.register_count)
    registers[:count] = problem.initial[:WIDTH].T[program.order]
    registers[first_parameter : first_parameter + problem.parameters.shape[1]] = problem.parameters[:WIDTH].T
    starts, dependents = tables.dependents.start, tables.dependents
    for number in range(len(starts) - 1):
        part = slice(starts[number], starts[number + 1])
        # A dependent species is its total plus these.
        registers[program.independent + number] -= (
            dependents.weight[part] @ registers[dependents.species[part]]
        )
    registers[program.constant_registers] = program.constant_values[:, None]
    run_lines(tables.setup, registers)
    return registers


def _lanes(rows: int) -> Floats:
    """Zeros, (row, lane), on a 64-byte boundary like the engine's own arrays."""
    memory = np.zeros(rows * WIDTH + 8)
    first = -memory.ctypes.data % 64 // 8
    return memory[first : first + rows * WIDTH].reshape(rows, WIDTH)


def _of_lines(lines: Lines) -> int:
    return sum(_COSTS.get(int(code), 0) * int(end - first) for code, first, end in lines.runs)


def _of_sums(sums: Sums) -> int:
    return 2 * len(sums.register)


def _of_factorisation(factors: Factors) -> int:
    """Of row i less a multiple of row k for each entry (i, k) below the diagonal, and an inverse a row."""
    above = Counter(int(row) for row in factors.row[factors.column > factors.row])
    below = [int(column) for column in factors.column[factors.column < factors.row]]
    return sum(2 * above[column] + 1 for column in below) + len(factors.diagonal)


def _of_solve(factors: Factors) -> int:
    rows = len(factors.diagonal)
    return 2 * (len(factors.column) - rows) + rows


def _time(run: Callable[..., Any], *arguments: Any) -> float:
    run(1, *arguments)
    taken = []
    for _ in range(5):
        start = time.process_time()
        run(_ROUNDS, *arguments)
        taken.append(time.process_time() - start)
    return 1e6 * float(np.median(taken)) / _ROUNDS


@njit(nogil=True, error_model="numpy")
def _right_sides(rounds: int, lines: Lines, sums: Sums, registers: Floats, result: Floats) -> None:
    for _ in range(rounds):
        run_lines(lines, registers)
        sum_terms(sums, registers, result)


@njit(nogil=True, error_model="numpy")
def _copies(rounds: int, source: Floats, target: Floats) -> None:
    for _ in range(rounds):
        target[:] = source


@njit(nogil=True, error_model="numpy")
def _factorisations(rounds: int, factors: Factors, source: Floats, matrix: Floats, inverse: Floats) -> None:
    for _ in range(rounds):
        matrix[:] = source
        factorise(factors, matrix, inverse)


@njit(nogil=True, error_model="numpy")
def _solves(rounds: int, factors: Factors, matrix: Floats, inverse: Floats, vector: Floats) -> None:
    for _ in range(rounds):
        vector[:] = 1.0
        substitute(factors, matrix, inverse, vector)
