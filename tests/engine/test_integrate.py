"""Courses against closed forms and textbook values; restarts, cuts, failures, bits."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.special import lambertw

from rheostat.engine.compile import compile_kernel
from rheostat.engine.integrate import Course, Restart, integrate, integrate_rows
from rheostat.engine.trajectory import ResultCode, join
from rheostat.vocabulary.error import InputError

NONE = np.zeros(0, dtype=np.int64)


def _rows(kernel, batch=1):
    return np.tile(kernel.values, (batch, 1)), np.tile(kernel.initial, (batch, 1))


def _run(kernel, times, schedule=(), **options):
    return integrate(kernel, *_rows(kernel), schedule, np.asarray(times, dtype=float), **options)


def _restart(kernel, time, changes=None, species=None):
    parameters = kernel.values.copy()
    for name, value in (changes or {}).items():
        parameters[kernel.parameters.index(name)] = value
    indices = np.array([kernel.species.index(name) for name in (species or {})], dtype=np.int64)
    return Restart(time, parameters[None], indices, np.array([list((species or {}).values())]).reshape(1, -1))


def _decay(build):
    return compile_kernel(
        build({"x": 10.0}, {"k": 0.1}, {"m": "x -> ; k*x"}), {"twice": ("+", ("id", "x"), ("id", "x"))}
    )


def _binding(build):
    return compile_kernel(
        build(
            {"a": 10.0, "b": 7.0, "ab": 0.0}, {"on": 0.3, "off": 0.2}, {"m": "a + b -> ab; on*a*b - off*ab"}
        ),
        {},
    )


def test_decay_is_exponential(build):
    times = np.linspace(0.0, 60.0, 31)
    found = _run(_decay(build), times, rtol=1e-9, atol=1e-12)
    assert found.species[0, :, 0] == pytest.approx(10.0 * np.exp(-0.1 * times), rel=1e-7)
    assert np.array_equal(found.observables[..., 0], 2.0 * found.species[..., 0])
    assert found.result[0] == ResultCode.ok and np.isnan(found.failure_time[0])
    assert found.steps[0] > 0
    assert found.minimum[0] == found.species[0, -1, 0]


def test_reversible_binding_reaches_the_closed_form_and_conserves(build):
    found = _run(_binding(build), np.linspace(0.0, 50.0, 26), rtol=1e-9, atol=1e-12)
    a, b, ab = found.species[0].T
    # d(ab)/dt = on (ab - r1)(ab - r2): roots of the quadratic give the course.
    total, k_d = 17.0, 0.2 / 0.3
    root = np.sqrt((total + k_d) ** 2 - 4.0 * 70.0)
    low, high = ((total + k_d) - root) / 2.0, ((total + k_d) + root) / 2.0
    grown = np.exp(-0.3 * root * found.times)
    assert ab == pytest.approx(low * high * (1.0 - grown) / (high - low * grown), rel=1e-6, abs=1e-8)
    assert np.abs(a + ab - 10.0).max() < 1e-9
    assert np.abs(b + ab - 7.0).max() < 1e-9


def test_michaelis_menten_follows_the_lambert_w(build):
    kernel = compile_kernel(build({"s": 20.0}, {"vmax": 1.0, "km": 5.0}, {"m": "s -> ; vmax*s/(km + s)"}), {})
    times = np.linspace(0.0, 40.0, 21)
    expected = 5.0 * lambertw(4.0 * np.exp((20.0 - times) / 5.0)).real
    assert _run(kernel, times, rtol=1e-9, atol=1e-12).species[0, :, 0] == pytest.approx(expected, rel=1e-7)


def test_robertson_at_textbook_times(build):
    # Hairer & Wanner, Solving ODEs II, IV.10: stiff kinetics of Robertson (1966); values of CVODE's example
    # cvRoberts_dns, which agree with the published reference to the digits given.
    kernel = compile_kernel(
        build(
            {"a": 1.0, "b": 0.0, "c": 0.0},
            {"k1": 0.04, "k2": 3e7, "k3": 1e4},
            {"one": "a -> b; k1*a", "two": "2 b -> b + c; k2*b^2", "three": "b + c -> a + c; k3*b*c"},
        ),
        {},
    )
    found = _run(kernel, [0.0, 0.4, 40.0, 4e4], rtol=1e-8, atol=1e-13)
    assert found.species[0, 1] == pytest.approx([9.851721e-1, 3.386395e-5, 1.479402e-2], rel=1e-5)
    assert found.species[0, 2] == pytest.approx([7.158270e-1, 9.185535e-6, 2.841638e-1], rel=1e-5)
    assert found.species[0, 3] == pytest.approx([3.8983e-2, 1.6218e-7, 9.6102e-1], rel=1e-4)


def test_restart_between_grid_points_acts_at_its_time(build):
    kernel = _decay(build)
    schedule = (
        _restart(kernel, 0.0),
        _restart(kernel, 7.3, {"k": 0.5}),
        _restart(kernel, 11.1, species={"x": 4.0}),
    )
    found = _run(kernel, [0.0, 5.0, 10.0, 15.0], schedule, rtol=1e-10, atol=1e-12)
    assert found.species[0, :, 0] == pytest.approx(
        [10.0, 10.0 * np.exp(-0.5), 10.0 * np.exp(-0.73 - 0.5 * 2.7), 4.0 * np.exp(-0.39)], rel=1e-7
    )


def test_dose_pulse_into_a_system_at_rest_is_not_stepped_over(build):
    kernel = compile_kernel(
        build({"x": 0.0}, {"dose": 0.0, "k": 100.0}, {"in": "-> x; dose", "out": "x -> ; k*x"}),
        {"d": ("id", "dose")},
    )
    schedule = (
        _restart(kernel, 0.0),
        _restart(kernel, 1e4 + 0.125, {"dose": 50.0}),
        _restart(kernel, 1e4 + 0.375),
    )
    found = _run(kernel, [0.0, 1e4, 1e4 + 0.25, 1e4 + 0.375, 2e4], schedule)
    assert found.species[0, :, 0] == pytest.approx([0.0, 0.0, 0.5, 0.5, 0.0], abs=1e-4)
    # At the time of a restart the new parameters are observed.
    assert found.observables[0, :, 0].tolist() == [0.0, 0.0, 50.0, 0.0, 0.0]


def test_output_grid_does_not_influence_the_steps(build):
    kernel = _binding(build)
    fine, coarse = np.linspace(0.0, 50.0, 101), np.linspace(0.0, 50.0, 51)
    schedule = (_restart(kernel, 0.0), _restart(kernel, 20.2, {"off": 2.0}))
    one, other = _run(kernel, fine, schedule), _run(kernel, coarse, schedule)
    assert one.species[0, ::2] == pytest.approx(other.species[0], rel=1e-12)
    assert one.steps[0] == other.steps[0]


def test_repeated_and_empty_times(build):
    kernel = _decay(build)
    found = _run(kernel, [0.0, 5.0, 5.0, 6.0])
    assert found.species[0, 1] == found.species[0, 2]
    assert _run(kernel, []).species.shape == (1, 0, 1)


def test_poisoned_row_gets_its_code_and_leaves_the_others_alone(build):
    kernel = compile_kernel(
        build({"x": 1.0}, {"k": 0.1, "grow": 0.0}, {"out": "x -> ; k*x", "in": "-> x; grow*x^2"}),
        {"x": ("id", "x")},
    )
    parameters, initial = _rows(kernel, 4)
    parameters[:, 0] = [0.1, 0.0, np.nan, 0.3]
    parameters[1, 1] = 0.1  # x = 1/(1 - 0.1 t) blows up at t = 10
    times = np.linspace(0.0, 20.0, 21)
    found = integrate(kernel, parameters, initial, (), times)
    assert found.result[[0, 3]].tolist() == [ResultCode.ok, ResultCode.ok]
    assert found.result[1] in (ResultCode.not_finite, ResultCode.solver_error)
    assert found.failure_time[1] == pytest.approx(10.0, abs=1e-3)
    assert found.species[1, :10, 0] == pytest.approx(1.0 / (1.0 - 0.1 * times[:10]), rel=1e-3)
    assert np.all(np.isnan(found.species[1, 10:])) and np.all(np.isnan(found.observables[1, 10:]))
    assert found.result[2] == ResultCode.not_finite and found.failure_time[2] == 0.0
    for row in (0, 3):
        alone = integrate(kernel, parameters[[row]], initial[[row]], (), times)
        assert np.array_equal(alone.species[0], found.species[row])


def test_rows_cut_into_chunks_have_the_same_bits(build):
    kernel = _binding(build)
    parameters, initial = _rows(kernel, 5)
    parameters *= np.linspace(0.5, 2.0, 5)[:, None]
    times = np.linspace(0.0, 30.0, 7)
    restart = Restart(11.0, parameters * 2.0, np.array([1]), np.linspace(1.0, 5.0, 5)[:, None])
    schedule = (Restart(0.0, parameters, NONE, np.zeros((5, 0))), restart)
    whole = integrate(kernel, parameters, initial, schedule, times)
    parts = [
        integrate_rows(kernel, parameters, initial, schedule, times, rows)
        for rows in (slice(0, 2), slice(2, 5))
    ]
    assert np.array_equal(join(parts).species, whole.species)
    assert np.array_equal(join(parts).steps, whole.steps)


def test_step_budget_ends_a_row_and_keeps_what_was_done(build):
    kernel = compile_kernel(
        build({"x": 1.0, "v": 0.0}, {"w": 10.0}, {"one": "-> x; w*v", "two": "v -> ; w*x"}), {}
    )
    times = np.linspace(0.0, 100.0, 101)
    found = _run(kernel, times, step_budget=2000, allow_negative=True)
    assert found.result[0] == ResultCode.step_limit
    done = int(np.sum(times < found.failure_time[0]))
    assert 0 < done < 101
    assert found.species[0, :done, 0] == pytest.approx(np.cos(10.0 * times[:done]), abs=1e-2)
    assert np.all(np.isnan(found.species[0, done:]))


def test_negative_amounts_are_reported_not_clipped(build):
    kernel = compile_kernel(build({"x": 1.0}, {"k": 1.0}, {"m": "x -> ; k"}), {})
    found = _run(kernel, [0.0, 0.5, 1.5, 2.0])
    assert found.result[0] == ResultCode.negative
    assert found.failure_time[0] == 1.5
    assert found.minimum[0] == pytest.approx(-1.0)
    assert np.all(np.isnan(found.species[0, 2:]))
    assert _run(kernel, [0.0, 2.0], allow_negative=True).result[0] == ResultCode.ok


def test_solver_does_not_chatter(build, capfd, recwarn):
    kernel = compile_kernel(build({"x": 1.0}, {"k": 1.0}, {"m": "-> x; k*x^2"}), {})
    _run(kernel, [0.0, 2.0])
    assert capfd.readouterr() == ("", "")
    assert len(recwarn) == 0


def test_cut_holds_the_modifier_at_its_course(build):
    network = build(
        {"a": 1.0, "b": 1.0, "c": 1.0},
        {"drug": 0.0, "k": 0.1},
        {
            "a_makes_b": "-> b; k*a", "b_lost": "b -> ; k*b", "b_makes_c": "-> c; k*b/(1 + drug)",
            "c_lost": "c -> ; k*c", "c_represses_a": "-> a; 2*k/(1 + c)", "a_lost": "a -> ; k*a",
        },
    )  # fmt: skip
    times = np.linspace(0.0, 200.0, 201)
    live = compile_kernel(network, {})
    untreated = _run(live, times, rtol=1e-9, atol=1e-10)
    assert untreated.species[0, -1] == pytest.approx([1.0, 1.0, 1.0], rel=1e-6)
    cut = compile_kernel(network, {}, frozenset({"c_represses_a"}), varying_parameters=frozenset({"drug"}))
    assert cut.inputs == ("c",)
    course = Course(times, untreated.species[:, :, [2]])
    treated = _run(live, times, (_restart(live, 0.0), _restart(live, 50.0, {"drug": 1.0})))
    opened = _run(cut, times, (_restart(cut, 0.0), _restart(cut, 50.0, {"drug": 1.0})), inputs=course)
    assert treated.species[0, -1, 0] > 1.1
    # With the loop open the drug halves c, and a no longer notices.
    assert opened.species[0, -1] == pytest.approx([1.0, 1.0, 0.5], rel=1e-4)


def test_inputs_are_linear_between_points_and_held_outside(build):
    kernel = compile_kernel(build({"x": 0.0, "m": 0.0}, {}, {"make": "-> x; m"}), {}, frozenset({"make"}))
    course = Course(np.array([1.0, 3.0]), np.array([[[1.0], [5.0]]]))
    found = _run(kernel, [0.0, 1.0, 2.0, 3.0, 4.0], inputs=course)
    assert found.species[0, :, 0] == pytest.approx([0.0, 1.0, 3.0, 7.0, 12.0], abs=1e-4)


def test_misfits_are_refused(build):
    kernel = _decay(build)
    parameters, initial = _rows(kernel, 2)
    times = np.array([0.0, 1.0])
    with pytest.raises(InputError, match="N113 parameters have shape"):
        integrate(kernel, np.zeros((2, 3)), initial, (), times)
    with pytest.raises(InputError, match="N113 initial has shape"):
        integrate(kernel, parameters, initial[:1], (), times)
    with pytest.raises(InputError, match="before the start"):
        _run(kernel, times, (_restart(kernel, 0.5),))
    with pytest.raises(InputError, match="do not rise"):
        _run(kernel, [1.0, 0.0])
    cut = compile_kernel(build({"x": 1.0, "m": 1.0}, {}, {"z": "x -> ; m*x"}), {}, frozenset({"z"}))
    with pytest.raises(InputError, match=r"has inputs \(m\)"):
        _run(cut, times)


def test_rows_may_run_in_other_processes(build):
    kernel = _decay(build)
    arguments = pickle.loads(pickle.dumps((kernel, *_rows(kernel), (_restart(kernel, 0.0),), np.arange(3.0))))
    found = pickle.loads(pickle.dumps(integrate(*arguments)))
    assert np.array_equal(found.species, _run(kernel, np.arange(3.0), (_restart(kernel, 0.0),)).species)
