"""Rankings as text tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rheostat.cli.table import heading, interval, number, table

if TYPE_CHECKING:
    from rheostat.studies.rank import Ranking, TumourRanking


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
    reasons = [
        [each.treatment.name, reason.id, interval(reason.delta)]
        for each in tumour.treatments
        for reason in each.reasons
    ]
    if reasons:
        lines += ["", table(["treatment", "loop cut", "change of score [5-95 %]"], reasons)]
    return "\n".join(lines)
