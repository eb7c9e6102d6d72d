"""The demo's study: one or two drugs a class, alone and in pairs, on three tumours, and the AKT rebound."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import xarray
from numpy.typing import NDArray

from rheostat.atlas.load import Atlas
from rheostat.atlas.loop import Loop
from rheostat.knowledge.tumour import Tumour
from rheostat.problem.arm import Arm
from rheostat.problem.item import parse_items
from rheostat.studies.explain import Cut, loop_cuts, with_cut
from rheostat.studies.interval import Failures, Interval, failures_of, interval_of, unit_of, values_at
from rheostat.studies.rank import Ranking, rank
from rheostat.studies.simulate import Draws, simulate

CELLS = ("HCC_PTEN", "angiomyolipoma", "MCF-7")
DRUGS = ("sirolimus", "everolimus", "torin1", "azd8055", "alpelisib", "mk2206", "trametinib")
#: How many treatments of each tumour get reasons.
EXPLAINED = 12
REBOUND_CELLS = ("MCF-7", "reference")
REBOUND_DRUGS = ("drug:everolimus@20nM", "drug:azd8055@300nM")
REBOUND_READOUT = "pAKT_S473"
REBOUND_TIMES_H = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 24.0, 36.0, 48.0)
TABLE_TIMES_H = (0.0, 1.0, 8.0, 24.0, 48.0)
REBOUND_TIME_H = 24.0
INTACT = "intact"
ALL_LOOPS = "all loops"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Panel:
    """One cell under one drug; ``arms`` are (label, condition), the intact one first."""

    cell: str
    dose: str
    arms: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        """Cell and dose."""
        return f"{self.cell}, {self.dose}"


@dataclass(frozen=True)
class ReboundRow:
    """One arm of the rebound: panel title, label and intervals at ``TABLE_TIMES_H``."""

    panel: str
    label: str
    values: tuple[Interval, ...]


@dataclass(frozen=True)
class CutLoop:
    """The rebound's readout with a loop cut, and the share of the rise (draws that rise) that is gone."""

    label: str
    value: Interval
    share: Interval


@dataclass(frozen=True)
class Rebound:
    """The readout of one panel at the start and at ``t_h``, and what each cut leaves, strongest cut first.

    ``rise`` is end less start, draw by draw; ``together`` is the arm with every loop cut.
    """

    panel: Panel
    t_h: float
    start: Interval
    end: Interval
    rise: Interval
    loops: tuple[CutLoop, ...]
    together: CutLoop


@dataclass(frozen=True)
class Showcase:
    """Ranking of the tumours, the rebound's time courses, and which conditions stand in which panel.

    ``tumours`` and ``loops`` are the atlas's records of what is shown.
    """

    ranking: Ranking
    rebound: xarray.Dataset
    panels: tuple[Panel, ...]
    tumours: tuple[Tumour, ...] = ()
    loops: tuple[Loop, ...] = ()
    rebound_readout: str = REBOUND_READOUT
    table_times: tuple[float, ...] = TABLE_TIMES_H

    @property
    def failures(self) -> Failures:
        """Rows without a number of both parts."""
        own = failures_of(self.rebound)
        both = self.ranking.failures
        return Failures(
            own.total + both.total,
            (*both.rows, *own.rows),
            {**both.sentences, **own.sentences},
        )

    @property
    def rebound_unit(self) -> str:
        """Unit of the rebound's readout."""
        return unit_of(self.rebound, self.rebound_readout)

    def rebound_rows(self) -> Iterator[ReboundRow]:
        """The rebound as a table."""
        for panel in self.panels:
            for label, condition in panel.arms:
                values = [interval_of(self._values(condition, t)) for t in self.table_times]
                yield ReboundRow(panel.title, label, tuple(values))

    def rebounds(self) -> Iterator[Rebound]:
        """Each panel's rise from the start to ``REBOUND_TIME_H`` and what the cuts leave of it."""
        for panel in self.panels:
            intact = dict(panel.arms)[INTACT]
            start, end = self._values(intact, 0.0), self._values(intact, REBOUND_TIME_H)
            rise = end - start
            cuts = [
                self._cut(label, condition, end, rise) for label, condition in panel.arms if label != INTACT
            ]
            loops = [cut for cut in cuts if cut.label != f"{ALL_LOOPS} cut"]
            together = next(cut for cut in cuts if cut.label == f"{ALL_LOOPS} cut")
            yield Rebound(
                panel, REBOUND_TIME_H, interval_of(start), interval_of(end), interval_of(rise),
                tuple(sorted(loops, key=lambda cut: -(cut.share.median or 0.0))), together,
            )  # fmt: skip

    def _cut(
        self, label: str, condition: str, intact: NDArray[np.float64], rise: NDArray[np.float64]
    ) -> CutLoop:
        left = self._values(condition, REBOUND_TIME_H)
        # a draw without a rise has nothing to take a share of
        rises = rise > 0.0
        return CutLoop(label, interval_of(left), interval_of((intact - left)[rises] / rise[rises]))

    def _values(self, condition: str, t_h: float) -> NDArray[np.float64]:
        return values_at(self.rebound, condition, self.rebound_readout, t_h)


def showcase(
    atlas: Atlas,
    draws: Draws,
    *,
    cells: Sequence[str] = CELLS,
    progress: Progress | None = None,
) -> Showcase:
    """Rank ``DRUGS`` alone and in pairs on each tumour, and simulate the rebound with the loops cut.

    Raises
    ------
    InputError
        If a cell is unknown.
    """
    cuts = loop_cuts(atlas)
    ranking = rank(
        atlas,
        [Arm(cell, cell, ()) for cell in cells],
        [*DRUGS, *map(" + ".join, combinations(DRUGS, 2))],
        draws,
        explain_with=cuts,
        explain_top=EXPLAINED,
        progress=progress,
    )
    arms, panels = _rebound_arms(cuts)
    dataset = simulate(
        atlas, arms, list(REBOUND_TIMES_H), draws, readouts=[REBOUND_READOUT], progress=progress
    ).dataset
    tumours = tuple(atlas.tumour(cell) for cell in cells)
    return Showcase(ranking, dataset, panels, tumours, tuple(atlas.loops.values()))


def _rebound_arms(cuts: Sequence[Cut]) -> tuple[list[Arm], tuple[Panel, ...]]:
    every = Cut(ALL_LOOPS, "loop", tuple(m for cut in cuts for m in cut.mechanisms), ())
    arms: list[Arm] = []
    panels: list[Panel] = []
    for cell in REBOUND_CELLS:
        for drug in REBOUND_DRUGS:
            items = parse_items(drug)
            intact = Arm(f"{cell} | {items[0].text}", cell, items)
            cut_arms = [(f"{cut.id} cut", with_cut(intact, cut)) for cut in (*cuts, every)]
            lines = [(INTACT, intact), *cut_arms]
            arms += [arm for _, arm in lines]
            dose = f"{items[0].what} {items[0].amount:g} {items[0].unit}"
            panels.append(Panel(cell, dose, tuple((label, arm.id) for label, arm in lines)))
    return arms, tuple(panels)
