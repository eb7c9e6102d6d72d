"""Our engine behind the same calls as the peers."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

import rheostat
from benchmarks.problem import Floats, Problem, species_kernel
from benchmarks.solver import Run
from rheostat.engine.integrate import integrate
from rheostat.engine.trajectory import ResultCode, Trajectory
from rheostat.network.sbml import read_network


def run_engine(problem: Problem, rtol: float, atol: float, threads: int = 1) -> Trajectory:
    """All rows of a problem with our engine."""
    return integrate(
        problem.kernel, problem.parameters, problem.initial, None, problem.times, rtol=rtol, atol=atol,
        threads=threads,
    )  # fmt: skip


class Rheostat:
    """Our engine on the rows of a problem, repeated so that the last lanes to finish do not count much."""

    name = "rheostat"
    configuration = "Rodas5P, 8 rows side by side, sparse LU, exact Jacobian"
    atol_share = 1.0
    tolerances: tuple[float, ...] = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)

    def __init__(self, problem: Problem, batch: int) -> None:
        self.version = rheostat.__version__
        self.problem = problem.tiled(batch)
        few = self.problem.rows(slice(8))
        # Loads the compiled loops, which know no model; what a model costs comes after.
        run_engine(few, 1e-3, 1e-3)
        start = time.perf_counter()
        network = read_network(problem.network.sbml)
        run_engine(replace(few, kernel=species_kernel(network)), 1e-3, 1e-3)
        self.load_seconds = time.perf_counter() - start
        # The rows have a kernel of their own; like the peers' models it is ready before the first run.
        run_engine(problem, 1e-1, 1e-1)
        self.steps: dict[float, float] = {}

    def run(self, rtol: float, atol: float, rows: int | None = None) -> Run:
        """Integrate the first rows (all by default)."""
        problem = self.problem.rows(slice(rows))
        start = time.process_time()
        found = run_engine(problem, rtol, atol)
        seconds = time.process_time() - start
        self.steps[rtol] = float(np.mean(found.steps))
        states: Floats = np.where((found.result == ResultCode.ok)[:, None, None], found.observables, np.nan)
        return Run(states, seconds)

    def seconds_without_output(self, rtol: float, atol: float) -> float:
        """CPU time of all rows with the state at the end only."""
        problem = replace(self.problem, times=self.problem.times[[0, -1]])
        start = time.process_time()
        run_engine(problem, rtol, atol)
        return time.process_time() - start
