"""The batch engine: a row has the same bits in any company, outputs move nothing, failures stay at home."""

from __future__ import annotations

import _thread
import signal
import threading
from dataclasses import fields
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.engine.batch import Course
from rheostat.engine.compile import compile_kernel
from rheostat.engine.integrate import integrate
from rheostat.engine.kernel import Kernel
from rheostat.engine.lane_state import COUNTERS, ROWS_DONE, STOP
from rheostat.engine.program import program_of
from rheostat.engine.rosenbrock import run_threads
from rheostat.engine.rosenbrock_loops import run_rows
from rheostat.engine.schedule import Restart, Schedule, make_schedule, stack
from rheostat.engine.trajectory import ResultCode, Trajectory

ROWS = 60
# A nonlinear network that uses the vector forms of most operations, time and, in its cut form, an input.
START = {"a": 5.0, "b": 3.0, "ab": 0.0, "p": 0.1, "q": 0.2, "signal": 1.0}
PARAMETERS = {"on": 0.3, "off": 0.2, "k": 0.1, "n": 2.5, "jump": 0.0, "dose": 0.0}
REACTIONS = {
    "bind": "a + b -> ab; on*a*b - off*ab",
    "make": "-> p; k*ab^n/(1.5 + ab^n) + dose",
    "lose": "p -> ; k*p*exp(-q/(1 + q))",
    "swap": "p -> q; k*p*signal/(1 + sqrt(q)) - 0.5*k*q*piecewise(1, q > 0.3, 0.5)",
    # Steps that straddle its beginning are refused again and again: the pivoted solve has its turn.
    "jump": "-> q; jump*(time > 17.3)",
}
ALL_FIELDS = [field.name for field in fields(Trajectory) if field.name != "times"]
TIMES = np.array([0.0, 0.7, 2.5, 2.5, 11.0, 20.0, 33.3, 40.0])


class Problem(NamedTuple):
    """A batch whose rows all differ."""

    kernel: Kernel
    parameters: np.ndarray
    initial: np.ndarray
    schedule: Schedule
    inputs: Course | None

    def run(self, chosen=None, times=TIMES, **options) -> Trajectory:
        rows = np.arange(len(self.parameters)) if chosen is None else np.asarray(chosen)
        inputs = None if self.inputs is None else Course(self.inputs.times, self.inputs.values[rows])
        return integrate(
            self.kernel, self.parameters[rows], self.initial[rows], self.schedule.rows(rows), times,
            inputs=inputs, step_budget=3000, **options,
        )  # fmt: skip


def _own_schedule(kernel, draw):
    """Up to four restarts of one row, some at times that are asked for, that set species and parameters."""
    count = draw.integers(0, 5)
    times = np.sort(draw.choice([*np.linspace(0.1, 39.7, 40), *TIMES], count, replace=False))
    restarts = []
    for time in np.unique(times):
        targets = draw.choice(kernel.first_input, draw.integers(0, 3), replace=False).astype(np.int32)
        restarts.append(Restart(float(time), targets, draw.uniform(0.1, 2.0, (1, len(targets)))))
    return make_schedule(1, restarts)


@pytest.fixture(scope="module", params=["autonomous", "timed", "cut"])
def problem(request, build_network):
    """Sixty rows with parameters, states and schedules of their own; some of them fail."""
    draw = np.random.default_rng(20251125)
    reactions = dict(REACTIONS)
    if request.param == "autonomous":
        del reactions["jump"]
    network = build_network(START, PARAMETERS, reactions, {"ratio": "p/(q + p)"})
    cuts = frozenset({"make", "lose"}) if request.param == "cut" else frozenset()
    names = [*START, "ratio", "jump"]
    kernel = compile_kernel(network, {name: ("id", name) for name in names}, cuts)
    parameters = kernel.values * draw.lognormal(0.0, 0.5, (ROWS, len(kernel.values)))
    parameters[:, 4] = np.where(draw.random(ROWS) < 0.3, 1e6, 0.0)
    initial = kernel.initial * draw.lognormal(0.0, 0.3, (ROWS, len(START)))
    parameters[7, 0], initial[11, 2], parameters[13, 5] = np.nan, np.inf, -1.0
    schedule = stack([_own_schedule(kernel, draw) for _ in range(ROWS)])
    inputs = None
    if cuts:
        assert kernel.inputs == ("ab", "q")
        points = np.linspace(3.0, 35.0, 9)
        inputs = Course(points, draw.uniform(0.1, 2.0, (ROWS, len(points), len(kernel.inputs))))
    return Problem(kernel, parameters, initial, schedule, inputs)


