"""Rankings: the order, and reasons that do not depend on how the arms are batched."""

from functools import cache

from rheostat.atlas.load import Atlas, load_atlas
from rheostat.problem.arm import Arm
from rheostat.studies.explain import loop_cuts
from rheostat.studies.rank import Ranking, rank
from rheostat.studies.simulate import Draws

TREATMENTS = ("everolimus", "azd8055", "everolimus + mk2206")


@cache
def shipped() -> Atlas:
    return load_atlas()


@cache
def ranking(explain_top: int | None) -> Ranking:
    cells = [Arm(name, name) for name in ("HCC_PTEN", "MCF-7")]
    cuts = loop_cuts(shipped())[:1]
    return rank(shipped(), cells, TREATMENTS, Draws((0, 1)), explain_with=cuts, explain_top=explain_top)


def test_the_score_falls_from_rank_to_rank() -> None:
    for tumour in ranking(1).tumours:
        scores = [line.score.median or 0.0 for line in tumour.treatments]
        assert [line.rank for line in tumour.treatments] == [1, 2, 3]
        assert scores == sorted(scores, reverse=True)


def test_only_the_best_are_explained() -> None:
    for tumour in ranking(1).tumours:
        assert [len(line.reasons) for line in tumour.treatments] == [1, 0, 0]


def test_reasons_in_the_batch_of_the_ranking_equal_those_made_after_it() -> None:
    assert ranking(None).tumours == ranking(len(TREATMENTS)).tumours
