"""Compiled loops over the tables of a lane program: ``WIDTH`` rows side by side, one per lane.

They know nothing of time stepping. All arrays of lanes have the shape (register or entry, lane). Whatever a
lane holds, it never reaches another lane.
"""

from __future__ import annotations

import numpy as np

from rheostat.engine.compiled import POWER_FLOOR, _power_slopes, _value
from rheostat.engine.graph import (
    DIFFERENCE_TIMES,
    FMA,
    FMS,
    FNMA,
    MULTIPLY3,
    POWER_BY_BASE,
    POWER_BY_EXPONENT,
    SUM_TIMES,
)
from rheostat.engine.kernel import Floats, Opcode
from rheostat.engine.lane import (
    WIDTH,
    add,
    divide,
    fma,
    load,
    maximum,
    multiply,
    negate,
    select,
    splat,
    store,
    subtract,
)
from rheostat.engine.lane_math import exponential, logarithm, power
from rheostat.engine.loop import loop
from rheostat.engine.program import Lines, Sums
from rheostat.engine.solve_plan import (
    ENTRY_ABOVE,
    ENTRY_BELOW,
    FORWARD,
    Factors,
    Sweep,
    Unsigned,
)

_ADD, _SUBTRACT, _MULTIPLY = int(Opcode.ADD), int(Opcode.SUBTRACT), int(Opcode.MULTIPLY)
_DIVIDE, _POWER, _NEGATE = int(Opcode.DIVIDE), int(Opcode.POWER), int(Opcode.NEGATE)
_EXP, _LN, _SELECT = int(Opcode.EXP), int(Opcode.LN), int(Opcode.SELECT)


@loop
def run_lines(lines: Lines, registers: Floats) -> None:
    """Evaluate lines in place, run by run."""
    runs, operands, target = lines.runs, lines.operands, np.uint64(lines.target)
    for number in range(runs.shape[0]):
        opcode = runs[number, 0]
        first, end = np.uint64(runs[number, 1]), np.uint64(runs[number, 2])
        if opcode == _MULTIPLY:
            for line in range(first, end):
                a, b = load(registers, operands[line, 0]), load(registers, operands[line, 1])
                store(registers, target + line, multiply(a, b))
        elif opcode == MULTIPLY3:
            for line in range(first, end):
                a, b = load(registers, operands[line, 0]), load(registers, operands[line, 1])
                store(registers, target + line, multiply(multiply(a, b), load(registers, operands[line, 2])))
        elif opcode == _ADD:
            for line in range(first, end):
                a, b = load(registers, operands[line, 0]), load(registers, operands[line, 1])
                store(registers, target + line, add(a, b))
        elif opcode == FMA:
            for line in range(first, end):
                a, b = load(registers, operands[line, 0]), load(registers, operands[line, 1])
                store(registers, target + line, fma(a, b, load(registers, operands[line, 2])))
        elif opcode == DIFFERENCE_TIMES:
            for line in range(first, end):
                a, b = load(registers, operands[line, 0]), load(registers, operands[line, 1])
                value = multiply(subtract(a, b), load(registers, operands[line, 2]))
                store(registers, target + line, value)
        elif opcode == _DIVIDE:
            for line in range(first, end):
                a, b = load(registers, operands[line, 0]), load(registers, operands[line, 1])
                store(registers, target + line, divide(a, b))
        else:
            _run_other(opcode, first, end, operands, target, registers)


@loop
def _run_other(opcode, first, end, operands, target, registers):  # type: ignore[no-untyped-def]
    if opcode == _SUBTRACT:
        for line in range(first, end):
            a, b = load(registers, operands[line, 0]), load(registers, operands[line, 1])
            store(registers, target + line, subtract(a, b))
    elif opcode == SUM_TIMES:
        for line in range(first, end):
            a, b = load(registers, operands[line, 0]), load(registers, operands[line, 1])
            store(registers, target + line, multiply(add(a, b), load(registers, operands[line, 2])))
    elif opcode == FMS:
        for line in range(first, end):
            a, b = load(registers, operands[line, 0]), load(registers, operands[line, 1])
            store(registers, target + line, fma(a, b, negate(load(registers, operands[line, 2]))))
    elif opcode == FNMA:
        for line in range(first, end):
            a, b = load(registers, operands[line, 0]), load(registers, operands[line, 1])
            store(registers, target + line, fma(negate(a), b, load(registers, operands[line, 2])))
    elif opcode == _NEGATE:
        for line in range(first, end):
            store(registers, target + line, negate(load(registers, operands[line, 0])))
    elif opcode == _POWER:
        for line in range(first, end):
            a, b = load(registers, operands[line, 0]), load(registers, operands[line, 1])
            store(registers, target + line, power(a, b))
    elif opcode == _EXP:
        for line in range(first, end):
            store(registers, target + line, exponential(load(registers, operands[line, 0])))
    elif opcode == _LN:
        for line in range(first, end):
            store(registers, target + line, logarithm(load(registers, operands[line, 0])))
    elif opcode == _SELECT:
        for line in range(first, end):
            a, b = load(registers, operands[line, 1]), load(registers, operands[line, 2])
            store(registers, target + line, select(load(registers, operands[line, 0]), a, b))
    elif opcode == POWER_BY_BASE:
        for line in range(first, end):
            _power_by_base(operands[line, 0], operands[line, 1], target + line, registers)
    else:
        _run_lane_by_lane(opcode, first, end, operands, target, registers)


