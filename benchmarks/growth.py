"""The shipped network beside the first core, which had 85 species: what growing costs a trajectory.

Both get plausible draws of their own prior at steady state in rich medium, the same drugs at t = 0 for 72 h,
the same tolerance, number of rows and outputs. ``python -m benchmarks.growth`` measures this alone.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.operations import as_integrated, step_operations, step_parts
from benchmarks.ours import run_engine
from benchmarks.problem import Floats, Problem, at_start, dosed, dosed_problem, resting_problem
from benchmarks.work_precision import row_errors
from rheostat.engine.integrate import integrate
from rheostat.engine.lane import WIDTH
from rheostat.engine.program import program_of
from rheostat.engine.steady import find_steady_state
from rheostat.network.sbml import read_network
from rheostat.problem.draw import Prior
from rheostat.studies.simulate import Draws

DATA = Path(__file__).resolve().parent / "data"
HOURS, OUTPUTS, RTOL = 72.0, 50, 1e-6
ROWS, BATCH, TURNS = 200, 1600, 5
#: Rows for LSODA, and its tolerance as the reference of the errors.
LSODA_ROWS, REFERENCE_RTOL = 20, 1e-11
# What the doses of `problem.DOSES` set, as the first core's atlas resolved them: molecules a cell, nM.
_SIROLIMUS, _TRAMETINIB = {"sirolimus_medium": 48177.12608}, {"trametinib": 20.0}
FIRST_CORE_DOSES = (
    _SIROLIMUS, {"torin1": 250.0}, {"alpelisib": 1000.0}, _TRAMETINIB, _SIROLIMUS | _TRAMETINIB,
)  # fmt: skip


@dataclass(frozen=True)
class Growth:
    """A network and its costs at ``RTOL``.

    Parameters
    ----------
    species, reactions : int
        Of the network.
    present, states, entries : int
        Species of most rows without those absent; states integrated, after conserved totals gave species
        away; entries of the factors of their matrix.
    operations : int
        Floating-point operations of a step of one row.
    steps : float
        Of a trajectory.
    step_microseconds : float
        Of a step of ``WIDTH`` rows, outputs counted.
    a_second, a_second_on_two : float
        Trajectories a second of wall time, on one thread and on two.
    steady_a_second : float
        Steady states from the start, on one thread.
    largest_error, median_error : float
        Of the rows that LSODA did too.
    lsoda_a_second : float
        Trajectories a second of the reference integrator at the same tolerance.
    """

    species: int
    reactions: int
    present: int
    states: int
    entries: int
    operations: int
    steps: float
    step_microseconds: float
    a_second: float
    a_second_on_two: float
    steady_a_second: float
    largest_error: float
    median_error: float
    lsoda_a_second: float


def measure_growth(turns: int = TURNS) -> tuple[Growth, Growth]:
    """The first core and the shipped network; best of turns that they take one after the other."""
    resting = first_core_at_start(ROWS), resting_problem(ROWS)
    treated = dosed(resting[0], FIRST_CORE_DOSES), dosed_problem(ROWS)
    times = np.linspace(0.0, HOURS * 60.0, OUTPUTS + 1)
    pairs = [(start, replace(rows, times=times)) for start, rows in zip(resting, treated, strict=True)]
    best = [[np.inf] * 3 for _ in pairs]
    for _ in range(turns):
        for least, (start, rows) in zip(best, pairs, strict=True):
            for number, run in enumerate(_runs(start, rows.tiled(BATCH))):
                least[number] = min(least[number], _seconds(run))
    first, shipped = (_growth(rows, least) for (_, rows), least in zip(pairs, best, strict=True))
    return first, shipped


def first_core_at_start(rows: int) -> Problem:
    """Its plausible draws before their steady state."""
    prior = _columns("first_core_prior.tsv")
    draws = _columns("first_core_draws.tsv")
    return at_start(
        read_network((DATA / "first_core.xml").read_text(encoding="utf-8")),
        Prior(tuple(prior["id"]), np.array(prior["nominal"], float), np.array(prior["sigma"], float)),
        Draws(tuple(int(number) for number in draws["draw"]), 1, "plausible"),
        rows,
    )


def _columns(name: str) -> dict[str, list[str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return {column: [row[column] for row in rows] for column in rows[0]}


def _runs(start: Problem, batch: Problem) -> tuple[Callable[[], object], ...]:
    """Trajectories on one thread and on two, steady states on one."""
    return (
        lambda: run_engine(batch, RTOL, RTOL, 1),
        lambda: run_engine(batch, RTOL, RTOL, 2),
        lambda: find_steady_state(start.kernel, start.parameters, start.initial, threads=1),
    )


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _growth(problem: Problem, best: list[float]) -> Growth:
    found = run_engine(problem, RTOL, RTOL, 1)
    if found.result.any():
        raise ValueError(f"{np.count_nonzero(found.result)} of {len(found.result)} rows failed")
    few = problem.rows(slice(LSODA_ROWS))
    reference = _lsoda(few, REFERENCE_RTOL)
    errors = row_errors(found.observables[:LSODA_ROWS], reference)
    seconds = _seconds(lambda: _lsoda(few, RTOL))
    steps = float(np.mean(found.steps))
    inside = as_integrated(problem)
    program = program_of(inside.kernel)
    one, two, steady = best
    return Growth(
        species=len(problem.network.species),
        reactions=len(problem.network.reactions),
        present=len(inside.kernel.species),
        states=program.independent,
        entries=len(program.tables.factors.column),
        operations=step_operations(step_parts(problem), program.independent),
        steps=steps,
        step_microseconds=1e6 * one * WIDTH / BATCH / steps,
        a_second=BATCH / one,
        a_second_on_two=BATCH / two,
        steady_a_second=len(problem.parameters) / steady,
        largest_error=float(errors.max()),
        median_error=float(np.median(errors)),
        lsoda_a_second=LSODA_ROWS / seconds,
    )


def _lsoda(problem: Problem, rtol: float) -> Floats:
    return integrate(
        problem.kernel, problem.parameters, problem.initial, None, problem.times, rtol=rtol, atol=rtol,
        solver="lsoda",
    ).observables  # fmt: skip


if __name__ == "__main__":
    for network in measure_growth():
        sys.stdout.write(f"{network}\n")
