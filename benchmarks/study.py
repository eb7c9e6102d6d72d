"""What a user waits for: a hundred thousand trajectories, and the demo with either integrator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from functools import partial
from unittest.mock import patch

import numpy as np

from benchmarks.ours import run_engine
from benchmarks.problem import dosed_problem
from benchmarks.resources import peak_bytes
from rheostat.atlas.load import load_atlas
from rheostat.engine.compile import compile_kernel
from rheostat.engine.integrate import Solver, integrate
from rheostat.engine.steady import find_steady_state
from rheostat.inference.plausible import plausible_draws
from rheostat.studies import course
from rheostat.studies.demo import showcase

TRAJECTORIES, OUTPUTS_H = 100_000, np.arange(0.0, 49.0, 6.0)
#: Draws of the demo, and so few that the reference integrator is done in a minute.
DEMO_DRAWS, FEW_DRAWS = 64, 1


@dataclass(frozen=True)
class Study:
    """Seconds and peak memory of the process for many trajectories; seconds of the demo's simulations.

    The demo is simulated with ``DEMO_DRAWS`` draws, and with ``FEW_DRAWS`` by either integrator.
    """

    trajectories: int
    readouts: int
    outputs: int
    seconds: float
    peak_gigabytes: float
    demo_seconds: float
    demo_few_seconds: float
    demo_reference_seconds: float


def measure_study() -> Study:
    """Each in a process of its own, so that its memory is its own."""
    many, demo, few, reference = (
        _ask(*what)
        for what in (
            ("many",),
            ("rosenbrock", str(DEMO_DRAWS)),
            ("rosenbrock", str(FEW_DRAWS)),
            ("lsoda", str(FEW_DRAWS)),
        )
    )
    return Study(
        **many, demo_seconds=demo["seconds"], demo_few_seconds=few["seconds"],
        demo_reference_seconds=reference["seconds"],
    )  # fmt: skip


def _ask(*what: str) -> dict[str, float]:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.study", *what], check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, float] = json.loads(run.stdout)
    return found


def many() -> dict[str, float]:
    """All readouts of the atlas for 48 h after a dose, at rtol 1e-6, on all CPUs."""
    atlas = load_atlas()
    problem = replace(
        dosed_problem(200), kernel=compile_kernel(atlas.network, atlas.formulas), times=OUTPUTS_H * 60.0
    )
    run_engine(problem.rows(slice(64)), 1e-6, 1e-6, os.cpu_count() or 1)
    batch = problem.tiled(TRAJECTORIES)
    start = time.perf_counter()
    found = run_engine(batch, 1e-6, 1e-6, os.cpu_count() or 1)
    seconds = time.perf_counter() - start
    if found.result.any():
        raise ValueError(f"{np.count_nonzero(found.result)} of {TRAJECTORIES} rows failed")
    peak = peak_bytes() / 1e9
    return {
        "trajectories": TRAJECTORIES, "readouts": len(atlas.formulas), "outputs": len(OUTPUTS_H),
        "seconds": seconds, "peak_gigabytes": peak,
    }  # fmt: skip


def demo(solver: Solver, count: int) -> dict[str, float]:
    """What `rheostat demo` simulates: every drug and pair on its tumours, and the rebound taken apart."""
    atlas = load_atlas()
    draws = plausible_draws(atlas, count)
    with (
        patch.object(course, "integrate", partial(integrate, solver=solver)),
        patch.object(course, "find_steady_state", partial(find_steady_state, solver=solver)),
    ):
        start = time.perf_counter()
        showcase(atlas, draws)
        return {"seconds": time.perf_counter() - start}


if __name__ == "__main__":
    if sys.argv[1] == "many":
        answer = many()
    else:
        answer = demo("lsoda" if sys.argv[1] == "lsoda" else "rosenbrock", int(sys.argv[2]))
    sys.stdout.write(json.dumps(answer))
