"""The peers, one adapter each: ``prepare`` once a model, ``run`` for all rows at one tolerance.

Each gets the best configuration that its Python interface offers; ``seconds`` is CPU time of the process,
which has one thread, without the setting of parameters and initial states and without loading the model.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.problem import Floats, Problem
from benchmarks.solver import Run

if TYPE_CHECKING:
    from benchmarks.straight_line import StraightLine

AMICI_FOLDER = Path(__file__).resolve().parents[1] / "build" / "amici"
_MOST_STEPS = 500_000
_TOLERANCES = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
_FIRST_STEP = 1e-6


class RoadRunner:
    """libRoadRunner: CVODE (BDF), right side compiled by LLVM, its dense difference-quotient Jacobian."""

    name = "libRoadRunner"
    configuration = "CVODE BDF, LLVM right side, dense difference-quotient Jacobian (it has no other)"
    atol_share = 0.1
    tolerances: tuple[float, ...] = _TOLERANCES

    def __init__(self, problem: Problem) -> None:
        import roadrunner

        roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)
        self.version = roadrunner.getVersionStr(roadrunner.VERSIONSTR_BASIC)
        self.problem = problem
        start = time.perf_counter()
        self.model: Any = roadrunner.RoadRunner(problem.network.sbml)
        self.load_seconds = time.perf_counter() - start
        self.model.integrator.maximum_num_steps = _MOST_STEPS
        inside = self.model.model
        species = list(inside.getFloatingSpeciesIds())
        self.order = np.array([species.index(name) for name in problem.kernel.species], dtype=np.int32)
        parameters = list(inside.getGlobalParameterIds())
        self.parameters = np.array(
            [parameters.index(name) for name in problem.kernel.parameters], dtype=np.int32
        )
        self.model.timeCourseSelections = list(problem.kernel.species)

    def run(self, rtol: float, atol: float, rows: int | None = None) -> Run:
        """Integrate the first rows (all by default)."""
        problem, inside, seconds = self.problem.rows(slice(rows)), self.model.model, 0.0
        self.model.integrator.relative_tolerance = rtol
        self.model.integrator.absolute_tolerance = atol
        times = problem.times
        states = np.full((len(problem.parameters), len(times), len(self.order)), np.nan)
        for row, (parameters, initial) in enumerate(zip(problem.parameters, problem.initial, strict=True)):
            inside.setGlobalParameterValues(self.parameters, parameters)
            inside.setFloatingSpeciesAmounts(self.order, initial)
            inside.setTime(0.0)
            self.model.integrator.restart(0.0)
            start = time.process_time()
            try:
                states[row] = self.model.simulate(times[0], times[-1], len(times))
            except RuntimeError:
                # Its exception for a failed integration; the row stays NaN and is counted.
                pass
            seconds += time.process_time() - start
        return Run(states, seconds)


class ScikitSundae:
    """scikit-SUNDAE: CVODE (BDF), SuperLU_MT on the sparsity pattern, compiled right side and Jacobian."""

    name = "scikit-SUNDAE"
    configuration = "CVODE BDF, sparse SuperLU_MT, straight-line numba right side and analytic Jacobian"
    atol_share = 0.1
    tolerances: tuple[float, ...] = _TOLERANCES

    def __init__(self, problem: Problem, code: StraightLine) -> None:
        from numba import njit
        from sksundae.cvode import CVODE

        self.version = importlib.metadata.version("scikit-sundae")
        self.problem, self.make = problem, CVODE
        self.pattern = code.pattern(problem.initial.shape[1])
        # Its user data must have a truth value, which an array has not.
        self.data = (np.empty(problem.parameters.shape[1]),)
        right_side, jacobian = code.right_side, code.jacobian

        @njit
        def change(t: float, y: Floats, result: Floats, data: tuple[Floats]) -> None:
            right_side(t, y, result, data[0])

        @njit
        def slopes(t: float, y: Floats, yp: Floats, values: Floats, data: tuple[Floats]) -> None:
            jacobian(t, y, values, data[0])

        self.change, self.slopes = change, slopes
        start = time.perf_counter()
        self.run(1e-3, 1e-3, rows=1)
        self.load_seconds = time.perf_counter() - start

    def run(self, rtol: float, atol: float, rows: int | None = None) -> Run:
        """Integrate the first rows (all by default)."""
        problem, seconds = self.problem.rows(slice(rows)), 0.0
        states = np.full((len(problem.initial), len(problem.times), problem.initial.shape[1]), np.nan)
        with warnings.catch_warnings():
            # That it prefers our exact Jacobian to its own approximation, which is what we want.
            warnings.simplefilter("ignore", UserWarning)
            solver = self.make(
                self.change, jacfn=self.slopes, userdata=self.data, rtol=rtol, atol=atol,
                linsolver="sparse", sparsity=self.pattern, max_num_steps=_MOST_STEPS,
            )  # fmt: skip
        for row, (parameters, initial) in enumerate(zip(problem.parameters, problem.initial, strict=True)):
            self.data[0][:] = parameters
            start = time.process_time()
            found = solver.solve(problem.times, initial)
            seconds += time.process_time() - start
            if found.success:
                states[row] = found.y
        return Run(states, seconds)


class Lsoda:
    """SciPy's LSODA (odeint): compiled right side and dense analytic Jacobian."""

    name = "SciPy LSODA"
    configuration = "odeint, straight-line numba right side, dense analytic Jacobian"
    atol_share = 1.0
    tolerances: tuple[float, ...] = _TOLERANCES

    def __init__(self, problem: Problem, code: StraightLine) -> None:
        import scipy
        from numba import njit
        from scipy.integrate import odeint

        self.version, self.problem, self.odeint = scipy.__version__, problem, odeint
        right_side, jacobian, rows, columns = code.right_side, code.jacobian, code.rows, code.columns
        entries = len(rows)

        @njit
        def change(t: float, y: Floats, p: Floats) -> Floats:
            result = np.empty(y.shape[0])
            right_side(t, y, result, p)
            return result

        @njit
        def slopes(t: float, y: Floats, p: Floats) -> Floats:
            values = np.empty(entries)
            jacobian(t, y, values, p)
            result = np.zeros((y.shape[0], y.shape[0]))
            for place in range(entries):
                result[columns[place], rows[place]] = values[place]
            return result

        self.change, self.slopes = change, slopes
        start = time.perf_counter()
        self.run(1e-3, 1e-3, rows=1)
        self.load_seconds = time.perf_counter() - start

    def run(self, rtol: float, atol: float, rows: int | None = None) -> Run:
        """Integrate the first rows (all by default)."""
        problem, seconds = self.problem.rows(slice(rows)), 0.0
        states = np.full((len(problem.initial), len(problem.times), problem.initial.shape[1]), np.nan)
        for row, (parameters, initial) in enumerate(zip(problem.parameters, problem.initial, strict=True)):
            start = time.process_time()
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                try:
                    states[row] = self.odeint(
                        self.change, initial, problem.times, args=(parameters,), Dfun=self.slopes,
                        col_deriv=True, tfirst=True, rtol=rtol, atol=atol, mxstep=_MOST_STEPS, h0=_FIRST_STEP,
                    )  # fmt: skip
                except Warning:
                    # odeint's way to say that it failed; the row stays NaN and is counted.
                    pass
            seconds += time.process_time() - start
        return Run(states, seconds)


