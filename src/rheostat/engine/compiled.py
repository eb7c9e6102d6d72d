"""Loops over the tables of a kernel, compiled once for all models.

They see plain arrays only. ``registers`` is one float64 vector that ``evaluate.prepare`` fills for a row;
each row owns its own. All compiled functions stand in this one file because numba's cache notices a change
of the file of a function, but not of the files of the functions it calls.
"""

from __future__ import annotations

import math

import numpy as np

from rheostat.engine.kernel import Floats, Indices, Opcode
from rheostat.engine.loop import allocating, loop

# Where x^n has an infinite or huge slope at 0 (n < 1), the Jacobian uses the slope at this x, kilocopy.
POWER_FLOOR = 1e-9

# Slots of the status vector that the right side keeps for the caller.
# LAST_TIME: of the last finite call; NOT_FINITE: unbroken run of calls that were not finite.
CALLS, BUDGET, LAST_TIME, EXHAUSTED, NOT_FINITE = 0, 1, 2, 3, 4
STATUS_SIZE = 5
# LSODA tries smaller steps on NaN, which needs fewer calls than this, but may also accept NaN for ever.
_MOST_NOT_FINITE = 500.0

_ADD, _SUBTRACT, _MULTIPLY = int(Opcode.ADD), int(Opcode.SUBTRACT), int(Opcode.MULTIPLY)
_DIVIDE, _POWER, _NEGATE = int(Opcode.DIVIDE), int(Opcode.POWER), int(Opcode.NEGATE)
_EXP, _LN, _LOG10, _SQRT, _ABS = (int(Opcode[name]) for name in ("EXP", "LN", "LOG10", "SQRT", "ABS"))
_MIN, _MAX, _LT, _LE, _GT, _GE = (int(Opcode[name]) for name in ("MIN", "MAX", "LT", "LE", "GT", "GE"))
_EQ, _NE, _AND, _OR, _NOT = (int(Opcode[name]) for name in ("EQ", "NE", "AND", "OR", "NOT"))
_SELECT, _SIN, _COS, _TAN = (int(Opcode[name]) for name in ("SELECT", "SIN", "COS", "TAN"))
_TANH, _FLOOR, _CEIL, _XOR = (int(Opcode[name]) for name in ("TANH", "FLOOR", "CEIL", "XOR"))
_ASIN, _ACOS, _ATAN, _SINH, _COSH = (int(Opcode[name]) for name in ("ASIN", "ACOS", "ATAN", "SINH", "COSH"))
_FACTORIAL = int(Opcode.FACTORIAL)
_LN_10 = math.log(10.0)


@loop
def _power(x: float, n: float) -> float:
    if x > 0.0:
        return float(x**n)
    if n == 0.0:
        return 1.0
    # A negative base has a real power only for whole exponents; a trace below 0 must not turn a Hill term
    # into NaN.
    if n == math.floor(n):
        return float(x**n)
    return 0.0 if n > 0.0 else math.inf


@loop
def _power_slopes(x: float, n: float, value: float) -> tuple[float, float]:
    if x > 0.0:
        return n * max(x, POWER_FLOOR) ** (n - 1.0), value * math.log(x)
    if n == 0.0:
        return 0.0, 0.0
    if n == math.floor(n):
        return n * x ** (n - 1.0), 0.0
    return (n * POWER_FLOOR ** (n - 1.0) if n < 1.0 else 0.0), 0.0


@loop
def _value(opcode: int, x: float, y: float, z: float) -> float:
    if opcode == _ADD:
        return x + y
    if opcode == _SUBTRACT:
        return x - y
    if opcode == _MULTIPLY:
        return x * y
    if opcode == _DIVIDE:
        return x / y
    if opcode == _POWER:
        return float(_power(x, y))
    if opcode == _NEGATE:
        return -x
    if opcode == _SELECT:
        return y if x != 0.0 else z
    if opcode <= _ABS or (opcode >= _SIN and opcode != _XOR):
        return float(_function_value(opcode, x))
    return float(_logic_value(opcode, x, y))