@pytest.fixture(scope="module")
def whole(problem):
    """All rows in one thread."""
    found = problem.run(threads=1)
    assert np.sum(found.result == ResultCode.ok) > 40 and len(set(found.result.tolist())) >= 3
    if not program_of(problem.kernel).tables.autonomous:
        assert found.rejected.max() > 12
    return found


def _assert_same_bits(found: Trajectory, whole: Trajectory, rows) -> None:
    for name in ALL_FIELDS:
        one, other = getattr(found, name), getattr(whole, name)[rows]
        assert np.array_equal(one, other, equal_nan=True), name


@settings(max_examples=30, deadline=None)
@given(
    rows=st.one_of(
        st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=40),
        st.permutations(range(ROWS)),
    ),
    threads=st.integers(1, 3),
)
def test_a_row_has_the_same_bits_in_any_batch_order_and_number_of_threads(problem, whole, rows, threads):
    _assert_same_bits(problem.run(rows, threads=threads), whole, rows)


def test_a_row_has_the_same_bits_alone_and_after_other_runs(problem, whole):
    for row in range(ROWS):
        _assert_same_bits(problem.run([row]), whole, [row])
    _assert_same_bits(problem.run(), whole, slice(None))


@settings(max_examples=30, deadline=None)
@given(more=st.lists(st.floats(0.0, 40.0), max_size=30), thinned=st.sets(st.integers(1, len(TIMES) - 2)))
def test_the_output_grid_moves_nothing(problem, whole, more, thinned):
    for times in (np.sort([*TIMES, *more]), np.delete(TIMES, list(thinned))):
        found = problem.run(times=times)
        common = np.intersect1d(times, TIMES)
        here, there = np.searchsorted(times, common), np.searchsorted(TIMES, common)
        assert np.array_equal(found.observables[:, here], whole.observables[:, there], equal_nan=True)
        for name in ALL_FIELDS[1:]:
            assert np.array_equal(getattr(found, name), getattr(whole, name), equal_nan=True), name


def test_rows_that_fail_have_their_time_and_nothing_after_it(problem, whole):
    failed = whole.result != ResultCode.ok
    assert np.array_equal(np.isfinite(whole.failure_time), failed)
    assert np.array_equal(np.isnan(whole.final).all(axis=1), failed)
    assert np.all(np.isfinite(whole.final[~failed]))
    first = whole.observables[:, :, 0]
    late = TIMES >= np.where(failed, whole.failure_time, np.inf)[:, None]
    assert np.array_equal(np.isnan(first), late)


def test_rows_agree_with_the_reference(problem, whole):
    reference = problem.run(range(0, ROWS, 3), solver="lsoda", rtol=1e-8, atol=1e-9)
    mine = problem.run(range(0, ROWS, 3), rtol=1e-8, atol=1e-9)
    both = (reference.result == ResultCode.ok) & (mine.result == ResultCode.ok)
    assert both.sum() >= 12
    assert mine.observables[both] == pytest.approx(
        reference.observables[both], rel=1e-5, abs=1e-6, nan_ok=True
    )
    assert mine.final[both] == pytest.approx(reference.final[both], rel=1e-5, abs=1e-6)


# One row of each kind goes wrong in its own way. x' = grow x^2 - k x - drain + 1/hole + cos(w t).
POISON = {"k": 0.05, "grow": 0.0, "drain": 0.0, "hole": np.inf, "w": 0.0, "swing": 0.0}
KINDS = {
    "nan": ({"k": np.nan}, {ResultCode.not_finite}, 0.0),
    "blow_up": ({"k": 0.0, "grow": 0.25}, {ResultCode.not_finite, ResultCode.solver_error}, 2.0),
    "infinite_rate": ({"hole": 0.0}, {ResultCode.not_finite}, 0.0),
    "below_zero": ({"k": 0.0, "drain": 0.5}, {ResultCode.negative}, 4.0),
    "restless": ({"w": 1e5, "swing": 1.0}, {ResultCode.step_limit}, None),
}


