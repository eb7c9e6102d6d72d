"""Mechanisms: sentence, evidence, reactions and parameters of one thing that the literature says."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from rheostat.knowledge.document import Document, read_yaml
from rheostat.knowledge.record import (
    EmptyAsList,
    EmptyAsTable,
    Form,
    Grade,
    NotNegative,
    Positive,
    Spread,
    Text,
    Texts,
    Whole,
    check,
)
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.name import did_you_mean
from rheostat.vocabulary.place import Place
from rheostat.vocabulary.unit import ANTIMONY_UNITS

#: Spread of the prior where a parameter gives none, by grade.
DEFAULT_SPREADS: dict[str, float] = {"A": 1.3, "B": 1.5, "C": 2.0}
#: Spread of the prior of an abundance that gives none.
ABUNDANCE_SPREAD = 2.0

_SYMBOL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# Mechanism ids stand in items such as `cut:ID@t0-1`, whose separators they must not contain.
_MECHANISM_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


class CompartmentForm(Form):
    """Volume of a compartment of one cell."""

    volume: Positive = Field(description="volume in litre")
    unit: Literal["litre"] = Field(description="always litre")


class SpeciesForm(Form):
    """State variable; an amount that starts above 0 needs unit, source and grade."""

    agent: Text = Field(description="HGNC symbol; A.B is a complex, A|B an isoform pool")
    shares: Annotated[dict[str, NotNegative], EmptyAsTable] = Field(
        default_factory=dict, description="share of each isoform of a pool A|B; they add up to 1"
    )
    state: Text | None = Field(default=None, description="such as p@T1462")
    compartment: Text = Field(description="id of a compartment")
    initial: NotNegative = Field(description="amount a cell in kilocopy")
    unit: Text | None = Field(default=None, description="always kilocopy")
    spread: Spread | None = Field(
        default=None, description="95 % of the prior within value/spread..value*spread"
    )
    source: Texts | None = Field(default=None, description="keys of references.tsv, or estimate")
    grade: Grade | None = Field(default=None, description="A sure, B order of magnitude, C estimate")
    note: str | None = None


class ParameterForm(Form):
    """Number of a mechanism."""

    value: NotNegative
    unit: Text | None = Field(default=None, description="one of the units of the model")
    spread: Spread | None = Field(
        default=None, description="95 % of the prior within value/spread..value*spread"
    )
    source: Texts | None = Field(default=None, description="keys of references.tsv, or estimate")
    grade: Grade | None = Field(default=None, description="A sure, B order of magnitude, C estimate")
    note: str | None = None


class EvidenceForm(Form):
    """One finding that a mechanism rests on."""

    source: Texts = Field(description="key of references.tsv")
    finding: Text
    system: Text | None = None
    assay: Text | None = None
    note: str | None = None


class StatementForm(Form):
    """The sentence in INDRA's vocabulary."""

    type: Text
    agents: tuple[Text, ...] = Field(min_length=1)
    residue: Text | None = None
    position: Whole | None = None
    from_location: Text | None = None
    to_location: Text | None = None
    obj_activity: Text | None = None
    activity: Text | None = None
    is_active: bool | None = None


class MechanismForm(Form):
    """One block of a mechanism file."""

    id: Text
    says: Text = Field(description="the sentence")
    statement: StatementForm | None = Field(default=None, description="the sentence in INDRA's vocabulary")
    serves: Annotated[tuple[Text, ...], EmptyAsList] = Field(
        default=(), description="ids of the claims ledger"
    )
    flag: Literal["turnover"] | None = Field(default=None, description="turnover stands in for evidence")
    evidence: Annotated[tuple[EvidenceForm, ...], EmptyAsList] = ()
    expressions: str | None = Field(default=None, description="assignment rules in Antimony syntax")
    reactions: str | None = Field(default=None, description="reactions in Antimony syntax")
    parameters: Annotated[dict[str, ParameterForm], EmptyAsTable] = Field(default_factory=dict)
    note: str | None = None


