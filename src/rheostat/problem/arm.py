"""An arm: one cell and everything that is done to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from rheostat.problem.change import Change
from rheostat.problem.item import Item, parse_items

#: Kinds that act up to the steady state, before anything else.
BEFORE_KINDS: Final = frozenset({"ko", "kd", "oe", "ca", "kinase_dead", "mut", "context"})

#: How long an untimed environment acts before t = 0.
STARVATION_H: Final = 16.0


@dataclass(frozen=True)
class Arm:
    """One cell and what is done to it, grouped by when it acts.

    Parameters
    ----------
    id : str
    cell : str
        Name of a tumour, cell line or programme of the atlas, or path of a tumour file.
    items : tuple of Item
        In the order written.

    Examples
    --------
    >>> arm = read_arm("a", "reference", "ko:TSC2; env:AA@0; drug:torin1@250nM")
    >>> [item.what for item in arm.before + arm.starved + arm.timed]
    ['TSC2', 'AA', 'torin1']
    """

    id: str
    cell: str = "reference"
    items: tuple[Item, ...] = ()

    @property
    def before(self) -> tuple[Item, ...]:
        """Items that act up to the steady state: ko kd oe ca kinase_dead mut context."""
        return tuple(item for item in self.items if item.kind in BEFORE_KINDS)

    @property
    def starved(self) -> tuple[Item, ...]:
        """Untimed items of the environment, which act for 16 h before t = 0 and on."""
        return tuple(item for item in self.items if item.kind == "env" and item.start_h is None)

    @property
    def timed(self) -> tuple[Item, ...]:
        """Drugs and timed items of the environment, which act from t = 0."""
        return tuple(item for item in self.items if item.kind in ("drug", "env") and item.start_h is not None)

    @property
    def drugs(self) -> tuple[Item, ...]:
        """Drugs alone."""
        return tuple(item for item in self.items if item.kind == "drug")

    @property
    def cuts(self) -> frozenset[str]:
        """Ids of the mechanisms (or loops) that are cut."""
        return frozenset(item.what for item in self.items if item.kind == "cut")

    def without_drugs(self) -> Arm:
        """The same arm without its drugs."""
        return replace(self, items=tuple(item for item in self.items if item.kind != "drug"))

    def without_timed(self) -> Arm:
        """The same arm without drugs and timed items: the course that a cut keeps its modifiers at."""
        timed = set(map(id, self.timed))
        return replace(self, items=tuple(item for item in self.items if id(item) not in timed))

    def without_cuts(self) -> Arm:
        """The same arm with every mechanism in place."""
        return replace(self, items=tuple(item for item in self.items if item.kind != "cut"))


@dataclass(frozen=True)
class ArmChanges:
    """An arm as changes of one network, by stage.

    Parameters
    ----------
    before : tuple of Change
        Up to the steady state: alterations and the cell's own environment.
    starved : tuple of Change
        Added for the 16 h before t = 0.
    timed : tuple of (time, changes), h
        ``set`` changes in order of time, from t = 0.
    cuts : frozenset of str
        Mechanism ids.
    """

    before: tuple[Change, ...] = ()
    starved: tuple[Change, ...] = ()
    timed: tuple[tuple[float, tuple[Change, ...]], ...] = ()
    cuts: frozenset[str] = frozenset()


def read_arm(name: str, cell: str, items: str | Sequence[str]) -> Arm:
    """Arm of the items that a user wrote.

    Raises
    ------
    InputError
        As ``parse_items``.
    """
    return Arm(name, cell, parse_items(items))