@cache
def _poison_kernel(build):
    network = build(
        {"x": 2.0, "y": 1.0},
        POISON,
        {
            "grow": "-> x; grow*x^2", "lose": "x -> y; k*x", "drain": "x -> ; drain", "back": "y -> ; 0.1*y",
            "hole": "-> x; 1/hole", "swing": "-> x; swing*cos(w*time)",
        },
    )  # fmt: skip
    return compile_kernel(network, {"x": ("id", "x"), "y": ("id", "y")})


@pytest.mark.parametrize("kind", KINDS)
def test_a_poisoned_row_among_a_thousand_fails_alone(build_network, kind):
    kernel = _poison_kernel(build_network)
    changes, codes, failure_time = KINDS[kind]
    draw = np.random.default_rng(5)
    parameters, initial = np.tile(kernel.values, (1000, 1)), draw.uniform(0.5, 3.0, (1000, 2))
    parameters[:, 0] = draw.uniform(0.01, 3.0, 1000)
    initial[357] = [2.0, 1.0]
    times = np.linspace(0.0, 10.0, 21)
    healthy = integrate(kernel, parameters, initial, None, times, step_budget=5000)
    for name, value in changes.items():
        parameters[357, kernel.parameters.index(name)] = value
    found = integrate(kernel, parameters, initial, None, times, step_budget=5000)
    others = np.arange(1000) != 357
    assert np.all(healthy.result == ResultCode.ok)
    for name in ALL_FIELDS:
        one, other = getattr(found, name)[others], getattr(healthy, name)[others]
        assert np.array_equal(one, other, equal_nan=True), name
    assert found.result[357] in codes
    end = found.failure_time[357]
    if failure_time is not None:
        assert end == pytest.approx(failure_time, abs=1e-3)
    assert np.array_equal(np.isnan(found.observables[357, :, 0]), times >= end)
    assert np.all(np.isnan(found.final[357]))


def test_a_rate_that_becomes_infinite_fails_where_it_does(build):
    kernel = _poison_kernel(build)
    hole = np.array([kernel.first_parameter + kernel.parameters.index("hole")], np.int32)
    schedule = stack([make_schedule(1), make_schedule(1, [Restart(3.3, hole, np.zeros((1, 1)))])])
    parameters, initial = np.tile(kernel.values, (2, 1)), np.tile(kernel.initial, (2, 1))
    found = integrate(kernel, parameters, initial, schedule, np.arange(6.0))
    assert found.result.tolist() == [ResultCode.ok, ResultCode.not_finite]
    assert found.failure_time[1] == 3.3
    assert found.observables[1, :4] == pytest.approx(found.observables[0, :4], rel=1e-5)
    assert np.all(np.isnan(found.observables[1, 4:]))


def test_the_budget_of_steps_covers_all_segments(build):
    kernel = compile_kernel(build({"x": 10.0}, {"k": 0.1}, {"m": "x -> ; k*x"}), {"x": ("id", "x")})
    restarts = [
        Restart(0.01 * number, np.zeros(1, np.int32), np.full((1, 1), 5.0)) for number in range(1, 50)
    ]
    arguments = (
        kernel,
        kernel.values[None],
        kernel.initial[None],
        make_schedule(1, restarts),
        np.array([0.0, 1.0]),
    )
    found = integrate(*arguments, step_budget=20)
    assert found.result[0] == ResultCode.step_limit and found.steps[0] <= 20
    assert 0.0 < found.failure_time[0] < 0.5
    enough = integrate(*arguments)
    assert enough.result[0] == ResultCode.ok
    assert np.array_equal(integrate(*arguments, step_budget=int(enough.steps[0])).final, enough.final)


