"""Find the steady state that a system reaches by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rheostat.engine import continuation_loops as loops
from rheostat.engine.batch import Accuracy, Batch, Course, Progress
from rheostat.engine.continuation_loops import STEADY_CHANGE, TAU
from rheostat.engine.integrate import DEFAULT_STEP_BUDGET, Solver, lowest_allowed, owned
from rheostat.engine.kernel import Floats, Kernel
from rheostat.engine.lane import WIDTH
from rheostat.engine.lane_state import COUNTERS, make_lanes, make_work
from rheostat.engine.program import program_of
from rheostat.engine.rosenbrock import integrate_batch, run_threads
from rheostat.engine.schedule import make_schedule
from rheostat.engine.trajectory import ResultCode
from rheostat.vocabulary.error import InputError

__all__ = ["STAGES", "STEADY_CHANGE", "TAU", "Steady", "find_steady_state"]

# Ends of the stages, min; after each the state is brought to rest and must not move far by that.
STAGES = (1e5, 1e6)
# The way there is followed this roughly; the accuracy comes from the end.
_ROUGH_RTOL, _ROUGH_ATOL = 1e-2, 1e3
# How far the end may be from where the way led, as a share of each species.
_REACH = 2e-2


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
    """Steady states reached from the initial states: followed in time roughly, then continued to rest.

    Continuation alone would be faster still, but settles on states that are not stable too.

    Parameters
    ----------
    kernel : Kernel
        Without cuts.
    parameters : (batch, parameter)
    initial : (batch, species), kilocopy
    atol, step_budget, solver, threads, progress
        As for ``integrate``.
    rtol : float
        Of the reference solver; the batch engine always brings states to rest as far as rounding allows.

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
    parameters, initial = owned(parameters), owned(initial)
    accuracy = Accuracy(rtol, atol, step_budget, lowest_allowed(atol))
    if solver == "lsoda":
        from rheostat.engine import reference

        return Steady(*reference.steady_states(kernel, parameters, initial, accuracy, progress))
    return _Finder(kernel, parameters, accuracy, threads, progress).find(initial)


class _Finder:
    """Steady states found so far; rows without one have the code ``not_steady``."""

    def __init__(
        self,
        kernel: Kernel,
        parameters: Floats,
        accuracy: Accuracy,
        threads: int | None,
        progress: Progress | None,
    ) -> None:
        self.kernel, self.parameters = kernel, parameters
        self.accuracy, self.threads, self.progress = accuracy, threads, progress
        rows = len(parameters)
        self.found = Steady(
            np.full((rows, len(kernel.species)), np.nan),
            np.full(rows, ResultCode.not_steady, dtype=np.int8),
            np.full(rows, np.inf),
        )

    def find(self, initial: Floats) -> Steady:
        """Follow the rows in time, stage by stage until they are at rest."""
        rows, states, start = np.arange(len(initial)), initial, 0.0
        atol = _ROUGH_ATOL * self.accuracy.atol
        rough = Accuracy(_ROUGH_RTOL, atol, self.accuracy.step_budget, lowest_allowed(atol))
        for end in STAGES:
            if not len(rows):
                break
            course = Course(np.zeros(1), np.zeros((len(rows), 1, 0)))
            times = np.array([start, end])
            batch = Batch(self.parameters[rows], states, make_schedule(len(rows)), times, course)
            # The first stage does nearly all of the work.
            run = integrate_batch(
                self.kernel, batch, rough, self.threads, self.progress if start == 0.0 else None
            )
            failed = run.result != ResultCode.ok
            self.found.result[rows[failed]] = run.result[failed]
            rows, states, start = rows[~failed], run.final[~failed], end
            self._rest(rows, states, end)
            left = self.found.result[rows] == ResultCode.not_steady
            rows, states = rows[left], states[left]
        return self.found

    def _rest(self, rows: NDArray[np.int64], states: Floats, time: float) -> None:
        """Bring these rows to rest from these states, and keep those that end near them."""
        count = len(rows)
        if not count:
            return
        program = program_of(self.kernel)
        search = loops.Search(
            self.parameters[rows],
            np.ascontiguousarray(states[:, program.order]),
            time,
            self.accuracy.atol,
            self.accuracy.floor,
        )
        found = loops.Found(
            np.empty(states.shape), np.zeros(count, np.bool_), np.zeros(count), np.zeros(count, np.int64)
        )
        counters = np.zeros(COUNTERS, dtype=np.int64)

        def work() -> None:
            best = np.zeros((program.independent, WIDTH))
            loops.search_rows(
                program.tables, search, found, make_work(program), make_lanes(), best, counters
            )

        run_threads(work, counters, count, self.threads, None)
        species = np.empty(states.shape)
        species[:, program.order] = found.species
        near = np.abs(species - states) <= _REACH * np.abs(states) + 10.0 * _ROUGH_ATOL * self.accuracy.atol
        steady = found.is_steady & near.all(axis=1) & (species >= self.accuracy.floor).all(axis=1)
        self.found.species[rows[steady]] = species[steady]
        self.found.result[rows[steady]] = ResultCode.ok
        self.found.residual[rows] = found.residual
