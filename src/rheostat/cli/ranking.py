"""Rankings as text tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rheostat.cli.table import heading, interval, number, table

if TYPE_CHECKING:
    from rheostat.studies.rank import RankedTreatment, Ranking, TumourRanking


def ranking_text(ranking: Ranking) -> str:
    """One table a tumour, best treatment first, with the loops that were cut."""
    return "\n\n".join(_tumour_text(tumour) for tumour in ranking.tumours)


def _tumour_text(tumour: TumourRanking) -> str:
    rows = [
        [
            str(each.rank),
            each.treatment.name,
            f"{each.treatment.dose_text} ({each.treatment.policy})",
            interval(each.score),
            number(each.selectivity.median),
        ]
        for each in tumour.treatments
    ]
    title = f"{tumour.id}: {', '.join(tumour.alterations) or 'no alterations'}"
    lines = [heading(title), table(["#", "treatment", "dose (policy)", "score [5-95 %]", "select."], rows)]
    loops = list(dict.fromkeys(reason.id for each in tumour.treatments for reason in each.reasons))
    if loops:
        changes = [
            [each.treatment.name, *_changes(each, loops)] for each in tumour.treatments if each.reasons
        ]
        lines += ["", "change of the score when a loop is cut, median", table(["treatment", *loops], changes)]
    return "\n".join(lines)


def _changes(line: RankedTreatment, loops: Sequence[str]) -> list[str]:
    deltas = {reason.id: reason.delta.median for reason in line.reasons}
    return [_signed(deltas.get(loop)) for loop in loops]


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.3f}"
