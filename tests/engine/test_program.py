"""The lane program against the scalar evaluator and finite differences, for every operation and for mixes."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.engine.compile import compile_kernel
from rheostat.engine.evaluate import jacobian, observe, right_side
from rheostat.engine.kernel import Kernel, Opcode
from rheostat.engine.lane import WIDTH
from rheostat.engine.lane_loops import run_lines, sum_terms
from rheostat.engine.lane_state import make_work
from rheostat.engine.program import program_of

# Rates over two species, two parameters and time. Arguments of functions keep to where they are smooth for
# values from 0.3 to 3, and steps lie between the whole numbers that operands take.
FORMULAS = {
    Opcode.ADD: "x + y*k",
    Opcode.SUBTRACT: "x - y*k",
    Opcode.MULTIPLY: "x*y*k",
    Opcode.DIVIDE: "x/(y + k)",
    Opcode.POWER: "x^(k + y)",
    Opcode.NEGATE: "-(x*k)*y",
    Opcode.EXP: "exp(x - y)",
    Opcode.LN: "ln(x*y)",
    Opcode.LOG10: "log10(x + y)",
    Opcode.SQRT: "sqrt(x + k*y)",
    Opcode.ABS: "abs(x - y - 5)*abs(x*y)",
    Opcode.MIN: "min(x*y, 1000)*min(7 + y, x)",
    Opcode.MAX: "max(x*y, -1)*max(7 + y, x)",
    Opcode.LT: "x*(y < 100) + y*(100 < x)",
    Opcode.LE: "x*(y <= -1) + y*(-1 <= x)",
    Opcode.GT: "x*(y > -1) + y*(-1 > x)",
    Opcode.GE: "x*(y >= 100) + y*(100 >= x)",
    Opcode.EQ: "x*(y == y) + y*(x == 77)",
    Opcode.NE: "x*(y != y) + y*(x != 77)",
    Opcode.AND: "x*((y > 0) && (k > 0)) + y*((x > 0) && (k < 0))",
    Opcode.OR: "x*((y < 0) || (k > 0)) + y*((x < 0) || (k < 0))",
    Opcode.NOT: "x*!(y < 0) + y*!(x > 0)",
    # Formulas in text have no exclusive or of their own; ``_network`` puts it for the largest.
    Opcode.XOR: "x*max(y > 0, k < 0) + y*max(x > 0, k > 0)",
    Opcode.SELECT: "piecewise(x*y, y > -1, y*y) + piecewise(x, x > 99, k*y*y)",
    Opcode.SIN: "sin(x*y)",
    Opcode.COS: "cos(x*y)",
    Opcode.TAN: "tan(x*y/8)",
    Opcode.TANH: "tanh(x - y)",
    Opcode.FLOOR: "x*floor(k + 0.5) + y*floor(0.1*x)",
    Opcode.CEIL: "x*ceil(k + 0.5) + y*ceil(0.1*x)",
    Opcode.ASIN: "asin(x*y/10)",
    Opcode.ACOS: "acos(x*y/10)",
    Opcode.ATAN: "atan(x*y)",
    Opcode.SINH: "sinh(x - y)",
    Opcode.COSH: "cosh(x - y)",
    Opcode.FACTORIAL: "x*factorial(ceil(k)) + y",
}
# Smooth expressions that mixes are built of; every value stays within a few powers of ten.
_LEAVES = st.sampled_from(["x", "y", "z", "k", "l", "time", "0.5", "2", "u"])


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(lambda p: f"({p[0]} + {p[1]})"),
        pairs.map(lambda p: f"({p[0]} - {p[1]})"),
        pairs.map(lambda p: f"({p[0]} * {p[1]})"),
        pairs.map(lambda p: f"({p[0]} / (1.5 + ({p[1]})^2))"),
        pairs.map(lambda p: f"(1 + ({p[0]})^2)^tanh({p[1]})"),
        inner.map(lambda e: f"exp(tanh({e}))"),
        inner.map(lambda e: f"ln(1 + ({e})^2)"),
        inner.map(lambda e: f"sqrt(0.1 + ({e})^2)"),
        inner.map(lambda e: f"sin({e})"),
        inner.map(lambda e: f"-({e})"),
        inner.map(lambda e: f"atan({e})"),
        st.tuples(inner, inner).map(lambda p: f"piecewise({p[0]}, k > 1.2, {p[1]})"),
    )


mixes = st.recursive(_LEAVES, _grow, max_leaves=8)
amounts = st.floats(0.3, 3.0)


class Evaluated(NamedTuple):
    """Of each lane: dy/dt, its derivatives by species and by time, and the observables; lane comes first."""

    right_side: np.ndarray
    jacobian: np.ndarray
    time_slope: np.ndarray
    observables: np.ndarray


def _shares(program):
    """How each dependent species changes with each independent one, shape (dependent, independent)."""
    start, species, weight = program.tables.dependents
    shares = np.zeros((len(program.order) - program.independent, program.independent))
    for number in range(len(shares)):
        parts = slice(start[number], start[number + 1])
        shares[number, species[parts]] = weight[parts]
    return shares


def _evaluate_lanes(kernel: Kernel, states, parameters, times, inputs=None, slopes=None) -> Evaluated:
    """Run the lane program with another row in each lane; of the species only the independent ones."""
    program = program_of(kernel)
    tables, count = program.tables, program.independent
    work = make_work(program)
    registers, (first_parameter, first_input, first_slope, time) = work.registers, tables.layout
    in_order = states[:, program.order].T
    registers[:count] = in_order[:count]
    registers[count : len(in_order)] = in_order[count:] - _shares(program) @ in_order[:count]
    registers[first_parameter : first_parameter + parameters.shape[1]] = parameters.T
    if inputs is not None:
        registers[first_input : first_input + inputs.shape[1]] = inputs.T
        registers[first_slope : first_slope + inputs.shape[1]] = slopes.T
    registers[time] = times
    for lines in (tables.setup, tables.rates):
        run_lines(lines, registers)
    change, slope = np.empty((2, count, WIDTH))
    sum_terms(tables.right_side, registers, change)
    run_lines(tables.derivatives, registers)
    sum_terms(tables.matrix, registers, work.matrix)
    sum_terms(tables.time_slope, registers, slope)
    run_lines(tables.observables, registers)
    dense = np.zeros((WIDTH, count, count))
    dense[:, tables.factors.row, tables.factors.column] = -work.matrix.T
    return Evaluated(change.T, dense, slope.T, registers[tables.observable_registers].T)


def _reduced(kernel, found: Evaluated) -> Evaluated:
    """Of the independent species, in the program's order, what is given for all of them in the kernel's."""
    program = program_of(kernel)
    count, order = program.independent, program.order
    full = found.jacobian[:, order[:count]][:, :, order]
    return Evaluated(
        found.right_side[:, order[:count]],
        full[:, :, :count] + full[:, :, count:] @ _shares(program),
        found.time_slope[:, order[:count]],
        found.observables,
    )


def _by_scalar(kernel, states, parameters, times, inputs=None) -> Evaluated:
    """The same by the evaluator of one row; time slopes by central differences at held inputs."""
    rows = range(len(states))
    given = [None] * len(states) if inputs is None else inputs
    step = 1e-6

    def change(row, shift):
        return right_side(kernel, times[row] + shift, states[row], parameters[row], given[row])

    found = Evaluated(
        np.array([change(row, 0.0) for row in rows]),
        np.array([jacobian(kernel, times[row], states[row], parameters[row], given[row]) for row in rows]),
        np.array([(change(row, step) - change(row, -step)) / (2.0 * step) for row in rows]),
        np.array(
            [observe(kernel, times[[row]], states[[row]], parameters[row], given[row])[0] for row in rows]
        ),
    )
    return _reduced(kernel, found)


def _difference_quotients(kernel, states, parameters, times, inputs=None):
    """Jacobian of the independent species by central differences of the scalar right side."""
    step, count = 1e-6, states.shape[1]
    found = np.empty((len(states), count, count))
    for row, column in np.ndindex(len(states), count):
        shift = step * np.eye(count)[column]
        given = None if inputs is None else inputs[row]
        found[row, :, column] = (
            right_side(kernel, times[row], states[row] + shift, parameters[row], given)
            - right_side(kernel, times[row], states[row] - shift, parameters[row], given)
        ) / (2.0 * step)
    nothing = np.zeros((len(states), count))
    return _reduced(kernel, Evaluated(nothing, found, nothing, nothing)).jacobian


def _network(build, opcode, formula, *sides, **species):
    """Network of reactions whose common rate uses the operation, and the rate."""
    network = build(species, {"k": 1.0}, {side: f"{side}; {formula}" for side in sides})
    if opcode == Opcode.XOR:
        rate = _renamed(network.reactions[0].rate, "max", "xor")
        network = replace(network, reactions=tuple(replace(each, rate=rate) for each in network.reactions))
    return network, network.reactions[0].rate


def _renamed(formula, old, new):
    if not isinstance(formula, tuple):
        return formula
    return (new if formula[0] == old else formula[0], *(_renamed(part, old, new) for part in formula[1:]))


def _lanes(seed: int, count: int):
    """Another value from 0.3 to 3 for each lane, shape (lane, count)."""
    return np.random.default_rng(seed).uniform(0.3, 3.0, (WIDTH, count))


def _assert_close(found, expected, tolerance):
    assert found == pytest.approx(expected, rel=tolerance, abs=tolerance * (1.0 + np.abs(expected).max()))


def test_every_opcode_has_a_case():
    assert set(FORMULAS) == set(Opcode)


@pytest.mark.parametrize("opcode", FORMULAS, ids=lambda opcode: opcode.name)
def test_operation_has_its_value_and_its_exact_slopes_in_every_lane(build, opcode):
    network, rate = _network(build, opcode, FORMULAS[opcode], "x ->", "-> 2 y", x=1.0, y=1.0)
    kernel = compile_kernel(network, {"value": rate})
    assert opcode in kernel.operations[:, 0]
    states, parameters, times = _lanes(1, 2), _lanes(2, 1), np.zeros(WIDTH)
    # The gamma function of a whole number, and steps, only where they have a slope.
    parameters[:, 0] = np.where(np.abs(parameters[:, 0] % 0.5) < 1e-3, 0.7, parameters[:, 0])
    found = _evaluate_lanes(kernel, states, parameters, times)
    expected = _by_scalar(kernel, states, parameters, times)
    _assert_close(found.right_side, expected.right_side, 1e-13)
    _assert_close(found.observables, expected.observables, 1e-13)
    _assert_close(found.jacobian, expected.jacobian, 1e-12)
    _assert_close(found.jacobian, _difference_quotients(kernel, states, parameters, times), 1e-7)


@pytest.mark.parametrize("opcode", FORMULAS, ids=lambda opcode: opcode.name)
def test_operation_on_time_has_its_slope_by_time(build, opcode):
    network, _ = _network(build, opcode, FORMULAS[opcode].replace("y", "time"), "x ->", x=1.0)
    kernel = compile_kernel(network, {})
    assert opcode in kernel.operations[:, 0]
    states, parameters, times = _lanes(3, 1), _lanes(4, 1), _lanes(5, 1)[:, 0]
    found = _evaluate_lanes(kernel, states, parameters, times)
    expected = _by_scalar(kernel, states, parameters, times)
    _assert_close(found.right_side, expected.right_side, 1e-13)
    _assert_close(found.jacobian, expected.jacobian, 1e-12)
    _assert_close(found.time_slope, expected.time_slope, 1e-7)
    assert not program_of(kernel).tables.autonomous


@settings(max_examples=120, deadline=None)
@given(formulas=st.lists(mixes, min_size=3, max_size=4), seed=st.integers(0, 2**31))
def test_mixed_networks_agree_with_the_scalar_evaluator(build_network, formulas, seed):
    sides = ["x + y -> z", "z -> 2 x", "-> y", "3 y -> x + z"]
    network = build_network(
        {"x": 1.0, "y": 1.0, "z": 1.0},
        {"k": 1.0, "l": 1.0},
        {
            f"m{place}": f"{side}; {rate}"
            for place, (side, rate) in enumerate(zip(sides, formulas, strict=False))
        },
        {"u": "x*k/(1 + x*y)"},
    )
    kernel = compile_kernel(network, {name: ("id", name) for name in ("x", "u")})
    draw = np.random.default_rng(seed)
    states, parameters = draw.uniform(0.3, 3.0, (WIDTH, 3)), draw.uniform(0.3, 3.0, (WIDTH, 2))
    times = draw.uniform(0.0, 3.0, WIDTH)
    found = _evaluate_lanes(kernel, states, parameters, times)
    expected = _by_scalar(kernel, states, parameters, times)
    _assert_close(found.right_side, expected.right_side, 1e-11)
    _assert_close(found.observables, expected.observables, 1e-12)
    _assert_close(found.jacobian, expected.jacobian, 1e-10)
    _assert_close(found.time_slope, expected.time_slope, 1e-5)


@settings(max_examples=60, deadline=None)
@given(formulas=st.lists(mixes, min_size=4, max_size=4), seed=st.integers(0, 2**31))
def test_species_given_by_totals_enter_every_derivative(build_network, formulas, seed):
    # Totals of x, y and their complex; w changes alone; nothing changes c, which rates read.
    sides = ["x + 2 y -> z", "z -> x + 2 y", "-> w", "w ->"]
    network = build_network(
        {"c": 1.0, "x": 1.0, "z": 1.0, "y": 1.0, "w": 1.0},
        {"k": 1.0, "l": 1.0},
        {
            f"m{place}": f"{side}; c*w*{rate}"
            for place, (side, rate) in enumerate(zip(sides, formulas, strict=True))
        },
        {"u": "x*z/(1 + w*y)"},
    )
    kernel = compile_kernel(network, {name: ("id", name) for name in (*network.species, "u")})
    program = program_of(kernel)
    assert program.independent < len(kernel.species)
    draw = np.random.default_rng(seed)
    states, parameters = draw.uniform(0.3, 3.0, (WIDTH, 5)), draw.uniform(0.3, 3.0, (WIDTH, 2))
    times = draw.uniform(0.0, 3.0, WIDTH)
    found = _evaluate_lanes(kernel, states, parameters, times)
    expected = _by_scalar(kernel, states, parameters, times)
    _assert_close(found.observables, expected.observables, 1e-12)
    _assert_close(found.right_side, expected.right_side, 1e-11)
    _assert_close(found.jacobian, expected.jacobian, 1e-10)
    _assert_close(found.time_slope, expected.time_slope, 1e-5)
    rest = np.array([right_side(kernel, times[row], states[row], parameters[row]) for row in range(WIDTH)])
    dependent = rest[:, program.order[program.independent :]]
    _assert_close(found.right_side @ _shares(program).T, dependent, 1e-11)


@pytest.mark.parametrize("formula", ["x*m", "m", "x*m^1.5/(k + m)", "exp(-m)*x + m*n*time"])
def test_slope_by_time_follows_the_inputs(build, formula):
    network = build(
        {"x": 1.0, "m": 1.0, "n": 1.0}, {"k": 1.0}, {"cut": f"x -> ; {formula}", "live": "m -> n; k*m*n"}
    )
    kernel = compile_kernel(network, {}, frozenset({"cut"}))
    count = len(kernel.inputs)
    assert count
    states, parameters, times = _lanes(6, 3), _lanes(7, 1), _lanes(8, 1)[:, 0]
    inputs, slopes = _lanes(9, count), _lanes(10, count) - 1.5
    found = _evaluate_lanes(kernel, states, parameters, times, inputs, slopes)
    expected = _by_scalar(kernel, states, parameters, times, inputs)
    _assert_close(found.right_side, expected.right_side, 1e-13)
    _assert_close(found.jacobian, expected.jacobian, 1e-12)
    step, chosen = 1e-6, program_of(kernel).order[: program_of(kernel).independent]
    moved = [
        np.array(
            [
                right_side(kernel, times[row] + shift, states[row], parameters[row],
                           inputs[row] + shift * slopes[row])
                for row in range(WIDTH)
            ]
        )[:, chosen]
        for shift in (step, -step)
    ]  # fmt: skip
    _assert_close(found.time_slope, (moved[0] - moved[1]) / (2.0 * step), 1e-7)


@pytest.mark.parametrize("x", [0.0, -1e-9, 1e-12])
@pytest.mark.parametrize("n", [0.5, 1.0, 1.5, 2.0, 3.0])
def test_hill_at_and_about_zero_agrees_with_the_scalar_evaluator(build, x, n):
    network = build({"x": x}, {"n": n}, {"one": "-> x; x^n/(1 + x^n)"})
    kernel = compile_kernel(network, {})
    states, parameters, times = np.full((WIDTH, 1), x), np.full((WIDTH, 1), n), np.zeros(WIDTH)
    # Other lanes hold what is easy: each lane takes its own branch.
    states[::2], parameters[::2] = 2.0, 2.5
    found = _evaluate_lanes(kernel, states, parameters, times)
    expected = _by_scalar(kernel, states, parameters, times)
    assert np.all(np.isfinite(found.jacobian))
    _assert_close(found.right_side, expected.right_side, 1e-13)
    assert found.jacobian == pytest.approx(expected.jacobian, rel=1e-12)


def test_a_branch_that_is_not_taken_does_not_poison_its_lane_or_another(build):
    network = build({"x": 0.0}, {"k": 2.0}, {"m": "-> x; piecewise(k/x, x > 0, k)"})
    kernel = compile_kernel(network, {})
    states, parameters = np.zeros((WIDTH, 1)), np.full((WIDTH, 1), 2.0)
    states[3] = 0.5
    found = _evaluate_lanes(kernel, states, parameters, np.zeros(WIDTH))
    assert found.right_side[:, 0].tolist() == [4.0 if lane == 3 else 2.0 for lane in range(WIDTH)]
    assert found.jacobian[:, 0, 0].tolist() == [-8.0 if lane == 3 else 0.0 for lane in range(WIDTH)]


def test_a_lane_of_nan_stays_in_its_lane(build):
    rates = " + ".join(f"abs({formula})" for formula in FORMULAS.values())
    kernel = compile_kernel(build({"x": 1.0, "y": 1.0}, {"k": 1.0}, {"one": f"x -> y; {rates}"}), {})
    states, parameters, times = _lanes(11, 2), np.full((WIDTH, 1), 1.7), np.zeros(WIDTH)
    clean = _evaluate_lanes(kernel, states, parameters, times)
    poisoned = states.copy()
    poisoned[5] = np.nan
    found = _evaluate_lanes(kernel, poisoned, parameters, times)
    others = np.arange(WIDTH) != 5
    for part, before in zip(found, clean, strict=True):
        assert np.array_equal(part[others], before[others])
    assert np.all(np.isnan(found.right_side[5]))


def test_only_what_reads_time_or_an_input_is_not_autonomous(build):
    def is_autonomous(rate, **options):
        network = build({"x": 1.0, "m": 1.0}, {"k": 1.0}, {"r": f"x -> ; {rate}"})
        return program_of(compile_kernel(network, {"t": ("time",)}, **options)).tables.autonomous

    assert is_autonomous("k*x*m")
    for rate in ("time", "k*time", "floor(time)", "piecewise(x, time > 5, 0)", "x + time*0"):
        assert not is_autonomous(rate)
    assert not is_autonomous("m", cuts=frozenset({"r"}))


def test_parameters_alone_are_worked_out_once_a_restart(build):
    network = build({"x": 1.0}, {"k": 2.0, "l": 3.0}, {"one": "x -> ; x*exp(k)/(l + k*k)"})
    tables = program_of(compile_kernel(network, {})).tables
    assert len(tables.setup.operands) >= 3
    assert Opcode.EXP not in tables.rates.runs[:, 0]


def test_a_kernel_has_one_program(build):
    kernel = compile_kernel(build({"x": 1.0}, {}, {"one": "x -> ; x"}), {})
    assert program_of(kernel) is program_of(kernel)
