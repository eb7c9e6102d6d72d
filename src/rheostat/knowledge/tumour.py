"""Tumours, cell lines and cell programmes: what differs from the reference cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from rheostat.knowledge.document import Document, read_yaml
from rheostat.knowledge.record import (
    EmptyAsList,
    EmptyAsTable,
    Form,
    Grade,
    NotNegative,
    OpenForm,
    Text,
    Texts,
    check,
    file_name_issues,
    misspelt_keys,
)
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.place import Place

Zygosity = Literal["heterozygous", "homozygous", "hemizygous", "biallelic"]


class AlterationForm(Form):
    """One alteration, as an item: ``mut:PTEN_loss``, ``ko:TSC1`` ..."""

    item: Text
    zygosity: Zygosity | None = Field(default=None, description="How many alleles carry it")
    source: Texts
    grade: Grade
    note: str | None = None


class ExpressionForm(Form):
    """Abundance of a gene's product relative to the reference cell."""

    gene: Text = Field(description="HGNC symbol")
    fold: NotNegative
    source: Texts
    grade: Grade
    note: str | None = None


class TumourForm(OpenForm):
    """A tumour file; unknown keys are kept and ignored unless they look like a known one."""

    id: Text
    name: Text
    aliases: Annotated[tuple[Text, ...], EmptyAsList] = ()
    curie: Text | None = Field(
        default=None, pattern=r"^[A-Za-z][\w.]*:\S+$", description="Cellosaurus or MONDO"
    )
    tissue: str | None = None
    programme: Text = Field(default="tumour_cell", description="cell programme that it runs")
    alterations: Annotated[tuple[AlterationForm, ...], EmptyAsList] = ()
    expression: Annotated[tuple[ExpressionForm, ...], EmptyAsList] = ()
    environment: Annotated[dict[str, NotNegative], EmptyAsTable] = Field(
        default_factory=dict, description="level of each input relative to rich medium"
    )
    ignored: Annotated[tuple[Text, ...], EmptyAsList] = Field(
        default=(), description="Known alterations without effect, since the model does not hold them"
    )
    grade: Grade | None = None
    note: str | None = None


@dataclass(frozen=True)
class Alteration:
    """One alteration; ``item`` in the grammar of items."""

    item: str
    zygosity: str | None
    source: tuple[str, ...]
    grade: str
    note: str
    place: Place


@dataclass(frozen=True)
class Expression:
    """Fold abundance of a gene's product against the reference cell."""

    gene: str
    fold: float
    source: tuple[str, ...]
    grade: str
    note: str
    place: Place


@dataclass(frozen=True)
class Tumour:
    """A cell that can be asked for.

    ``environment`` maps an input to its level relative to rich medium; ``ignored`` lists, as plain text, the
    known alterations of genes that the model does not hold.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    curie: str | None
    tissue: str
    alterations: tuple[Alteration, ...]
    expression: tuple[Expression, ...]
    environment: Mapping[str, float]
    ignored: tuple[str, ...]
    programme: str
    grade: str | None
    note: str
    place: Place


def read_tumour(path: Path | str, *, named_by_id: bool = False) -> Tumour:
    """Tumour of a file.

    Parameters
    ----------
    named_by_id : bool
        The file must be called after its id, as the shipped ones are; a user's own may have any name.

    Raises
    ------
    InputError
        E101 to E109, E113, E114: all problems of the file together.
    """
    document = read_yaml(path)
    form, issues = check(TumourForm, document)
    if form is not None:
        issues.extend(misspelt_keys(form, f"tumour '{form.id}'", document))
        if named_by_id:
            issues.extend(file_name_issues(form.id, path, document))
    if form is None or issues:
        raise InputError(issues)
    return _tumour(form, document)


def read_tumours(paths: Iterable[Path | str]) -> tuple[Tumour, ...]:
    """Tumours of several files that are called after their ids.

    Raises
    ------
    InputError
        As ``read_tumour``: all problems of all files together.
    """
    tumours = []
    issues: list[Issue] = []
    for path in paths:
        try:
            tumours.append(read_tumour(path, named_by_id=True))
        except InputError as error:
            issues.extend(error.issues)
    if issues:
        raise InputError(issues)
    return tuple(tumours)


def _tumour(form: TumourForm, document: Document) -> Tumour:
    return Tumour(
        id=form.id,
        name=form.name,
        aliases=form.aliases,
        curie=form.curie,
        tissue=form.tissue or "",
        alterations=tuple(
            Alteration(
                a.item, a.zygosity, a.source, a.grade, a.note or "", document.place("alterations", number)
            )
            for number, a in enumerate(form.alterations)
        ),
        expression=tuple(
            Expression(e.gene, e.fold, e.source, e.grade, e.note or "", document.place("expression", number))
            for number, e in enumerate(form.expression)
        ),
        environment=dict(form.environment),
        ignored=form.ignored,
        programme=form.programme,
        grade=form.grade,
        note=form.note or "",
        place=document.place(),
    )
