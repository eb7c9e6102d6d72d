"""Run a plan in pieces that fit into memory; the numbers do not depend on how it is cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rheostat.engine.batch import Progress
from rheostat.studies.course import Part, Runner, output_grid, rows_a_draw
from rheostat.studies.plan import Plan

#: Rows of tasks that go through the engine together. A thousand lanes' worth are enough to keep every thread
#: busy to the end, while parameters and states of more rows (about 5 kB each) would only fill memory.
PIECE_ROWS: Final = 20_000
#: Numbers that the courses of a piece may hold, 160 MB: a fine grid of many readouts needs shorter pieces.
PIECE_VALUES: Final = 20_000_000


@dataclass(frozen=True, eq=False)
class Piece:
    """Some arms of a plan, as a plan of their own, for some of the draws."""

    plan: Plan
    arms: slice
    draws: slice

    @property
    def rows(self) -> int:
        """Rows that the engine integrates at most."""
        draws: int = self.draws.stop - self.draws.start
        return rows_a_draw(self.plan) * draws


def run_plan(
    plan: Plan,
    values: NDArray[np.float64],
    threads: int | None = None,
    progress: Progress | None = None,
) -> Part:
    """Readouts of all draws, shape of ``values`` (draw, id).

    Parameters
    ----------
    plan : Plan
    values : (draw, id)
    threads : int, optional
        Of the engine; default: one a CPU.
    progress : callable, optional
        Called with rows done and rows in all, a row being one draw of one arm.
    """
    shape = (len(plan.arms), len(values), len(plan.times_min), len(plan.readouts))
    whole = Part(np.empty(shape), np.empty(shape), np.empty(shape[:2], dtype=np.int8))
    pieces = list(cut_plan(plan, len(values)))
    report = _Report(progress, shape[0] * shape[1], sum(piece.rows for piece in pieces))
    for piece in pieces:
        part = Runner(piece.plan, values[piece.draws], threads, report.show).run()
        place = piece.arms, piece.draws
        whole.value[place], whole.untreated[place], whole.result[place] = (
            part.value, part.untreated, part.result,
        )  # fmt: skip
        report.finish(piece.rows)
    return whole


class _Report:
    """Tells how much is done, with the engine's rows as a share of the rows that the caller counts."""

    def __init__(self, progress: Progress | None, total: int, work: int) -> None:
        self.progress, self.total, self.work = progress, total, work
        self.finished = 0

    def show(self, done: int) -> None:
        """Rows of the engine done in the present piece."""
        if self.progress is not None:
            self.progress(self.total * (self.finished + done) // max(self.work, 1), self.total)

    def finish(self, rows: int) -> None:
        """A piece is done, with the rows that failed on the way and were left out."""
        self.finished += rows
        self.show(0)


def cut_plan(plan: Plan, draws: int) -> Iterator[Piece]:
    """Pieces of a plan, all of its arms and draws once."""
    width = len(output_grid(plan, [], dense=plan.dense)) * max(1, len(plan.names))
    most = max(1, min(PIECE_ROWS, PIECE_VALUES // width))
    for arms in _arm_slices(plan, most):
        part = _plan_of(plan, arms)
        # As many draws as fit, and the pieces about equal.
        number = -(-draws // max(1, most // len(part.tasks)))
        size = -(-draws // max(1, number))
        for start in range(0, draws, size):
            yield Piece(part, arms, slice(start, min(start + size, draws)))


def _arm_slices(plan: Plan, most: int) -> Iterator[slice]:
    """Runs of arms that need at most so many tasks (or one arm)."""
    start, tasks = 0, set[int]()
    for index, arm in enumerate(plan.arms):
        needed = {arm.own, arm.untreated, arm.inhibition_base}
        if index > start and len(tasks | needed) > most:
            yield slice(start, index)
            start, tasks = index, set()
        tasks |= needed
    yield slice(start, len(plan.arms))


def _plan_of(plan: Plan, arms: slice) -> Plan:
    """The same plan with these arms and the tasks that they need."""
    chosen = plan.arms[arms]
    kept = sorted({task for arm in chosen for task in (arm.own, arm.untreated, arm.inhibition_base)})
    place = {task: index for index, task in enumerate(kept)}
    return replace(
        plan,
        tasks=tuple(plan.tasks[task] for task in kept),
        arms=tuple(
            replace(
                arm,
                own=place[arm.own],
                untreated=place[arm.untreated],
                inhibition_base=place[arm.inhibition_base],
            )
            for arm in chosen
        ),
    )
