"""The exported SBML under libRoadRunner gives our readouts: an independent engine on every step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rheostat.atlas.load import Atlas, load_atlas
from rheostat.network.formula import Formula, parse_formula, symbols
from rheostat.problem.arm import Arm, ArmChanges, read_arm
from rheostat.problem.change import Change
from rheostat.problem.draw import sample
from rheostat.studies.simulate import Draws, simulate

DRAWS = tuple(range(20))
CELLS = ("reference", "MCF-7", "A549")
TREATMENTS = (
    "drug:sirolimus@20nM",
    "drug:torin1@250nM",
    "env:serum@0; drug:trametinib@20nM; drug:mk2206@1uM@t2-8",
)
TIMES_H = (0.0, 0.25, 1.0, 4.0, 24.0)
STEADY_MIN = 4e5  # 160 times the slowest half-life of the network, 29 h
TOLERANCE = 1e-5


class Runner:
    """libRoadRunner on the exported SBML, driven by the changes of an arm."""

    def __init__(self, atlas: Atlas, names: Sequence[str]) -> None:
        roadrunner = pytest.importorskip("roadrunner", reason="the independent engine is not installed")
        roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)
        self.atlas = atlas
        self.model: Any = roadrunner.RoadRunner(atlas.network.sbml)
        self.model.integrator.relative_tolerance = 1e-10
        self.model.integrator.absolute_tolerance = 1e-12
        self.model.integrator.maximum_num_steps = 500_000
        self.formulas = [parse_formula(atlas.observable(name).formula) for name in names]

    def values(self, formula: Formula) -> float:
        """Value of an observable now."""
        from rheostat.network.formula import evaluate

        return float(evaluate(formula, {name: float(self.model[name]) for name in symbols(formula)}))

    def observe(self) -> NDArray[np.float64]:
        """Raw observables now."""
        return np.array([self.values(formula) for formula in self.formulas])

    def apply(self, changes: Sequence[Change]) -> None:
        """Carry changes out on the running model."""
        for change in changes:
            now = np.array([float(self.model[change.target])])
            self.model[change.target] = float(change.apply(now)[0])

    def equilibrate(self, drawn: NDArray[np.float64], before: Sequence[Change]) -> None:
        """Steady state under the changes that come before everything."""
        self.model.resetToOrigin()
        for name, value in zip(self.atlas.prior.ids, drawn, strict=True):
            self.model[name] = float(value)
        self.apply(before)
        self.advance(STEADY_MIN)

    def advance(self, minutes: float) -> None:
        """Integrate from a fresh start; the system is autonomous, so time begins at 0 again."""
        self.model.model.setTime(0.0)
        self.model.integrator.restart(0.0)
        self.model.simulate(0.0, minutes, points=2)

    def course(self, changes: ArmChanges) -> NDArray[np.float64]:
        """Raw observables at the times, from the steady state on."""
        if changes.starved:
            self.apply(changes.starved)
            self.advance(16 * 60.0)
        seen, now, pending = [self.observe()], 0.0, list(changes.timed)
        for time in TIMES_H[1:]:
            while pending and pending[0][0] < time:
                start, timed = pending.pop(0)
                if start > now:
                    self.advance((start - now) * 60.0)
                    now = start
                self.apply(timed)
            self.advance((time - now) * 60.0)
            now = time
            seen.append(self.observe())
        return np.array(seen)


def test_independent_engine_agrees_on_draws_cells_and_treatments() -> None:
    """20 draws x 3 cells x 3 treatments, both at rtol 1e-10 and atol 1e-12."""
    atlas = load_atlas()
    arms = [
        read_arm(f"{cell}/{number}", cell, text) for cell in CELLS for number, text in enumerate(TREATMENTS)
    ]
    names = [observable.id for observable in atlas.observables.values()]
    result = simulate(atlas, arms, TIMES_H, Draws(DRAWS), names, rtol=1e-10, atol=1e-12)
    assert not result.failures()
    ours = result.dataset["value"].values
    runner = Runner(atlas, names)
    relative = np.array([atlas.observable(name).unit == "relative" for name in names])
    drawn = sample(atlas.prior, 1, DRAWS)
    worst = 0.0
    for row in range(len(DRAWS)):
        runner.equilibrate(drawn[row], atlas.changes(Arm("reference", "reference")).before)
        reference = np.where(relative, runner.observe(), 1.0)
        for index, arm in enumerate(arms):
            changes = atlas.changes(arm)
            runner.equilibrate(drawn[row], changes.before)
            theirs = runner.course(changes) / reference
            mine = ours[index, row]
            scale = np.maximum(np.abs(mine), np.abs(mine).max(axis=0))
            worst = max(worst, float(np.max(np.abs(mine - theirs) / np.where(scale > 0, scale, 1.0))))
    assert worst <= TOLERANCE, f"largest difference {worst:.2e}"
