"""Courses against closed forms and textbook values, by both solvers; restarts, cuts, failures, misuse."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.special import lambertw

from rheostat.engine.batch import Course
from rheostat.engine.compile import compile_kernel
from rheostat.engine.integrate import integrate
from rheostat.engine.schedule import Restart, make_schedule
from rheostat.engine.trajectory import ResultCode
from rheostat.vocabulary.error import InputError

both_solvers = pytest.mark.parametrize("solver", ["rosenbrock", "lsoda"])
TIGHT = {"rtol": 1e-9, "atol": 1e-12}


def _watched(network, **options):
    """Kernel whose observables are the species."""
    return compile_kernel(network, {name: ("id", name) for name in network.species}, **options)


def _run(kernel, times, restarts=(), **options):
    """Observables of one nominal row, shape (time, observable), and its trajectory."""
    found = integrate(
        kernel, kernel.values[None], kernel.initial[None], make_schedule(1, restarts),
        np.asarray(times, dtype=float), **options,
    )  # fmt: skip
    return found.observables[0], found


def _restart(kernel, time, **changes):
    """Restart of one row that sets species and parameters by name."""
    names = [*kernel.species, *kernel.parameters]
    targets = np.array([names.index(name) for name in changes], dtype=np.int32)
    return Restart(time, targets, np.array([list(changes.values())], dtype=float))


def _decay(build):
    return _watched(build({"x": 10.0}, {"k": 0.1}, {"m": "x -> ; k*x"}))


@both_solvers
def test_decay_is_exponential(build, solver):
    kernel = compile_kernel(
        build({"x": 10.0}, {"k": 0.1}, {"m": "x -> ; k*x"}),
        {"x": ("id", "x"), "twice": ("+", ("id", "x"), ("id", "x"))},
    )
    times = np.linspace(0.0, 60.0, 31)
    observed, found = _run(kernel, times, solver=solver, **TIGHT)
    x, twice = observed.T
    assert x == pytest.approx(10.0 * np.exp(-0.1 * times), rel=1e-7)
    assert np.array_equal(twice, 2.0 * x)
    assert found.result[0] == ResultCode.ok and np.isnan(found.failure_time[0])
    assert found.final[0, 0] == pytest.approx(x[-1], rel=1e-12)
    assert found.minimum[0] == found.final[0, 0]
    assert found.steps[0] > 0


@both_solvers
def test_reversible_binding_reaches_the_closed_form_and_conserves(build, solver):
    network = build(
        {"a": 10.0, "b": 7.0, "ab": 0.0}, {"on": 0.3, "off": 0.2}, {"m": "a + b -> ab; on*a*b - off*ab"}
    )
    observed, found = _run(_watched(network), np.linspace(0.0, 50.0, 26), solver=solver, **TIGHT)
    a, b, ab = observed.T
    # d(ab)/dt = on (ab - r1)(ab - r2): roots of the quadratic give the course.
    total, k_d = 17.0, 0.2 / 0.3
    root = np.sqrt((total + k_d) ** 2 - 4.0 * 70.0)
    low, high = ((total + k_d) - root) / 2.0, ((total + k_d) + root) / 2.0
    grown = np.exp(-0.3 * root * found.times)
    assert ab == pytest.approx(low * high * (1.0 - grown) / (high - low * grown), rel=1e-6, abs=1e-8)
    assert np.abs(a + ab - 10.0).max() < 1e-9
    assert np.abs(b + ab - 7.0).max() < 1e-9
    assert 0.0 <= found.drift[0] < 1e-9


@both_solvers
def test_michaelis_menten_follows_the_lambert_w(build, solver):
    kernel = _watched(build({"s": 20.0}, {"vmax": 1.0, "km": 5.0}, {"m": "s -> ; vmax*s/(km + s)"}))
    times = np.linspace(0.0, 40.0, 21)
    observed, _ = _run(kernel, times, solver=solver, **TIGHT)
    expected = 5.0 * lambertw(4.0 * np.exp((20.0 - times) / 5.0)).real
    assert observed[:, 0] == pytest.approx(expected, rel=1e-7)


@both_solvers
def test_robertson_at_textbook_times(build, solver):
    # Hairer & Wanner, Solving ODEs II, IV.10: stiff kinetics of Robertson (1966); values of CVODE's example
    # cvRoberts_dns, which agree with the published reference to the digits given.
    network = build(
        {"a": 1.0, "b": 0.0, "c": 0.0},
        {"k1": 0.04, "k2": 3e7, "k3": 1e4},
        {"one": "a -> b; k1*a", "two": "2 b -> b + c; k2*b^2", "three": "b + c -> a + c; k3*b*c"},
    )
    observed, _ = _run(_watched(network), [0.0, 0.4, 40.0, 4e4], solver=solver, rtol=1e-8, atol=1e-13)
    assert observed[1] == pytest.approx([9.851721e-1, 3.386395e-5, 1.479402e-2], rel=1e-5)
    assert observed[2] == pytest.approx([7.158270e-1, 9.185535e-6, 2.841638e-1], rel=1e-5)
    assert observed[3] == pytest.approx([3.8983e-2, 1.6218e-7, 9.6102e-1], rel=1e-4)


@both_solvers
def test_explicit_time_is_integrated(build, solver):
    kernel = _watched(build({"x": 0.0}, {"w": 0.5}, {"m": "-> x; sin(w*time)^2"}))
    times = np.linspace(0.0, 30.0, 31)
    observed, _ = _run(kernel, times, solver=solver, **TIGHT)
    assert observed[:, 0] == pytest.approx(0.5 * times - 0.5 * np.sin(times), abs=1e-6)


@both_solvers
def test_the_first_time_is_the_start(build, solver):
    kernel = _watched(build({"x": 3.0}, {}, {"m": "-> x; time"}))
    observed, _ = _run(kernel, [-2.0, 0.0, 4.0], solver=solver, **TIGHT)
    assert observed[:, 0] == pytest.approx([3.0, 1.0, 9.0], abs=1e-8)


@both_solvers
def test_restart_between_grid_points_acts_at_its_time(build, solver):
    kernel = _decay(build)
    restarts = (_restart(kernel, 7.3, k=0.5), _restart(kernel, 11.1, x=4.0, k=0.1))
    observed, found = _run(kernel, [0.0, 5.0, 10.0, 15.0], restarts, solver=solver, **TIGHT)
    assert observed[:, 0] == pytest.approx(
        [10.0, 10.0 * np.exp(-0.5), 10.0 * np.exp(-0.73 - 0.5 * 2.7), 4.0 * np.exp(-0.39)], rel=1e-7
    )
    assert found.final[0, 0] == pytest.approx(4.0 * np.exp(-0.39), rel=1e-7)


@both_solvers
def test_what_a_restart_sets_holds_until_another_sets_it(build, solver):
    kernel = _watched(build({"x": 0.0}, {"a": 0.0, "b": 0.0}, {"m": "-> x; a + b"}))
    restarts = (_restart(kernel, 1.0, a=1.0), _restart(kernel, 2.0, b=10.0), _restart(kernel, 3.0, a=0.0))
    observed, _ = _run(kernel, [0.0, 1.0, 2.0, 3.0, 4.0], restarts, solver=solver)
    assert observed[:, 0] == pytest.approx([0.0, 0.0, 1.0, 12.0, 22.0], abs=1e-4)


@both_solvers
def test_value_at_the_time_of_a_restart_is_that_after_it(build, solver):
    kernel = compile_kernel(
        build({"x": 1.0}, {"k": 0.0}, {"m": "x -> ; k*x"}), {"x": ("id", "x"), "k": ("id", "k")}
    )
    restarts = [_restart(kernel, time, x=10.0 + time, k=0.1 + time) for time in (0.0, 2.0, 4.0)]
    observed, found = _run(kernel, [0.0, 2.0, 4.0], restarts, solver=solver)
    assert np.array_equal(observed, [[10.0, 0.1], [12.0, 2.1], [14.0, 4.1]])
    assert found.final[0, 0] == 14.0


@both_solvers
def test_restarts_after_the_last_time_are_ignored(build, solver):
    kernel = _decay(build)
    later, _ = _run(kernel, [0.0, 5.0], [_restart(kernel, 5.1, x=99.0, k=np.nan)], solver=solver)
    assert np.array_equal(later, _run(kernel, [0.0, 5.0], solver=solver)[0])


@both_solvers
def test_dose_pulse_into_a_system_at_rest_is_not_stepped_over(build, solver):
    kernel = compile_kernel(
        build({"x": 0.0}, {"dose": 0.0, "k": 100.0}, {"in": "-> x; dose", "out": "x -> ; k*x"}),
        {"x": ("id", "x"), "d": ("id", "dose")},
    )
    restarts = (_restart(kernel, 1e4 + 0.125, dose=50.0), _restart(kernel, 1e4 + 0.375, dose=0.0))
    observed, _ = _run(kernel, [0.0, 1e4, 1e4 + 0.25, 1e4 + 0.375, 2e4], restarts, solver=solver)
    assert observed[:, 0] == pytest.approx([0.0, 0.0, 0.5, 0.5, 0.0], abs=1e-4)
    # At the time of a restart the new parameters are observed.
    assert observed[:, 1].tolist() == [0.0, 0.0, 50.0, 0.0, 0.0]


@both_solvers
def test_repeated_single_and_empty_times(build, solver):
    kernel = _decay(build)
    observed, _ = _run(kernel, [0.0, 5.0, 5.0, 6.0, 6.0], solver=solver)
    assert observed[1] == observed[2] and observed[3] == observed[4]
    observed, found = _run(kernel, [3.0], solver=solver)
    assert observed.tolist() == [[10.0]] and found.final.tolist() == [[10.0]]
    assert _run(kernel, [], solver=solver)[0].shape == (0, 1)
    none = integrate(kernel, np.zeros((0, 1)), np.zeros((0, 1)), None, np.arange(3.0), solver=solver)
    assert none.observables.shape == (0, 3, 1) and none.final.shape == (0, 1)


@both_solvers
def test_model_without_species_only_observes(build, solver):
    kernel = compile_kernel(build({}, {"k": 2.0}, {}), {"line": ("*", ("id", "k"), ("time",))})
    observed, found = _run(kernel, [0.0, 1.0, 5.0], [_restart(kernel, 3.0, k=10.0)], solver=solver)
    assert observed[:, 0].tolist() == [0.0, 2.0, 50.0]
    assert found.result[0] == ResultCode.ok and found.final.shape == (1, 0)


@both_solvers
def test_failing_rows_get_their_codes_and_leave_the_others_alone(build, solver):
    kernel = _watched(
        build({"x": 1.0}, {"k": 0.1, "grow": 0.0}, {"out": "x -> ; k*x", "in": "-> x; grow*x^2"})
    )
    parameters, initial = np.tile(kernel.values, (4, 1)), np.ones((4, 1))
    parameters[:, 0] = [0.1, 0.0, np.nan, 0.3]
    parameters[1, 1] = 0.1  # x = 1/(1 - 0.1 t) blows up at t = 10
    times = np.linspace(0.0, 20.0, 21)
    found = integrate(kernel, parameters, initial, None, times, solver=solver)
    assert found.result[[0, 3]].tolist() == [ResultCode.ok, ResultCode.ok]
    assert found.result[1] in (ResultCode.not_finite, ResultCode.solver_error)
    assert found.failure_time[1] == pytest.approx(10.0, abs=1e-3)
    assert found.observables[1, :10, 0] == pytest.approx(1.0 / (1.0 - 0.1 * times[:10]), rel=1e-3)
    assert np.all(np.isnan(found.observables[1, times >= found.failure_time[1]]))
    assert np.all(np.isnan(found.observables[1, 11:])) and np.all(np.isnan(found.final[1]))
    assert found.result[2] == ResultCode.not_finite and found.failure_time[2] == 0.0
    assert np.all(np.isnan(found.observables[2]))
    for row in (0, 3):
        alone = integrate(kernel, parameters[[row]], initial[[row]], None, times, solver=solver)
        assert np.array_equal(alone.observables[0], found.observables[row])


@both_solvers
def test_a_restart_that_poisons_a_row_fails_at_its_time(build, solver):
    kernel = _decay(build)
    observed, found = _run(kernel, [0.0, 2.0, 4.0, 6.0], [_restart(kernel, 4.0, k=np.nan)], solver=solver)
    assert np.isfinite(observed[:, 0]).tolist() == [True, True, False, False]
    assert found.result[0] == ResultCode.not_finite and found.failure_time[0] == 4.0


@both_solvers
def test_step_budget_ends_a_row_and_keeps_what_was_done(build, solver):
    kernel = _watched(build({"x": 1.0, "v": 0.0}, {"w": 10.0}, {"one": "-> x; w*v", "two": "v -> ; w*x"}))
    times = np.linspace(0.0, 100.0, 101)
    # A step of LSODA takes several calls of the right side.
    budget = {"rosenbrock": 300, "lsoda": 2000}[solver]
    observed, found = _run(kernel, times, step_budget=budget, allow_negative=True, solver=solver)
    assert found.result[0] == ResultCode.step_limit and found.steps[0] <= budget
    done = int(np.sum(times < found.failure_time[0]))
    assert 0 < done < 101
    assert observed[:done, 0] == pytest.approx(np.cos(10.0 * times[:done]), abs=1e-2)
    assert np.all(np.isnan(observed[done:])) and np.all(np.isnan(found.final))


@both_solvers
def test_negative_amounts_are_reported_not_clipped(build, solver):
    kernel = _watched(build({"x": 1.0}, {"k": 1.0}, {"m": "x -> ; k"}))
    times = [0.0, 0.5, 1.5, 2.0]
    observed, found = _run(kernel, times, solver=solver)
    assert found.result[0] == ResultCode.negative
    assert 1.0 - 1e-5 <= found.failure_time[0] <= 1.5
    assert observed[:2, 0] == pytest.approx([1.0, 0.5])
    assert np.all(np.isnan(observed[2:])) and np.all(np.isnan(found.final))
    observed, found = _run(kernel, times, allow_negative=True, solver=solver)
    assert found.result[0] == ResultCode.ok
    assert observed[:, 0] == pytest.approx([1.0, 0.5, -0.5, -1.0], abs=1e-5)
    assert found.minimum[0] == pytest.approx(-1.0, abs=1e-5)


@both_solvers
@pytest.mark.parametrize("names", [("x", "y"), ("y", "x")])
def test_a_species_known_by_a_total_is_judged_like_any_other(build, solver, names):
    # Whichever of the two is computed from the total, x is used up at 1 min.
    start = {"x": 1.0, "y": 5.0}
    kernel = _watched(build({name: start[name] for name in names}, {"k": 1.0}, {"m": "x -> y; k"}))
    observed, found = _run(kernel, [0.0, 0.5, 1.5, 2.0], solver=solver)
    assert found.result[0] == ResultCode.negative
    assert 1.0 - 1e-5 <= found.failure_time[0] <= 1.5
    x, y = observed[:, names.index("x")], observed[:, names.index("y")]
    assert x[:2] == pytest.approx([1.0, 0.5]) and y[:2] == pytest.approx([5.0, 5.5])
    assert np.all(np.isnan(observed[2:])) and np.all(np.isnan(found.final))
    _, found = _run(kernel, [0.0, 3.0], allow_negative=True, solver=solver)
    assert found.minimum[0] == pytest.approx(-2.0) and found.final[0, names.index("y")] == pytest.approx(8.0)


@both_solvers
def test_a_species_that_nothing_changes_keeps_its_value_until_a_restart(build, solver):
    kernel = _watched(build({"c": 0.1, "x": 0.3}, {"k": 1.0}, {"m": "-> x; k*c"}))
    observed, found = _run(kernel, [0.0, 1.0, 2.0, 3.0], [_restart(kernel, 2.0, c=0.7)], solver=solver)
    assert observed[:, 0].tolist() == [0.1, 0.1, 0.7, 0.7] and found.final[0, 0] == 0.7
    assert observed[:, 1] == pytest.approx([0.3, 0.4, 0.5, 1.2], rel=1e-5)


@both_solvers
def test_an_empty_form_of_a_protein_starts_empty(build, solver):
    # 0.1 + 0.2 is not 0.3 in binary; what starts at 0 must be seen at 0 nevertheless, not at 1e-17.
    network = build(
        {"none": 0.0, "a": 0.1, "b": 0.2},
        {"k": 0.0},
        {"m": "a -> b; 0.1*a - 0.3*b", "n": "b -> none; k*b"},
    )
    observed, found = _run(_watched(network), [0.0, 5.0, 50.0], solver=solver)
    assert observed[:, 0].tolist() == [0.0, 0.0, 0.0]
    assert observed[0, 1:] == pytest.approx([0.1, 0.2], rel=1e-15)
    assert observed[-1, 1:] == pytest.approx([0.225, 0.075], rel=1e-4)
    assert found.result[0] == ResultCode.ok


@both_solvers
def test_a_negative_start_is_refused_at_the_start(build, solver):
    kernel = _decay(build)
    found = integrate(kernel, kernel.values[None], np.array([[-1.0]]), None, np.arange(3.0), solver=solver)
    assert found.result[0] == ResultCode.negative and found.failure_time[0] == 0.0
    assert np.all(np.isnan(found.observables)) and np.all(np.isnan(found.final))


@both_solvers
def test_an_observable_may_be_undefined_in_a_row_that_is_ok(build, solver):
    kernel = compile_kernel(
        build({"x": 0.0, "y": 0.0}, {"k": 1.0}, {"m": "x -> y; k*x"}),
        {"share": ("/", ("id", "y"), ("+", ("id", "x"), ("id", "y"))), "x": ("id", "x")},
    )
    observed, found = _run(kernel, [0.0, 1.0, 2.0], [_restart(kernel, 2.0, x=3.0, y=1.0)], solver=solver)
    assert np.isnan(observed[:2, 0]).all() and observed[2].tolist() == [0.25, 3.0]
    assert found.result[0] == ResultCode.ok


@both_solvers
def test_solver_does_not_chatter(build, capfd, recwarn, solver):
    kernel = _watched(build({"x": 1.0}, {"k": 1.0}, {"m": "-> x; k*x^2"}))
    _run(kernel, [0.0, 2.0], solver=solver)
    assert capfd.readouterr() == ("", "")
    assert len(recwarn) == 0


@both_solvers
def test_cut_holds_the_modifier_at_its_course(build, solver):
    network = build(
        {"a": 1.0, "b": 1.0, "c": 1.0},
        {"drug": 0.0, "k": 0.1},
        {
            "a_makes_b": "-> b; k*a", "b_lost": "b -> ; k*b", "b_makes_c": "-> c; k*b/(1 + drug)",
            "c_lost": "c -> ; k*c", "c_represses_a": "-> a; 2*k/(1 + c)", "a_lost": "a -> ; k*a",
        },
    )  # fmt: skip
    times = np.linspace(0.0, 200.0, 201)
    live = _watched(network)
    untreated, _ = _run(live, times, solver=solver, **TIGHT)
    assert untreated[-1] == pytest.approx([1.0, 1.0, 1.0], rel=1e-6)
    cut = _watched(network, cuts=frozenset({"c_represses_a"}), varying_parameters=frozenset({"drug"}))
    assert cut.inputs == ("c",)
    course = Course(times, untreated[None, :, [2]])
    treated, _ = _run(live, times, [_restart(live, 50.0, drug=1.0)], solver=solver)
    opened, _ = _run(cut, times, [_restart(cut, 50.0, drug=1.0)], inputs=course, solver=solver)
    assert treated[-1, 0] > 1.1
    # With the loop open the drug halves c, and a no longer notices.
    assert opened[-1] == pytest.approx([1.0, 1.0, 0.5], rel=1e-4)


@both_solvers
def test_inputs_are_linear_between_points_and_held_outside(build, solver):
    network = build({"x": 0.0, "m": 0.0}, {}, {"make": "-> x; m"})
    kernel = _watched(network, cuts=frozenset({"make"}))
    course = Course(np.array([1.0, 3.0]), np.array([[[1.0], [5.0]]]))
    observed, _ = _run(kernel, [0.0, 1.0, 2.0, 3.0, 4.0], inputs=course, solver=solver)
    assert observed[:, 0] == pytest.approx([0.0, 1.0, 3.0, 7.0, 12.0], abs=1e-4)


@both_solvers
def test_a_short_pulse_of_an_input_is_not_stepped_over(build, solver):
    network = build({"x": 0.0, "m": 0.0}, {"k": 1e-3}, {"make": "-> x; m", "lose": "x -> ; k*x"})
    kernel = _watched(network, cuts=frozenset({"make"}))
    points = np.arange(0.0, 1001.0)
    pulse = np.zeros((1, len(points), 1))
    pulse[0, 700] = 1.0
    # The triangle holds 1; what is left of it decays from its middle on.
    observed, _ = _run(kernel, [0.0, 1000.0], inputs=Course(points, pulse), solver=solver)
    assert observed[-1, 0] == pytest.approx(np.exp(-0.3), rel=1e-3)


def test_misfits_are_refused(build):
    kernel = _decay(build)
    parameters, initial = np.tile(kernel.values, (2, 1)), np.tile(kernel.initial, (2, 1))
    times = np.array([0.0, 1.0])
    with pytest.raises(InputError, match="N113 parameters have shape"):
        integrate(kernel, np.zeros((2, 3)), initial, None, times)
    with pytest.raises(InputError, match="N113 initial has shape"):
        integrate(kernel, parameters, initial[:1], None, times)
    with pytest.raises(InputError, match="the schedule has 1 rows, not 2"):
        integrate(kernel, parameters, initial, make_schedule(1), times)
    with pytest.raises(InputError, match="before the start"):
        _run(kernel, times, [_restart(kernel, -0.5, x=1.0)])
    for wrong in ([1.0, 0.0], [0.0, np.nan], [0.0, np.inf]):
        with pytest.raises(InputError, match="do not rise"):
            _run(kernel, wrong)
    for wrong in ([0.5, 0.5], [0.7, 0.5], [np.nan]):
        with pytest.raises(InputError, match="restarts of a row are not finite or do not rise"):
            _run(kernel, times, [_restart(kernel, time, x=1.0) for time in wrong])
    for target in (-1, 2):
        with pytest.raises(InputError, match="no species or parameter"):
            _run(kernel, times, [Restart(0.5, np.array([target], np.int32), np.ones((1, 1)))])


def test_misfit_inputs_are_refused(build):
    cut = _watched(build({"x": 1.0, "m": 1.0}, {}, {"z": "x -> ; m*x"}), cuts=frozenset({"z"}))
    times = np.array([0.0, 1.0])
    with pytest.raises(InputError, match=r"has inputs \(m\)"):
        _run(cut, times)
    for shape in ((1, 2, 2), (2, 2, 1), (1, 3, 1)):
        with pytest.raises(InputError, match="course of the inputs has shape"):
            _run(cut, times, inputs=Course(times, np.zeros(shape)))
    with pytest.raises(InputError, match="times of the inputs do not rise"):
        _run(cut, times, inputs=Course(times[::-1], np.zeros((1, 2, 1))))


@both_solvers
def test_arguments_are_left_as_they_are(build, solver):
    kernel = _decay(build)
    parameters, initial, times = np.array([[0.1], [0.2]]), np.array([[1.0], [2.0]]), np.arange(4.0)
    restart = Restart(1.5, np.array([0, 1], np.int32), np.array([[5.0, 0.3], [6.0, 0.4]]))
    given = (parameters, initial, times, restart.values)
    before = [array.copy() for array in given]
    found = integrate(kernel, parameters, initial, make_schedule(2, [restart]), times, solver=solver)
    again = integrate(kernel, parameters, initial, make_schedule(2, [restart]), times, solver=solver)
    assert all(np.array_equal(array, copy) for array, copy in zip(given, before, strict=True))
    assert np.array_equal(found.observables, again.observables)


@both_solvers
def test_arrays_of_any_type_and_order_are_taken(build, solver):
    kernel = _watched(build({"x": 3.0, "y": 1.0}, {"k": 1.0, "l": 2.0}, {"m": "x -> y; k*x/(l + x)"}))
    plain = integrate(
        kernel, np.array([[1.0, 2.0], [2.0, 3.0]]), np.array([[3.0, 1.0], [4.0, 2.0]]), None, np.arange(3.0),
        solver=solver,
    )  # fmt: skip
    other = integrate(
        kernel, np.array([[1, 2], [2, 3]], order="F"), np.array([[3, 4], [1, 2]]).T, None, np.arange(3),
        solver=solver,
    )  # fmt: skip
    assert np.array_equal(plain.observables, other.observables)


@both_solvers
def test_rows_may_run_in_other_processes(build, solver):
    kernel = _decay(build)
    schedule = make_schedule(1, [_restart(kernel, 1.0, x=3.0)])
    arguments = (kernel, kernel.values[None], kernel.initial[None], schedule, np.arange(3.0))
    copies = pickle.loads(pickle.dumps(arguments))
    found = pickle.loads(pickle.dumps(integrate(*copies, solver=solver)))
    assert np.array_equal(found.observables, integrate(*arguments, solver=solver).observables)