@loop
def _function_value(opcode: int, x: float) -> float:
    if opcode == _EXP:
        return math.exp(x)
    if opcode == _LN:
        return math.log(x) if x > 0.0 else (-math.inf if x == 0.0 else math.nan)
    if opcode == _LOG10:
        return math.log10(x) if x > 0.0 else (-math.inf if x == 0.0 else math.nan)
    if opcode == _SQRT:
        return math.sqrt(x) if x > 0.0 else 0.0
    if opcode == _ABS:
        return abs(x)
    if opcode == _FLOOR:
        return float(np.floor(x))
    if opcode == _CEIL:
        return float(np.ceil(x))
    return float(_circular_value(opcode, x))


@loop
def _circular_value(opcode: int, x: float) -> float:
    if opcode == _SIN:
        return math.sin(x)
    if opcode == _COS:
        return math.cos(x)
    if opcode == _TAN:
        return math.tan(x)
    if opcode == _TANH:
        return math.tanh(x)
    if opcode == _SINH:
        return math.sinh(x)
    if opcode == _COSH:
        return math.cosh(x)
    if opcode == _ATAN:
        return math.atan(x)
    if opcode == _FACTORIAL:
        # Of whole numbers only, so that its slope of 0 between them is never wrong.
        return math.gamma(x + 1.0) if x >= 0.0 and x == math.floor(x) else math.nan
    if abs(x) > 1.0:
        return math.nan
    return math.asin(x) if opcode == _ASIN else math.acos(x)


@loop
def _logic_value(opcode: int, x: float, y: float) -> float:
    # min and max keep a NaN of either operand; a comparison alone would lose it.
    if opcode == _MIN:
        return x if x <= y or x != x else y
    if opcode == _MAX:
        return x if x >= y or x != x else y
    if opcode == _AND:
        return 1.0 if x != 0.0 and y != 0.0 else 0.0
    if opcode == _OR:
        return 1.0 if x != 0.0 or y != 0.0 else 0.0
    if opcode == _XOR:
        return 1.0 if (x != 0.0) != (y != 0.0) else 0.0
    if opcode == _NOT:
        return 1.0 if x == 0.0 else 0.0
    return 1.0 if _compare(opcode, x, y) else 0.0


@loop
def _compare(opcode: int, x: float, y: float) -> bool:
    if opcode == _LT:
        return x < y
    if opcode == _LE:
        return x <= y
    if opcode == _GT:
        return x > y
    if opcode == _GE:
        return x >= y
    if opcode == _EQ:
        return x == y
    return x != y


@loop
def _slopes(opcode: int, x: float, y: float, z: float, value: float) -> tuple[float, float, float]:
    """Partial derivatives of one operation by its operands a, b, c."""
    if opcode == _ADD:
        return 1.0, 1.0, 0.0
    if opcode == _SUBTRACT:
        return 1.0, -1.0, 0.0
    if opcode == _MULTIPLY:
        return y, x, 0.0
    if opcode == _DIVIDE:
        return 1.0 / y, -value / y, 0.0
    if opcode == _POWER:
        by_base, by_exponent = _power_slopes(x, y, value)
        return by_base, by_exponent, 0.0
    if opcode == _NEGATE:
        return -1.0, 0.0, 0.0
    if opcode == _SELECT:
        return (0.0, 1.0, 0.0) if x != 0.0 else (0.0, 0.0, 1.0)
    if opcode == _MIN:
        return (1.0, 0.0, 0.0) if x <= y else (0.0, 1.0, 0.0)
    if opcode == _MAX:
        return (1.0, 0.0, 0.0) if x >= y else (0.0, 1.0, 0.0)
    return _function_slope(opcode, x, value), 0.0, 0.0


@loop
def _function_slope(opcode: int, x: float, value: float) -> float:
    if opcode == _EXP:
        return value
    if opcode == _LN:
        return 1.0 / x
    if opcode == _LOG10:
        return 1.0 / (x * _LN_10)
    if opcode == _SQRT:
        return 0.5 / math.sqrt(max(x, POWER_FLOOR))
    if opcode == _ABS:
        return 1.0 if x >= 0.0 else -1.0
    return float(_circular_slope(opcode, x, value))


