"""Values against the formula evaluator, derivatives against finite differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.engine.compile import compile_kernel
from rheostat.engine.evaluate import jacobian, observe, right_side, sensitivity
from rheostat.engine.kernel import Opcode
from rheostat.network import formula as network_formula
from rheostat.network.network import Network, Reaction

X, Y, K = ("id", "x"), ("id", "y"), ("id", "k")
UNIT = ("/", X, ("num", 4.0))
FORMULAS = {
    Opcode.ADD: ("+", X, ("*", Y, K)),
    Opcode.SUBTRACT: ("-", X, ("*", Y, K)),
    Opcode.MULTIPLY: ("*", X, ("*", Y, K)),
    Opcode.DIVIDE: ("/", X, ("+", Y, K)),
    Opcode.POWER: ("^", X, ("+", K, Y)),
    Opcode.NEGATE: ("neg", ("*", X, K)),
    Opcode.EXP: ("exp", ("-", X, Y)),
    Opcode.LN: ("ln", ("*", X, Y)),
    Opcode.LOG10: ("log10", ("+", X, Y)),
    Opcode.SQRT: ("sqrt", ("+", X, ("*", K, Y))),
    Opcode.ABS: ("abs", ("-", X, ("+", Y, ("num", 5.0)))),
    Opcode.MIN: ("min", ("*", X, Y), ("num", 1e3)),
    Opcode.MAX: ("max", ("*", X, Y), ("num", -1.0)),
    Opcode.LT: ("*", X, ("lt", Y, ("num", 100.0))),
    Opcode.LE: ("*", X, ("le", Y, ("num", -1.0))),
    Opcode.GT: ("*", X, ("gt", Y, ("num", -1.0))),
    Opcode.GE: ("*", X, ("ge", Y, ("num", 100.0))),
    Opcode.EQ: ("*", X, ("eq", Y, Y)),
    Opcode.NE: ("*", X, ("ne", Y, Y)),
    Opcode.AND: ("*", X, ("and", Y, K)),
    Opcode.OR: ("*", X, ("or", Y, ("num", 0.0))),
    Opcode.NOT: ("*", X, ("not", Y)),
    Opcode.SELECT: ("piecewise", ("*", X, Y), ("gt", Y, ("num", 1.0)), ("*", Y, Y)),
    Opcode.SIN: ("sin", ("*", X, Y)),
    Opcode.COS: ("cos", ("*", X, Y)),
    Opcode.TAN: ("tan", ("/", X, ("num", 4.0))),
    Opcode.TANH: ("tanh", ("-", X, Y)),
    Opcode.FLOOR: ("*", X, ("floor", K)),
    Opcode.CEIL: ("*", X, ("ceil", K)),
    Opcode.ASIN: ("asin", UNIT),
    Opcode.ACOS: ("acos", UNIT),
    Opcode.ATAN: ("atan", ("*", X, Y)),
    Opcode.SINH: ("sinh", ("-", X, Y)),
    Opcode.COSH: ("cosh", ("-", X, Y)),
    Opcode.FACTORIAL: ("*", X, ("factorial", ("ceil", K))),
    Opcode.XOR: ("*", X, ("xor", Y, ("num", 0.0))),
}
positive = st.floats(0.3, 3.0)


def _network(formula):
    return Network(
        sbml="", species=("x", "y"), initial=np.array([1.0, 2.0]), parameters=("k",), values=np.array([1.5]),
        reactions=(Reaction("r", {"x": 1.0}, {"y": 2.0}, formula, "m"),), rules=(), compartments={},
    )  # fmt: skip


def test_every_opcode_has_a_case():
    assert set(FORMULAS) == set(Opcode)


@pytest.mark.parametrize("opcode", FORMULAS, ids=lambda opcode: opcode.name)
@settings(max_examples=15, deadline=None)
@given(x=positive, y=positive, k=positive)
def test_value_and_derivatives(opcode, x, y, k):
    formula = FORMULAS[opcode]
    kernel = compile_kernel(_network(formula), {"value": formula})
    assert opcode in kernel.operations[:, 0]
    state, parameters = np.array([x, y]), np.array([k])
    if opcode != Opcode.XOR:
        expected = network_formula.evaluate(formula, {"x": x, "y": y, "k": k})
        found = observe(kernel, np.zeros(1), state[None], parameters)[0, 0]
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)
    has_steps = opcode in (Opcode.FLOOR, Opcode.CEIL, Opcode.FACTORIAL, Opcode.SELECT)
    if has_steps and min(abs(y - 1.0), abs(k - round(k))) < 1e-4:
        return
    step = 1e-6
    exact = jacobian(kernel, 0.0, state, parameters)
    for column in range(2):
        shift = np.eye(2)[column] * step
        difference = (
            right_side(kernel, 0.0, state + shift, parameters)
            - right_side(kernel, 0.0, state - shift, parameters)
        ) / (2.0 * step)
        assert exact[:, column] == pytest.approx(difference, rel=2e-6, abs=1e-6)
    difference = (
        right_side(kernel, 0.0, state, parameters + step) - right_side(kernel, 0.0, state, parameters - step)
    ) / (2.0 * step)
    exact_k = sensitivity(kernel, 0.0, state, parameters, ("k",))[:, 0]
    assert exact_k == pytest.approx(difference, rel=2e-6, abs=1e-6)


@pytest.mark.parametrize("x", [0.0, -1e-9])
@pytest.mark.parametrize("n", [0.5, 1.0, 1.5, 2.0])
def test_hill_at_and_just_below_zero_is_zero_with_finite_slope(x, n):
    hill = ("/", ("^", X, K), ("+", ("num", 1.0), ("^", X, K)))
    kernel = compile_kernel(_network(hill), {"hill": hill})
    state, parameters = np.array([x, 1.0]), np.array([n])
    assert observe(kernel, np.zeros(1), state[None], parameters)[0, 0] == pytest.approx(0.0, abs=1e-8)
    assert np.all(np.isfinite(jacobian(kernel, 0.0, state, parameters)))
    assert np.all(np.isfinite(sensitivity(kernel, 0.0, state, parameters, ("k",))))


def test_unused_branch_of_a_piecewise_does_not_poison(build):
    network = build({"x": 0.0}, {"k": 2.0}, {"m": "-> x; piecewise(k/x, x > 0, k)"})
    kernel = compile_kernel(network, {})
    assert right_side(kernel, 0.0, kernel.initial, kernel.values) == 2.0
    assert jacobian(kernel, 0.0, kernel.initial, kernel.values) == 0.0


def test_time_is_minutes(build):
    network = build({"x": 0.0}, {"k": 2.0}, {"m": "-> x; k*time"})
    kernel = compile_kernel(network, {})
    assert right_side(kernel, 3.0, kernel.initial, kernel.values) == 6.0
