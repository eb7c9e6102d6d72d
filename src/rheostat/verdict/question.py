"""A fact as what has to be simulated to judge it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from rheostat.knowledge.claim import Assertion, Fact, Side
from rheostat.phenotype.readout import split_derived
from rheostat.problem.arm import Arm, read_arm
from rheostat.problem.item import parse_items
from rheostat.problem.unknown import UnknownNameError
from rheostat.studies.plan import known_readouts
from rheostat.studies.simulate import default_time_h
from rheostat.vocabulary.error import InputError, Issue

if TYPE_CHECKING:
    from rheostat.atlas.load import Atlas

#: Doses of a half-maximal sweep, and how far it goes beyond the in-vitro range on both sides.
SWEEP_DOSES: Final = 16
SWEEP_BEYOND: Final = 100.0

#: A dose that the item grammar knows but this version cannot compute, and a drug that acts on nothing.
_NOT_COMPUTABLE: Final = frozenset({"E409"})


@dataclass(frozen=True)
class Need:
    """A readout of an arm at a time, h."""

    arm: Arm
    readout: str
    t_h: float


@dataclass(frozen=True)
class Question:
    """A fact with its arms resolved, its times filled in, and what the atlas lacks for it."""

    fact: Fact
    arms: Mapping[str, Arm]
    assertions: tuple[Assertion, ...]
    missing: tuple[str, ...] = ()

    @property
    def is_runnable(self) -> bool:
        """Whether there is something to simulate and nothing that the atlas lacks."""
        return self.fact.not_runnable is None and not self.missing

    def needs(self, atlas: Atlas) -> list[Need]:
        """Everything that its sides ask for."""
        return [need for side in self.sides for need in side_needs(atlas, self.arms, side)]

    @property
    def sides(self) -> tuple[Side, ...]:
        """Sides of all assertions."""
        return tuple(side for each in self.assertions for side in (each.lhs, each.rhs) if side is not None)


def read_questions(atlas: Atlas, facts: Iterable[Fact]) -> tuple[Question, ...]:
    """Questions of facts; a name that the atlas lacks is ``missing``, bad grammar is an error.

    Raises
    ------
    InputError
        E4xx, E3xx: items that cannot be read, of all facts together, each with the place of its fact.
    """
    issues: list[Issue] = []
    questions: list[Question] = []
    for fact in facts:
        missing: list[str] = []
        arms: dict[str, Arm] = {}
        for name, items in fact.arms.items() if fact.not_runnable is None else ():
            try:
                arms[name] = read_arm(name, fact.cell, items)
                atlas.changes(arms[name])
            except UnknownNameError as error:
                missing += error.missing
            except InputError as error:
                refused = [issue for issue in error.issues if issue.code not in _NOT_COMPUTABLE]
                issues += [
                    replace(issue, where=f"{fact.place}", message=f"{fact.id}, arm {name}: {issue.message}")
                    for issue in refused
                ]
                missing += [issue.where.strip("'") for issue in error.issues if issue not in refused]
        assertions = tuple(_timed(atlas, assertion) for assertion in fact.assertions)
        for side in Question(fact, arms, assertions).sides:
            missing += _missing_of_side(atlas, side)
        questions.append(Question(fact, arms, assertions, tuple(dict.fromkeys(missing))))
    if issues:
        raise InputError(issues)
    return tuple(questions)


def _timed(atlas: Atlas, assertion: Assertion) -> Assertion:
    rhs = None if assertion.rhs is None else _with_time(atlas, assertion.rhs)
    return replace(assertion, lhs=_with_time(atlas, assertion.lhs), rhs=rhs)


def _with_time(atlas: Atlas, side: Side) -> Side:
    return side if side.t_h is not None else replace(side, t_h=default_time_h(atlas, side.readout))


def _missing_of_side(atlas: Atlas, side: Side) -> list[str]:
    missing = []
    if side.null_model is not None:
        missing.append(f"null_model:{side.null_model}")
    if split_derived(side.readout)[1] not in known_readouts(atlas):
        missing.append(side.readout)
    if side.ic50 is not None:
        try:
            if atlas.drug(side.ic50).in_vitro_nM is None:
                missing.append(f"in_vitro_nM of {side.ic50}")
        except UnknownNameError as error:
            missing += error.missing
    return missing


def sweep_doses(atlas: Atlas, drug: str) -> NDArray[np.float64]:
    """Doses of the sweep for a half-maximal dose, (dose,), nM."""
    low, high = atlas.drug(drug).in_vitro_nM
    return np.geomspace(low / SWEEP_BEYOND, high * SWEEP_BEYOND, SWEEP_DOSES)


def sweep_arms(atlas: Atlas, arm: Arm, drug: str) -> list[Arm]:
    """The arm with each dose of the sweep on top."""
    name = atlas.drug(drug).id
    return [
        replace(arm, items=(*arm.items, *parse_items(f"drug:{name}@{float(dose)!r}nM")))
        for dose in sweep_doses(atlas, drug)
    ]


def side_needs(atlas: Atlas, arms: Mapping[str, Arm], side: Side) -> list[Need]:
    """What one side asks for; the last of a half-maximal dose is the arm without the swept drug."""
    if side.arm is None or side.t_h is None:
        return []
    arm = arms[side.arm]
    own = Need(arm, side.readout, side.t_h)
    if side.ic50 is None:
        return [own]
    return [*(Need(each, side.readout, side.t_h) for each in sweep_arms(atlas, arm, side.ic50)), own]
