"""The influence graph: what the bare signs of the network say about an assertion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from rheostat.engine.trajectory import ResultCode
from rheostat.knowledge.claim import Assertion
from rheostat.problem.arm import Arm, ArmChanges
from rheostat.problem.draw import sample
from rheostat.problem.item import Item
from rheostat.studies.course import Runner
from rheostat.studies.influence import Signs, signs_at
from rheostat.studies.plan import GR, GROWTH, INHIBITION, make_plan, observables_of
from rheostat.verdict.effect import Direction, is_plain_readout

if TYPE_CHECKING:
    from rheostat.atlas.load import Atlas

Floats = NDArray[np.float64]

#: Kinds whose sign is that of their change of a level.
_LEVELS: Final = frozenset({"env", "drug"})
_SILENT: Final = frozenset({"cut", "context"})


def shortest_sign(
    influences: Mapping[str, Mapping[str, int]], readout: Mapping[str, int], starts: Iterable[tuple[str, int]]
) -> int:
    """Sign of the shortest signed paths from the starts to a readout; 0 where there is none or they differ.

    Parameters
    ----------
    influences : node -> {node it acts on: sign}
    readout : node -> sign
        What the readout depends on directly.
    starts : (node, sign)

    Examples
    --------
    >>> shortest_sign({"a": {"b": -1}}, {"b": 1}, [("a", 1)])
    -1
    """
    frontier: dict[str, set[int]] = {}
    for node, sign in starts:
        frontier.setdefault(node, set()).add(sign)
    seen: set[str] = set()
    while frontier:
        reaching = {node: signs for node, signs in frontier.items() if node in readout}
        found = {sign * readout[node] for node, signs in reaching.items() for sign in signs}
        if found:
            return found.pop() if len(found) == 1 else 0
        seen |= set(frontier)
        following: dict[str, set[int]] = {}
        for node, signs in frontier.items():
            for target, influence in influences.get(node, {}).items():
                if target not in seen:
                    following.setdefault(target, set()).update(sign * influence for sign in signs)
        frontier = following
    return 0


class InfluenceGraph:
    """Answers of the signs of df/dx at nominal values."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        plan = make_plan(atlas, [Arm("graph")], [0.0], list(observables_of(atlas)), 1e-6, 1e-6)
        self._kernel = plan.kernels[0]
        self._runner = Runner(plan, sample(atlas.prior, 1, None))
        self._signs: dict[tuple[bytes, bytes], tuple[Signs, Signs]] = {}

    def answer(self, assertion: Assertion, first: Arm, lhs: Arm, rhs: Arm | None) -> Direction:
        """Whether the graph predicts the assertion; none where it has no answer.

        Parameters
        ----------
        assertion : Assertion
            With its times filled in.
        first : Arm
            The first arm of the fact, at whose t = 0 the signs are taken.
        lhs, rhs : Arm
            Arms of the two sides.
        """
        difference = _single_item(lhs, rhs) if rhs is not None and _has_answer(assertion) else None
        if difference is None or rhs is None:
            return "none"
        item, sign = difference
        observable, sense = _observable(assertion.lhs.readout, item)
        if item.kind in _SILENT or not observable:
            return "none"
        changes = self._atlas.changes(first), self._atlas.changes(lhs), self._atlas.changes(rhs)
        state = self._state(*changes)
        if state is None:
            return "none"
        influences, readouts = self._signs_at(*state)
        if item.kind in _LEVELS:
            starts = self._level_changes(changes[1], changes[2], item)
        else:
            starts = [(node, sign * effect) for node, effect in self._atlas.effects(item)]
        predicted = sense * shortest_sign(influences, readouts.get(observable, {}), starts)
        if predicted == 0:
            return "none"
        return "right" if (predicted > 0) == (assertion.op == ">") else "wrong"

    def _state(self, first: ArmChanges, lhs: ArmChanges, rhs: ArmChanges) -> tuple[Floats, Floats] | None:
        """Species and parameters at t = 0 of the first arm, with inputs and drugs at the larger value."""
        start = self._runner.start(first)
        if start.result[0] != ResultCode.ok:
            return None
        species, parameters = start.species[0].copy(), start.parameters[0].copy()
        places = {name: (parameters, index) for index, name in enumerate(self._kernel.parameters)}
        places |= {name: (species, index) for index, name in enumerate(self._kernel.species)}
        targets = {
            change.target
            for arm in (lhs, rhs)
            for changes in (arm.starved, *(timed for _, timed in arm.timed))
            for change in changes
        }
        for target in sorted(targets):
            values, index = places[target]
            values[index] = max(self._levels(arm, target)[1] for arm in (lhs, rhs))
        return species, parameters

    def _levels(self, arm: ArmChanges, target: str, at_h: float | None = None) -> tuple[float, float]:
        """Level of a parameter or species at a time (None = t = 0), and its largest level from t = 0 on."""
        start = self._runner.start(arm)
        names, values = self._kernel.parameters, start.parameters[0]
        if target not in names:
            names, values = self._kernel.species, start.species[0]
        level = float(values[names.index(target)])
        course = [(0.0, level)] + [
            (time, change.value) for time, timed in arm.timed for change in timed if change.target == target
        ]
        then = [value for time, value in course if at_h is not None and time <= at_h]
        return (then[-1] if then else level), max(value for _, value in course)

    def _level_changes(self, lhs: ArmChanges, rhs: ArmChanges, item: Item) -> list[tuple[str, int]]:
        starts = []
        targets = {
            change.target
            for arm in (lhs, rhs)
            for changes in (arm.starved, *(timed for _, timed in arm.timed))
            for change in changes
        }
        for target in sorted(targets):
            left, right = (self._levels(arm, target, item.start_h)[0] for arm in (lhs, rhs))
            if left != right:
                starts.append((target, 1 if left > right else -1))
        return starts

    def _signs_at(self, species: Floats, parameters: Floats) -> tuple[Signs, Signs]:
        key = (species.tobytes(), parameters.tobytes())
        if key not in self._signs:
            self._signs[key] = signs_at(self._kernel, species, parameters)
        return self._signs[key]


