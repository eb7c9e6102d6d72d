"""Which loop or mechanism moved a number: each is cut and the model run again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rheostat.atlas.load import Atlas
from rheostat.problem.arm import Arm
from rheostat.problem.item import parse_items
from rheostat.studies.interval import Failures, Interval, failures_of, interval_of, values_at
from rheostat.studies.simulate import Draws, simulate

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Cut:
    """Something that can be cut: a named loop (its mechanisms together) or one mechanism."""

    id: str
    kind: str
    mechanisms: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def item_text(self) -> str:
        """The items of the common grammar that cut it."""
        return ";".join(f"cut:{mechanism}" for mechanism in self.mechanisms)


@dataclass(frozen=True)
class Contribution:
    """Change of a number when one thing is cut (cut minus intact, same draw)."""

    id: str
    kind: str
    delta: Interval
    share: float | None
    sources: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Object of the JSON contract."""
        return {
            "id": self.id,
            "kind": self.kind,
            "delta": self.delta.median,
            "delta_interval": self.delta.as_dict(),
            "share": self.share,
            "sources": list(self.sources),
        }


@dataclass(frozen=True)
class Explanation:
    """The effect of an arm on a readout at a time, and what each cut does to it, largest first."""

    readout: str
    t_h: float
    effect: Interval
    contributions: tuple[Contribution, ...]
    failures: Failures


def loop_cuts(atlas: Atlas) -> tuple[Cut, ...]:
    """One cut a loop that the atlas names."""
    return tuple(
        Cut(loop.id, "loop", tuple(loop.mechanisms), tuple(loop.source)) for loop in atlas.loops.values()
    )


def with_cut(arm: Arm, cut: Cut) -> Arm:
    """The same arm with one thing cut; its id gets ``| cut:ID``."""
    return Arm(f"{arm.id} | cut:{cut.id}", arm.cell, (*arm.items, *parse_items(cut.item_text)))


def explain(
    atlas: Atlas,
    arm: Arm,
    readout: str,
    t_h: float,
    draws: Draws,
    *,
    cuts: Sequence[Cut] | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """What each cut does to one readout of one arm.

    Parameters
    ----------
    atlas : Atlas
    arm : Arm
    readout : str
    t_h : float, h
    draws : Draws
    cuts : sequence of Cut, optional
        Default: the atlas's loops.

    Returns
    -------
    Explanation
        ``delta`` = readout with the cut minus readout without it, in the readout's unit, draw by draw.

    Raises
    ------
    InputError
        If the cell, an item or the readout is unknown.
    """
    chosen = loop_cuts(atlas) if cuts is None else tuple(cuts)
    arms = [arm, *(with_cut(arm, cut) for cut in chosen)]
    result = simulate(atlas, arms, [0.0, t_h], draws, readouts=[readout], progress=progress)
    intact = values_at(result.dataset, arm.id, readout, t_h)
    deltas = [values_at(result.dataset, each.id, readout, t_h) - intact for each in arms[1:]]
    intervals = [interval_of(delta) for delta in deltas]
    moved = float(np.sum([abs(each.median or 0.0) for each in intervals]))
    contributions = [
        Contribution(
            cut.id,
            cut.kind,
            each,
            abs(each.median) / moved if each.median is not None and moved > 0 else None,
            cut.sources,
        )
        for cut, each in zip(chosen, intervals, strict=True)
    ]
    contributions.sort(key=lambda each: -abs(each.delta.median or 0.0))
    return Explanation(readout, t_h, interval_of(intact), tuple(contributions), failures_of(result.dataset))
