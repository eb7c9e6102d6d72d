"""The verdict on one fact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from rheostat.verdict.effect import Direction

Word = Literal["reproduced", "contradicted", "undetermined", "not_computable", "not_runnable"]
Kind = Literal["wired", "emergent"]

#: Share of draws from which a fact is reproduced, and up to which it is contradicted.
REPRODUCED: Final = 0.8
CONTRADICTED: Final = 0.2

_SCORES: Final[dict[str, float]] = {"right": 1.0, "none": 0.5, "wrong": 0.0}


@dataclass(frozen=True)
class AssertionVerdict:
    """One assertion: share of draws in which it holds, its effect over the draws, and the graph's answer."""

    fraction: float
    effect_median: float | None
    effect_p05: float | None
    effect_p95: float | None
    direction: Direction
    graph: Direction

    def as_dict(self) -> dict[str, Any]:
        """Object of the JSON contract."""
        return dict(vars(self))


@dataclass(frozen=True)
class Verdict:
    """What the ensemble says of one fact.

    Parameters
    ----------
    id, statement : str
    verdict : str
        ``not_computable``: the atlas lacks what ``missing`` names; ``not_runnable``: shown, never counted.
    kind : {"wired", "emergent"}
        Whether the bare signs of the network answer all assertions rightly.
    judge_only : bool
        Whether the item may only judge, never train.
    direction : {"right", "wrong", "none"}
    graph : {"right", "wrong", "none"}
    fraction : float or None
        Share of draws in which all assertions hold.
    failed : tuple of int
        Draws that did not finish or in which a side is no number; they count as not satisfied.
    reason : str
        Why it is not runnable.
    variant : str or None
        Reading that the fact is told under.
    """

    id: str
    statement: str
    verdict: Word
    kind: Kind = "emergent"
    judge_only: bool = False
    direction: Direction = "none"
    graph: Direction = "none"
    fraction: float | None = None
    assertions: tuple[AssertionVerdict, ...] = ()
    missing: tuple[str, ...] = ()
    failed: tuple[int, ...] = ()
    reason: str = ""
    variant: str | None = None

    @property
    def is_judged(self) -> bool:
        """Whether the ensemble was asked."""
        return self.fraction is not None

    def as_dict(self) -> dict[str, Any]:
        """Object of the JSON contract."""
        return {
            "id": self.id,
            "statement": self.statement,
            "kind": self.kind,
            "judge_only": self.judge_only,
            "verdict": self.verdict,
            "direction": self.direction,
            "fraction": self.fraction,
            "assertions": [assertion.as_dict() for assertion in self.assertions],
            "missing": list(self.missing),
            "failed": list(self.failed),
            "reason": self.reason,
            "variant": self.variant,
        }


def word_of(fraction: float) -> Word:
    """Verdict of the share of draws in which all assertions hold.

    Examples
    --------
    >>> word_of(0.8), word_of(0.5), word_of(0.2)
    ('reproduced', 'undetermined', 'contradicted')
    """
    if fraction >= REPRODUCED:
        return "reproduced"
    return "contradicted" if fraction <= CONTRADICTED else "undetermined"


def joined(directions: tuple[Direction, ...]) -> Direction:
    """Direction of a fact: wrong if one assertion is wrong, right if all are, else none.

    Examples
    --------
    >>> joined(("right", "none")), joined(("right", "wrong"))
    ('none', 'wrong')
    """
    if "wrong" in directions:
        return "wrong"
    return "right" if directions and all(each == "right" for each in directions) else "none"


def mean_score(directions: list[Direction]) -> float | None:
    """Mean of 1 right, 0.5 no answer, 0 wrong; None of nothing."""
    return float(np.mean([_SCORES[each] for each in directions])) if directions else None
