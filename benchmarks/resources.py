"""Threads, memory, steady states and start-up of our engine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.ours import run_engine
from benchmarks.problem import Problem
from rheostat.engine.compile import compile_kernel
from rheostat.engine.steady import find_steady_state

RTOL = 1e-5

# What a first run does: the shipped model, its steady state, 48 h after a dose. Imports included.
FIRST_RESULT = """
import numpy as np
from rheostat.atlas.load import load_atlas
from rheostat.engine.compile import compile_kernel
from rheostat.engine.integrate import integrate
from rheostat.engine.steady import find_steady_state
network = load_atlas().network
kernel = compile_kernel(network, {name: ("id", name) for name in network.species})
parameters, initial = kernel.values[None].copy(), kernel.initial[None].copy()
steady = find_steady_state(kernel, parameters, initial)
parameters[:, kernel.parameters.index("torin1")] = 250.0
found = integrate(kernel, parameters, steady.species, None, np.linspace(0.0, 2880.0, 51))
assert not found.result.any()
"""


def thread_speedup(problem: Problem, repeats: int) -> float:
    """Wall time of one thread over that of two, best of runs that take turns; NaN with one CPU."""
    if (os.cpu_count() or 1) < 2:
        return float("nan")
    taken: dict[int, list[float]] = {1: [], 2: []}
    for threads in taken:
        run_engine(problem.rows(slice(64)), RTOL, RTOL, threads)
    for _ in range(repeats):
        for threads, times in taken.items():
            start = time.perf_counter()
            run_engine(problem, RTOL, RTOL, threads)
            times.append(time.perf_counter() - start)
    # Unlike CPU time, wall time counts what other processes take.
    return min(taken[1]) / min(taken[2])


@dataclass(frozen=True)
class BatchCost:
    """CPU time a trajectory, and resident memory beyond arguments and results, of a batch."""

    rows: int
    milliseconds: float
    working_megabytes: float


def batch_costs(problem: Problem, counts: tuple[int, ...] = (256, 1024, 4096, 16384)) -> list[BatchCost]:
    """Costs of batches of rising size with one observable, so that the results are small."""
    name = problem.network.species[0]
    small = replace(problem, kernel=compile_kernel(problem.network, {name: ("id", name)}))
    run_engine(small.rows(slice(64)), RTOL, RTOL)
    costs = []
    for rows in counts:
        batch = small.tiled(rows)
        before = _resident_bytes()
        start = time.process_time()
        found = run_engine(batch, RTOL, RTOL)
        seconds = time.process_time() - start
        results = found.observables.nbytes + found.final.nbytes
        working = max(peak_bytes() - before - results, 0)
        costs.append(BatchCost(rows, 1e3 * seconds / rows, working / 1e6))
        del found, batch
    return costs


def _status_bytes(field: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(field):
            return 1024 * int(line.split()[1])
    raise ValueError(f"no {field} in /proc/self/status")


def _resident_bytes() -> int:
    # Also lets the peak start anew from here.
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    return _status_bytes("VmRSS")


def peak_bytes() -> int:
    """Most memory that this process has held so far."""
    return _status_bytes("VmHWM")


@dataclass(frozen=True)
class SteadyCost:
    """Microseconds a steady state, and the same by integrating to it."""

    microseconds: float
    integration_microseconds: float

    @property
    def share(self) -> float:
        """The first over the second."""
        return self.microseconds / self.integration_microseconds


def steady_cost(resting: Problem, repeats: int) -> SteadyCost:
    """Steady states of plausible draws, and integrations until nothing changes, in turns."""
    long = replace(resting, times=np.array([0.0, STEADY_MINUTES]))
    find_steady_state(resting.kernel, resting.parameters[:8], resting.initial[:8])
    steady, integration = [], []
    for _ in range(repeats):
        start = time.process_time()
        find_steady_state(resting.kernel, resting.parameters, resting.initial)
        steady.append(time.process_time() - start)
        start = time.process_time()
        run_engine(long, 1e-6, 1e-6)
        integration.append(time.process_time() - start)
    rows = len(resting.parameters)
    return SteadyCost(1e6 * median(steady) / rows, 1e6 * median(integration) / rows)


#: What is left of a start is below 1e-6 by then: the slowest pool of the slowest draws halves it in 5 days.
STEADY_MINUTES = 1.4e5


@dataclass(frozen=True)
class Start:
    """Seconds from calling Python to the first result: fresh machine, then the median of later runs."""

    cold_seconds: float
    warm_seconds: float
    python_seconds: float


def measure_start(repeats: int) -> Start:
    """Start-up in processes of their own with a cache of their own; ``python_seconds`` imports NumPy only."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"NUMBA_CACHE_DIR": f"{folder}/numba", "XDG_CACHE_HOME": folder}
        cold = _seconds(FIRST_RESULT, environment)
        warm = median(_seconds(FIRST_RESULT, environment) for _ in range(repeats))
        bare = median(_seconds("import numpy, numba", environment) for _ in range(repeats))
    return Start(cold, warm, bare)


def _seconds(code: str, environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    return time.perf_counter() - start
