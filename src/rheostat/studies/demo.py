"""The demo's study: three tumours ranked, and the AKT rebound taken apart."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import xarray

from rheostat.problem.arm import Arm
from rheostat.problem.item import parse_items
from rheostat.studies.explain import Cut, loop_cuts, with_cut
from rheostat.studies.interval import Failures, Interval, failures_of, interval_of, unit_of, values_at
from rheostat.studies.rank import Ranking, rank
from rheostat.studies.simulate import Draws, simulate

CELLS = ("HCC_PTEN", "angiomyolipoma", "MCF-7")
PAIRS = ("everolimus + trametinib", "everolimus + alpelisib", "azd8055 + mk2206")
DRAWS = 16
REBOUND_CELLS = ("MCF-7", "reference")
REBOUND_DRUGS = ("drug:everolimus@20nM", "drug:azd8055@300nM")
REBOUND_READOUT = "pAKT_S473"
REBOUND_TIMES_H = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 24.0, 36.0, 48.0)
TABLE_TIMES_H = (0.0, 1.0, 8.0, 24.0, 48.0)
Progress = Callable[[int, int], None]
Panel = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class ReboundRow:
    """One arm of the rebound: panel title, label and intervals at ``TABLE_TIMES_H``."""

    panel: str
    label: str
    values: tuple[Interval, ...]


@dataclass(frozen=True)
class Showcase:
    """Ranking of the tumours, the rebound's time courses, and which conditions stand in which panel."""

    ranking: Ranking
    rebound: xarray.Dataset
    panels: tuple[Panel, ...]
    rebound_readout: str = REBOUND_READOUT
    table_times: tuple[float, ...] = TABLE_TIMES_H

    @property
    def failures(self) -> Failures:
        """Failed rows of both parts."""
        own = failures_of(self.rebound)
        both = self.ranking.failures
        return Failures(
            own.failed + both.failed,
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
        for title, arms in self.panels:
            for label, condition in arms:
                values = [
                    interval_of(values_at(self.rebound, condition, self.rebound_readout, t))
                    for t in self.table_times
                ]
                yield ReboundRow(title, label, tuple(values))


def showcase(
    atlas: Any,
    draws: Draws,
    *,
    cells: Sequence[str] = CELLS,
    pairs: Sequence[str] = PAIRS,
    progress: Progress | None = None,
) -> Showcase:
    """Rank every drug alone and the pairs on each tumour, and simulate the rebound with the loops cut.

    Raises
    ------
    InputError
        If a cell or drug is unknown.
    """
    cuts = loop_cuts(atlas)
    ranking = rank(
        atlas,
        [Arm(cell, cell, ()) for cell in cells],
        [*atlas.drugs, *pairs],
        draws,
        explain_with=cuts,
        explain_top=None,
        progress=progress,
    )
    arms, panels = _rebound_arms(cuts)
    dataset = simulate(
        atlas, arms, list(REBOUND_TIMES_H), draws, readouts=[REBOUND_READOUT], progress=progress
    ).dataset
    return Showcase(ranking, dataset, panels)


def _rebound_arms(cuts: Sequence[Cut]) -> tuple[list[Arm], tuple[Panel, ...]]:
    every = Cut("all loops", "loop", tuple(m for cut in cuts for m in cut.mechanisms), ())
    arms: list[Arm] = []
    panels: list[Panel] = []
    for cell in REBOUND_CELLS:
        for drug in REBOUND_DRUGS:
            items = parse_items(drug)
            intact = Arm(f"{cell} | {items[0].text}", cell, items)
            cut_arms = [(f"{cut.id} cut", with_cut(intact, cut)) for cut in (*cuts, every)]
            lines = [("intact", intact), *cut_arms]
            arms += [arm for _, arm in lines]
            panels.append(
                (
                    f"{cell}, {items[0].what} {items[0].amount:g} {items[0].unit}",
                    tuple((label, arm.id) for label, arm in lines),
                )
            )
    return arms, tuple(panels)
