"""What the compiled steps come to: exact solutions, totals, lowest values, refusals, the pivoted solve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from rheostat.engine.batch import Course
from rheostat.engine.compile import compile_kernel
from rheostat.engine.integrate import integrate
from rheostat.engine.lane import WIDTH
from rheostat.engine.lane_loops import pivot_lane, substitute_lane
from rheostat.engine.program import program_of
from rheostat.engine.schedule import Restart, make_schedule
from rheostat.engine.trajectory import ResultCode


def test_a_dose_given_to_a_system_at_rest_acts_at_its_exact_time(build):
    # At rest for 1e6 min the step is long; a dose a quarter of a minute before an output must be seen.
    kernel = compile_kernel(
        build({"x": 0.0, "y": 0.0}, {"k": 2.0}, {"m": "x -> y; k*x"}), {"x": ("id", "x"), "y": ("id", "y")}
    )
    dose = Restart(1e6 + 0.25, np.array([0], np.int32), np.array([[3.0]]))
    times = np.array([0.0, 1e6, 1e6 + 0.25, 1e6 + 0.5])
    found = integrate(
        kernel,
        kernel.values[None],
        kernel.initial[None],
        make_schedule(1, [dose]),
        times,
        rtol=1e-9,
        atol=1e-12,
    )
    left = 3.0 * np.exp(-0.5)
    assert found.observables[0] == pytest.approx(
        np.array([[0.0, 0.0], [0.0, 0.0], [3.0, 0.0], [left, 3.0 - left]]), rel=1e-7
    )


def test_totals_hold_and_their_drift_is_told(build):
    forms = [f"s{number}" for number in range(12)]
    reactions = {
        f"{one}_{other}": f"{one} -> {other}; {10.0 ** (number % 7 - 3)}*{one} - 0.3*{other}"
        for number, (one, other) in enumerate(zip(forms, forms[1:], strict=False))
    }
    kernel = compile_kernel(
        build(
            dict.fromkeys(forms, 1.0) | {"fuel": 5.0, "ash": 0.0},
            {},
            reactions | {"burn": "fuel -> ash; 1e3*fuel"},
        ),
        {},
    )
    draw = np.random.default_rng(3)
    initial = kernel.initial * draw.lognormal(0.0, 1.0, (20, len(kernel.species)))
    found = integrate(kernel, np.zeros((20, 0)), initial, None, np.array([0.0, 1e4]))
    assert np.all(found.result == ResultCode.ok)
    assert np.all((found.drift >= 0.0) & (found.drift < 1e-9))
    for part in (slice(0, 12), slice(12, 14)):
        before, after = initial[:, part].sum(axis=1), found.final[:, part].sum(axis=1)
        assert np.all(np.abs(after - before) / before <= found.drift + 1e-15)


def test_a_restart_may_change_a_total(build):
    kernel = compile_kernel(build({"a": 1.0, "b": 0.0}, {"k": 1.0}, {"m": "a -> b; k*a"}), {})
    dose = Restart(1.0, np.array([0], np.int32), np.array([[50.0]]))
    found = integrate(
        kernel, kernel.values[None], kernel.initial[None], make_schedule(1, [dose]), np.array([0.0, 2.0])
    )
    assert found.result[0] == ResultCode.ok and found.drift[0] < 1e-9
    assert found.final[0].sum() == pytest.approx(51.0 - np.exp(-1.0), rel=1e-5)


def test_the_minimum_is_the_lowest_of_all_steps(build):
    # x falls to 1 at t = pi/2 between the two outputs.
    network = build({"x": 3.0, "v": 3.0}, {}, {"place": "-> x; v - 5", "speed": "-> v; 3 - x"})
    kernel = compile_kernel(network, {})
    times = np.array([0.0, 2.0 * np.pi])
    found = integrate(
        kernel,
        kernel.values[None],
        kernel.initial[None],
        None,
        times,
        rtol=1e-8,
        atol=1e-8,
        allow_negative=True,
    )
    # x = 3 - 2 sin t, v = 5 - 2 cos t.
    assert found.minimum[0] == pytest.approx(1.0, abs=1e-2)
    assert found.final[0] == pytest.approx([3.0, 3.0], abs=1e-5)
    at_once = integrate(kernel, kernel.values[None], kernel.initial[None], None, np.zeros(1))
    assert at_once.minimum[0] == 3.0


def test_a_chain_of_300_species_follows_the_exact_solution(build):
    count = 300
    out, back = np.linspace(0.5, 2.0, count - 1), np.linspace(0.4, 0.1, count - 1)
    names = [f"s{number}" for number in range(count)]
    reactions = {
        f"r{number}": f"{names[number]} -> {names[number + 1]};"
        f" scale*({out[number]}*{names[number]} - {back[number]}*{names[number + 1]})"
        for number in range(count - 1)
    }
    start = dict.fromkeys(names, 0.0) | {"s0": 100.0, "s150": 10.0}
    kernel = compile_kernel(
        build(start, {"scale": 1.0}, reactions), {name: ("id", name) for name in ("s0", "s150", "s299")}
    )
    matrix = np.zeros((count, count))
    for number in range(count - 1):
        flow = np.zeros(count)
        flow[number], flow[number + 1] = out[number], -back[number]
        matrix[number] -= flow
        matrix[number + 1] += flow
    scales = np.array([1.0, 30.0, 0.01])
    found = integrate(
        kernel, scales[:, None], np.tile(kernel.initial, (3, 1)), None, np.array([0.0, 5.0, 60.0]),
        rtol=1e-8, atol=1e-10,
    )  # fmt: skip
    for row, scale in enumerate(scales):
        middle, end = (expm(scale * time * matrix) @ kernel.initial for time in (5.0, 60.0))
        assert found.final[row] == pytest.approx(end, rel=1e-6, abs=1e-7)
        assert found.observables[row, 1] == pytest.approx(middle[[0, 150, 299]], rel=1e-6, abs=1e-7)


def test_a_hub_of_1100_partners_follows_the_exact_solution(build):
    count = 1100
    names = [f"s{number}" for number in range(count)]
    reactions = {f"r{number}": f"hub -> {name}; 0.01*hub - 0.02*{name}" for number, name in enumerate(names)}
    kernel = compile_kernel(
        build({"hub": 1.0} | dict.fromkeys(names, 0.0), {}, reactions), {"hub": ("id", "hub")}
    )
    found = integrate(
        kernel,
        kernel.values[None],
        kernel.initial[None],
        None,
        np.array([0.0, 0.1, 5.0]),
        rtol=1e-8,
        atol=1e-11,
    )
    # The leaves are alike, so hub' = -11 hub + 0.02 (1 - hub).
    rate, rest = 11.02, 0.02 / 11.02
    expected = rest + (1.0 - rest) * np.exp(-rate * np.array([0.0, 0.1, 5.0]))
    assert found.result[0] == ResultCode.ok
    assert found.observables[0, :, 0] == pytest.approx(expected, rel=1e-6)


sides = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(1, 2)), max_size=2, unique_by=lambda each: each[0]
)


@settings(max_examples=40, deadline=None)
@given(reactions=st.lists(st.tuples(sides, sides), min_size=1, max_size=6), seed=st.integers(0, 2**31))
def test_any_reversible_network_agrees_with_the_reference(build_network, reactions, seed):
    def term(side):
        return " + ".join(f"{amount} {name}" for name, amount in side)

    def product(side):
        return "*".join(["k", *(f"{name}^{amount}" for name, amount in side)])

    draw = np.random.default_rng(seed)
    texts = {
        f"r{place}": f"{term(left)} -> {term(right)}; {fast}*({product(left)}) - 0.5*{product(right)}"
        for place, ((left, right), fast) in enumerate(zip(reactions, draw.uniform(0.1, 5.0, 6), strict=False))
    }
    network = build_network(dict.fromkeys("abcdef", 1.0), {"k": 0.2}, texts)
    kernel = compile_kernel(network, {name: ("id", name) for name in "abcdef"})
    parameters, initial = draw.uniform(0.05, 0.5, (10, 1)), draw.uniform(0.1, 2.0, (10, 6))
    targets = draw.choice(6, 2, replace=False).astype(np.int32)
    schedule = make_schedule(10, [Restart(1.7, targets, draw.uniform(0.1, 2.0, (10, 2)))])
    arguments = (kernel, parameters, initial, schedule, np.array([0.0, 0.5, 1.7, 2.0, 20.0]))
    found = integrate(*arguments, rtol=1e-8, atol=1e-9)
    reference = integrate(*arguments, rtol=1e-9, atol=1e-11, solver="lsoda")
    both = (found.result == ResultCode.ok) & (reference.result == ResultCode.ok)
    # Autocatalysis may run away; nothing else goes wrong, and it does so in both.
    assert np.array_equal(found.result == ResultCode.ok, reference.result == ResultCode.ok)
    assert found.observables[both] == pytest.approx(reference.observables[both], rel=1e-5, abs=1e-6)
    assert found.final[both] == pytest.approx(reference.final[both], rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("start", [{"kp": 1.0, "k": 0.0, "ki": 0.0}, {"ki": 1.0, "kp": 1.0, "k": 1.0}])
def test_what_only_makes_itself_does_not_come_from_nothing(build, start):
    # Were the active kinase taken for its total less the other forms, rounding would ignite it.
    reactions = {"rest": "k -> ki; 3*k - 2*ki", "activate": "k -> kp; 20*k*kp", "off": "kp -> k; kp"}
    kernel = compile_kernel(build(start, {}, reactions), {"kp": ("id", "kp")})
    initial = np.random.default_rng(0).uniform(0.1, 2.0, (50, 3))
    initial[:, kernel.species.index("kp")] = 0.0
    found = integrate(kernel, np.zeros((50, 0)), initial, None, np.array([0.0, 1.0, 10.0]))
    assert np.all(found.result == ResultCode.ok)
    assert not found.observables.any()


def test_one_species_and_no_parameter(build):
    kernel = compile_kernel(build({"x": 1.0}, {}, {"m": "x -> ; x"}), {"x": ("id", "x")})
    start = np.linspace(1.0, 9.0, 9)[:, None]
    found = integrate(kernel, np.zeros((9, 0)), start, None, np.array([0.0, 2.0]), rtol=1e-9, atol=1e-12)
    assert found.final == pytest.approx(start * np.exp(-2.0), rel=1e-7)


def test_inputs_with_kinks_agree_with_the_reference(build):
    network = build(
        {"x": 1.0, "y": 0.0, "m": 1.0},
        {"k": 0.5},
        {"make": "-> x; 3*m^2/(1 + m^2)", "pass": "x -> y; k*x", "lose": "y -> ; k*y*x/(2 + x)"},
    )
    kernel = compile_kernel(network, {"x": ("id", "x"), "y": ("id", "y")}, frozenset({"make"}))
    draw = np.random.default_rng(8)
    points = np.sort(draw.uniform(1.0, 50.0, 25))
    inputs = Course(points, draw.uniform(0.0, 3.0, (6, len(points), 1)))
    times = np.linspace(0.0, 60.0, 31)
    arguments = (kernel, np.tile(kernel.values, (6, 1)), np.tile(kernel.initial, (6, 1)), None, times)
    options = {"inputs": inputs, "rtol": 1e-8, "atol": 1e-9}
    found, reference = integrate(*arguments, **options), integrate(*arguments, **options, solver="lsoda")
    assert np.all(found.result == ResultCode.ok)
    assert found.observables == pytest.approx(reference.observables, rel=1e-6)


def test_a_jump_that_takes_many_refusals_and_pivoting_is_exact(build):
    # Rotations couple the species more strongly than their decay: a matrix that pivoting reorders.
    network = build(
        {"a": 0.0, "b": 0.0, "c": 0.0},
        {"k": 0.3, "w": 5.0, "push": 1e8},
        {"a": "-> a; push*(time > 5) - k*a - w*b", "b": "-> b; w*a - k*b - w*c", "c": "-> c; w*b - k*c"},
    )
    kernel = compile_kernel(network, {name: ("id", name) for name in "abc"})
    times = np.array([0.0, 4.0, 6.0, 10.0])
    found = integrate(
        kernel, kernel.values[None], kernel.initial[None], None, times, rtol=1e-8, allow_negative=True
    )
    matrix = np.array([[-0.3, -5.0, 0.0], [5.0, -0.3, -5.0], [0.0, 5.0, -0.3]])
    push = np.array([1e8, 0.0, 0.0])
    expected = [np.linalg.solve(matrix, expm(matrix * since) @ push - push) for since in (1.0, 5.0)]
    assert found.rejected[0] > 10
    assert found.observables[0, :2] == pytest.approx(np.zeros((2, 3)), abs=1e-6)
    assert found.observables[0, 2:] == pytest.approx(np.array(expected), rel=1e-5)


@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_the_pivoted_solve_is_lapacks_where_the_diagonal_vanishes(build, count):
    names = [f"s{number}" for number in range(count)]
    rate = " + ".join(names)
    kernel = compile_kernel(
        build(dict.fromkeys(names, 1.0), {}, {name: f"-> {name}; {rate}" for name in names}), {}
    )
    factors = program_of(kernel).tables.factors
    draw = np.random.default_rng(count)
    matrices = draw.normal(size=(WIDTH, count, count))
    if count > 1:
        matrices[:, range(count), range(count)] = 0.0
    right = draw.normal(size=(count, WIDTH))
    flat = np.ascontiguousarray(matrices[:, factors.row, factors.column].T)
    dense, pivots = np.full((count, count), np.nan), np.full(count, np.nan)
    vector = right.copy()
    for lane in range(WIDTH):
        pivot_lane(factors, flat, lane, dense, pivots)
        substitute_lane(dense, pivots, vector, lane)
        assert vector[:, lane] == pytest.approx(np.linalg.solve(matrices[lane], right[:, lane]), rel=1e-9)
        assert np.array_equal(vector[:, lane + 1 :], right[:, lane + 1 :])
