"""Compile a network and its observables to a kernel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from rheostat.engine.kernel import Indices, Kernel, Opcode
from rheostat.network.formula import Formula
from rheostat.network.network import Network
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.name import did_you_mean

_FOLDED = {
    "+": Opcode.ADD, "*": Opcode.MULTIPLY, "min": Opcode.MIN, "max": Opcode.MAX,
    "and": Opcode.AND, "or": Opcode.OR, "xor": Opcode.XOR,
}  # fmt: skip
_NEUTRAL = {"+": 0.0, "*": 1.0, "and": 1.0, "or": 0.0, "xor": 0.0}
_BINARY = {
    "-": Opcode.SUBTRACT, "/": Opcode.DIVIDE, "^": Opcode.POWER, "lt": Opcode.LT, "le": Opcode.LE,
    "gt": Opcode.GT, "ge": Opcode.GE, "eq": Opcode.EQ, "ne": Opcode.NE,
}  # fmt: skip
_UNARY = {
    "neg": Opcode.NEGATE, "exp": Opcode.EXP, "ln": Opcode.LN, "log10": Opcode.LOG10, "sqrt": Opcode.SQRT,
    "abs": Opcode.ABS, "not": Opcode.NOT, "sin": Opcode.SIN, "cos": Opcode.COS, "tan": Opcode.TAN,
    "tanh": Opcode.TANH, "floor": Opcode.FLOOR, "ceil": Opcode.CEIL, "asin": Opcode.ASIN,
    "acos": Opcode.ACOS, "atan": Opcode.ATAN, "sinh": Opcode.SINH, "cosh": Opcode.COSH,
    "factorial": Opcode.FACTORIAL,
}  # fmt: skip
_ARITY = {**dict.fromkeys(_BINARY, 2), **dict.fromkeys(_UNARY, 1)}
_COMMUTATIVE = frozenset(
    {Opcode.ADD, Opcode.MULTIPLY, Opcode.AND, Opcode.OR, Opcode.XOR, Opcode.EQ, Opcode.NE}
)
# Beyond this the pow of the C library is as fast and loses less.
_LARGEST_MULTIPLIED_POWER = 16

_NOTHING: frozenset[str] = frozenset()
_Handle = tuple[str, int]
"""A register before the layout is known: its block and its index there."""


def compile_kernel(
    network: Network,
    observables: Mapping[str, Formula],
    cuts: frozenset[str] = _NOTHING,
    *,
    varying_parameters: frozenset[str] = _NOTHING,
) -> Kernel:
    """Kernel of a network: rules, rate laws and observables as one op table without repeated expressions.

    Under a cut, every symbol directly in a rate law or rule of that mechanism that varies (a species, a
    rule variable, a varying parameter) and is not a reactant of that very reaction becomes an input of the
    same name; ``integrate`` then wants its course. Observables always see the live values.

    Parameters
    ----------
    network : Network
    observables : name -> formula
        May refer to species, rule variables, parameters and time.
    cuts : mechanism ids
    varying_parameters : parameter ids
        Parameters that a schedule changes, such as drug concentrations and levels of the environment.

    Raises
    ------
    InputError
        N110 unknown mechanism in a cut, N111 unknown symbol, N112 operator that the engine does not have;
        all of them together.
    """
    compiler = _Compiler(network, cuts, varying_parameters)
    rates = [
        compiler.compile(reaction.rate, compiler.frozen(reaction.mechanism, reaction.reactants), reaction.id)
        for reaction in network.reactions
    ]
    for_rates = len(compiler.lines)
    outputs = [compiler.compile(formula, _NOTHING, name) for name, formula in observables.items()]
    if compiler.issues:
        raise InputError(compiler.issues)
    return _lay_out(compiler, tuple(observables), rates, outputs, for_rates)


class _Compiler:
    """Op table under construction, with the register of every expression seen so far."""

    def __init__(self, network: Network, cuts: frozenset[str], varying_parameters: frozenset[str]) -> None:
        self.network = network
        self.cuts = cuts
        self.lines: list[tuple[Opcode, tuple[_Handle, ...]]] = []
        self.constants: list[float] = []
        self.issues: list[Issue] = []
        self._seen: dict[tuple[Opcode, tuple[_Handle, ...]], _Handle] = {}
        self._constant_seen: dict[float, _Handle] = {}
        self._rules = {rule.variable: rule for rule in network.rules}
        self._rule_handles: dict[str, _Handle] = {}
        self._species = {name: index for index, name in enumerate(network.species)}
        self._parameters = {name: index for index, name in enumerate(network.parameters)}
        self._varying = frozenset(self._species) | frozenset(self._rules) | varying_parameters
        self._check_cuts(varying_parameters)
        self.inputs = self._find_inputs()
        self._input_index = {name: index for index, name in enumerate(self.inputs)}

    def _check_cuts(self, varying_parameters: frozenset[str]) -> None:
        known = sorted(
            {reaction.mechanism for reaction in self.network.reactions}
            | {rule.mechanism for rule in self.network.rules}
        )
        for cut in sorted(self.cuts - set(known)):
            message = f"no reaction or rule belongs to mechanism {cut!r}{did_you_mean(cut, known)}"
            self.issues.append(Issue("N110", "cut", message, "use the id of a mechanism of this network"))
        for name in sorted(varying_parameters - set(self._parameters) - set(self._rules)):
            hint = did_you_mean(name, list(self._parameters))
            self.issues.append(Issue("N111", "varying parameters", f"unknown parameter {name!r}{hint}"))

    def _find_inputs(self) -> tuple[str, ...]:
        found: set[str] = set()
        for reaction in self.network.reactions:
            found |= self.frozen(reaction.mechanism, reaction.reactants) & _symbols(reaction.rate)
        for rule in self.network.rules:
            found |= self.frozen(rule.mechanism, ()) & _symbols(rule.formula)
        return tuple(sorted(found))

    def frozen(self, mechanism: str, reactants: Iterable[str]) -> frozenset[str]:
        """Symbols that a formula of this mechanism reads from the inputs."""
        return self._varying - frozenset(reactants) if mechanism in self.cuts else _NOTHING

    def compile(self, formula: Formula, frozen: frozenset[str], owner: str) -> _Handle:
        """Register that holds the value of a formula."""
        operator: str = formula[0]
        if operator == "num":
            return self._constant(float(formula[1]))
        if operator == "id":
            return self._symbol(formula[1], frozen, owner)
        if operator == "time":
            return ("time", 0)
        if operator == "^":
            exponent = _small_integer(formula[2])
            if exponent is not None:
                return self._integer_power(self.compile(formula[1], frozen, owner), exponent)
        arguments = [self.compile(argument, frozen, owner) for argument in formula[1:]]
        return self._apply(operator, arguments, owner)

    def _apply(self, operator: str, arguments: list[_Handle], owner: str) -> _Handle:
        if operator in _FOLDED and arguments:
            total = arguments[0]
            for argument in arguments[1:]:
                total = self._emit(_FOLDED[operator], total, argument)
            return total
        if operator in _NEUTRAL:
            return self._constant(_NEUTRAL[operator])
        if operator == "-" and len(arguments) == 1:
            return self._emit(Opcode.NEGATE, arguments[0])
        if operator == "piecewise" and arguments:
            return self._piecewise(arguments)
        if _ARITY.get(operator) == len(arguments):
            return self._emit(_BINARY.get(operator) or _UNARY[operator], *arguments)
        self.issues.append(
            Issue("N112", owner, f"the engine has no operator {operator!r} with {len(arguments)} arguments",
                  "write the formula with + - * / ^, exp, ln, log10, sqrt, abs, min, max or piecewise")
        )  # fmt: skip
        return self._constant(0.0)

    def _piecewise(self, arguments: list[_Handle]) -> _Handle:
        # SBML leaves a piecewise without otherwise undefined where no condition holds.
        odd = len(arguments) % 2
        result = arguments[-1] if odd else self._constant(float("nan"))
        pairs = arguments[:-1] if odd else arguments
        for index in range(len(pairs) - 2, -1, -2):
            result = self._emit(Opcode.SELECT, pairs[index + 1], pairs[index], result)
        return result

    def _symbol(self, name: str, frozen: frozenset[str], owner: str) -> _Handle:
        if name in frozen:
            return ("input", self._input_index[name])
        if name in self._rules:
            return self._rule(name)
        if name in self._species:
            return ("species", self._species[name])
        if name in self._parameters:
            return ("parameter", self._parameters[name])
        if name in self.network.compartments:
            return self._constant(self.network.compartments[name])
        hint = did_you_mean(name, [*self._species, *self._parameters, *self._rules])
        self.issues.append(Issue("N111", owner, f"unknown symbol {name!r}{hint}", "correct the name"))
        return self._constant(0.0)

    def _rule(self, name: str) -> _Handle:
        if name not in self._rule_handles:
            rule = self._rules[name]
            self._rule_handles[name] = self.compile(rule.formula, self.frozen(rule.mechanism, ()), name)
        return self._rule_handles[name]

    def _constant(self, value: float) -> _Handle:
        if value not in self._constant_seen:
            self._constant_seen[value] = ("constant", len(self.constants))
            self.constants.append(value)
        return self._constant_seen[value]

    def _integer_power(self, base: _Handle, exponent: int) -> _Handle:
        if exponent == 0:
            return self._constant(1.0)
        power, square, left = None, base, abs(exponent)
        while left:
            if left & 1:
                power = square if power is None else self._emit(Opcode.MULTIPLY, power, square)
            left >>= 1
            if left:
                square = self._emit(Opcode.MULTIPLY, square, square)
        assert power is not None
        return power if exponent > 0 else self._emit(Opcode.DIVIDE, self._constant(1.0), power)

    def _emit(self, opcode: Opcode, *arguments: _Handle) -> _Handle:
        key = (opcode, tuple(sorted(arguments)) if opcode in _COMMUTATIVE else arguments)
        if key not in self._seen:
            self._seen[key] = ("line", len(self.lines))
            self.lines.append((opcode, arguments))
        return self._seen[key]


def _symbols(formula: Formula) -> set[str]:
    if formula[0] == "id":
        return {formula[1]}
    return set().union(*(_symbols(part) for part in formula[1:] if isinstance(part, tuple)))


def _small_integer(formula: Formula) -> int | None:
    sign = 1
    if formula[0] in ("neg", "-") and len(formula) == 2:
        sign, formula = -1, formula[1]
    if (
        formula[0] != "num"
        or not float(formula[1]).is_integer()
        or abs(formula[1]) > _LARGEST_MULTIPLIED_POWER
    ):
        return None
    return sign * int(formula[1])


def _lay_out(
    compiler: _Compiler, names: tuple[str, ...], rates: list[_Handle], outputs: list[_Handle], for_rates: int
) -> Kernel:
    """Fix the registers: order the lines by stage, number everything, tabulate dependencies."""
    network = compiler.network
    count = len(network.species)
    dependencies = _line_dependencies(compiler.lines)
    stage = [
        0 if not varies else (1 if line < for_rates else 2) for line, (_, varies) in enumerate(dependencies)
    ]
    order = sorted(range(len(compiler.lines)), key=lambda line: (stage[line], line))
    position = {line: place for place, line in enumerate(order)}
    starts, start = {}, 0
    blocks = (
        ("species", count), ("parameter", len(network.parameters)), ("input", len(compiler.inputs)),
        ("time", 1), ("constant", len(compiler.constants)), ("line", len(order)),
    )  # fmt: skip
    for block, size in blocks:
        starts[block] = start
        start += size

    def register(handle: _Handle) -> int:
        block, index = handle
        return starts[block] + (position[index] if block == "line" else index)

    operations = np.zeros((len(order), 4), dtype=np.int32)
    rows, columns = np.zeros(start, dtype=np.int32), [[], *([index] for index in range(count))]
    rows[:count] = np.arange(1, count + 1)
    for place, line in enumerate(order):
        opcode, arguments = compiler.lines[line]
        operations[place, 0] = opcode
        operations[place, 1 : 1 + len(arguments)] = [register(argument) for argument in arguments]
        if stage[line] == 1 and dependencies[line][0]:
            rows[starts["line"] + place] = len(columns)
            columns.append(sorted(dependencies[line][0]))
    derivative_start, derivative_species = _compress(columns)
    return Kernel(
        species=tuple(network.species),
        parameters=tuple(network.parameters),
        inputs=compiler.inputs,
        observables=names,
        initial=np.array(network.initial, dtype=np.float64),
        values=np.array(network.values, dtype=np.float64),
        operations=operations,
        stages=np.array([stage.count(0), stage.count(0) + stage.count(1)], dtype=np.int32),
        constants=np.array(compiler.constants, dtype=np.float64),
        rate_registers=np.array([register(rate) for rate in rates], dtype=np.int32),
        observable_registers=np.array([register(output) for output in outputs], dtype=np.int32),
        derivative_rows=rows,
        derivative_start=derivative_start,
        derivative_species=derivative_species,
        **_stoichiometry(network),
    )


def _line_dependencies(
    lines: list[tuple[Opcode, tuple[_Handle, ...]]],
) -> list[tuple[frozenset[int], bool]]:
    """Species that each line depends on, and whether it varies within a segment at all."""
    found: list[tuple[frozenset[int], bool]] = []
    for _, arguments in lines:
        species: set[int] = set()
        varies = False
        for block, index in arguments:
            if block == "species":
                species.add(index)
            elif block == "line":
                species |= found[index][0]
                varies |= found[index][1]
            varies |= block in ("species", "input", "time")
        found.append((frozenset(species), varies))
    return found


def _compress(rows: list[list[int]]) -> tuple[Indices, Indices]:
    start = np.zeros(len(rows) + 1, dtype=np.int32)
    start[1:] = np.cumsum([len(row) for row in rows])
    return start, np.array([index for row in rows for index in row], dtype=np.int32)


def _stoichiometry(network: Network) -> dict[str, Any]:
    index = {name: place for place, name in enumerate(network.species)}
    net: list[dict[int, float]] = [{} for _ in network.species]
    for number, reaction in enumerate(network.reactions):
        for side, sign in ((reaction.reactants, -1.0), (reaction.products, 1.0)):
            for name, amount in side.items():
                # Boundary and rule-driven species take part in reactions but are no states.
                if name in index:
                    row = net[index[name]]
                    row[number] = row.get(number, 0.0) + sign * amount
    start, reactions = _compress([[number for number, amount in row.items() if amount] for row in net])
    return {
        "stoichiometry_start": start,
        "stoichiometry_reaction": reactions,
        "stoichiometry_coefficient": np.array(
            [amount for row in net for amount in row.values() if amount], dtype=np.float64
        ),
    }
