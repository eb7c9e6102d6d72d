"""AMICI in a Python of its own: reads one JSON request a line, answers with one JSON line.

``python amici_worker.py FOLDER`` where FOLDER holds ``model.xml`` and ``problem.npz`` (``parameters``,
``initial``, ``times`` and the names ``parameter_ids``, ``species``). The compiled model stays in FOLDER. The
request ``{"rtol": r, "atol": a, "rows": n}`` leaves the states in FOLDER as ``states.npy``.

This file imports nothing of rheostat, which AMICI's environment does not have.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import amici
import numpy as np
from amici.importers.sbml import SbmlImporter
from amici.sim.sundials import LinearSolver_KLU, import_model_module

MOST_STEPS = 500_000
NAME = "rheostat_model"


def load(folder: Path) -> tuple[Any, float]:
    """The compiled model and the seconds that compiling took (0 if an earlier run had done it)."""
    start, compiled = time.perf_counter(), folder / NAME
    built = (compiled / "built").exists()
    if not built:
        importer = SbmlImporter(str(folder / "model.xml"))
        importer.sbml2amici(
            NAME, compiled, verbose=False, observation_model=[], compute_conservation_laws=False,
            generate_sensitivity_code=False,
        )  # fmt: skip
        (compiled / "built").touch()
    model = import_model_module(NAME, compiled).get_model()
    return model, 0.0 if built else time.perf_counter() - start


class Worker:
    """A model with its rows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model, self.load_seconds = load(folder)
        data = np.load(folder / "problem.npz")
        self.times, self.initial = data["times"], data["initial"]
        place = {name: index for index, name in enumerate(data["parameter_ids"])}
        free, fixed = self.model.get_free_parameter_ids(), self.model.get_fixed_parameter_ids()
        self.free = data["parameters"][:, [place[name] for name in free]]
        self.fixed = data["parameters"][:, [place[name] for name in fixed]]
        species, states = list(data["species"]), list(self.model.get_state_ids())
        self.to_state = [species.index(name) for name in states]
        self.to_species = [states.index(name) for name in species]
        self.model.set_timepoints(self.times.tolist())
        self.solver = self.model.create_solver()
        self.solver.set_linear_solver(LinearSolver_KLU)
        self.solver.set_max_steps(MOST_STEPS)

    def run(self, rtol: float, atol: float, rows: int) -> dict[str, float]:
        """Integrate the first rows; seconds as called from Python and inside the solver."""
        self.solver.set_relative_tolerance(rtol)
        self.solver.set_absolute_tolerance(atol)
        states = np.full((rows, len(self.times), len(self.to_species)), np.nan)
        called = bare = 0.0
        for row in range(rows):
            self.model.set_free_parameters(self.free[row])
            self.model.set_fixed_parameters(self.fixed[row])
            self.model.set_initial_state(self.initial[row, self.to_state])
            start = time.process_time()
            found = self.model.simulate(solver=self.solver)
            solution = np.asarray(found["x"])
            called += time.process_time() - start
            bare += float(found["cpu_time"]) / 1e3
            if found["status"] == 0:
                states[row] = solution[:, self.to_species]
        np.save(self.folder / "states.npy", states)
        return {"seconds": called, "bare_seconds": bare}


def main() -> None:
    """Answer requests until the input ends."""
    worker = Worker(Path(sys.argv[1]))
    facts = {"version": amici.__version__, "load_seconds": worker.load_seconds}
    sys.stdout.write("\n" + json.dumps(facts) + "\n")
    for line in sys.stdin:
        sys.stdout.flush()
        request = json.loads(line)
        sys.stdout.write(json.dumps(worker.run(**request)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
