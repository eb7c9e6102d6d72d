"""Formulas as nested tuples: ``("num", 1.0)``, ``("id", "x")``, ``("time",)``, ``(op, *arguments)``.

Operators and their number of arguments: ``+ - * / ^ min max lt le gt ge eq ne and or`` 2; ``neg exp ln log10
sqrt abs not floor ceil sin cos tan asin acos atan sinh cosh tanh factorial`` 1; ``piecewise`` 3 (value,
condition, otherwise). A sum or product of many terms is nested to the left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from rheostat.network.library import LIBRARY
from rheostat.vocabulary.error import InputError

Formula = tuple[Any, ...]
#: Arguments and body of functions by name.
Functions = Mapping[str, tuple[tuple[str, ...], Formula]]

TIME: Formula = ("time",)

# Kinds of libSBML's syntax tree are written without their ``AST_``. LibSBML itself is loaded by the first
# text or tree that is read: its 0.15 s are a tenth of a whole run, and a stored network needs neither.
_LEFT_FOLDED = {
    "PLUS": ("+", 0.0),
    "TIMES": ("*", 1.0),
    "FUNCTION_MIN": ("min", math.inf),
    "FUNCTION_MAX": ("max", -math.inf),
    "LOGICAL_AND": ("and", 1.0),
    "LOGICAL_OR": ("or", 0.0),
}
_BINARY = {
    "DIVIDE": "/",
    "POWER": "^",
    "FUNCTION_POWER": "^",
    "RELATIONAL_NEQ": "ne",
}
_CHAINED = {
    "RELATIONAL_LT": "lt",
    "RELATIONAL_LEQ": "le",
    "RELATIONAL_GT": "gt",
    "RELATIONAL_GEQ": "ge",
    "RELATIONAL_EQ": "eq",
}
_UNARY = {
    "FUNCTION_EXP": "exp",
    "FUNCTION_LN": "ln",
    "FUNCTION_ABS": "abs",
    "FUNCTION_FLOOR": "floor",
    "FUNCTION_CEILING": "ceil",
    "FUNCTION_FACTORIAL": "factorial",
    "LOGICAL_NOT": "not",
    "FUNCTION_SIN": "sin",
    "FUNCTION_COS": "cos",
    "FUNCTION_TAN": "tan",
    "FUNCTION_ARCSIN": "asin",
    "FUNCTION_ARCCOS": "acos",
    "FUNCTION_ARCTAN": "atan",
    "FUNCTION_SINH": "sinh",
    "FUNCTION_COSH": "cosh",
    "FUNCTION_TANH": "tanh",
}
# Reciprocal functions: what they are one over, and what their inverses are of one over their argument.
_RECIPROCAL = {
    "FUNCTION_SEC": "cos",
    "FUNCTION_CSC": "sin",
    "FUNCTION_COT": "tan",
    "FUNCTION_SECH": "cosh",
    "FUNCTION_CSCH": "sinh",
    "FUNCTION_COTH": "tanh",
}
_OF_RECIPROCAL = {
    "FUNCTION_ARCSEC": "acos",
    "FUNCTION_ARCCSC": "asin",
    "FUNCTION_ARCSECH": "acosh",
    "FUNCTION_ARCCSCH": "asinh",
    "FUNCTION_ARCCOTH": "atanh",
}
_AREA = {
    "FUNCTION_ARCSINH": "asinh",
    "FUNCTION_ARCCOSH": "acosh",
    "FUNCTION_ARCTANH": "atanh",
}
_CONSTANTS = {
    "CONSTANT_PI": math.pi,
    "CONSTANT_E": math.e,
    "CONSTANT_TRUE": 1.0,
    "CONSTANT_FALSE": 0.0,
    "NAME_AVOGADRO": 6.02214179e23,  # the value SBML L3 fixes for its avogadro symbol
}


def parse_formula(text: str) -> Formula:
    """Formula of an infix text; calls of library functions are inlined.

    Raises
    ------
    InputError
        E229 the text is no formula, or has a function that is not supported.

    Examples
    --------
    >>> parse_formula("a/(a + b)")
    ('/', ('id', 'a'), ('+', ('id', 'a'), ('id', 'b')))
    """
    node = parse_ast(text)
    if node is None:
        import libsbml

        reason = (libsbml.getLastParseL3Error() or "not a formula").splitlines()[-1].strip()
        raise InputError.one("E229", "", f"'{text}' is no formula: {reason}", "correct the formula")
    return from_ast(node, _library())


def parse_ast(text: str) -> Any:
    """LibSBML syntax tree of an infix text, None where it is no formula."""
    import libsbml

    settings = libsbml.L3ParserSettings()
    settings.setParseLog(libsbml.L3P_PARSE_LOG_AS_LOG10)
    settings.setParseUnits(False)
    # Off, "Time" or "PI" would become the built-in symbols.
    settings.setComparisonCaseSensitivity(True)
    return libsbml.parseL3FormulaWithSettings(text, settings)


@cache
def _library() -> dict[str, tuple[tuple[str, ...], Formula]]:
    return {f.name: (f.arguments, from_ast(parse_ast(f.body), {})) for f in LIBRARY.values()}


@cache
def _kinds() -> dict[int, str]:
    import libsbml

    return {kind: name[4:] for name, kind in vars(libsbml).items() if name.startswith("AST_")}


def from_ast(node: Any, functions: Functions) -> Formula:
    """Formula of a libSBML syntax tree, with the given functions inlined.

    Raises
    ------
    InputError
        E229 a construct that is not supported (delay, rateOf, random numbers, unknown functions).
    """
    kind = _kinds().get(node.getType(), "")
    if node.isNumber():
        return ("num", float(node.getValue()))
    if kind in _CONSTANTS:
        return ("num", _CONSTANTS[kind])
    if kind == "NAME_TIME":
        return TIME
    if kind == "NAME":
        return ("id", node.getName())
    arguments = tuple(from_ast(node.getChild(i), functions) for i in range(node.getNumChildren()))
    if kind == "FUNCTION":
        return _call(node.getName(), arguments, functions)
    return _apply(node, kind, arguments)


def _call(name: str, arguments: tuple[Formula, ...], functions: Functions) -> Formula:
    if name not in functions:
        raise InputError.one(
            "E229", "", f"function '{name}' is not known", f"use one of {', '.join(LIBRARY)}"
        )
    names, body = functions[name]
    if len(names) != len(arguments):
        raise InputError.one(
            "E229",
            "",
            f"function '{name}' takes {len(names)} arguments, not {len(arguments)}",
            f"write {name}({', '.join(names)})",
        )
    return substitute(body, dict(zip(names, arguments, strict=True)))


def _apply(node: Any, kind: str, arguments: tuple[Formula, ...]) -> Formula:
    if kind in _LEFT_FOLDED:
        return _fold(*_LEFT_FOLDED[kind], arguments)
    if kind == "MINUS":
        return ("neg", *arguments) if len(arguments) == 1 else ("-", *arguments)
    if kind in _BINARY:
        return (_BINARY[kind], *arguments)
    if kind in _UNARY:
        return (_UNARY[kind], *arguments)
    if kind in _CHAINED:
        pairs = tuple((_CHAINED[kind], a, b) for a, b in zip(arguments, arguments[1:], strict=False))
        return _fold("and", 1.0, pairs)
    if kind == "FUNCTION_PIECEWISE":
        return _piecewise(arguments)
    return _composed(node, kind, arguments)


def _trigonometry(kind: str, argument: Formula) -> Formula | None:
    """Formula of a function that the engine has no operation for, by those that it has."""
    one: Formula = ("num", 1.0)
    if kind in _RECIPROCAL:
        return ("/", one, (_RECIPROCAL[kind], argument))
    if kind == "FUNCTION_ARCCOT":
        half_pi: Formula = ("num", math.pi / 2)
        return ("piecewise", half_pi, ("eq", argument, ("num", 0.0)), ("atan", ("/", one, argument)))
    name = _AREA.get(kind)
    if kind in _OF_RECIPROCAL:
        name, argument = _OF_RECIPROCAL[kind], ("/", one, argument)
    if name in ("asin", "acos"):
        return (name, argument)
    if name == "atanh":
        return ("/", ("ln", ("/", ("+", one, argument), ("-", one, argument))), ("num", 2.0))
    if name is None:
        return None
    square = ("*", argument, argument)
    if name == "acosh":
        # The engine's root of a negative number is 0, so the domain is said here.
        inside = ("ln", ("+", argument, ("sqrt", ("-", square, one))))
        return ("piecewise", inside, ("ge", argument, one), ("num", math.nan))
    size: Formula = ("abs", argument)
    positive = ("ln", ("+", size, ("sqrt", ("+", square, one))))
    return ("piecewise", ("neg", positive), ("lt", argument, ("num", 0.0)), positive)


def _xor(arguments: tuple[Formula, ...]) -> Formula:
    total: Formula = ("num", 0.0)
    for argument in arguments:
        total = ("ne", total, ("ne", argument, ("num", 0.0)))
    return total


def _composed(node: Any, kind: str, arguments: tuple[Formula, ...]) -> Formula:
    if kind == "FUNCTION_LOG":
        if len(arguments) == 1 or arguments[0] == ("num", 10.0):
            return ("log10", arguments[-1])
        return ("/", ("ln", arguments[1]), ("ln", arguments[0]))
    if kind == "FUNCTION_ROOT":
        if len(arguments) == 1 or arguments[0] == ("num", 2.0):
            return ("sqrt", arguments[-1])
        return ("^", arguments[1], ("/", ("num", 1.0), arguments[0]))
    if kind in ("FUNCTION_QUOTIENT", "FUNCTION_REM"):
        ratio = ("/", *arguments)
        whole = ("piecewise", ("ceil", ratio), ("lt", ratio, ("num", 0.0)), ("floor", ratio))
        if kind == "FUNCTION_QUOTIENT":
            return whole
        return ("-", arguments[0], ("*", arguments[1], whole))
    if kind == "LOGICAL_IMPLIES":
        return ("or", ("not", arguments[0]), arguments[1])
    if kind == "LOGICAL_XOR":
        return _xor(arguments)
    found = _trigonometry(kind, arguments[0]) if len(arguments) == 1 else None
    if found is not None:
        return found
    import libsbml

    name = node.getName() or libsbml.formulaToL3String(node)
    raise InputError.one(
        "E229", "", f"'{name}' is not supported in a formula", "rewrite the formula without it"
    )


def _fold(op: str, empty: float, arguments: tuple[Formula, ...]) -> Formula:
    if not arguments:
        return ("num", empty)
    folded = arguments[0]
    for argument in arguments[1:]:
        folded = (op, folded, argument)
    return folded


def _piecewise(arguments: tuple[Formula, ...]) -> Formula:
    otherwise: Formula = arguments[-1] if len(arguments) % 2 else ("num", math.nan)
    pairs = len(arguments) // 2
    for i in reversed(range(pairs)):
        otherwise = ("piecewise", arguments[2 * i], arguments[2 * i + 1], otherwise)
    return otherwise


def symbols(formula: Formula) -> frozenset[str]:
    """Ids that a formula uses (time is none).

    Examples
    --------
    >>> sorted(symbols(parse_formula("k*a + a")))
    ['a', 'k']
    """
    found: set[str] = set()
    stack = [formula]
    while stack:
        term = stack.pop()
        if term[0] == "id":
            found.add(term[1])
        elif term[0] != "num":
            stack.extend(term[1:])
    return frozenset(found)


def extent(formula: Formula) -> tuple[int, int]:
    """Number of terms and depth of a formula, in time linear in its different terms.

    Examples
    --------
    >>> extent(parse_formula("a + b*c"))
    (5, 3)
    """
    # Inlined functions share their arguments, so each tuple is measured once, by its identity.
    known: dict[int, tuple[int, int]] = {}
    stack = [formula]
    while stack:
        term = stack[-1]
        parts = [part for part in term[1:] if isinstance(part, tuple)]
        left = [part for part in parts if id(part) not in known]
        if left:
            stack.extend(left)
            continue
        stack.pop()
        sizes = [known[id(part)] for part in parts]
        known[id(term)] = (1 + sum(n for n, _ in sizes), 1 + max((d for _, d in sizes), default=0))
    return known[id(formula)]


def substitute(formula: Formula, replacements: Mapping[str, Formula]) -> Formula:
    """Formula with ids replaced by formulas, all at once.

    Examples
    --------
    >>> substitute(("neg", ("id", "a")), {"a": ("num", 2.0)})
    ('neg', ('num', 2.0))
    """
    if formula[0] == "id":
        return replacements.get(formula[1], formula)
    if formula[0] == "num":
        return formula
    return (formula[0], *(substitute(argument, replacements) for argument in formula[1:]))


def _power(a: float, b: float) -> float:
    try:
        value = a**b
    except (ZeroDivisionError, OverflowError):
        return math.inf
    return math.nan if isinstance(value, complex) else value


def _divide(a: float, b: float) -> float:
    if b == 0:
        return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1.0, b)
    return a / b


_OPERATIONS: dict[str, Callable[..., float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "^": _power,
    "neg": lambda a: -a,
    "exp": math.exp,
    "ln": math.log,
    "log10": math.log10,
    "sqrt": math.sqrt,
    "abs": abs,
    "floor": lambda a: float(math.floor(a)),
    "ceil": lambda a: float(math.ceil(a)),
    "factorial": lambda a: math.gamma(a + 1.0),
    "min": min,
    "max": max,
    "lt": lambda a, b: float(a < b),
    "le": lambda a, b: float(a <= b),
    "gt": lambda a, b: float(a > b),
    "ge": lambda a, b: float(a >= b),
    "eq": lambda a, b: float(a == b),
    "ne": lambda a, b: float(a != b),
    "and": lambda a, b: float(bool(a) and bool(b)),
    "or": lambda a, b: float(bool(a) or bool(b)),
    "not": lambda a: float(not a),
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
}


def evaluate(formula: Formula, values: Mapping[str, float]) -> float:
    """Number that a formula gives; time is ``values["time"]``, 0 where absent.

    Outside the domain of a function (ln of a negative number) the answer is nan.

    Raises
    ------
    KeyError
        If an id has no value.

    Examples
    --------
    >>> evaluate(parse_formula("hill(x, k, n)"), {"x": 1.0, "k": 1.0, "n": 2.0})
    0.5
    """
    head = formula[0]
    if head == "num":
        return float(formula[1])
    if head == "id":
        return float(values[formula[1]])
    if head == "time":
        return float(values.get("time", 0.0))
    if head == "piecewise":
        return evaluate(formula[1 if evaluate(formula[2], values) else 3], values)
    arguments = [evaluate(argument, values) for argument in formula[1:]]
    try:
        return float(_OPERATIONS[head](*arguments))
    except ValueError:
        return math.nan
    except OverflowError:
        return math.inf
