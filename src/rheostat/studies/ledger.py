"""Whether the network holds the loops of the claims ledger, edge by edge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rheostat.atlas.ledger_loop import Edge, LedgerLoop, MemberRow
from rheostat.studies.loops import arrows
from rheostat.studies.molecules import Molecules

if TYPE_CHECKING:
    from rheostat.atlas.load import Atlas

FOUND: Final = "found"
ABSENT: Final = "not in the network"
OPPOSED: Final = "other sign"
DETOUR: Final = "through another member"
NO_WAY: Final = "no path"

#: Steps from molecule to molecule between two members.
LONGEST_PATH: Final = 5
LONGEST_DETOUR: Final = 10

#: The fact of the ledger that the table answers, and the members one of which its loops must hold.
FACT: Final = "FB-feedback-exists#1"
_OF_FACT: Final = frozenset({"PI3K", "AKT"})

_Node = tuple[str, int]


@dataclass(frozen=True)
class EdgeCheck:
    """An edge of a ledger loop: status, the states that realise it (or come nearest) and what is missing."""

    edge: Edge
    status: str
    path: tuple[str, ...] = ()
    steps: tuple[int, ...] = ()
    reason: str = ""

    @property
    def way(self) -> str:
        """The path with its signs; empty where there is none."""
        return arrows(self.path, self.steps) if self.path else ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        edge = {"edge": str(self.edge), "sign": self.edge.sign, "inferred": self.edge.inferred}
        return {**edge, "status": self.status, "way": self.way, "reason": self.reason}


@dataclass(frozen=True)
class LoopCheck:
    """A loop of the ledger with the checks of its edges, path by path."""

    loop: LedgerLoop
    paths: tuple[tuple[EdgeCheck, ...], ...]

    @property
    def found(self) -> bool:
        """Whether every edge is realised: then the signs multiply to that of the loop."""
        return all(each.status == FOUND for path in self.paths for each in path)

    @property
    def missing(self) -> tuple[EdgeCheck, ...]:
        """Edges that are not realised, each once."""
        lacking = {str(e.edge): e for path in self.paths for e in path if e.status != FOUND}
        return tuple(lacking.values())

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "id": self.loop.id,
            "type": self.loop.type,
            "sign": self.loop.sign,
            "says": self.loop.says,
            "context": self.loop.context,
            "found": self.found,
            "paths": [[each.as_dict() for each in path] for path in self.paths],
        }


@dataclass(frozen=True)
class LedgerCheck:
    """All loops that are looked for, and what is lacking for the others."""

    loops: tuple[LoopCheck, ...]
    not_here: Mapping[str, str]

    def feedbacks(self, sign: str) -> tuple[str, ...]:
        """Ids of the feedback loops of PI3K or AKT of this sign that the network holds."""
        return tuple(
            each.loop.id
            for each in self.loops
            if each.found and each.loop.sign == sign and _OF_FACT & set(each.loop.members)
        )

    @property
    def fact_holds(self) -> bool:
        """Whether PI3K/AKT signalling holds a negative and a positive feedback loop of the ledger."""
        return bool(self.feedbacks("negative") and self.feedbacks("positive"))


def check_ledger(atlas: Atlas, molecules: Molecules) -> LedgerCheck:
    """Look for the loops of the ledger in a network condensed to molecules.

    A member edge is realised by a path of signed influences from a state of one member to a state of the
    other, over at most ``LONGEST_PATH`` molecules of which none belongs to another member of the loop, whose
    sign (counted from and to activity) is that of the edge, where no shorter path has the other sign.
    """
    checker = _Checker(molecules, atlas.loop_members)
    ledger = atlas.ledger_loops
    return LedgerCheck(tuple(checker.check(loop) for loop in ledger.loops.values()), ledger.not_here)


class _Checker:
    def __init__(self, molecules: Molecules, rows: Iterable[MemberRow]) -> None:
        self._molecules = molecules
        self._states: dict[str, dict[str, int]] = {}
        for row in rows:
            for name in molecules.sources:
                node = molecules.graph.nodes[name]
                if row.fits(name, node.symbols, node.state):
                    self._states.setdefault(row.member, {}).setdefault(name, row.sign)
        self._next: dict[str, list[tuple[str, int, float]]] = {name: [] for name in molecules.sources}
        for row_, column in zip(*np.nonzero(molecules.response), strict=True):
            value = float(molecules.response[row_, column])
            step = (molecules.states[row_], 1 if value > 0 else -1, abs(value))
            self._next[molecules.sources[column]].append(step)

    def check(self, loop: LedgerLoop) -> LoopCheck:
        """Check of every edge of a loop."""
        return LoopCheck(
            loop, tuple(tuple(self._edge(edge, loop.members) for edge in path) for path in loop.paths)
        )

    def _edge(self, edge: Edge, members: Sequence[str]) -> EdgeCheck:
        absent = [name for name in (edge.source, edge.target) if name not in self._states]
        if absent:
            return EdgeCheck(edge, ABSENT, reason=f"{' and '.join(absent)} not in the network")
        if self._parts(edge.source) & self._parts(edge.target):
            return self._within(edge)
        others = [name for name in members if name not in (edge.source, edge.target)]
        closed = set().union(*(self._parts(name) for name in others)) if others else set()
        closed -= self._parts(edge.source) | self._parts(edge.target)
        right, wrong = self._paths(edge, closed)
        if right and (not wrong or len(wrong) >= len(right)):
            return self._result(edge, FOUND, right)
        if wrong:
            reason = "a shorter path has the other sign" if right else "the network gives it the other sign"
            return self._result(edge, OPPOSED, wrong, reason)
        right, wrong = self._paths(edge, set(), LONGEST_DETOUR)
        way = right or wrong
        if way:
            passed = {self._molecules.molecule[name] for name in way}
            through = [name for name in others if passed & self._parts(name)]
            reason = f"only through {', '.join(through)}" if through else f"only over {len(way) - 1} steps"
            status = DETOUR if through else NO_WAY
            return self._result(edge, status, way, reason if right else f"{reason}, with the other sign")
        return EdgeCheck(edge, NO_WAY, reason=f"no path of up to {LONGEST_PATH} steps")

    def _parts(self, member: str) -> set[str]:
        return {self._molecules.molecule[name] for name in self._states.get(member, ())}

    def _within(self, edge: Edge) -> EdgeCheck:
        """Two members that are states of one molecule: what is in one state is not in the other."""
        source = next(iter(self._states[edge.source]))
        target = next(name for name in self._states[edge.target] if name != source)
        sign = -self._states[edge.source][source] * self._states[edge.target][target]
        reason = "two states of one molecule share its amount"
        return EdgeCheck(edge, FOUND if sign == edge.sign else OPPOSED, (source, target), (-1,), reason)

    def _result(self, edge: Edge, status: str, path: Sequence[str], reason: str = "") -> EdgeCheck:
        places = {name: index for index, name in enumerate(self._molecules.sources)}
        rows = {name: index for index, name in enumerate(self._molecules.states)}
        steps = tuple(
            1 if self._molecules.response[rows[target], places[source]] > 0 else -1
            for source, target in zip(path, path[1:], strict=False)
        )
        return EdgeCheck(edge, status, tuple(path), steps, reason)

    def _paths(
        self, edge: Edge, closed: set[str], longest: int = LONGEST_PATH
    ) -> tuple[list[str], list[str]]:
        """Shortest path of the edge's sign and of the other; of equal ones that of the largest response."""
        targets, ends = self._states[edge.target], self._parts(edge.target)
        starts = self._parts(edge.source)
        best: dict[int, list[str]] = {}
        frontier: dict[_Node, tuple[float, list[str]]] = {
            (name, sign): (1.0, [name]) for name, sign in self._states[edge.source].items()
        }
        seen = set(frontier)
        for _ in range(longest):
            reached: dict[_Node, tuple[float, list[str]]] = {}
            for (name, sign), (size, path) in frontier.items():
                for following, step, value in self._next[name]:
                    part = self._molecules.molecule[following]
                    node = (following, sign * step)
                    if part in closed or part in starts or node in seen:
                        continue
                    if node not in reached or reached[node][0] < size * value:
                        reached[node] = (size * value, [*path, following])
            ended = [(node, way) for node, way in reached.items() if node[0] in targets]
            # What the member is active in says more than what it is inactive in.
            for (name, sign), (_, path) in sorted(ended, key=lambda one: (-targets[one[0][0]], -one[1][0])):
                best.setdefault(sign * targets[name], path)
            seen |= set(reached)
            frontier = {
                node: way for node, way in reached.items() if self._molecules.molecule[node[0]] not in ends
            }
        return best.get(edge.sign, []), best.get(-edge.sign, [])
