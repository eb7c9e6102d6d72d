"""Compare our readouts with those of libRoadRunner on the exported SBML, each engine on every step.

    python -m studies.second_engine

100 draws of the prior, 5 cells, 10 treatments, all readouts, both engines at rtol 1e-10; half an hour on one
core. The result goes into docs/cross_check.md. The tests run a part of it.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheostat.atlas.load import Atlas, load_atlas
from rheostat.network.formula import Formula, evaluate, parse_formula, symbols
from rheostat.problem.arm import Arm, ArmChanges, read_arm
from rheostat.problem.change import Change
from rheostat.problem.draw import sample
from rheostat.studies.simulate import Draws, simulate

Floats = NDArray[np.float64]

DRAWS = tuple(range(100))
CELLS = ("reference", "MCF-7", "A549", "PC-3", "HCT116")
TREATMENTS = (
    "drug:sirolimus@20nM",
    "drug:everolimus@5nM@t0-24",
    "drug:torin1@250nM",
    "drug:azd8055@50nM",
    "drug:alpelisib@1uM",
    "drug:mk2206@1uM; drug:trametinib@20nM",
    "env:serum@0; drug:trametinib@20nM; drug:mk2206@1uM@t2-8",
    "env:serum@0; env:insulin@100nM@t0-",
    "env:AA@0@t0-1",
    "env:glucose@0@t0-; ko:STK11",
)
TIMES_H = (0.0, 0.25, 1.0, 4.0, 24.0)
RTOL, ATOL = 1e-10, 1e-12
#: 200 times the slowest half-life of the network, 39 h.
STEADY_MIN = 5e5
PAGE = Path(__file__).resolve().parents[1] / "docs" / "cross_check.md"


@dataclass(frozen=True)
class Difference:
    """Largest difference of one readout, relative to its largest value in the course."""

    readout: str
    size: float
    draw: int
    arm: str


class RoadRunner:
    """libRoadRunner on the exported SBML, driven by the changes of an arm."""

    def __init__(self, atlas: Atlas, names: Sequence[str]) -> None:
        roadrunner = importlib.import_module("roadrunner")
        roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)
        self.atlas = atlas
        self.model: Any = roadrunner.RoadRunner(atlas.network.sbml)
        self.model.integrator.relative_tolerance = RTOL
        self.model.integrator.absolute_tolerance = ATOL
        self.model.integrator.maximum_num_steps = 500_000
        self.formulas = [parse_formula(atlas.observable(name).formula) for name in names]

    def observe(self) -> Floats:
        """Raw observables now."""
        return np.array([self._value(formula) for formula in self.formulas])

    def equilibrate(self, drawn: Floats, before: Sequence[Change]) -> None:
        """Steady state under the changes that come before everything."""
        self.model.resetToOrigin()
        for name, value in zip(self.atlas.prior.ids, drawn, strict=True):
            self.model[name] = float(value)
        self._apply(before)
        self._advance(STEADY_MIN)

    def course(self, changes: ArmChanges) -> Floats:
        """Raw observables at the times, from the steady state on."""
        if changes.starved:
            self._apply(changes.starved)
            self._advance(16 * 60.0)
        seen, now, pending = [self.observe()], 0.0, list(changes.timed)
        for time in TIMES_H[1:]:
            # A readout at the time of a change is that after it, as ours is.
            while pending and pending[0][0] <= time:
                start, timed = pending.pop(0)
                if start > now:
                    self._advance((start - now) * 60.0)
                    now = start
                self._apply(timed)
            if time > now:
                self._advance((time - now) * 60.0)
                now = time
            seen.append(self.observe())
        return np.array(seen)

    def _value(self, formula: Formula) -> float:
        return float(evaluate(formula, {name: float(self.model[name]) for name in symbols(formula)}))

    def _apply(self, changes: Sequence[Change]) -> None:
        for change in changes:
            now = np.array([float(self.model[change.target])])
            self.model[change.target] = float(change.apply(now)[0])

    def _advance(self, minutes: float) -> None:
        # The system is autonomous, so time begins at 0 again.
        self.model.model.setTime(0.0)
        self.model.integrator.restart(0.0)
        self.model.simulate(0.0, minutes, points=2)


def largest_differences(
    atlas: Atlas, draws: Sequence[int], cells: Sequence[str], treatments: Sequence[str]
) -> list[Difference]:
    """Largest difference of each readout over draws, cells and treatments, the largest first."""
    arms = [read_arm(f"{cell}: {text}", cell, text) for cell in cells for text in treatments]
    names = list(atlas.observables)
    result = simulate(atlas, arms, TIMES_H, Draws(tuple(draws)), names, rtol=RTOL, atol=ATOL)
    if result.failures():
        raise RuntimeError(f"{len(result.failures())} rows did not finish")
    ours = result.dataset["value"].values
    runner = RoadRunner(atlas, names)
    relative = np.array([atlas.observable(name).unit == "relative" for name in names])
    worst = [Difference(name, 0.0, -1, "") for name in names]
    for row, drawn in enumerate(sample(atlas.prior, 1, draws)):
        runner.equilibrate(drawn, atlas.changes(Arm("reference", "reference")).before)
        reference = np.where(relative, runner.observe(), 1.0)
        for index, arm in enumerate(arms):
            changes = atlas.changes(arm)
            runner.equilibrate(drawn, changes.before)
            with np.errstate(invalid="ignore", divide="ignore"):
                theirs = runner.course(changes) / reference
            sizes = _differences(ours[index, row], theirs)
            for place in np.flatnonzero(sizes > [each.size for each in worst]):
                worst[place] = Difference(names[place], float(sizes[place]), int(draws[row]), arm.id)
    return sorted(worst, key=lambda each: -each.size)


def _differences(ours: Floats, theirs: Floats) -> Floats:
    """Largest difference of each readout over the times, (readout,)."""
    # Below a hundredth of the reference both engines work to atol and no longer to rtol.
    scale = np.maximum(np.abs(ours).max(axis=0), ATOL / RTOL)
    gap = np.abs(ours - theirs) / scale
    return np.asarray(np.where(np.isnan(ours) & np.isnan(theirs), 0.0, gap).max(axis=0))


def main() -> None:
    """Run the whole comparison and write its page."""
    began = perf_counter()
    atlas = load_atlas()
    found = largest_differences(atlas, DRAWS, CELLS, TREATMENTS)
    version = importlib.import_module("roadrunner").__version__
    rows = len(DRAWS) * len(CELLS) * len(TREATMENTS)
    lines = [
        "# Two engines on every step",
        "",
        "Made by `python -m studies.second_engine`: steady states, starvation, drugs and readouts once by our"
        f" engine and once by libRoadRunner {version} on the exported SBML, both at rtol {RTOL:g} and atol"
        f" {ATOL:g}.",
        "",
        f"{len(DRAWS)} draws of the prior x {len(CELLS)} cells ({', '.join(CELLS)}) x {len(TREATMENTS)}"
        f" treatments = {rows} courses of 24 h, {len(found)} readouts at {len(TIMES_H)} times. Network"
        f" `{atlas.model_hash[:12]}`, {datetime.now(UTC):%Y-%m-%d}, {(perf_counter() - began) / 60:.0f} min.",
        "",
        f"**Largest difference: {found[0].size:.1e}** of the readout's largest value in its course"
        f" ({found[0].readout}, draw {found[0].draw}, {found[0].arm}); median over readouts"
        f" {np.median([each.size for each in found]):.1e}.",
        "",
        "| readout | largest difference | draw | cell and treatment |",
        "|---|---|---|---|",
        *(f"| {each.readout} | {each.size:.1e} | {each.draw} | {each.arm} |" for each in found[:15]),
        "",
        "Treatments: " + "; ".join(f"`{text}`" for text in TREATMENTS) + ".",
        "",
    ]
    PAGE.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines[:9]))


if __name__ == "__main__":
    main()