def amici_python() -> Path | None:
    """Interpreter that has AMICI: the one that ``benchmarks.amici_build`` made, or ``AMICI_PYTHON``."""
    path = Path(os.environ.get("AMICI_PYTHON", AMICI_FOLDER / "bin" / "python"))
    return path if path.exists() else None


class Amici:
    """AMICI in a process of its own: CVODES with KLU, model compiled to C++, analytic sparse Jacobian."""

    name = "AMICI"
    configuration = "CVODES BDF, KLU, right side and sparse Jacobian compiled from C++ (-O3 -march=native)"
    atol_share = 0.1
    tolerances: tuple[float, ...] = _TOLERANCES

    def __init__(self, problem: Problem, python: Path, folder: Path) -> None:
        self.problem, self.folder = problem, folder
        (folder / "model.xml").write_text(problem.network.sbml, encoding="utf-8")
        np.savez(
            folder / "problem.npz", parameters=problem.parameters, initial=problem.initial,
            times=problem.times, parameter_ids=np.array(problem.kernel.parameters),
            species=np.array(problem.kernel.species),
        )  # fmt: skip
        environment = os.environ | {
            "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
            "AMICI_CXXFLAGS": "-march=native",
        }
        self.log = (folder / "amici.log").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [python, Path(__file__).parent / "amici_worker.py", folder], env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
        )  # fmt: skip
        facts = self._read()
        self.version, self.load_seconds = str(facts["version"]), float(facts["load_seconds"])

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            # What its compiler says comes the same way.
            if line.startswith("{"):
                return json.loads(line)  # type: ignore[no-any-return]
        self.log.seek(0)
        raise AmiciError(self.log.read().strip().splitlines()[-1:] or ["it ended without a word"])

    def run(self, rtol: float, atol: float, rows: int | None = None) -> Run:
        """Integrate the first rows (all by default)."""
        assert self.process.stdin is not None
        request = {"rtol": rtol, "atol": atol, "rows": rows or len(self.problem.parameters)}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self._read()
        return Run(np.load(self.folder / "states.npy"), answer["seconds"], answer["bare_seconds"])

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
        self.log.close()


class AmiciError(RuntimeError):
    """AMICI is there but does not run."""