class MechanismFileForm(Form):
    """A file of mechanisms: one block of biology, with the species and compartments that it declares."""

    title: Text | None = Field(default=None, description="name of the block of biology")
    says: Text | None = Field(default=None, description="what the block does, in a sentence or two")
    drawing: str | None = Field(default=None, description="the block drawn in text")
    references: Texts | None = Field(default=None, description="keys of references.tsv to read first")
    leaves_out: Annotated[tuple[Text, ...], EmptyAsList] = Field(
        default=(), description="what is known and not in the block, with the reason"
    )
    compartments: Annotated[dict[str, CompartmentForm], EmptyAsTable] = Field(default_factory=dict)
    species: Annotated[dict[str, SpeciesForm], EmptyAsTable] = Field(default_factory=dict)
    mechanisms: Annotated[tuple[MechanismForm, ...], EmptyAsList] = ()


@dataclass(frozen=True)
class Compartment:
    """A compartment of one cell; ``volume`` in litre."""

    id: str
    volume: float
    unit: str
    place: Place


@dataclass(frozen=True)
class Species:
    """A state variable; ``initial`` in kilocopy."""

    id: str
    agent: str
    shares: Mapping[str, float]
    state: str | None
    compartment: str
    initial: float
    unit: str
    spread: float
    source: tuple[str, ...]
    grade: str | None
    place: Place

    @property
    def sigma(self) -> float:
        """Standard deviation of the natural logarithm of the prior: ln(spread)/1.96."""
        return math.log(self.spread) / 1.96


@dataclass(frozen=True)
class Parameter:
    """A number of a mechanism, ``value`` in ``unit`` (a key of ``ANTIMONY_UNITS``)."""

    id: str
    value: float
    unit: str
    spread: float
    source: tuple[str, ...]
    grade: str
    note: str
    place: Place

    @property
    def sigma(self) -> float:
        """Standard deviation of the natural logarithm of the prior: ln(spread)/1.96."""
        return math.log(self.spread) / 1.96


@dataclass(frozen=True)
class Evidence:
    """One finding; ``source`` are keys of the reference table."""

    source: tuple[str, ...]
    finding: str
    system: str
    assay: str
    place: Place


@dataclass(frozen=True)
class Mechanism:
    """One block: the sentence, its evidence, its reactions (Antimony text) and its parameters.

    ``expressions_line`` and ``reactions_line`` are the lines in the file of the first line of these texts.
    """

    id: str
    says: str
    statement: Mapping[str, Any]
    serves: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    expressions: str
    reactions: str
    parameters: tuple[Parameter, ...]
    flag: str | None
    file: str
    place: Place
    expressions_line: int
    reactions_line: int


