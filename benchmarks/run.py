"""Measure the engine and its peers in one run: ``python -m benchmarks.run [--quick]``.

Without ``--quick`` it writes docs/performance.md and its figures; with it, it compares with libRoadRunner and
scikit-SUNDAE only, writes nothing, and its last line is a JSON object.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import operations, resources, scaling, stiff
from benchmarks.growth import measure_growth
from benchmarks.measurements import Measurements, Tool, this_machine
from benchmarks.micro import fma_rate, vector_bits
from benchmarks.ours import Rheostat
from benchmarks.peers import Amici, AmiciError, Lsoda, RoadRunner, ScikitSundae, amici_python
from benchmarks.problem import Problem, dosed_problem, resting_problem
from benchmarks.report import write_report
from benchmarks.resources import RTOL
from benchmarks.solver import Solver
from benchmarks.straight_line import straight_line
from benchmarks.study import measure_study
from benchmarks.work_precision import measure, reference_states
from rheostat.engine.lane import WIDTH

ROWS, BATCH = 100, 800
REPEATS = 2
QUICK_TOLERANCES = (1e-6, 1e-3)
#: The achieved error that the targets speak of.
ERROR = 1e-4


def say(text: str) -> None:
    """A line of progress."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def quick() -> dict[str, object]:
    """What ``--quick`` prints last."""
    problem = dosed_problem(ROWS)
    code = straight_line(problem.network)
    sundae, lsoda = ScikitSundae(problem, code), Lsoda(problem, code)
    reference, difference = reference_states(lsoda, sundae)
    say(f"{ROWS} rows; LSODA and CVODE agree to {difference:.1e} at rtol 1e-12")
    ours = Rheostat(problem, BATCH)
    curves = {
        curve.name: curve
        for curve in measure([ours, RoadRunner(problem), sundae], reference, REPEATS, *QUICK_TOLERANCES)
    }
    for curve in curves.values():
        for point in curve.points:
            say(
                f"{curve.name:14} rtol {point.rtol:.0e} {point.milliseconds:8.4f} ms  "
                f"error {point.largest_error:.1e} (median of rows {point.median_error:.1e})"
            )
    at_error = {name: curve.milliseconds_at(ERROR) for name, curve in curves.items()}
    for name, milliseconds in at_error.items():
        say(f"{name:14} {milliseconds:.4f} ms a trajectory at error {ERROR:g}")
    mine = at_error[ours.name]
    count = operations.step_operations(operations.step_parts(problem), operations.states(problem))
    return {
        "equal_error_ratio": {
            "libroadrunner": _rounded(at_error["libRoadRunner"] / mine),
            "scikit-sundae": _rounded(at_error["scikit-SUNDAE"] / mine),
        },
        "threads2": _rounded(resources.thread_speedup(problem.tiled(4 * BATCH), 2 * REPEATS)),
        "peak_fraction": _rounded(_peak_fraction(_step(ours), count, fma_rate())),
    }


def full() -> Measurements:
    """Everything that the report shows."""
    problem, resting = dosed_problem(ROWS), resting_problem(ROWS)
    code = straight_line(problem.network)
    sundae, lsoda = ScikitSundae(problem, code), Lsoda(problem, code)
    reference, difference = reference_states(lsoda, sundae)
    say(f"{ROWS} rows; LSODA and CVODE agree to {difference:.1e} at rtol 1e-12")
    ours = Rheostat(problem, BATCH)
    solvers: list[Solver] = [ours, RoadRunner(problem), sundae, lsoda]
    with tempfile.TemporaryDirectory() as folder:
        amici, why_not = _amici(problem, Path(folder))
        if amici is None:
            say(f"AMICI is left out: {why_not}")
        else:
            solvers.append(amici)
        say("work and precision of " + ", ".join(solver.name for solver in solvers))
        curves = measure(solvers, reference, REPEATS)
        if amici is not None:
            amici.close()
    say("the first core beside the shipped network")
    growth = measure_growth()
    say("parts of a step, threads, memory, sizes, start, the demo with either integrator")
    parts = operations.step_parts(problem)
    step = _step(ours)
    step_operations = operations.step_operations(parts, operations.states(problem))
    rate = fma_rate()
    sizes = scaling.measure_sizes(64, 3)
    return Measurements(
        machine=this_machine(),
        species=len(problem.network.species),
        reactions=len(problem.network.reactions),
        rows=ROWS,
        batch=BATCH,
        repeats=REPEATS,
        reference_difference=difference,
        tools=tuple(
            Tool(each.name, each.version, each.configuration, each.atol_share, each.load_seconds)
            for each in solvers
        ),
        amici_missing=why_not,
        curves=tuple(curves),
        fma_rate=rate,
        vector_bits=vector_bits(),
        peak_fraction=_peak_fraction(step, step_operations, rate),
        rtol=RTOL,
        lanes=WIDTH,
        steps=step.steps,
        parts=tuple(parts),
        step_microseconds=step.microseconds,
        output_microseconds=step.output_microseconds,
        step_operations=step_operations,
        threads2=resources.thread_speedup(problem.tiled(4 * BATCH), REPEATS),
        batches=tuple(resources.batch_costs(problem)),
        steady=resources.steady_cost(resting, REPEATS),
        sizes=tuple(sizes),
        growth_exponent=scaling.growth_exponent(sizes),
        start=resources.measure_start(3),
        growth=growth,
        study=measure_study(),
        stiff=stiff.correct_digits(),
    )


@dataclass(frozen=True)
class Step:
    """Steps a row; microseconds a step of all lanes, everything counted, and those of them for the output."""

    steps: float
    microseconds: float
    output_microseconds: float


def _step(ours: Rheostat) -> Step:
    with_output, without = [], []
    for _ in range(5):
        run = ours.run(RTOL, RTOL)
        with_output.append(run.seconds)
        without.append(ours.seconds_without_output(RTOL, RTOL))
    steps = ours.steps[RTOL]
    scale = 1e6 * WIDTH / (steps * len(run.states))
    whole = median(with_output)
    return Step(steps, scale * whole, scale * (whole - median(without)))


def _peak_fraction(step: Step, step_operations: int, rate: float) -> float:
    return step_operations * WIDTH / (1e-6 * step.microseconds) / rate


def _amici(problem: Problem, folder: Path) -> tuple[Amici | None, str]:
    python = amici_python()
    if python is None:
        return None, "it is not built (see benchmarks/amici_build.py)"
    try:
        return Amici(problem, python, folder), ""
    except AmiciError as error:
        return None, str(error)


def _rounded(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    if parser.parse_args().quick:
        say(json.dumps(quick()))
    else:
        write_report(full())
