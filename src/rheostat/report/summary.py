"""What a showcase says, in sentences made from its numbers."""

from collections.abc import Iterator

from rheostat.report.wording import IN_VITRO, interval_text, treatment_text
from rheostat.studies.demo import CutLoop, Rebound, Showcase
from rheostat.studies.interval import Interval
from rheostat.studies.rank import RankedTreatment, TumourRanking


def ranking_sentences(tumour: TumourRanking) -> list[str]:
    """Best treatment, best at a dose reached in patients, best pair against best drug, selectivity."""
    return [*_best(tumour), *_pair(tumour), _selectivity(tumour)]


def rebound_sentences(showcase: Showcase) -> list[str]:
    """AKT S473 at 24 h of each cell under each drug, and the loop whose cut takes most of the rise away."""
    return [_rebound(each, showcase.rebound_readout) for each in showcase.rebounds()]


def _best(tumour: TumourRanking) -> Iterator[str]:
    best = tumour.treatments[0]
    yield f"Best treatment: {_scored(best)}."
    reached = [each for each in tumour.treatments if IN_VITRO not in each.treatment.policy]
    if reached and reached[0] is not best:
        yield f"Best with every drug at its average free plasma concentration: {_scored(reached[0])}."


def _pair(tumour: TumourRanking) -> Iterator[str]:
    pairs = [each for each in tumour.treatments if len(each.treatment.doses) > 1]
    singles = [each for each in tumour.treatments if len(each.treatment.doses) == 1]
    if not pairs or not singles:
        return
    pair, single = pairs[0], singles[0]
    yield f"Best pair: {_scored(pair)}; its interval {_against(pair, single)}."
    reached = [each for each in singles if IN_VITRO not in each.treatment.policy]
    if IN_VITRO not in pair.treatment.policy and reached and reached[0] is not single:
        yield f"The pair's interval {_against(pair, reached[0], 'at its average free plasma concentration')}."


def _against(pair: RankedTreatment, single: RankedTreatment, how: str = "") -> str:
    word = "overlaps" if overlap(pair.score, single.score) else "does not overlap"
    return f"{word} that of the best single drug{how and ' ' + how}, {_scored(single)}"


def _selectivity(tumour: TumourRanking) -> str:
    sure = [
        each.treatment.name
        for each in tumour.treatments
        if each.selectivity.p05 is not None and each.selectivity.p05 > 0.0
    ]
    if not sure:
        return "No treatment inhibits it more than the reference cell with its whole 5-95 % interval."
    return f"Inhibited more than the reference cell, with the whole 5-95 % interval: {', '.join(sure)}."


def _rebound(each: Rebound, readout: str) -> str:
    text = (
        f"{readout} in {each.panel.cell} under {each.panel.dose}: {interval_text(each.start)} at the start, "
        f"{interval_text(each.end)} at {each.t_h:g} h"
    )
    if each.rise.median is None or each.rise.median <= 0.0:
        return f"{text}: no rebound above the start."
    strongest = each.loops[0]
    return (
        f"{text}, a rise of {interval_text(each.rise)}. With {strongest.label} it is "
        f"{interval_text(strongest.value)}, {_share(strongest)} of the rise gone; "
        f"with {each.together.label} {interval_text(each.together.value)}, {_share(each.together)} gone."
    )


def _share(cut: CutLoop) -> str:
    low, middle, high = (
        "-" if value is None else f"{100.0 * value:.0f}"
        for value in (cut.share.p05, cut.share.median, cut.share.p95)
    )
    return f"{middle} % [{low} to {high} %]"


def _scored(line: RankedTreatment) -> str:
    return f"{treatment_text(line.treatment)}, score {interval_text(line.score)}"


def overlap(one: Interval, other: Interval) -> bool:
    """Whether two intervals share a number; one without numbers shares none."""
    if one.p05 is None or one.p95 is None or other.p05 is None or other.p95 is None:
        return False
    return one.p05 <= other.p95 and other.p05 <= one.p95