@loop
def _circular_slope(opcode: int, x: float, value: float) -> float:
    if opcode == _SIN:
        return math.cos(x)
    if opcode == _COS:
        return -math.sin(x)
    if opcode == _TAN:
        return 1.0 + value * value
    if opcode == _TANH:
        return 1.0 - value * value
    if opcode == _SINH:
        return math.cosh(x)
    if opcode == _COSH:
        return math.sinh(x)
    if opcode == _ATAN:
        return 1.0 / (1.0 + x * x)
    if opcode == _ASIN or opcode == _ACOS:
        slope = 1.0 / math.sqrt(max(1.0 - x * x, POWER_FLOOR))
        return slope if opcode == _ASIN else -slope
    # Steps and truth values have slope 0 wherever they have one.
    return 0.0


@allocating
def run_lines(registers: Floats, operations: Indices, first: int, last: int) -> None:
    """Evaluate lines ``first`` to ``last`` of the op table in place."""
    target = registers.shape[0] - operations.shape[0] + first
    for line in range(first, last):
        opcode = operations[line, 0]
        x, y = registers[operations[line, 1]], registers[operations[line, 2]]
        if opcode == _MULTIPLY:
            registers[target] = x * y
        elif opcode == _ADD:
            registers[target] = x + y
        else:
            registers[target] = _value(opcode, x, y, registers[operations[line, 3]])
        target += 1


@allocating
def load_state(
    t: float, y: Floats, registers: Floats, layout: Indices, times: Floats, course: Floats
) -> None:
    """Put state, time and the inputs' values at ``t`` (linear between points, held outside) in place."""
    for index in range(y.shape[0]):
        registers[index] = y[index]
    registers[layout[1]] = t
    width = course.shape[1]
    if width == 0:
        return
    upper = int(np.searchsorted(times, t, side="right"))
    lower = max(upper - 1, 0)
    upper = min(upper, times.shape[0] - 1)
    share = 0.0
    if upper > lower:
        share = (t - times[lower]) / (times[upper] - times[lower])
    for index in range(width):
        low = course[lower, index]
        registers[layout[0] + index] = low + share * (course[upper, index] - low)


@allocating
def derivative(
    t: float, y: Floats, registers: Floats, layout: Indices, operations: Indices, stages: Indices,
    rate_registers: Indices, start: Indices, reaction: Indices, coefficient: Floats,
    times: Floats, course: Floats, status: Floats, rows: Indices, row_start: Indices, row_species: Indices,
    workspace: Floats,
) -> Floats:  # fmt: skip
    """Right side dy/dt, shape (species,), kilocopy/min; NaN once the budget of calls is used up.

    Raises
    ------
    FloatingPointError
        If the solver goes on and on with NaN.
    """
    result = np.empty(y.shape[0])
    status[CALLS] += 1.0
    if status[NOT_FINITE] > _MOST_NOT_FINITE:
        raise FloatingPointError("the solver does not stop at NaN")
    if status[CALLS] > status[BUDGET]:
        status[EXHAUSTED] = 1.0
        status[NOT_FINITE] += 1.0
        result[:] = math.nan
        return result
    load_state(t, y, registers, layout, times, course)
    run_lines(registers, operations, stages[0], stages[1])
    check = 0.0
    for species in range(y.shape[0]):
        total = 0.0
        for entry in range(start[species], start[species + 1]):
            total += coefficient[entry] * registers[rate_registers[reaction[entry]]]
        result[species] = total
        check += total * 0.0
    if check == 0.0:
        status[LAST_TIME] = t
        status[NOT_FINITE] = 0.0
    else:
        status[NOT_FINITE] += 1.0
    return result


