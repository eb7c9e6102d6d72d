"""A change of a network: one parameter or one initial amount, from one time to another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

Operation = Literal["set", "multiply", "add"]
OPERATIONS: Final[tuple[Operation, ...]] = ("set", "multiply", "add")

_Value = TypeVar("_Value", float, NDArray[np.float64])


@dataclass(frozen=True)
class Change:
    """One change of a parameter or of an amount.

    Parameters
    ----------
    target : str
        Parameter or species id.
    operation : {"set", "multiply", "add"}
    value : float
        In the unit of the target; a factor for ``multiply``.
    start_h : float or None, h
        None = before everything.
    end_h : float or None, h
        When the target goes back to its base (0 for a drug, the untimed level for the environment);
        None = never.
    """

    target: str
    operation: Operation
    value: float
    start_h: float | None = None
    end_h: float | None = None

    def apply(self, before: _Value) -> _Value:
        """Value of the target after the change; the shape of ``before`` is kept.

        Examples
        --------
        >>> Change("k", "multiply", 2.0).apply(3.0)
        6.0
        """
        if self.operation == "set":
            return before * 0.0 + self.value
        if self.operation == "multiply":
            return before * self.value
        return before + self.value


def restarts(
    segments: Sequence[Change], base: Mapping[str, float]
) -> tuple[tuple[float, tuple[Change, ...]], ...]:
    """Times at which targets are set, in order, each with its ``set`` changes.

    Of overlapping segments of one target the later in ``segments`` wins; where none is left the target goes
    back to ``base``.  A target is set again only where its winning segment changes, so that a medium that is
    used up is not refilled at the times of other items.  A target that still is at ``base`` is not set to it:
    a dose of 0 and a medium as it was are nothing done.

    Parameters
    ----------
    segments : sequence of Change
        ``set`` only; ``start_h`` None is long before t = 0 and gives a time of minus infinity.
    base : mapping
        Value of each target without any segment.

    Examples
    --------
    >>> restarts([Change("drug", "set", 20.0, 0.0, 72.0)], {"drug": 0.0})[1]
    (72.0, (Change(target='drug', operation='set', value=0.0, start_h=72.0, end_h=None),))
    """
    times = sorted({time for segment in segments for time in _edges(segment)})
    targets = tuple(dict.fromkeys(segment.target for segment in segments))
    winners: dict[str, int | None] = dict.fromkeys(targets)
    moved: set[str] = set()
    result = []
    for time in times:
        changes = []
        for target in targets:
            winner = _winner(segments, target, time)
            if winner == winners[target]:
                continue
            winners[target] = winner
            value = base[target] if winner is None else segments[winner].value
            if target in moved or value != base[target]:
                moved.add(target)
                changes.append(Change(target, "set", value, time))
        if changes:
            result.append((time, tuple(changes)))
    return tuple(result)


def _edges(segment: Change) -> tuple[float, ...]:
    start = -math.inf if segment.start_h is None else segment.start_h
    return (start,) if segment.end_h is None else (start, segment.end_h)


def _winner(segments: Sequence[Change], target: str, time: float) -> int | None:
    covering = [
        index
        for index, segment in enumerate(segments)
        if segment.target == target
        and _edges(segment)[0] <= time < (math.inf if segment.end_h is None else segment.end_h)
    ]
    return covering[-1] if covering else None
