"""Formulas: reading, values against closed forms, refusals by name."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheostat.network.formula import evaluate, parse_formula, substitute, symbols
from rheostat.vocabulary.error import InputError

positive = st.floats(1e-3, 1e3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2*a - b/a", 4.0 - 1.5),
        ("-a^2", -4.0),
        ("(-a)^2", 4.0),
        ("a^-b", 0.125),
        ("exp(ln(a)) + log10(100) + sqrt(b + 1)", 2 + 2 + 2),
        ("log(8, 2) + 0*a", math.log(2) / math.log(8)),
        ("min(a, b, 1) + max(a, b)", 4.0),
        ("piecewise(1, a > 5, 2, b >= 3, 7)", 2.0),
        ("piecewise(1, a > 5)", math.nan),
        ("a < b && !(b < a)", 1.0),
        ("time + a", 12.0),
        ("factorial(b)", 6.0),
        ("a/0", math.inf),
        ("ln(-1)", math.nan),
    ],
)
def test_value(text: str, expected: float) -> None:
    found = evaluate(parse_formula(text), {"a": 2.0, "b": 3.0, "time": 10.0})
    assert found == pytest.approx(expected, nan_ok=True)


def test_case_counts_for_built_in_names() -> None:
    assert symbols(parse_formula("Time + PI + hill2")) == {"Time", "PI", "hill2"}


@given(positive, positive, positive)
def test_tight_binding_solves_the_equilibrium(total: float, drug: float, kd: float) -> None:
    bound = total * evaluate(parse_formula("tight_binding(t, d, kd)"), {"t": total, "d": drug, "kd": kd})
    # Mass action at equilibrium; both sides relative to the larger pool.
    scale = total * drug
    assert (total - bound) * (drug - bound) == pytest.approx(kd * bound, rel=1e-6, abs=1e-9 * scale)


@given(positive, positive, st.floats(0.5, 4))
def test_hill_in_ratio_form_is_hill(x: float, k: float, n: float) -> None:
    assert evaluate(parse_formula("hill(x, k, n)"), {"x": x, "k": k, "n": n}) == pytest.approx(
        x**n / (k**n + x**n)
    )


def test_substitute_is_simultaneous() -> None:
    swapped = substitute(parse_formula("a - b"), {"a": ("id", "b"), "b": ("id", "a")})
    assert swapped == parse_formula("b - a")


@pytest.mark.parametrize(("text", "says"), [("a +", "no formula"), ("delay(a, 2)", "delay"), ("f(a)", "'f'"),
                                            ("hill(a, b)", "takes 3 arguments")])  # fmt: skip
def test_what_is_no_formula_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        parse_formula(text)
