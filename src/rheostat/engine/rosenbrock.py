"""The batch engine: rows spread over lanes and threads; see ``rosenbrock_loops``."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Thread

import numpy as np

from rheostat.engine import rosenbrock_loops as loops
from rheostat.engine.batch import Accuracy, Batch, Progress
from rheostat.engine.kernel import Floats, Kernel
from rheostat.engine.lane import WIDTH
from rheostat.engine.program import Program, program_of
from rheostat.engine.tableau import STAGES
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
    counters = np.zeros(loops.COUNTERS, dtype=np.int64)

    def work() -> None:
        loops.run_rows(program.tables, job, answer, workspace(program), idle_lanes(), counters)

    run_threads(work, counters, rows, threads, progress)
    result.final[:, program.order] = final
    return result


def run_threads(
    work: Callable[[], None], counters: loops.Integers, rows: int, threads: int | None, progress: Progress | None
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
            counters[loops.STOP] = 1

    workers = [Thread(target=guarded, daemon=True) for _ in range(count)]
    try:
        for worker in workers:
            worker.start()
        while any(worker.is_alive() for worker in workers):
            for worker in workers:
                worker.join(_PAUSE)
            if progress is not None:
                progress(int(counters[loops.ROWS_DONE]), rows)
        if progress is not None and not errors:
            progress(rows, rows)
    finally:
        counters[loops.STOP] = 1
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
        first=batch.schedule.first,
        restart_times=batch.schedule.times,
        first_write=batch.schedule.first_write,
        targets=targets,
        values=batch.schedule.values,
        times=batch.times,
        course_times=batch.course.times,
        course_values=batch.course.values,
        rtol=accuracy.rtol,
        atol=accuracy.atol,
        floor=accuracy.floor,
        longest_step=accuracy.longest_step,
        step_budget=accuracy.step_budget,
    )


def workspace(program: Program) -> loops.Work:
    """Memory of one thread; the registers hold the constants."""
    species, entries = len(program.order), len(program.tables.factors.column)
    registers = _lanes(program.register_count)
    registers[program.constant_registers] = program.constant_values[:, None]
    stages = _lanes(STAGES * species)
    totals = len(program.totals)
    return loops.Work(
        registers=registers,
        state=_lanes(species),
        new=_lanes(species),
        stages=stages.reshape(STAGES, species, WIDTH),
        flat_stages=stages,
        dense=_lanes(3 * species),
        matrix=_lanes(entries),
        inverse=_lanes(species),
        control=_lanes(loops.CONTROL_ROWS, 1.0),
        kept=_lanes(species),
        totals=_lanes(totals),
        sizes=_lanes(totals),
        # Pages of the pivoted matrices are touched only if a row needs them.
        pivoted=np.empty((WIDTH, species, species)),
        pivots=np.zeros((WIDTH, species)),
    )


def idle_lanes() -> loops.Lanes:
    """Lanes that have nothing to do yet."""
    status, row, event, output, due, rejections = (np.zeros(WIDTH, dtype=np.int64) for _ in range(6))
    time, begin, end = (np.zeros(WIDTH) for _ in range(3))
    return loops.Lanes(status, row, event, output, due, rejections, time, np.ones(WIDTH), begin, end)


def _lanes(rows: int, value: float = 0.0) -> Floats:
    """Array of lanes whose rows start at whole cache lines."""
    memory = np.empty(rows * WIDTH + WIDTH)
    first = (-memory.ctypes.data // memory.itemsize) % WIDTH
    array = memory[first : first + rows * WIDTH].reshape(rows, WIDTH)
    array[:] = value
    return array