@allocating
def derivative_jacobian(
    t: float, y: Floats, registers: Floats, layout: Indices, operations: Indices, stages: Indices,
    rate_registers: Indices, start: Indices, reaction: Indices, coefficient: Floats,
    times: Floats, course: Floats, status: Floats, rows: Indices, row_start: Indices, row_species: Indices,
    workspace: Floats,
) -> Floats:  # fmt: skip
    """Transposed Jacobian: element [j, i] is d(dy_i/dt)/dy_j, per minute."""
    load_state(t, y, registers, layout, times, course)
    run_lines(registers, operations, stages[0], stages[1])
    first = registers.shape[0] - operations.shape[0]
    for line in range(stages[0], stages[1]):
        row = rows[first + line]
        if row == 0:
            continue
        a, b, c = operations[line, 1], operations[line, 2], operations[line, 3]
        by_a, by_b, by_c = _slopes(
            operations[line, 0], registers[a], registers[b], registers[c], registers[first + line]
        )
        row_a, row_b, row_c = rows[a], rows[b], rows[c]
        for entry in range(row_start[row], row_start[row + 1]):
            column = row_species[entry]
            # 0 * inf of a branch that does not depend on the species would poison the row.
            total = 0.0
            if workspace[row_a, column] != 0.0:
                total += by_a * workspace[row_a, column]
            if by_b != 0.0 and workspace[row_b, column] != 0.0:
                total += by_b * workspace[row_b, column]
            if by_c != 0.0 and workspace[row_c, column] != 0.0:
                total += by_c * workspace[row_c, column]
            workspace[row, column] = total
    count = y.shape[0]
    result = np.zeros((count, count))
    for species in range(count):
        for entry in range(start[species], start[species + 1]):
            row = rows[rate_registers[reaction[entry]]]
            for place in range(row_start[row], row_start[row + 1]):
                column = row_species[place]
                result[column, species] += coefficient[entry] * workspace[row, column]
    return result


@allocating
def observe_course(
    times: Floats, states: Floats, registers: Floats, layout: Indices, operations: Indices, stages: Indices,
    observable_registers: Indices, course_times: Floats, course: Floats,
) -> Floats:  # fmt: skip
    """Observables along a course, shape (time, observable)."""
    result = np.empty((times.shape[0], observable_registers.shape[0]))
    for point in range(times.shape[0]):
        load_state(times[point], states[point], registers, layout, course_times, course)
        run_lines(registers, operations, stages[0], operations.shape[0])
        for index in range(observable_registers.shape[0]):
            result[point, index] = registers[observable_registers[index]]
    return result


@allocating
def propagate(registers: Floats, operations: Indices, tangents: Floats) -> None:
    """Forward-mode derivatives of every register by the seeded directions, in place.

    ``tangents`` has shape (register, direction) and holds the seeds; ``registers`` holds the values.
    """
    first = registers.shape[0] - operations.shape[0]
    for line in range(operations.shape[0]):
        a, b, c = operations[line, 1], operations[line, 2], operations[line, 3]
        by_a, by_b, by_c = _slopes(
            operations[line, 0], registers[a], registers[b], registers[c], registers[first + line]
        )
        for column in range(tangents.shape[1]):
            total = 0.0
            if tangents[a, column] != 0.0:
                total += by_a * tangents[a, column]
            if by_b != 0.0 and tangents[b, column] != 0.0:
                total += by_b * tangents[b, column]
            if by_c != 0.0 and tangents[c, column] != 0.0:
                total += by_c * tangents[c, column]
            tangents[first + line, column] = total


@allocating
def solve_linear(matrix: Floats, right: Floats) -> Floats:
    """Solution of ``matrix @ x = right`` by elimination with partial pivoting; NaN or inf if singular.

    Unlike LAPACK's its bits do not depend on the number of BLAS threads. Overwrites its arguments.
    """
    count = right.shape[0]
    for column in range(count):
        pivot = column + int(np.argmax(np.abs(matrix[column:, column])))
        if pivot != column:
            for place in range(count):
                matrix[column, place], matrix[pivot, place] = matrix[pivot, place], matrix[column, place]
            right[column], right[pivot] = right[pivot], right[column]
        for row in range(column + 1, count):
            if matrix[row, column] == 0.0:
                continue
            factor = matrix[row, column] / matrix[column, column]
            for place in range(column + 1, count):
                matrix[row, place] -= factor * matrix[column, place]
            right[row] -= factor * right[column]
    for row in range(count - 1, -1, -1):
        for place in range(row + 1, count):
            right[row] -= matrix[row, place] * right[place]
        right[row] /= matrix[row, row]
    return right
