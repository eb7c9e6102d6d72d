"""Steady states against closed forms and the reference; basins, totals, bits; systems without one."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.engine.compile import compile_kernel
from rheostat.engine.evaluate import right_side
from rheostat.engine.integrate import integrate
from rheostat.engine.program import program_of
from rheostat.engine.steady import STEADY_CHANGE, TAU, find_steady_state
from rheostat.engine.trajectory import ResultCode
from rheostat.vocabulary.error import InputError

both_solvers = pytest.mark.parametrize("solver", ["rosenbrock", "lsoda"])
FAILED = {ResultCode.not_finite, ResultCode.solver_error, ResultCode.step_limit, ResultCode.not_steady}


def _find(kernel, rows=1, **options):
    return find_steady_state(
        kernel, np.tile(kernel.values, (rows, 1)), np.tile(kernel.initial, (rows, 1)), **options
    )


def _assert_honest(found):
    """A row that is ok has a state and a small residual; one that is not has none."""
    is_ok = found.result == ResultCode.ok
    assert np.all(np.isfinite(found.species[is_ok])) and np.all(np.isnan(found.species[~is_ok]))
    assert np.all(found.residual[is_ok] <= STEADY_CHANGE)


@both_solvers
def test_conserved_cycle_with_fast_and_slow_parts(build, solver):
    kernel = compile_kernel(
        build(
            {"x": 100.0, "xp": 0.0, "g": 0.0},
            {"on": 300.0, "off": 100.0, "make": 1e-3, "lose": 2e-5},
            {"p": "x -> xp; on*x", "q": "xp -> x; off*xp", "make": "-> g; make*xp", "lose": "g -> ; lose*g"},
        ),
        {},
    )
    found = _find(kernel, solver=solver)
    assert found.result[0] == ResultCode.ok
    # g has a time constant of 5e4 min, so what is at rest in a day is not steady.
    assert found.species[0] == pytest.approx([25.0, 75.0, 3750.0], rel=1e-6)
    assert found.residual[0] <= STEADY_CHANGE


@both_solvers
def test_empty_species_stay_empty(build, solver):
    kernel = compile_kernel(
        build(
            {"x": 1.0, "none": 0.0},
            {"k": 0.1, "n": 1.5},
            {"a": "none -> ; k*none^n", "b": "x -> ; k*x", "c": "-> x; k"},
        ),
        {},
    )
    assert _find(kernel, solver=solver).species[0] == pytest.approx([1.0, 0.0], abs=1e-9)


@both_solvers
def test_a_model_at_rest_and_one_without_species_are_steady(build, solver):
    kernel = compile_kernel(build({"x": 3.0, "y": 0.0}, {"k": 0.0}, {"m": "x -> y; k*x"}), {})
    found = _find(kernel, solver=solver)
    assert found.result[0] == ResultCode.ok and found.species.tolist() == [[3.0, 0.0]]
    assert found.residual[0] == 0.0
    none = _find(compile_kernel(build({}, {"k": 1.0}, {}), {}), rows=3, solver=solver)
    assert none.result.tolist() == [ResultCode.ok] * 3 and none.species.shape == (3, 0)
    nobody = find_steady_state(kernel, np.zeros((0, 1)), np.zeros((0, 2)), solver=solver)
    assert nobody.species.shape == (0, 2) and nobody.result.shape == (0,)


@cache
def _pathway(build):
    """Receptor, kinase cascade with saturable steps, feedback and turnover; two conserved totals."""
    network = build(
        {"r": 1.0, "l": 2.0, "rl": 0.0, "k": 5.0, "kp": 0.0, "s": 20.0, "sp": 0.0, "f": 0.1},
        {"on": 0.5, "off": 0.1, "cat": 3.0, "back": 1.0, "half": 2.0, "n": 2.5, "make": 0.02, "lose": 0.01},
        {
            "bind": "r + l -> rl; on*r*l - off*rl",
            "activate": "k -> kp; cat*rl*k/(half + k)/(1 + f^n)",
            "deactivate": "kp -> k; back*kp/(half + kp)",
            "phosphorylate": "s -> sp; cat*kp*s/(half + s)",
            "dephosphorylate": "sp -> s; 2*back*sp/(half + sp)",
            "feedback": "-> f; make*sp",
            "forget": "f -> ; lose*f",
        },
    )
    return compile_kernel(network, {name: ("id", name) for name in network.species})


ROWS = 40
# r + rl, l + rl, k + kp, s + sp.
TOTALS = np.array(
    [[1, 0, 1, 0, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1, 1, 0]]
)


@cache
def _population(build):
    """Rows of the pathway, one of them spoilt."""
    kernel, draw = _pathway(build), np.random.default_rng(11)
    parameters = kernel.values * draw.lognormal(0.0, 0.7, (ROWS, len(kernel.values)))
    initial = kernel.initial * draw.lognormal(0.0, 0.7, (ROWS, len(kernel.species)))
    parameters[17, 0] = np.nan
    return parameters, initial


@pytest.fixture(scope="module")
def whole(build_network):
    """Steady states of all rows in one thread."""
    return find_steady_state(_pathway(build_network), *_population(build_network), threads=1)


def test_states_of_a_pathway_are_those_of_the_reference(build_network, whole):
    reference = find_steady_state(_pathway(build_network), *_population(build_network), solver="lsoda")
    _assert_honest(whole)
    _assert_honest(reference)
    both = (whole.result == ResultCode.ok) & (reference.result == ResultCode.ok)
    assert both.sum() >= ROWS - 3
    assert np.array_equal(whole.result == ResultCode.not_finite, np.arange(ROWS) == 17)
    assert whole.species[both] == pytest.approx(reference.species[both], rel=1e-4, abs=1e-5)


def test_conserved_totals_are_kept(build_network, whole):
    _, initial = _population(build_network)
    is_ok = whole.result == ResultCode.ok
    assert whole.species[is_ok] @ TOTALS.T == pytest.approx(initial[is_ok] @ TOTALS.T, rel=1e-9)


def test_the_residual_is_what_it_says(build_network, whole):
    kernel, (parameters, _) = _pathway(build_network), _population(build_network)
    for row in np.flatnonzero(whole.result == ResultCode.ok):
        state = whole.species[row]
        change = np.abs(right_side(kernel, 0.0, state, parameters[row]))
        assert np.max(change * TAU / (np.abs(state) + 1e-6)) == pytest.approx(whole.residual[row], abs=1e-8)


@settings(max_examples=25, deadline=None)
@given(
    rows=st.one_of(st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=40), st.permutations(range(ROWS))),
    threads=st.integers(1, 3),
)
def test_a_row_has_the_same_bits_in_any_batch_order_and_number_of_threads(
    build_network, whole, rows, threads
):
    parameters, initial = _population(build_network)
    found = find_steady_state(_pathway(build_network), parameters[rows], initial[rows], threads=threads)
    for name in ("species", "result", "residual"):
        assert np.array_equal(getattr(found, name), getattr(whole, name)[rows], equal_nan=True), name


@both_solvers
def test_a_switch_stays_in_the_basin_it_starts_in(build, solver):
    # x' = basal + rate x^2 / (1 + x^2) - x has three rests; the middle one parts the basins.
    kernel = compile_kernel(
        build(
            {"x": 0.0},
            {"basal": 0.05, "rate": 2.2},
            {"in": "-> x; basal + rate*x^2/(1 + x^2)", "out": "x -> ; x"},
        ),
        {},
    )
    low, middle, high = np.sort(np.roots([-1.0, 2.25, -1.0, 0.05]).real)
    start = np.concatenate(
        [middle * np.array([0.0, 0.5, 0.9, 0.97]), middle * np.array([1.03, 1.1, 2.0, 100.0])]
    )
    found = find_steady_state(kernel, np.tile(kernel.values, (8, 1)), start[:, None], solver=solver)
    assert np.all(found.result == ResultCode.ok)
    assert found.species[:, 0] == pytest.approx([low] * 4 + [high] * 4, rel=1e-6)


def _toggle(build):
    """Two genes that repress each other; from above the diagonal the first wins."""
    return compile_kernel(
        build(
            {"u": 1.0, "v": 1.0},
            {"rate": 5.0, "k": 1.0},
            {"u": "-> u; rate/(1 + v^2)", "v": "-> v; rate/(1 + u^2)", "a": "u -> ; k*u", "b": "v -> ; k*v"},
        ),
        {},
    )


def test_a_toggle_goes_to_the_side_where_it_starts(build):
    kernel, draw = _toggle(build), np.random.default_rng(2)
    smaller = draw.lognormal(0.0, 1.5, 60)
    start = np.stack([smaller * draw.uniform(1.1, 5.0, 60), smaller], axis=1)
    start[30:] = start[30:, ::-1]
    found = find_steady_state(kernel, np.tile(kernel.values, (60, 1)), start)
    assert np.all(found.result == ResultCode.ok)
    # u v = 1 and u + v = rate where both repress.
    winner, loser = (5.0 + np.sqrt(21.0)) / 2.0, (5.0 - np.sqrt(21.0)) / 2.0
    assert found.species[:30] == pytest.approx(np.tile([winner, loser], (30, 1)), rel=1e-6)
    assert found.species[30:] == pytest.approx(np.tile([loser, winner], (30, 1)), rel=1e-6)


def test_an_unequal_switch_goes_where_its_course_goes(build):
    kernel, draw = _toggle(build), np.random.default_rng(4)
    parameters = kernel.values * draw.lognormal(0.0, 0.15, (100, 2))
    start = draw.lognormal(0.0, 1.0, (100, 2))
    # Not on the fence: there a course needs more digits than either method is asked for.
    start = start[np.abs(np.log(start[:, 0] / start[:, 1])) > 0.1]
    parameters = parameters[: len(start)]
    found = find_steady_state(kernel, parameters, start)
    course = integrate(kernel, parameters, start, None, np.array([0.0, 3e3]), rtol=1e-8, atol=1e-10)
    assert np.all(found.result == ResultCode.ok)
    assert found.species == pytest.approx(course.final, rel=1e-5)


OSCILLATORS = {
    "brusselator": (
        {"x": 1.0, "y": 1.0},
        {"in": "-> x; 0.01", "make": "x -> y; 0.03*x", "grow": "y -> x; 0.01*x*x*y", "out": "x -> ; 0.01*x"},
    ),
    "repressilator": (
        {"a": 1.0, "b": 5.0, "c": 20.0, "ma": 0.0, "mb": 0.0, "mc": 0.0},
        {
            "ta": "-> ma; 0.5/(1 + c^3) - 0.01*ma", "tb": "-> mb; 0.5/(1 + a^3) - 0.01*mb",
            "tc": "-> mc; 0.5/(1 + b^3) - 0.01*mc", "pa": "-> a; 0.01*(ma - a)", "pb": "-> b; 0.01*(mb - b)",
            "pc": "-> c; 0.01*(mc - c)",
        },
    ),
    "lotka_volterra": (
        {"prey": 2.0, "hunter": 1.0},
        {"born": "-> prey; 1e-3*prey", "eaten": "prey -> hunter; 1e-3*prey*hunter",
            "die": "hunter -> ; 1e-3*hunter"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OSCILLATORS)
def test_an_oscillator_is_not_steady(build, name):
    # Each has a rest inside its cycle, to which an implicit method with long steps would fall.
    start, reactions = OSCILLATORS[name]
    found = _find(compile_kernel(build(start, {}, reactions), {}))
    assert found.result[0] in (ResultCode.not_steady, ResultCode.step_limit)
    assert np.all(np.isnan(found.species))


@both_solvers
def test_growth_without_bound_is_not_steady(build, solver):
    linear = compile_kernel(build({"x": 1.0}, {"k": 1.0}, {"m": "-> x; k"}), {})
    assert _find(linear, solver=solver).result[0] == ResultCode.not_steady
    for rate in ("0.01*x", "x", "0.1*x^2", "100*x^2"):
        found = _find(compile_kernel(build({"x": 1.0}, {}, {"m": f"-> x; {rate}"}), {}), solver=solver)
        assert found.result[0] in FAILED, rate
        _assert_honest(found)


@both_solvers
def test_a_species_used_up_by_a_reaction_that_does_not_need_it_is_no_steady_state(build, solver):
    kernel = compile_kernel(build({"x": 1.0, "y": 0.0}, {"k": 0.1}, {"m": "x -> y; k"}), {})
    found = _find(kernel, solver=solver)
    assert found.result[0] in FAILED | {ResultCode.negative}
    _assert_honest(found)


@both_solvers
def test_failing_rows_leave_the_others_alone(build, solver):
    kernel = compile_kernel(
        build(
            {"x": 1.0}, {"k": 0.1, "grow": 0.0, "hole": np.inf},
            {"out": "x -> ; k*x", "in": "-> x; k + grow*x^2 + 1/hole"},
        ),
        {},
    )  # fmt: skip
    parameters = np.array([[0.1, 0.0, np.inf], [0.1, 1.0, np.inf], [np.nan, 0.0, np.inf], [0.1, 0.0, 0.0]])
    found = find_steady_state(kernel, parameters, np.ones((4, 1)), solver=solver)
    assert found.result[0] == ResultCode.ok and found.species[0, 0] == pytest.approx(1.0)
    assert found.result[1] in FAILED
    assert found.result[2:].tolist() == [ResultCode.not_finite] * 2
    _assert_honest(found)


@both_solvers
def test_what_time_itself_does_is_waited_for(build, solver):
    # At the start neither rate is what it will be.
    fading = compile_kernel(build({"x": 7.0}, {}, {"m": "-> x; 0.1*(1 - exp(-time/500)) - 0.05*x"}), {})
    found = _find(fading, solver=solver)
    assert found.result[0] == ResultCode.ok and found.species[0, 0] == pytest.approx(2.0, rel=1e-5)
    switched = compile_kernel(build({"x": 0.0}, {}, {"m": "-> x; 0.1*(time > 5000) - 0.01*x"}), {})
    found = _find(switched, solver=solver)
    assert found.result[0] == ResultCode.ok and found.species[0, 0] == pytest.approx(10.0, rel=1e-5)


@both_solvers
def test_a_forced_swing_is_not_steady(build, solver):
    kernel = compile_kernel(build({"x": 1.0}, {}, {"m": "-> x; 0.01*(1 + sin(0.001*time) - x)"}), {})
    assert not program_of(kernel).tables.autonomous
    found = _find(kernel, solver=solver)
    assert found.result[0] in (ResultCode.not_steady, ResultCode.step_limit)
    _assert_honest(found)


def test_progress_rises_to_the_number_of_rows(build_network):
    seen = []
    find_steady_state(
        _pathway(build_network),
        *_population(build_network),
        progress=lambda done, rows: seen.append((done, rows)),
    )
    done = [each for each, _ in seen]
    assert {rows for _, rows in seen} == {ROWS} and done == sorted(done) and done[-1] == ROWS


def test_cut_kernel_is_refused(build):
    kernel = compile_kernel(build({"x": 1.0, "m": 1.0}, {}, {"z": "x -> ; m*x"}), {}, frozenset({"z"}))
    with pytest.raises(InputError, match="N114"):
        _find(kernel)
