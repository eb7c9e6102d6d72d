"""Claims: facts of the literature as arms and assertions that can be judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from rheostat.knowledge.document import Document, Step, Steps, read_yaml
from rheostat.knowledge.record import (
    EmptyAsList,
    EmptyAsTable,
    Grade,
    Number,
    OpenForm,
    Positive,
    Text,
    Texts,
    check,
)
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.name import did_you_mean, nearest
from rheostat.vocabulary.place import Place

NullModel = Literal["bliss", "hsa", "loewe", "zip"]
_VARIANT = r"^[^:\s]+:[^:\s]+$"


def _items(value: Any) -> Any:
    """Items of an arm: a list, or a text that joins them by ``;``; nothing is an untreated arm."""
    if value is None:
        return []
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return value
    return [item.strip() for text in texts for item in re.split(r";", text) if item.strip()]


Items = Annotated[
    tuple[Text, ...],
    BeforeValidator(_items),
    WithJsonSchema(
        {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}, {"type": "null"}]}
    ),
]


class SideForm(OpenForm):
    """One side of an assertion."""

    arm: Text | None = Field(default=None, description="id of an arm of the fact")
    readout: Text = Field(description="id of a readout")
    t_h: Annotated[Number, Field(ge=0)] | None = Field(
        default=None, description="time in h; null = the readout's default time; 0 = before treatment"
    )
    ic50: Text | None = Field(default=None, description="drug whose half-maximal dose in nM is meant")
    null_model: NullModel | None = Field(default=None, description="what the arms would do without synergy")
    arms: tuple[Text, ...] | None = Field(default=None, description="the single arms of a null model")


class AssertionForm(OpenForm):
    """lhs op factor * rhs, or lhs within a range."""

    lhs: SideForm
    op: Literal[">", "<", "="] | None = None
    factor: Positive = Field(default=1.0, description="exactly 1 asks for a real difference, 1.2 fold")
    rhs: SideForm | None = None
    within: tuple[Number, Number] | None = Field(default=None, description="[lo, hi], in place of op and rhs")
    tolerance: Positive | None = Field(default=None, description="largest ratio for =, default 1.2")


class FactForm(OpenForm):
    """One fact; unknown keys are kept and ignored."""

    id: Text
    statement: Text
    cell: Text = Field(default="reference", description="cell, tumour or programme of the atlas")
    arms: Annotated[dict[str, Items], EmptyAsTable] = Field(default_factory=dict)
    assertions: Annotated[tuple[AssertionForm, ...], EmptyAsList] = ()
    confidence: Grade | None = None
    source: Annotated[Texts, EmptyAsList] = ()
    variant: Annotated[str, Field(pattern=_VARIANT)] | None = Field(default=None, description="reading:value")
    not_runnable: Text | None = Field(default=None, description="why it is read and shown but never counted")
    note: str | None = None


class FactFileForm(OpenForm):
    """A claims file."""

    schema_version: Literal[1] = 1
    facts: tuple[FactForm, ...]


@dataclass(frozen=True)
class Side:
    """A readout of an arm at a time (``t_h`` in h), a half-maximal dose, or a null model of several arms."""

    arm: str | None
    readout: str
    t_h: float | None
    ic50: str | None = None
    null_model: str | None = None
    arms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assertion:
    """lhs op factor * rhs, or lhs within a range (then ``op`` and ``rhs`` are None)."""

    lhs: Side
    op: str | None
    factor: float
    rhs: Side | None
    within: tuple[float, float] | None
    tolerance: float | None
    place: Place


@dataclass(frozen=True)
class Fact:
    """A finding as arms (id -> items as text) and assertions."""

    id: str
    statement: str
    cell: str
    arms: Mapping[str, tuple[str, ...]]
    assertions: tuple[Assertion, ...]
    confidence: str | None
    source: tuple[str, ...]
    variant: str | None
    not_runnable: str | None
    note: str
    place: Place
    extra: Mapping[str, Any]


def read_facts(path: Path | str) -> tuple[Fact, ...]:
    """Facts of a claims file, in its order.

    Raises
    ------
    InputError
        E101 to E109, E114, E601 to E604: all problems of the file together.
    """
    document = read_yaml(path)
    if isinstance(document.data, list):
        document = _wrapped(document)
    form, issues = check(FactFileForm, document)
    if form is None:
        raise InputError(issues)
    facts = tuple(_fact(index, entry, document, issues) for index, entry in enumerate(form.facts))
    issues.extend(_duplicates(facts))
    if issues:
        raise InputError(issues)
    return facts


def read_fact_files(paths: Iterable[Path | str]) -> tuple[Fact, ...]:
    """Facts of several claims files; ids are unique over all of them.

    Raises
    ------
    InputError
        As ``read_facts``: all problems of all files together.
    """
    facts: list[Fact] = []
    issues: list[Issue] = []
    for path in paths:
        try:
            facts.extend(read_facts(path))
        except InputError as error:
            issues.extend(error.issues)
    issues.extend(_duplicates(facts))
    if issues:
        raise InputError(issues)
    return tuple(facts)


def _wrapped(document: Document) -> Document:
    """A bare list of facts as if it stood under ``facts:``."""

    def below(places: dict[Steps, Any]) -> dict[Steps, Any]:
        return {("facts", *path): place for path, place in places.items()}

    places = {(): document.place(), **below(document.places)}
    data = {"facts": document.data}
    return Document(document.file, data, places, below(document.key_places), below(document.text_lines))


def _duplicates(facts: Iterable[Fact]) -> list[Issue]:
    first: dict[str, Place] = {}
    issues = []
    for fact in facts:
        if fact.id in first:
            message = f"fact id '{fact.id}' is used twice, first at {first[fact.id]}"
            issues.append(Issue("E601", str(fact.place), message, "rename one"))
        first.setdefault(fact.id, fact.place)
    return issues


def _fact(index: int, form: FactForm, document: Document, issues: list[Issue]) -> Fact:
    path = ("facts", index)
    place = document.place(*path)
    extra = dict(form.model_extra or {})
    if form.not_runnable is None and not form.assertions:
        misspelt = nearest("assertions", extra)
        hint = f"; is '{misspelt}' meant to be 'assertions'?" if misspelt is not None else ""
        message = f"fact '{form.id}' asserts nothing{hint}"
        issues.append(Issue("E604", str(place), message, "add assertions, or `not_runnable: reason`"))
    assertions = []
    for number, entry in enumerate(form.assertions):
        here = (*path, "assertions", number)
        subject = f"assertion {number + 1} of fact '{form.id}'"
        issues.extend(_assertion_issues(subject, entry, form, document, here))
        rhs = _side(entry.rhs) if entry.rhs is not None else None
        where = document.place(*here)
        assertions.append(
            Assertion(_side(entry.lhs), entry.op, entry.factor, rhs, entry.within, entry.tolerance, where)
        )
    return Fact(
        form.id,
        form.statement,
        form.cell,
        dict(form.arms),
        tuple(assertions),
        form.confidence,
        form.source,
        form.variant,
        form.not_runnable,
        form.note or "",
        place,
        extra,
    )


def _side(form: SideForm) -> Side:
    return Side(form.arm, form.readout, form.t_h, form.ic50, form.null_model, form.arms or ())


def _assertion_issues(
    subject: str, form: AssertionForm, fact: FactForm, document: Document, path: tuple[Step, ...]
) -> list[Issue]:
    place = document.place(*path)
    issues = _misspelt(subject, form, document, path)
    remedy = "write `lhs op factor * rhs`, or `lhs` and `within: [lo, hi]`"
    if form.within is None:
        missing = [key for key, value in (("op", form.op), ("rhs", form.rhs)) if value is None]
        if missing:
            issues.append(Issue("E603", str(place), f"{subject} lacks {' and '.join(missing)}", remedy))
    elif form.op is not None or form.rhs is not None:
        issues.append(Issue("E603", str(place), f"{subject} has within beside op or rhs", remedy))
    elif form.within[0] > form.within[1]:
        message = f"{subject}: the range {list(form.within)} is empty"
        issues.append(
            Issue("E603", str(document.place(*path, "within")), message, "write the lower end first")
        )
    for name, side in (("lhs", form.lhs), ("rhs", form.rhs)):
        if side is not None:
            here = (*path, name)
            issues.extend(_misspelt(f"{name} of {subject}", side, document, here))
            issues.extend(_side_issues(f"{name} of {subject}", side, fact, document, here))
    return issues


def _side_issues(
    subject: str, side: SideForm, fact: FactForm, document: Document, path: tuple[Step, ...]
) -> list[Issue]:
    issues = []
    place = document.place(*path)
    if side.null_model is not None:
        if side.arm is not None or side.ic50 is not None or len(side.arms or ()) < 2:
            message = f"{subject}: a null model needs `arms` with two or more arms, and no arm or ic50"
            issues.append(Issue("E603", str(place), message, "write arms: [a, b]"))
    elif side.arm is None:
        issues.append(Issue("E603", str(place), f"{subject} names no arm", "add arm"))
    elif side.arms is not None:
        issues.append(Issue("E603", str(place), f"{subject}: arms belong to a null model", "delete arms"))
    named: list[tuple[str, Place]] = []
    if side.arm is not None:
        named.append((side.arm, document.place(*path, "arm")))
    named += [(arm, document.place(*path, "arms", i)) for i, arm in enumerate(side.arms or ())]
    for arm, where in named:
        if arm not in fact.arms:
            known = ", ".join(fact.arms) or "none"
            message = f"{subject} names the unknown arm '{arm}'{did_you_mean(arm, fact.arms)}"
            issues.append(Issue("E602", str(where), message, f"arms of the fact: {known}"))
    return issues


def _misspelt(
    subject: str, form: SideForm | AssertionForm, document: Document, path: tuple[Step, ...]
) -> list[Issue]:
    """Extra keys that look like a known one: ignoring them would change what is asserted."""
    free = [name for name in type(form).model_fields if name not in form.model_fields_set]
    return [
        Issue("E107", str(document.key_place(*path, key)), f"unknown key '{key}' of {subject}"
              f"{did_you_mean(key, free)}", "correct it, or delete it")
        for key in form.model_extra or {}
        if nearest(key, free) is not None
    ]  # fmt: skip