@loop
def _power_by_base(base, exponent, result, registers):  # type: ignore[no-untyped-def]
    """n x^(n - 1), by lanes where x is above 0 and finite, else by the rule for one number."""
    x, n = load(registers, base), load(registers, exponent)
    floored = maximum(x, splat(POWER_FLOOR))
    store(registers, result, multiply(n, power(floored, subtract(n, splat(1.0)))))
    for lane in range(WIDTH):
        if not registers[base, lane] > 0.0:
            x_1, n_1 = registers[base, lane], registers[exponent, lane]
            registers[result, lane] = _power_slopes(x_1, n_1, 0.0)[0]


@loop
def _run_lane_by_lane(opcode, first, end, operands, target, registers):  # type: ignore[no-untyped-def]
    """Operations too rare for a vector form."""
    for line in range(first, end):
        for lane in range(WIDTH):
            x, y = registers[operands[line, 0], lane], registers[operands[line, 1], lane]
            if opcode == POWER_BY_EXPONENT:
                registers[target + line, lane] = y * np.log(x) if x > 0.0 else 0.0
            else:
                z = registers[operands[line, 2], lane]
                registers[target + line, lane] = _value(opcode, x, y, z)


@loop
def sum_terms(sums: Sums, registers: Floats, result: Floats) -> None:
    """Each entry's weighted sum of registers."""
    groups, entries, register, weight = sums.groups, sums.entry, sums.register, sums.weight
    one = np.uint64(1)
    for group in range(groups.shape[0]):
        length, first, end = groups[group, 0], np.uint64(groups[group, 1]), np.uint64(groups[group, 2])
        term = np.uint64(groups[group, 3])
        if length == 0:
            for place in range(first, end):
                store(result, entries[place], splat(0.0))
        elif length == 1:
            for place in range(first, end):
                value = multiply(splat(weight[term]), load(registers, register[term]))
                store(result, entries[place], value)
                term += one
        elif length == 2:
            for place in range(first, end):
                value = multiply(splat(weight[term]), load(registers, register[term]))
                value = fma(splat(weight[term + one]), load(registers, register[term + one]), value)
                store(result, entries[place], value)
                term += one + one
        else:
            for place in range(first, end):
                value = splat(0.0)
                for other in range(term, term + np.uint64(length)):
                    value = fma(splat(weight[other]), load(registers, register[other]), value)
                store(result, entries[place], value)
                term += np.uint64(length)


@loop
def add_terms(sums: Sums, registers: Floats, factor: Floats, result: Floats) -> None:
    """Multiply each entry by the factor of its lane, shape (1, lane), and add its sum of registers."""
    groups, entries, register, weight = sums.groups, sums.entry, sums.register, sums.weight
    scale = load(factor, np.uint64(0))
    one = np.uint64(1)
    for group in range(groups.shape[0]):
        length, first, end = groups[group, 0], np.uint64(groups[group, 1]), np.uint64(groups[group, 2])
        term = np.uint64(groups[group, 3])
        if length == 1:
            for place in range(first, end):
                value = multiply(scale, load(result, entries[place]))
                value = fma(splat(weight[term]), load(registers, register[term]), value)
                store(result, entries[place], value)
                term += one
        elif length == 2:
            for place in range(first, end):
                value = multiply(scale, load(result, entries[place]))
                value = fma(splat(weight[term]), load(registers, register[term]), value)
                value = fma(splat(weight[term + one]), load(registers, register[term + one]), value)
                store(result, entries[place], value)
                term += one + one
        else:
            for place in range(first, end):
                value = multiply(scale, load(result, entries[place]))
                for other in range(term, term + np.uint64(length)):
                    value = fma(splat(weight[other]), load(registers, register[other]), value)
                store(result, entries[place], value)
                term += np.uint64(length)


