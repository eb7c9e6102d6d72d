"""The batch engine: rows spread over lanes and threads; see ``rosenbrock_loops``."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from threading import Thread

import numpy as np

from rheostat.engine import rosenbrock_loops as loops
from rheostat.engine.absence import Group, group_rows
from rheostat.engine.batch import Accuracy, Batch, Progress
from rheostat.engine.kernel import Kernel
from rheostat.engine.lane import WIDTH
from rheostat.engine.lane_state import COUNTERS, ROWS_DONE, STOP, Integers, make_lanes, make_work
from rheostat.engine.program import Program, program_of
from rheostat.engine.trajectory import Trajectory, empty_trajectory

# How often progress is reported and a key to stop is looked for, s.
_PAUSE = 0.05
# Fewer rows than this a thread would leave most of its lanes idle.
_LEAST_ROWS = 2 * WIDTH


def integrate_batch(
    kernel: Kernel,
    batch: Batch,
    accuracy: Accuracy,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Trajectory:
    """Trajectory of all rows; the arguments are those of ``integrate``."""
    rows = len(batch.parameters)
    result = empty_trajectory(rows, batch.times, len(kernel.observables), len(kernel.species))
    if rows == 0 or len(batch.times) == 0:
        return result
    answer = loops.Answer(
        result.observables, result.final, result.result, result.failure_time, result.steps, result.rejected,
        result.minimum, result.drift,
    )  # fmt: skip
    done = 0
    for group in group_rows(kernel, batch.initial, batch.schedule):
        report = None if progress is None else partial(_add_progress, progress, done, rows)
        _integrate_group(kernel, batch, group, accuracy, answer, threads, report)
        done += len(group.rows)
    return result


def _add_progress(progress: Progress, before: int, rows: int, done: int, _: int) -> None:
    progress(before + done, rows)


def _integrate_group(
    kernel: Kernel,
    batch: Batch,
    group: Group,
    accuracy: Accuracy,
    answer: loops.Answer,
    threads: int | None,
    progress: Progress | None,
) -> None:
    program = program_of(group.kernel)
    job = _job(kernel, program, group, batch, accuracy)
    counters = np.zeros(COUNTERS, dtype=np.int64)

    def work() -> None:
        loops.run_rows(program.tables, job, answer, make_work(program), make_lanes(), counters)

    run_threads(work, counters, len(group.rows), threads, progress)


def run_threads(
    work: Callable[[], None],
    counters: Integers,
    rows: int,
    threads: int | None,
    progress: Progress | None,
) -> None:
    """Run ``work`` in several threads until all rows are done; Ctrl-C and errors stop them all."""
    count = (os.cpu_count() or 1) if threads is None else max(1, threads)
    count = min(count, max(1, rows // _LEAST_ROWS))
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread below
            errors.append(error)
            counters[STOP] = 1

    workers = [Thread(target=guarded, daemon=True) for _ in range(count)]
    try:
        for worker in workers:
            worker.start()
        while any(worker.is_alive() for worker in workers):
            for worker in workers:
                worker.join(_PAUSE)
            if progress is not None:
                progress(int(counters[ROWS_DONE]), rows)
        if progress is not None and not errors:
            progress(rows, rows)
    finally:
        counters[STOP] = 1
        for worker in workers:
            worker.join()
    if errors:
        raise errors[0]


def _job(kernel: Kernel, program: Program, group: Group, batch: Batch, accuracy: Accuracy) -> loops.Job:
    order = group.present[program.order]
    place = np.empty(kernel.first_input, dtype=np.int64)
    place[order] = np.arange(len(order))
    place[kernel.first_parameter :] = np.arange(len(kernel.parameters)) + group.kernel.first_parameter
    schedule = batch.schedule
    return loops.Job(
        rows=group.rows,
        order=order,
        absent=np.setdiff1d(np.arange(len(kernel.species)), order),
        place=place,
        parameters=batch.parameters,
        initial=batch.initial,
        first=np.require(schedule.first, np.int64, ["C", "W"]),
        restart_times=np.require(schedule.times, np.float64, ["C", "W"]),
        first_write=np.require(schedule.first_write, np.int64, ["C", "W"]),
        targets=np.require(schedule.targets, np.int32, ["C", "W"]),
        values=np.require(schedule.values, np.float64, ["C", "W"]),
        times=batch.times,
        course_times=batch.course.times,
        course_values=batch.course.values,
        rtol=accuracy.rtol,
        atol=accuracy.atol,
        floor=accuracy.floor,
        longest_step=accuracy.longest_step,
        step_budget=accuracy.step_budget,
    )