def _has_answer(assertion: Assertion) -> bool:
    lhs, rhs = assertion.lhs, assertion.rhs
    if rhs is None or assertion.op not in ("<", ">") or assertion.within is not None:
        return False
    same = lhs.readout == rhs.readout and lhs.t_h == rhs.t_h and lhs.arm != rhs.arm
    return same and is_plain_readout(lhs) and is_plain_readout(rhs)


def _observable(readout: str, item: Item) -> tuple[str, int]:
    if readout not in (GR, INHIBITION):
        return readout, 1
    return (GROWTH if item.kind == "drug" else ""), (1 if readout == GR else -1)


def _single_item(lhs: Arm, rhs: Arm) -> tuple[Item, int] | None:
    """The one item by which two arms differ, with +1 if the left arm has it (or more of it)."""
    left, right = (Counter(map(_key, arm.items)) for arm in (lhs, rhs))
    only = [key for key in (left - right).elements()], [key for key in (right - left).elements()]
    items = {_key(item): item for item in (*lhs.items, *rhs.items)}
    if len(only[0]) + len(only[1]) == 1:
        return (items[only[0][0]], 1) if only[0] else (items[only[1][0]], -1)
    if len(only[0]) == len(only[1]) == 1:
        one, other = items[only[0][0]], items[only[1][0]]
        same = _key(replace(one, amount=None, unit=None)) == _key(replace(other, amount=None, unit=None))
        # Two levels of one thing, such as env:leu@0 and env:leu@1.
        if same and one.kind in _LEVELS:
            return one, 1
    return None


def _key(item: Item) -> tuple[object, ...]:
    return item.kind, item.what, item.amount, item.unit, item.start_h, item.end_h
