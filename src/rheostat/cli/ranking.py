"""Rankings as text tables."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from rheostat.cli.table import WIDTH, heading, table
from rheostat.report.wording import MARK, MARK_MEANS, doses_text, fixed, interval_text, signed

if TYPE_CHECKING:
    from rheostat.studies.rank import RankedTreatment, Ranking, TumourRanking

_NOTE = "doses: average free plasma concentration unless marked; score = 1 - GR at 72 h"


def ranking_text(ranking: Ranking) -> str:
    """One table a tumour, best treatment first, with the loops that were cut."""
    tables = [_tumour_text(tumour) for tumour in ranking.tumours]
    doses = [doses_text(line.treatment) for tumour in ranking.tumours for line in tumour.treatments]
    notes = [_NOTE]
    if any(MARK in dose for dose in doses):
        notes += wrap(f"{MARK} {MARK_MEANS}", WIDTH, subsequent_indent="  ")
    return "\n\n".join([*tables, "\n".join(notes)])


def _tumour_text(tumour: TumourRanking) -> str:
    rows = [
        [
            str(each.rank),
            each.treatment.name,
            doses_text(each.treatment),
            interval_text(each.score),
            fixed(each.selectivity.median),
        ]
        for each in tumour.treatments
    ]
    title = f"{tumour.id}: {', '.join(tumour.alterations) or 'no alterations'}"
    lines = [heading(title), table(["#", "treatment", "dose (nM)", "score [5 to 95 %]", "select."], rows)]
    loops = list(dict.fromkeys(reason.id for each in tumour.treatments for reason in each.reasons))
    if loops:
        changes = [
            [each.treatment.name, *_changes(each, loops)] for each in tumour.treatments if each.reasons
        ]
        lines += ["", "change of the score when a loop is cut, median", table(["treatment", *loops], changes)]
    return "\n".join(lines)


def _changes(line: RankedTreatment, loops: Sequence[str]) -> list[str]:
    deltas = {reason.id: reason.delta.median for reason in line.reasons}
    return [signed(deltas.get(loop)) for loop in loops]
