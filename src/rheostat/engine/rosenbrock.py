"""The batch engine: rows spread over lanes and threads; see ``rosenbrock_loops``."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Thread

import numpy as np

from rheostat.engine import rosenbrock_loops as loops
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
    program = program_of(kernel)
    rows = len(batch.parameters)
    result = empty_trajectory(rows, batch.times, len(kernel.observables), len(kernel.species))
    if rows == 0 or len(batch.times) == 0:
        return result
    final = np.full((rows, len(kernel.species)), np.nan)
    job = _job(program, batch, accuracy)
    answer = loops.Answer(
        result.observables, final, result.result, result.failure_time, result.steps, result.rejected,
        result.minimum, result.drift,
    )  # fmt: skip
    counters = np.zeros(COUNTERS, dtype=np.int64)

    def work() -> None:
        loops.run_rows(program.tables, job, answer, make_work(program), make_lanes(), counters)

    run_threads(work, counters, rows, threads, progress)
    result.final[:, program.order] = final
    return result


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


def _job(program: Program, batch: Batch, accuracy: Accuracy) -> loops.Job:
    species = len(program.order)
    position = np.empty(species, dtype=np.int64)
    position[program.order] = np.arange(species)
    targets = batch.schedule.targets.astype(np.int64)
    is_species = targets < species
    targets[is_species] = position[targets[is_species]]
    return loops.Job(
        parameters=batch.parameters,
        initial=np.ascontiguousarray(batch.initial[:, program.order]),
        first=np.require(batch.schedule.first, np.int64, ["C", "W"]),
        restart_times=np.require(batch.schedule.times, np.float64, ["C", "W"]),
        first_write=np.require(batch.schedule.first_write, np.int64, ["C", "W"]),
        targets=targets,
        values=np.require(batch.schedule.values, np.float64, ["C", "W"]),
        times=batch.times,
        course_times=batch.course.times,
        course_values=batch.course.values,
        rtol=accuracy.rtol,
        atol=accuracy.atol,
        floor=accuracy.floor,
        longest_step=accuracy.longest_step,
        step_budget=accuracy.step_budget,
    )
