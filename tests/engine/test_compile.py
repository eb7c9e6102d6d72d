"""Kernels: registers, shared expressions, cuts, messages."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from rheostat.engine.compile import compile_kernel
from rheostat.engine.evaluate import observe, rates, right_side
from rheostat.network.formula import parse_formula
from rheostat.vocabulary.error import InputError


def _loop(build):
    return build(
        {"a": 1.0, "b": 2.0, "c": 3.0},
        {"k": 0.5, "drug": 0.0, "d": 0.1},
        {
            "a_makes_b": "-> b; k*act",
            "b_makes_c": "b -> c; k*b*sqrt(c)",
            "c_removes_a": "a -> ; d*a*c*(1 + drug)",
        },
        {"act": "a/(1 + a)"},
    )


def test_rates_follow_rules_and_parameters(build):
    kernel = compile_kernel(_loop(build), {})
    assert rates(kernel, 0.0, kernel.initial, kernel.values) == pytest.approx(
        [0.5 * 0.5, 0.5 * 2.0 * np.sqrt(3.0), 0.1 * 1.0 * 3.0]
    )
    assert right_side(kernel, 0.0, kernel.initial, kernel.values)[0] == pytest.approx(-0.3)


def test_repeated_expressions_are_computed_once(build):
    once = build({"x": 1.0}, {"k": 1.0, "n": 2.5}, {"m": "x -> ; x^n/(k^n + x^n)"})
    twice = build(
        {"x": 1.0}, {"k": 1.0, "n": 2.5},
        {"m": "x -> ; x^n/(k^n + x^n)", "m2": "-> x; x^n/(x^n + k^n)"},
    )  # fmt: skip
    assert len(compile_kernel(once, {}).operations) == len(compile_kernel(twice, {}).operations)


def test_small_powers_are_products_and_exact_for_negative_bases(build):
    network = build({"x": -3.0}, {}, {"m": "x -> ; x"})
    kernel = compile_kernel(network, {"p": parse_formula("x^3"), "q": parse_formula("x^-2")})
    assert observe(kernel, np.zeros(1), kernel.initial[None], kernel.values).tolist() == [[-27.0, 1.0 / 9.0]]


def test_observables_may_be_any_symbol(build):
    names = ("a", "act", "k")
    kernel = compile_kernel(_loop(build), {name: ("id", name) for name in names})
    values = observe(kernel, np.zeros(1), kernel.initial[None], kernel.values)
    assert values[0] == pytest.approx([1.0, 0.5, 0.5])


def test_cut_turns_modifiers_but_not_reactants_into_inputs(build):
    network = _loop(build)
    cut = frozenset({"c_removes_a"})
    assert compile_kernel(network, {}, cut).inputs == ("c",)
    assert compile_kernel(network, {}, cut, varying_parameters=frozenset({"drug"})).inputs == ("c", "drug")
    assert compile_kernel(network, {}, frozenset({"a_makes_b"})).inputs == ("act",)
    # The rule belongs to its own mechanism; cutting it freezes what stands directly in it.
    assert compile_kernel(network, {}, frozenset({"rule_act"})).inputs == ("a",)


def test_cut_reads_the_input_only_in_its_own_mechanism(build):
    kernel = compile_kernel(_loop(build), {"c": ("id", "c")}, frozenset({"c_removes_a"}))
    frozen = rates(kernel, 0.0, kernel.initial, kernel.values, np.array([10.0]))
    assert frozen == pytest.approx([0.25, np.sqrt(3.0), 0.1 * 10.0])
    assert observe(kernel, np.zeros(1), kernel.initial[None], kernel.values, np.array([10.0])) == 3.0


def test_unknown_names_are_refused_together(build):
    network = build({"x": 1.0}, {"k": 1.0}, {"m": "x -> ; k*x"})
    with pytest.raises(InputError) as caught:
        compile_kernel(network, {"o": ("id", "xx"), "f": ("frobnicate", ("id", "x"))}, frozenset({"n", "mm"}))
    text = [str(issue) for issue in caught.value.issues]
    assert [issue.code for issue in caught.value.issues] == ["N110", "N110", "N111", "N112"]
    assert "'mm'; did you mean 'm'?" in text[0]
    assert "o N111 unknown symbol 'xx'; did you mean 'x'?" in text[2]
    assert "frobnicate" in text[3]


def test_kernel_survives_pickling(build):
    kernel = compile_kernel(_loop(build), {})
    copy = pickle.loads(pickle.dumps(kernel))
    assert np.array_equal(
        right_side(copy, 0.0, copy.initial, copy.values),
        right_side(kernel, 0.0, kernel.initial, kernel.values),
    )