@loop
def add_to_diagonal(diagonal: Unsigned, shift: Floats, matrix: Floats) -> None:
    """Add a number of each lane, shape (1, lane), to the diagonal."""
    value = load(shift, np.uint64(0))
    for place in range(np.uint64(diagonal.shape[0])):
        store(matrix, diagonal[place], add(load(matrix, diagonal[place]), value))


@loop
def factorise(sweep: Sweep, matrix: Floats, inverse: Floats) -> None:
    """Sparse LU in place without pivoting.

    L is stored with the opposite sign, and of the pivots their ``inverse``, shape (species, lane).
    """
    runs, target, other = sweep.runs, sweep.target, sweep.other
    one = np.uint64(1)
    for number in range(runs.shape[0]):
        kind, length = runs[number, 0], np.uint64(runs[number, 1])
        term = np.uint64(runs[number, 4])
        for place in range(np.uint64(runs[number, 2]), np.uint64(runs[number, 3])):
            entry = target[place]
            value = load(matrix, entry)
            if length == one:
                a, b = load(matrix, sweep.left[term]), load(matrix, sweep.right[term])
                value = fma(a, b, value)
            else:
                for product in range(term, term + length):
                    a, b = load(matrix, sweep.left[product]), load(matrix, sweep.right[product])
                    value = fma(a, b, value)
            term += length
            if kind == ENTRY_ABOVE:
                store(matrix, entry, value)
            elif kind == ENTRY_BELOW:
                store(matrix, entry, negate(multiply(value, load(inverse, other[place]))))
            else:
                store(inverse, other[place], divide(splat(1.0), value))


@loop
def substitute(sweep: Sweep, matrix: Floats, inverse: Floats, vector: Floats) -> None:
    """Solve in place with the factors of ``factorise``."""
    runs, target, right = sweep.runs, sweep.target, sweep.right
    one = np.uint64(1)
    # Entries are numbered in the order of their use.
    entry = np.uint64(0)
    for number in range(runs.shape[0]):
        kind, length = runs[number, 0], np.uint64(runs[number, 1])
        first, end = np.uint64(runs[number, 2]), np.uint64(runs[number, 3])
        if kind == FORWARD:
            for place in range(first, end):
                row = target[place]
                value = load(vector, row)
                for product in range(entry, entry + length):
                    value = fma(load(matrix, product), load(vector, right[product]), value)
                store(vector, row, value)
                entry += length
        elif length == one:
            for place in range(first, end):
                row = target[place]
                value = fma(negate(load(matrix, entry)), load(vector, right[entry]), load(vector, row))
                store(vector, row, multiply(value, load(inverse, row)))
                entry += one
        else:
            for place in range(first, end):
                row = target[place]
                value = load(vector, row)
                for product in range(entry, entry + length):
                    value = fma(negate(load(matrix, product)), load(vector, right[product]), value)
                store(vector, row, multiply(value, load(inverse, row)))
                entry += length


@loop
def pivot_lane(factors: Factors, matrix: Floats, lane: int, dense: Floats, pivots: Floats) -> None:
    """LU with partial pivoting of one lane's matrix, before ``factorise`` has touched it.

    ``dense`` has shape (row, column), ``pivots`` (row,).
    """
    count = dense.shape[0]
    dense[:] = 0.0
    for entry in range(factors.row.shape[0]):
        dense[factors.row[entry], factors.column[entry]] = matrix[entry, lane]
    for place in range(count):
        best = place
        for row in range(place + 1, count):
            if abs(dense[row, place]) > abs(dense[best, place]):
                best = row
        pivots[place] = best
        if best != place:
            for other in range(count):
                dense[place, other], dense[best, other] = dense[best, other], dense[place, other]
        for row in range(place + 1, count):
            if dense[row, place] != 0.0:
                dense[row, place] /= dense[place, place]
                for other in range(place + 1, count):
                    dense[row, other] -= dense[row, place] * dense[place, other]


@loop
def substitute_lane(dense: Floats, pivots: Floats, vector: Floats, lane: int) -> None:
    """Solve one lane in place with the factors of ``pivot_lane``."""
    count = dense.shape[0]
    for row in range(count):
        other = int(pivots[row])
        vector[row, lane], vector[other, lane] = vector[other, lane], vector[row, lane]
    for row in range(count):
        total = vector[row, lane]
        for place in range(row):
            total -= dense[row, place] * vector[place, lane]
        vector[row, lane] = total
    for row in range(count - 1, -1, -1):
        total = vector[row, lane]
        for place in range(row + 1, count):
            total -= dense[row, place] * vector[place, lane]
        vector[row, lane] = total / dense[row, row]