@dataclass(frozen=True)
class Block:
    """What a mechanism file says of itself; ``file`` as the places of its records have it."""

    file: str
    title: str
    says: str
    drawing: str
    references: tuple[str, ...]
    leaves_out: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class MechanismSet:
    """Everything that the mechanism files declare, in the order of the files."""

    compartments: tuple[Compartment, ...]
    species: tuple[Species, ...]
    mechanisms: tuple[Mechanism, ...]
    blocks: tuple[Block, ...] = ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters of all mechanisms."""
        return tuple(parameter for mechanism in self.mechanisms for parameter in mechanism.parameters)


_R = TypeVar("_R", Compartment, Species, Mechanism)


def read_mechanisms(paths: Iterable[Path | str], base: MechanismSet | None = None) -> MechanismSet:
    """Mechanisms, species and compartments of all files together.

    Parameters
    ----------
    paths : iterable of path
        YAML files; their order is kept.
    base : MechanismSet, optional
        What the files overlay: a mechanism, species or compartment of the same id replaces that of ``base``.

    Raises
    ------
    InputError
        E101 to E114 and E201 to E210, E301: all problems of all files together.

    Examples
    --------
    >>> read_mechanisms([]).mechanisms
    ()
    """
    issues: list[Issue] = []
    compartments: list[Compartment] = []
    species: list[Species] = []
    mechanisms: list[Mechanism] = []
    blocks: list[Block] = list(base.blocks) if base is not None else []
    for path in paths:
        try:
            document = read_yaml(path)
        except InputError as error:
            issues.extend(error.issues)
            continue
        form, found = check(MechanismFileForm, document)
        issues.extend(found)
        if form is None:
            continue
        blocks.append(_block(form, document))
        for one, entry in form.compartments.items():
            place = document.key_place("compartments", one)
            compartments.append(Compartment(one, entry.volume, entry.unit, place))
        species.extend(_species(one, entry_, document, issues) for one, entry_ in form.species.items())
        mechanisms.extend(
            _mechanism(index, block, document, issues) for index, block in enumerate(form.mechanisms)
        )
    issues.extend(_duplicates("E201", "mechanism", mechanisms))
    issues.extend(_duplicates("E202", "species", species))
    issues.extend(_duplicates("E207", "compartment", compartments))
    if base is not None:
        compartments = _overlaid(base.compartments, compartments)
        species = _overlaid(base.species, species)
        mechanisms = _overlaid(base.mechanisms, mechanisms)
    joined = MechanismSet(tuple(compartments), tuple(species), tuple(mechanisms), tuple(blocks))
    issues.extend(_cross_check(joined))
    if issues:
        raise InputError(issues)
    return joined


def _overlaid(base: Sequence[_R], over: Sequence[_R]) -> list[_R]:
    by_id = {record.id: record for record in base}
    by_id.update({record.id: record for record in over})
    return list(by_id.values())


def _block(form: MechanismFileForm, document: Document) -> Block:
    return Block(
        document.file,
        form.title or "",
        form.says or "",
        form.drawing or "",
        form.references or (),
        form.leaves_out,
        document.place(),
    )


def _species(one: str, form: SpeciesForm, document: Document, issues: list[Issue]) -> Species:
    place = document.key_place("species", one)
    subject = f"species '{one}'"
    issues.extend(_symbol_issues(subject, one, place))
    if form.initial > 0:
        given = {"unit": form.unit, "source": form.source, "grade": form.grade}
        issues.extend(_missing(subject, given, place))
    if form.unit not in (None, "kilocopy"):
        where = document.place("species", one, "unit")
        issues.append(Issue("E301", str(where), f"{subject} has unit '{form.unit}'", "amounts are kilocopy"))
    issues.extend(_share_issues(subject, form, document.place("species", one, "shares")))
    spread = form.spread if form.spread is not None else (ABUNDANCE_SPREAD if form.initial > 0 else 1.0)
    return Species(
        one,
        form.agent,
        dict(form.shares),
        form.state,
        form.compartment,
        form.initial,
        form.unit or "kilocopy",
        spread,
        form.source or (),
        form.grade,
        place,
    )


def _share_issues(subject: str, form: SpeciesForm, place: Place) -> list[Issue]:
    if not form.shares:
        return []
    parts = set(re.split(r"[.|]", form.agent))
    issues = [
        Issue("E208", str(place), f"{subject} has a share of '{name}', which is not in its agent {form.agent}"
              f"{did_you_mean(name, parts)}")
        for name in form.shares
        if name not in parts
    ]  # fmt: skip
    # One complex may hold several pools, each of which adds up to 1 by itself.
    for pool in form.agent.split("."):
        members = [name for name in pool.split("|") if name in form.shares]
        total = sum(form.shares[name] for name in members)
        if members and abs(total - 1.0) > 0.01:
            issues.append(
                Issue("E208", str(place), f"shares of {pool} in {subject} add up to {total:g}", "make it 1")
            )
    return issues


def _mechanism(index: int, form: MechanismForm, document: Document, issues: list[Issue]) -> Mechanism:
    path = ("mechanisms", index)
    place = document.place(*path)
    if _MECHANISM_ID.match(form.id) is None:
        where = document.place(*path, "id")
        issues.append(
            Issue("E206", str(where), f"mechanism id '{form.id}'", "use letters, digits, - _ and .")
        )
    if not form.evidence and form.flag is None:
        message = f"mechanism '{form.id}' has no evidence"
        issues.append(Issue("E205", str(place), message, "add evidence, or `flag: turnover`"))
    statement = form.statement.model_dump(exclude_none=True) if form.statement is not None else {}
    return Mechanism(
        form.id,
        form.says,
        statement,
        form.serves,
        tuple(
            Evidence(
                e.source, e.finding, e.system or "", e.assay or "", document.place(*path, "evidence", number)
            )
            for number, e in enumerate(form.evidence)
        ),
        form.expressions or "",
        form.reactions or "",
        tuple(
            _parameter(one, entry, form.id, path, document, issues) for one, entry in form.parameters.items()
        ),
        form.flag,
        document.file,
        place,
        document.text_line(*path, "expressions"),
        document.text_line(*path, "reactions"),
    )


def _parameter(
    one: str,
    form: ParameterForm,
    mechanism: str,
    path: tuple[str, int],
    document: Document,
    issues: list[Issue],
) -> Parameter:
    place = document.key_place(*path, "parameters", one)
    subject = f"parameter '{one}' of mechanism '{mechanism}'"
    issues.extend(_symbol_issues(subject, one, place))
    issues.extend(_missing(subject, {"unit": form.unit, "source": form.source, "grade": form.grade}, place))
    if form.unit is not None and form.unit not in ANTIMONY_UNITS:
        where = document.place(*path, "parameters", one, "unit")
        message = f"{subject} has the unknown unit '{form.unit}'{did_you_mean(form.unit, ANTIMONY_UNITS)}"
        issues.append(Issue("E301", str(where), message, f"known units: {' '.join(ANTIMONY_UNITS)}"))
    grade = form.grade or "C"
    spread = form.spread if form.spread is not None else DEFAULT_SPREADS[grade]
    return Parameter(
        one, form.value, form.unit or "", spread, form.source or (), grade, form.note or "", place
    )


def _missing(subject: str, given: Mapping[str, object], place: Place) -> list[Issue]:
    absent = [key for key, value in given.items() if not value]
    if not absent:
        return []
    message = f"{subject} has no {', '.join(absent)}"
    return [Issue("E204", str(place), message, "add it; an estimate has `source: estimate, grade: C`")]


def _symbol_issues(subject: str, symbol: str, place: Place) -> list[Issue]:
    if _SYMBOL.match(symbol):
        return []
    return [Issue("E206", str(place), f"{subject}: id cannot be used", "use letters, digits and _")]


def _duplicates(
    code: str, kind: str, records: Sequence[Compartment | Species | Mechanism | Parameter]
) -> list[Issue]:
    first: dict[str, Place] = {}
    issues = []
    for record in records:
        if record.id in first:
            message = f"{kind} id '{record.id}' is used twice, first at {first[record.id]}"
            issues.append(Issue(code, str(record.place), message, "rename or delete one"))
        else:
            first[record.id] = record.place
    return issues


def _cross_check(joined: MechanismSet) -> list[Issue]:
    """Problems that show only when all files are known."""
    parameters = joined.parameters
    issues = _duplicates("E203", "parameter", parameters)
    known = [compartment.id for compartment in joined.compartments]
    for one in joined.species:
        if one.compartment not in known:
            hint = did_you_mean(one.compartment, known)
            message = f"species '{one.id}' lies in the unknown compartment '{one.compartment}'{hint}"
            issues.append(Issue("E209", str(one.place), message, "declare it under compartments"))
    kind_of: dict[str, tuple[str, Place]] = {}
    for kind, records in (
        ("compartment", joined.compartments),
        ("species", joined.species),
        ("parameter", parameters),
    ):
        for record in records:
            other, place = kind_of.setdefault(record.id, (kind, record.place))
            if other != kind:
                message = f"'{record.id}' is a {kind} here and a {other} at {place}"
                issues.append(Issue("E210", str(record.place), message, "rename one"))
    return issues