def test_two_rows_may_have_different_schedules(build):
    kernel = compile_kernel(build({"x": 0.0}, {"in": 0.0}, {"m": "-> x; in"}), {"x": ("id", "x")})
    x, rate = np.array([0], np.int32), np.array([1], np.int32)
    schedule = stack(
        [
            make_schedule(1, [Restart(1.25, x, np.array([[7.0]]))]),
            make_schedule(1, [Restart(0.5, rate, np.array([[2.0]])), Restart(2.5, rate, np.array([[0.0]]))]),
            make_schedule(1),
        ]
    )
    found = integrate(kernel, np.zeros((3, 1)), np.zeros((3, 1)), schedule, np.array([0.0, 1.0, 2.0, 3.0]))
    assert found.observables[..., 0] == pytest.approx(
        np.array([[0.0, 0.0, 7.0, 7.0], [0.0, 1.0, 3.0, 4.0], [0.0, 0.0, 0.0, 0.0]]), abs=1e-9
    )


def test_loops_are_compiled_once_for_all_models_and_arrays(build, problem):
    def read_only(array):
        array = array.copy()
        array.setflags(write=False)
        return array

    problem.run()
    before = len(run_rows.signatures)
    problem._replace(parameters=read_only(problem.parameters), initial=read_only(problem.initial)).run()
    frozen = Schedule(*(read_only(array) for array in vars(problem.schedule).values()))
    problem._replace(schedule=frozen).run(times=read_only(TIMES))
    if problem.inputs is not None:
        inputs = Course(read_only(problem.inputs.times), read_only(problem.inputs.values))
        problem._replace(inputs=inputs).run()
    for network in (
        build({}, {"k": 1.0}, {}),
        build({"x": 1.0}, {}, {}),
        build({"x": 1.0}, {}, {"m": "-> x; 1"}),
    ):
        kernel = compile_kernel(network, {})
        integrate(kernel, kernel.values[None], kernel.initial[None], None, np.arange(2))
    # Another compilation would cost everyone seconds.
    assert len(run_rows.signatures) == before == 1


def _endless(build, rows):
    """Arguments of a run that would take years: fast oscillators over a long time."""
    network = build({"x": 1.0, "v": 0.0}, {"w": 1e3}, {"one": "-> x; w*v", "two": "v -> ; w*x"})
    kernel = compile_kernel(network, {"x": ("id", "x")})
    return (
        kernel, np.tile(kernel.values, (rows, 1)), np.tile(kernel.initial, (rows, 1)), None,
        np.array([0.0, 1e12]),
    )  # fmt: skip


ENDLESS = {"allow_negative": True, "step_budget": 2**62}


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_progress_rises_to_the_number_of_rows(build, threads):
    kernel = compile_kernel(build({"x": 1.0}, {"k": 0.1}, {"m": "x -> ; k*x"}), {})
    seen = []
    integrate(
        kernel, np.tile(kernel.values, (200, 1)), np.ones((200, 1)), None, np.array([0.0, 10.0]),
        threads=threads, progress=lambda done, rows: seen.append((done, rows)),
    )  # fmt: skip
    done = [each for each, _ in seen]
    assert {rows for _, rows in seen} == {200}
    assert done == sorted(done) and done[-1] == 200 and min(done) >= 0


def _alive():
    # A thread that has just ended may still be listed for a moment.
    return {thread for thread in threading.enumerate() if thread.is_alive()}


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_in_progress_stops_all_threads_and_comes_out(build, threads, error):
    before = _alive()

    def progress(done, rows):
        assert (done, rows) == (0, 100)
        raise error("stop")

    with pytest.raises(error, match="stop"):
        integrate(*_endless(build, 100), threads=threads, progress=progress, **ENDLESS)
    assert _alive() <= before


def test_the_key_to_stop_is_heard_without_progress(build):
    before = _alive()
    # A shell that starts the tests in the background has Ctrl-C ignored.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    key = threading.Timer(0.3, _thread.interrupt_main)
    key.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            integrate(*_endless(build, 40), threads=2, **ENDLESS)
    finally:
        signal.signal(signal.SIGINT, heard)
    key.join()
    assert _alive() <= before


def test_an_error_in_one_thread_stops_the_others_and_comes_out():
    before = _alive()
    counters = np.zeros(COUNTERS, dtype=np.int64)
    first = threading.Lock()

    def work():
        if first.acquire(blocking=False):
            raise MemoryError("no room")
        while counters[STOP] == 0:
            pass

    seen = []
    with pytest.raises(MemoryError, match="no room"):
        run_threads(work, counters, 100, 3, lambda done, rows: seen.append(done))
    assert _alive() <= before
    assert counters[ROWS_DONE] == 0 and 100 not in seen
