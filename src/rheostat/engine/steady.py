"""Find the steady state that a system reaches by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rheostat.engine import continuation_loops as loops
from rheostat.engine.batch import Accuracy, Batch, Course, Progress
from rheostat.engine.continuation_loops import FIRST_STEP, STEADY_CHANGE, TAU
from rheostat.engine.integrate import DEFAULT_STEP_BUDGET, Solver, lowest_allowed
from rheostat.engine.kernel import Floats, Kernel
from rheostat.engine.lane import WIDTH
from rheostat.engine.program import Program, program_of
from rheostat.engine.rosenbrock import idle_lanes, integrate_batch, run_threads, workspace
from rheostat.engine.rosenbrock_loops import COUNTERS
from rheostat.engine.schedule import make_schedule
from rheostat.engine.trajectory import ResultCode
from rheostat.vocabulary.error import InputError

__all__ = ["STAGES", "STEADY_CHANGE", "TAU", "Steady", "find_steady_state"]

# Ends of the stages in which a row is integrated that continuation does not bring to rest, min.
STAGES = (1e4, 1e5, 1e6)
# First pseudo-step from where an integration has led to, min.
_LATE_STEP = 1e3


@dataclass(frozen=True, eq=False)
class Steady:
    """Steady states of a batch.

    Parameters
    ----------
    species : (batch, species), kilocopy
        NaN in rows that are not ok.
    result : (batch,), ResultCode
    residual : (batch,)
        max |dy/dt| * 1000 min / (|y| + atol).
    """

    species: Floats
    result: NDArray[np.int8]
    residual: Floats


def find_steady_state(
    kernel: Kernel,
    parameters: Floats,
    initial: Floats,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-6,
    step_budget: int = DEFAULT_STEP_BUDGET,
    solver: Solver = "rosenbrock",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Steady:
    """Steady states reached from the initial states, by pseudo-transient continuation.

    A row that this does not bring to rest is integrated to 1e4, 1e5 and 1e6 min, and continued from there.

    Parameters
    ----------
    kernel : Kernel
        Without cuts.
    parameters : (batch, parameter)
    initial : (batch, species), kilocopy
    rtol, atol, step_budget, solver, threads, progress
        As for ``integrate``. The reference solver integrates every row.

    Raises
    ------
    InputError
        N114 the kernel has inputs.
    """
    if kernel.inputs:
        names = ", ".join(kernel.inputs)
        raise InputError.one(
            "N114", "steady state", f"the kernel is cut (inputs {names})", "use the kernel without cuts"
        )
    parameters = np.ascontiguousarray(parameters, dtype=np.float64)
    initial = np.ascontiguousarray(initial, dtype=np.float64)
    accuracy = Accuracy(rtol, atol, step_budget, lowest_allowed(atol))
    if solver == "lsoda":
        from rheostat.engine import reference

        return Steady(*reference.steady_states(kernel, parameters, initial, accuracy, progress))
    finder = _Finder(kernel, parameters, initial, accuracy, threads)
    if program_of(kernel).tables.autonomous:
        finder.continue_from(np.arange(len(parameters)), initial, FIRST_STEP, progress)
    finder.integrate_the_rest()
    return finder.found


class _Finder:
    """Steady states found so far; rows without one have the code ``not_steady``."""

    def __init__(
        self, kernel: Kernel, parameters: Floats, initial: Floats, accuracy: Accuracy, threads: int | None
    ) -> None:
        self.kernel, self.parameters, self.initial = kernel, parameters, initial
        self.accuracy, self.threads = accuracy, threads
        rows = len(parameters)
        self.found = Steady(
            np.full(initial.shape, np.nan),
            np.full(rows, ResultCode.not_steady, dtype=np.int8),
            np.full(rows, np.inf),
        )

    def continue_from(
        self, rows: NDArray[np.int64], states: Floats, first_step: float, progress: Progress | None = None
    ) -> None:
        """Continue these rows from these states."""
        program: Program = program_of(self.kernel)
        search = loops.Search(
            self.parameters[rows],
            np.ascontiguousarray(states[:, program.order]),
            self.accuracy.atol,
            self.accuracy.floor,
            first_step,
        )
        count = len(rows)
        found = loops.Found(
            np.empty(states.shape), np.zeros(count, np.bool_), np.zeros(count), np.zeros(count, np.int64)
        )
        if not count:
            return
        counters = np.zeros(COUNTERS, dtype=np.int64)

        def work() -> None:
            best = np.zeros((len(program.order), WIDTH))
            loops.search_rows(
                program.tables, search, found, workspace(program), idle_lanes(), best, counters
            )

        run_threads(work, counters, count, self.threads, progress)
        species = np.empty(states.shape)
        species[:, program.order] = found.species
        self.found.species[rows[found.is_steady]] = species[found.is_steady]
        self.found.result[rows[found.is_steady]] = ResultCode.ok
        self.found.residual[rows] = found.residual

    def integrate_the_rest(self) -> None:
        """Follow the rows that are not at rest in time, and continue them from where they come to."""
        rows = np.flatnonzero(self.found.result == ResultCode.not_steady)
        states, start = self.initial[rows], 0.0
        for end in STAGES:
            if not len(rows):
                return
            course = Course(np.zeros(1), np.zeros((len(rows), 1, 0)))
            times = np.array([start, end])
            batch = Batch(self.parameters[rows], states, make_schedule(len(rows)), times, course)
            run = integrate_batch(self.kernel, batch, self.accuracy, self.threads)
            failed = run.result != ResultCode.ok
            self.found.result[rows[failed]] = run.result[failed]
            rows, states, start = rows[~failed], run.final[~failed], end
            self.continue_from(rows, states, _LATE_STEP)
            left = self.found.result[rows] == ResultCode.not_steady
            rows, states = rows[left], states[left]
