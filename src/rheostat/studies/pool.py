"""Spread the draws of a plan over worker processes; the numbers do not depend on how many there are."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing.context import BaseContext
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rheostat.studies.course import Part, run_part
from rheostat.studies.plan import Plan

#: Below this number of rows starting workers costs more than it saves.
FEW_ROWS: Final = 200
_LARGEST_PART: Final = 8
_PARTS_PER_WORKER: Final = 4

_plan: Plan | None = None


def run_plan(
    plan: Plan,
    values: NDArray[np.float64],
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Part:
    """Readouts of all draws, shape of ``values`` (draw, id).

    Parameters
    ----------
    plan : Plan
    values : (draw, id)
    workers : int, optional
        Default: one a CPU; 1 = in this process.
    progress : callable, optional
        Called with rows done and rows in all.
    """
    draws = len(values)
    rows = draws * len(plan.arms)
    workers = (os.cpu_count() or 1) if workers is None else max(1, workers)
    if rows < FEW_ROWS:
        workers = 1
    size = max(1, min(_LARGEST_PART, -(-draws // (_PARTS_PER_WORKER * workers))))
    pieces = [values[start : start + size] for start in range(0, draws, size)]
    report = _Report(progress, len(plan.arms), rows)
    if workers == 1 or len(pieces) == 1:
        parts = [report.count(run_part(plan, piece)) for piece in pieces]
    else:
        parts = _run_parallel(plan, pieces, workers, report)
    return Part(
        np.concatenate([part.value for part in parts], axis=1),
        np.concatenate([part.untreated for part in parts], axis=1),
        np.concatenate([part.result for part in parts], axis=1),
    )


class _Report:
    """Counts finished rows."""

    def __init__(self, progress: Callable[[int, int], None] | None, arms: int, total: int) -> None:
        self.progress, self.arms, self.total, self.done = progress, arms, total, 0

    def count(self, part: Part) -> Part:
        """The same part, reported."""
        self.done += self.arms * part.result.shape[1]
        if self.progress is not None:
            self.progress(self.done, self.total)
        return part


def _run_parallel(plan: Plan, pieces: list[NDArray[np.float64]], workers: int, report: _Report) -> list[Part]:
    count = min(workers, len(pieces))
    executor = ProcessPoolExecutor(count, mp_context=_context(), initializer=_receive, initargs=(plan,))
    try:
        with warnings.catch_warnings():
            # Python 3.12 warns of forking beside the idle threads of a linear-algebra library.
            warnings.simplefilter("ignore", DeprecationWarning)
            futures: list[Future[Part]] = [executor.submit(_run_piece, piece) for piece in pieces]
        for future in as_completed(futures):
            report.count(future.result())
        return [future.result() for future in futures]
    finally:
        executor.shutdown(cancel_futures=True)


def _context() -> BaseContext:
    # Forking keeps the compiled code and needs no `if __name__ == "__main__"` in a user's script.
    if sys.platform == "linux" and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


def _receive(plan: Plan) -> None:
    global _plan  # noqa: PLW0603 - the one thing a worker is told once and not with every piece
    _plan = plan


def _run_piece(values: NDArray[np.float64]) -> Part:
    if _plan is None:
        raise RuntimeError("worker without a plan")
    return run_part(_plan, values)
