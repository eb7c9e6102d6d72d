"""Right side and sparse Jacobian of a network as compiled straight-line code, for the peers.

Made with SymPy from the rate laws, so that it is independent of our engine and the fastest that a caller in
Python can hand to SciPy or scikit-SUNDAE: common subexpressions taken out, compiled by numba.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
from numba import njit
from numpy.typing import NDArray

from rheostat.network.formula import Formula
from rheostat.network.network import Network

_OPERATORS: Mapping[str, Callable[..., sympy.Expr]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": lambda a, b: a**b,
    "neg": lambda a: -a,
    "exp": sympy.exp,
    "ln": sympy.log,
    "sqrt": sympy.sqrt,
}


@dataclass(frozen=True, eq=False)
class StraightLine:
    """Compiled ``right_side(t, y, result, p)`` and ``jacobian(t, y, values, p)``.

    ``rows`` and ``columns`` place the Jacobian's ``values``, in compressed column order.
    """

    right_side: Callable[..., None]
    jacobian: Callable[..., None]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]

    def pattern(self, count: int) -> NDArray[np.float64]:
        """Where the Jacobian can differ from 0, (species, species)."""
        result = np.zeros((count, count))
        result[self.rows, self.columns] = 1.0
        return result


def straight_line(network: Network) -> StraightLine:
    """Straight-line code of a network without time in its rate laws."""
    state = [sympy.Symbol(f"y{index}", positive=True) for index in range(len(network.species))]
    known: dict[str, sympy.Expr] = dict(zip(network.species, state, strict=True))
    for index, name in enumerate(network.parameters):
        known[name] = sympy.Symbol(f"p{index}", positive=True)
    known.update({name: sympy.Float(volume) for name, volume in network.compartments.items()})
    for rule in network.rules:
        known[rule.variable] = _expression(rule.formula, known)
    place = {name: index for index, name in enumerate(network.species)}
    change: list[sympy.Expr] = [sympy.Integer(0)] * len(state)
    slopes: dict[tuple[int, int], sympy.Expr] = {}
    for reaction in network.reactions:
        rate = _expression(reaction.rate, known)
        by = {index: rate.diff(state[index]) for index in range(len(state)) if rate.has(state[index])}
        net = dict.fromkeys([*reaction.reactants, *reaction.products], 0.0)
        for name, amount in reaction.reactants.items():
            net[name] -= amount
        for name, amount in reaction.products.items():
            net[name] += amount
        for name, amount in net.items():
            if amount and name in place:
                change[place[name]] += _exact(amount) * rate
                for index, slope in by.items():
                    key = (index, place[name])
                    slopes[key] = slopes.get(key, sympy.Integer(0)) + _exact(amount) * slope
    keys = sorted(slopes)
    return StraightLine(
        _compile(change),
        _compile([slopes[key] for key in keys]),
        np.array([row for _, row in keys]),
        np.array([column for column, _ in keys]),
    )


def _exact(amount: float) -> sympy.Expr:
    return sympy.Integer(int(amount)) if amount == int(amount) else sympy.Float(amount)


def _expression(formula: Formula, known: Mapping[str, sympy.Expr]) -> sympy.Expr:
    if formula[0] == "num":
        return _exact(float(formula[1]))
    if formula[0] == "id":
        return known[formula[1]]
    return _OPERATORS[formula[0]](*(_expression(argument, known) for argument in formula[1:]))


def _compile(expressions: Sequence[sympy.Expr]) -> Callable[..., None]:
    shared, reduced = sympy.cse(list(expressions), optimizations="basic")
    used = set().union(*(each.free_symbols for each in (*reduced, *(value for _, value in shared))))
    names = sorted(symbol.name for symbol in used if symbol.name[0] in "yp")
    lines = [f"    {name} = {name[0]}[{name[1:]}]" for name in names]
    lines += [f"    {symbol} = {sympy.pycode(value)}" for symbol, value in shared]
    lines += [f"    result[{index}] = {sympy.pycode(value)}" for index, value in enumerate(reduced)]
    names_in_code: dict[str, Any] = {"math": __import__("math")}
    exec("def evaluate(t, y, result, p):\n" + "\n".join(lines), names_in_code)
    return njit(error_model="numpy", nogil=True)(names_in_code["evaluate"])  # type: ignore[no-any-return]
