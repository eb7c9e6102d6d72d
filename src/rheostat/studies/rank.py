"""Treatments of a tumour ranked by growth inhibition, with the reasons."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import xarray
from numpy.typing import NDArray

from rheostat.atlas.load import Atlas
from rheostat.atlas.resolve import tumour_items
from rheostat.knowledge.drug import Drug
from rheostat.problem.arm import Arm
from rheostat.problem.item import Item, parse_items
from rheostat.studies.explain import Contribution, Cut, with_cut
from rheostat.studies.interval import Failures, Interval, failures_of, interval_of, values_at
from rheostat.studies.simulate import Draws, simulate

REFERENCE_CELL = "reference"
SCORE_TIME_H = 72.0
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ChosenDose:
    """Dose of one drug (nM) and the policy that chose it."""

    drug: str
    nM: float  # noqa: N815 - the unit's own spelling
    policy: str


@dataclass(frozen=True)
class Treatment:
    """One drug or several at once, each at its chosen dose."""

    name: str
    doses: tuple[ChosenDose, ...]

    @property
    def item_text(self) -> str:
        """The items of the common grammar."""
        return ";".join(f"drug:{dose.drug}@{dose.nM:.6g}nM" for dose in self.doses)

    @property
    def policy(self) -> str:
        """Policy of the doses; several are joined in the order of the drugs."""
        return " + ".join(dict.fromkeys(dose.policy for dose in self.doses))


@dataclass(frozen=True)
class RankedTreatment:
    """One line of a ranking: 1 - GR at 72 h, and the same less that of the reference cell."""

    treatment: Treatment
    score: Interval
    selectivity: Interval
    death_rate: Interval
    rank: int
    reasons: tuple[Contribution, ...]

    def as_dict(self) -> dict[str, Any]:
        """Object of the JSON contract."""
        return {
            "treatment": self.treatment.name,
            "dose_policy": self.treatment.policy,
            "doses": [{"drug": d.drug, "dose_nM": d.nM, "policy": d.policy} for d in self.treatment.doses],
            "score": self.score.as_dict(),
            "selectivity": self.selectivity.as_dict(),
            "death_rate": self.death_rate.as_dict(),
            "rank": self.rank,
            "reasons": [
                {
                    "id": r.id,
                    "kind": r.kind,
                    "delta": r.delta.median,
                    "delta_interval": r.delta.as_dict(),
                    "source": list(r.sources),
                }
                for r in self.reasons
            ],
        }


@dataclass(frozen=True)
class TumourRanking:
    """Treatments of one tumour, best first."""

    id: str
    alterations: tuple[str, ...]
    ignored: tuple[str, ...]
    treatments: tuple[RankedTreatment, ...]

    def as_dict(self) -> dict[str, Any]:
        """Object of the JSON contract."""
        return {
            "id": self.id,
            "alterations": list(self.alterations),
            "ignored": list(self.ignored),
            "treatments": [each.as_dict() for each in self.treatments],
        }


@dataclass(frozen=True)
class Ranking:
    """Rankings of several tumours and the rows that failed."""

    tumours: tuple[TumourRanking, ...]
    failures: Failures


def choose_dose(drug: Drug) -> ChosenDose:
    """Free average concentration of the label schedule, else the geometric middle of the in-vitro range."""
    if drug.free_caverage_nM is not None:
        return ChosenDose(drug.id, float(drug.free_caverage_nM), "free_caverage")
    low, high = drug.in_vitro_nM
    return ChosenDose(drug.id, sqrt(low * high), "in_vitro_middle")


def read_treatment(atlas: Atlas, name: str) -> Treatment:
    """Treatment of a name such as ``everolimus`` or ``everolimus + trametinib``.

    Raises
    ------
    InputError
        If a drug is unknown.
    """
    drugs = [atlas.drug(part.strip()) for part in name.split("+")]
    return Treatment(" + ".join(drug.id for drug in drugs), tuple(choose_dose(drug) for drug in drugs))


def treated(cell: Arm, treatment: Treatment) -> Arm:
    """The cell under the treatment; its id is ``CELL | TREATMENT``."""
    return Arm(f"{cell.id} | {treatment.name}", cell.cell, (*cell.items, *parse_items(treatment.item_text)))


def rank(
    atlas: Atlas,
    cells: Sequence[Arm],
    treatments: Sequence[str],
    draws: Draws,
    *,
    explain_with: Sequence[Cut] = (),
    explain_top: int | None = 3,
    progress: Progress | None = None,
) -> Ranking:
    """Treatments ranked for each cell.

    Parameters
    ----------
    atlas : Atlas
    cells : sequence of Arm
        A cell with its alterations, without drugs.
    treatments : sequence of str
        Drug names, pairs as ``A + B``; each is dosed as ``choose_dose`` says.
    draws : Draws
    explain_with : sequence of Cut
        What is cut to give reasons.
    explain_top : int, optional
        How many of each cell's treatments get reasons; ``None`` = all.

    Returns
    -------
    Ranking
        Ties of the score (equal to three decimals) are broken by the larger death rate.

    Raises
    ------
    InputError
        If a cell or drug is unknown.
    """
    dosed = [read_treatment(atlas, name) for name in dict.fromkeys(treatments)]
    reference = Arm(REFERENCE_CELL, REFERENCE_CELL, ())
    cohort = {cell.id: cell for cell in [*cells, reference]}
    arms = [treated(cell, treatment) for cell in cohort.values() for treatment in dosed]
    # What is explained whatever its rank goes into one batch with what is ranked.
    every = [(cell, each) for cell in cells for each in dosed] if explain_top is None else []
    dataset = _simulate(atlas, [*arms, *_cut_arms(every, explain_with)], draws, progress)
    ranked = {cell.id: _order(dataset, cell, dosed) for cell in cells}
    datasets = [dataset]
    if explain_with and explain_top is not None:
        best = [(cohort[key], line[0]) for key, lines in ranked.items() for line in lines[:explain_top]]
        datasets.append(_simulate(atlas, _cut_arms(best, explain_with), draws, progress))
    tumours = [
        TumourRanking(
            cell.id,
            tuple(item.text for item in (*_own_items(atlas, cell), *cell.items)),
            atlas.tumour(cell.cell).ignored,
            tuple(
                RankedTreatment(
                    treatment,
                    interval_of(score),
                    interval_of(score - _score(dataset, reference, treatment)),
                    interval_of(values_at(dataset, treated(cell, treatment).id, "death_rate", SCORE_TIME_H)),
                    place,
                    _reasons(datasets, cell, treatment, explain_with, score),
                )
                for place, (treatment, score) in enumerate(ranked[cell.id], start=1)
            ),
        )
        for cell in cells
    ]
    return Ranking(tuple(tumours), failures_of(*datasets))


def _cut_arms(chosen: Sequence[tuple[Arm, Treatment]], cuts: Sequence[Cut]) -> list[Arm]:
    arms = [with_cut(treated(cell, treatment), cut) for cell, treatment in chosen for cut in cuts]
    return list({arm.id: arm for arm in arms}.values())


def _own_items(atlas: Atlas, cell: Arm) -> tuple[Item, ...]:
    return tumour_items(atlas.tumour(cell.cell))


def _simulate(atlas: Atlas, arms: Sequence[Arm], draws: Draws, progress: Progress | None) -> xarray.Dataset:
    times = [0.0, SCORE_TIME_H]
    return simulate(atlas, arms, times, draws, readouts=["gr", "death_rate"], progress=progress).dataset


def _score(dataset: xarray.Dataset, cell: Arm, treatment: Treatment) -> NDArray[np.float64]:
    return _inhibition(dataset, treated(cell, treatment).id)


def _inhibition(dataset: xarray.Dataset, condition: str) -> NDArray[np.float64]:
    return np.asarray(1.0 - values_at(dataset, condition, "gr", SCORE_TIME_H), dtype=float)


def _order(
    dataset: xarray.Dataset, cell: Arm, treatments: Sequence[Treatment]
) -> list[tuple[Treatment, NDArray[np.float64]]]:
    lines = [(treatment, _score(dataset, cell, treatment)) for treatment in treatments]

    def key(line: tuple[Treatment, NDArray[np.float64]]) -> tuple[bool, float, float, str]:
        score = interval_of(line[1]).median
        death = interval_of(values_at(dataset, treated(cell, line[0]).id, "death_rate", SCORE_TIME_H)).median
        return score is None, -round(score or 0.0, 3), -(death or 0.0), line[0].name

    return sorted(lines, key=key)


def _reasons(
    datasets: Sequence[xarray.Dataset],
    cell: Arm,
    treatment: Treatment,
    cuts: Sequence[Cut],
    score: NDArray[np.float64],
) -> tuple[Contribution, ...]:
    reasons = []
    known = set(datasets[-1]["condition"].values)
    for cut in cuts:
        condition = with_cut(treated(cell, treatment), cut).id
        if condition in known:
            delta = interval_of(_inhibition(datasets[-1], condition) - score)
            reasons.append(Contribution(cut.id, cut.kind, delta, None, cut.sources))
    return tuple(sorted(reasons, key=lambda each: -abs(each.delta.median or 0.0)))
