"""Exact derivatives of the expressions of a kernel, as more expressions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rheostat.engine.compiled import POWER_FLOOR
from rheostat.engine.graph import POWER_BY_BASE, POWER_BY_EXPONENT, Graph
from rheostat.engine.kernel import Kernel, Opcode

_O = {opcode.name: int(opcode) for opcode in Opcode}
_LN_10 = 2.302585092994046


def differentiate(
    graph: Graph, kernel: Kernel, independent: Sequence[int]
) -> tuple[dict[int, dict[int, int]], dict[int, int]]:
    """Derivatives of every line of the rates by each independent species, and by time at fixed species.

    Returns
    -------
    by_species : node -> {species -> node}
    by_time : node -> node
        Only of nodes that depend on time or on an input, directly or through others.
    """
    by_species: dict[int, dict[int, int]] = {
        species: {species: graph.constant(1.0)} for species in independent
    }
    by_time: dict[int, dict[int, int]] = {kernel.time_register: {0: graph.constant(1.0)}}
    for place, slope in enumerate(graph.slope_of_input):
        by_time[kernel.first_input + place] = {0: slope}
    lines = range(kernel.first_temporary, kernel.first_temporary + int(kernel.stages[1]))
    for node in (*graph.dependent_nodes, *lines):
        if graph.varies[node]:
            for known in (by_species, by_time):
                slopes = _of_line(graph, node, known)
                if slopes:
                    known[node] = slopes
    return by_species, {node: slopes[0] for node, slopes in by_time.items()}


def _of_line(graph: Graph, node: int, known: dict[int, dict[int, int]]) -> dict[int, int]:
    operation = graph.operation[node]
    if operation is None:
        return {}
    opcode, operands = operation
    parts = [known.get(operand, {}) for operand in operands]
    variables = sorted(set().union(*parts))
    if not variables:
        return {}
    zero = graph.constant(0.0)
    rule = _RULES.get(opcode)
    if rule is None:
        return {}
    slopes = rule(graph, node, operands)
    found = {}
    for variable in variables:
        total = slopes([part.get(variable, zero) for part in parts])
        if graph.constant_of.get(total) != 0.0:
            found[variable] = total
    return found


Chain = Callable[[list[int]], int]
"""From the derivatives of the operands to that of the node."""
Rule = Callable[[Graph, int, tuple[int, ...]], Chain]


def _linear(opcode: int) -> Rule:
    return lambda graph, node, operands: lambda inner: graph.emit(opcode, *inner)


def _multiply(graph: Graph, node: int, operands: tuple[int, ...]) -> Chain:
    a, b = operands

    def chain(inner: list[int]) -> int:
        left, right = graph.emit(_O["MULTIPLY"], inner[0], b), graph.emit(_O["MULTIPLY"], a, inner[1])
        return graph.emit(_O["ADD"], left, right)

    return chain


def _divide(graph: Graph, node: int, operands: tuple[int, ...]) -> Chain:
    inverse = graph.emit(_O["DIVIDE"], graph.constant(1.0), operands[1])

    def chain(inner: list[int]) -> int:
        less = graph.emit(_O["MULTIPLY"], node, inner[1])
        return graph.emit(_O["MULTIPLY"], graph.emit(_O["SUBTRACT"], inner[0], less), inverse)

    return chain


def _power(graph: Graph, node: int, operands: tuple[int, ...]) -> Chain:
    zero = graph.constant(0.0)

    def chain(inner: list[int]) -> int:
        by_base = by_exponent = zero
        if inner[0] != zero:
            by_base = graph.emit(_O["MULTIPLY"], graph.emit(POWER_BY_BASE, *operands), inner[0])
        if inner[1] != zero:
            slope = graph.emit(POWER_BY_EXPONENT, operands[0], node)
            by_exponent = graph.emit(_O["MULTIPLY"], slope, inner[1])
        return graph.emit(_O["ADD"], by_base, by_exponent)

    return chain


def _select(graph: Graph, node: int, operands: tuple[int, ...]) -> Chain:
    def chain(inner: list[int]) -> int:
        if inner[1] == inner[2]:
            return inner[1]
        return graph.emit(_O["SELECT"], operands[0], inner[1], inner[2])

    return chain


def _smaller_or_larger(opcode: int) -> Rule:
    def rule(graph: Graph, node: int, operands: tuple[int, ...]) -> Chain:
        chooses_first = graph.emit(opcode, *operands)

        def chain(inner: list[int]) -> int:
            return inner[0] if inner[0] == inner[1] else graph.emit(_O["SELECT"], chooses_first, *inner)

        return chain

    return rule


Slope = Callable[[Graph, int, int], int]


def _function(slope: Slope) -> Rule:
    def rule(graph: Graph, node: int, operands: tuple[int, ...]) -> Chain:
        factor = slope(graph, node, operands[0])
        return lambda inner: graph.emit(_O["MULTIPLY"], factor, inner[0])

    return rule


def _over(graph: Graph, numerator: float, denominator: int) -> int:
    return graph.emit(_O["DIVIDE"], graph.constant(numerator), denominator)


def _one_plus(graph: Graph, sign: str, x: int) -> int:
    return graph.emit(_O[sign], graph.constant(1.0), graph.emit(_O["MULTIPLY"], x, x))


def _floored_root(graph: Graph, x: int) -> int:
    floored = graph.emit(_O["MAX"], x, graph.constant(POWER_FLOOR))
    return graph.emit(_O["SQRT"], floored)


def _sign(graph: Graph, node: int, x: int) -> int:
    positive = graph.emit(_O["GE"], x, graph.constant(0.0))
    return graph.emit(_O["SELECT"], positive, graph.constant(1.0), graph.constant(-1.0))


# Steps, truth values and the factorial of whole numbers have slope 0 wherever they have one: no rule.
_RULES: dict[int, Rule] = {
    _O["ADD"]: _linear(_O["ADD"]),
    _O["SUBTRACT"]: _linear(_O["SUBTRACT"]),
    _O["NEGATE"]: _linear(_O["NEGATE"]),
    _O["MULTIPLY"]: _multiply,
    _O["DIVIDE"]: _divide,
    _O["POWER"]: _power,
    _O["SELECT"]: _select,
    _O["MIN"]: _smaller_or_larger(_O["LE"]),
    _O["MAX"]: _smaller_or_larger(_O["GE"]),
    _O["ABS"]: _function(_sign),
    _O["EXP"]: _function(lambda graph, node, x: node),
    _O["LN"]: _function(lambda graph, node, x: _over(graph, 1.0, x)),
    _O["LOG10"]: _function(lambda graph, node, x: _over(graph, 1.0 / _LN_10, x)),
    _O["SQRT"]: _function(lambda graph, node, x: _over(graph, 0.5, _floored_root(graph, x))),
    _O["SIN"]: _function(lambda graph, node, x: graph.emit(_O["COS"], x)),
    _O["COS"]: _function(lambda graph, node, x: graph.emit(_O["NEGATE"], graph.emit(_O["SIN"], x))),
    _O["TAN"]: _function(lambda graph, node, x: _one_plus(graph, "ADD", node)),
    _O["TANH"]: _function(lambda graph, node, x: _one_plus(graph, "SUBTRACT", node)),
    _O["SINH"]: _function(lambda graph, node, x: graph.emit(_O["COSH"], x)),
    _O["COSH"]: _function(lambda graph, node, x: graph.emit(_O["SINH"], x)),
    _O["ATAN"]: _function(lambda graph, node, x: _over(graph, 1.0, _one_plus(graph, "ADD", x))),
    _O["ASIN"]: _function(
        lambda graph, node, x: _over(graph, 1.0, _floored_root(graph, _one_plus(graph, "SUBTRACT", x)))
    ),
    _O["ACOS"]: _function(
        lambda graph, node, x: _over(graph, -1.0, _floored_root(graph, _one_plus(graph, "SUBTRACT", x)))
    ),
}
