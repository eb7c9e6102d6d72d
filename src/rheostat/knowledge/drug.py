"""Drugs: names, how they act in the model, doses and measured readouts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from rheostat.knowledge.document import Document, read_yaml
from rheostat.knowledge.mechanism import ParameterForm
from rheostat.knowledge.record import (
    EmptyAsList,
    EmptyAsTable,
    Form,
    Grade,
    NotNegative,
    Number,
    OpenForm,
    Positive,
    Text,
    Texts,
    check,
    file_name_issues,
    misspelt_keys,
)
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.place import Place

HandleKind = Literal["parameter", "medium_species"]


class MolarMassForm(Form):
    """Molar mass of the free drug."""

    value: Positive
    unit: Literal["g/mol"]
    source: Texts
    grade: Grade
    note: str | None = None


class HandleForm(Form):
    """What a dose sets: a parameter in nM or a species of the medium."""

    kind: HandleKind
    id: Text


class RangeForm(Form):
    """Range of concentrations in nM."""

    low: Positive
    high: Positive
    source: Texts
    grade: Grade
    note: str | None = None


class ConcentrationForm(Form):
    """One concentration in nM."""

    value: NotNegative
    source: Texts
    grade: Grade
    note: str | None = None


class ReadoutForm(Form):
    """A measured effect of the drug; a negative inhibition is a rise."""

    readout: Text
    ic50_nM: tuple[NotNegative, NotNegative] | None = None
    max_inhibition: tuple[Number, Number] | None = None
    time_h: NotNegative | None = None
    source: Texts
    grade: Grade
    cell: Text | None = None
    environment: Text | None = None
    note: str | None = None


class RegimenForm(Form):
    """A dose that is given to patients."""

    dose_mg: Positive | None = None
    schedule: Text
    use: Text | None = None
    source: Texts
    note: str | None = None


class DrugForm(OpenForm):
    """A drug file, called after its id; unknown keys are ignored unless they look like a known one."""

    id: Text
    name: Text
    aliases: Annotated[tuple[Text, ...], EmptyAsList] = ()
    drug_class: Text
    molar_mass: MolarMassForm | None = None
    curie: Text | None = Field(
        default=None, pattern=r"^[A-Za-z][\w.]*:\S+$", description="PubChem CID or ChEBI"
    )
    handle: HandleForm
    mechanism: Texts = Field(description="ids of the mechanisms through which it acts")
    in_vitro_nM: RangeForm
    free_caverage_nM: ConcentrationForm | None = Field(
        default=None, description="free average concentration at the label schedule"
    )
    constants: Annotated[dict[str, ParameterForm], EmptyAsTable] = Field(default_factory=dict)
    readouts: Annotated[tuple[ReadoutForm, ...], EmptyAsList] = ()
    regimens: Annotated[tuple[RegimenForm, ...], EmptyAsList] = ()
    note: str | None = None


@dataclass(frozen=True)
class Readout:
    """A measured effect: half-maximal dose and maximal inhibition as ranges, ``time_h`` in h."""

    readout: str
    ic50_nM: tuple[float, float] | None
    max_inhibition: tuple[float, float] | None
    time_h: float | None
    source: tuple[str, ...]
    grade: str
    cell: str | None
    environment: str | None
    note: str
    place: Place


@dataclass(frozen=True)
class Regimen:
    """A dose that is given to patients."""

    dose_mg: float | None
    schedule: str
    use: str
    source: tuple[str, ...]


@dataclass(frozen=True)
class Constant:
    """A number of the drug with its unit and where it comes from."""

    id: str
    value: float
    unit: str
    source: tuple[str, ...]
    grade: str | None


@dataclass(frozen=True)
class Drug:
    """A drug; ``molar_mass`` in g/mol, ``in_vitro_nM`` (low, high) and ``free_caverage_nM`` in nM.

    ``provenance`` maps ``molar_mass``, ``in_vitro_nM`` and ``free_caverage_nM`` to (sources, grade).
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    drug_class: str
    molar_mass: float | None
    curie: str | None
    handle: str
    handle_kind: HandleKind
    mechanism: tuple[str, ...]
    in_vitro_nM: tuple[float, float]
    free_caverage_nM: float | None
    constants: Mapping[str, Constant]
    readouts: tuple[Readout, ...]
    regimens: tuple[Regimen, ...]
    note: str
    provenance: Mapping[str, tuple[tuple[str, ...], str]]
    place: Place


def read_drug(path: Path | str) -> Drug:
    """Drug of a file that is called after its id.

    Raises
    ------
    InputError
        E101 to E109, E113, E114: all problems of the file together.
    """
    document = read_yaml(path)
    form, issues = check(DrugForm, document)
    if form is not None:
        issues.extend(misspelt_keys(form, f"drug '{form.id}'", document))
        issues.extend(file_name_issues(form.id, path, document))
        low, high = form.in_vitro_nM.low, form.in_vitro_nM.high
        if low > high:
            message = f"in_vitro_nM of drug '{form.id}': low {low:g} is above high {high:g}"
            issues.append(Issue("E109", str(document.place("in_vitro_nM", "low")), message, "swap them"))
    if form is None or issues:
        raise InputError(issues)
    return _drug(form, document)


def read_drugs(paths: Iterable[Path | str]) -> tuple[Drug, ...]:
    """Drugs of several files.

    Raises
    ------
    InputError
        As ``read_drug``: all problems of all files together.
    """
    drugs = []
    issues: list[Issue] = []
    for path in paths:
        try:
            drugs.append(read_drug(path))
        except InputError as error:
            issues.extend(error.issues)
    if issues:
        raise InputError(issues)
    return tuple(drugs)


def _drug(form: DrugForm, document: Document) -> Drug:
    provenance = {
        name: (entry.source, entry.grade)
        for name, entry in (
            ("molar_mass", form.molar_mass),
            ("in_vitro_nM", form.in_vitro_nM),
            ("free_caverage_nM", form.free_caverage_nM),
        )
        if entry is not None
    }
    return Drug(
        id=form.id,
        name=form.name,
        aliases=form.aliases,
        drug_class=form.drug_class,
        molar_mass=form.molar_mass.value if form.molar_mass is not None else None,
        curie=form.curie,
        handle=form.handle.id,
        handle_kind=form.handle.kind,
        mechanism=form.mechanism,
        in_vitro_nM=(form.in_vitro_nM.low, form.in_vitro_nM.high),
        free_caverage_nM=form.free_caverage_nM.value if form.free_caverage_nM is not None else None,
        constants={
            one: Constant(one, entry.value, entry.unit or "", entry.source or (), entry.grade)
            for one, entry in form.constants.items()
        },
        readouts=tuple(
            Readout(**{**dict(entry), "note": entry.note or ""}, place=document.place("readouts", number))
            for number, entry in enumerate(form.readouts)
        ),
        regimens=tuple(Regimen(r.dose_mg, r.schedule, r.use or "", r.source) for r in form.regimens),
        note=form.note or "",
        provenance=provenance,
        place=document.place(),
    )
