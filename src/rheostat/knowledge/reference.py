"""References: the papers that numbers and findings come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from rheostat.knowledge.document import read_tsv
from rheostat.knowledge.record import Form, Text, Whole, check_rows
from rheostat.vocabulary.error import InputError
from rheostat.vocabulary.place import Place

COLUMNS = ("key", "doi", "pmid", "year", "first_author", "where", "read")


class ReferenceForm(Form):
    """One line of ``references.tsv``."""

    key: Text = Field(description="what `source` names")
    doi: str | None = Field(default=None, pattern=r"^10\.\d{4,9}/\S+$", description="only when sure")
    pmid: str | None = Field(default=None, pattern=r"^\d{1,8}$", description="only when sure")
    year: Whole | None = Field(default=None, ge=1800, le=2100)
    first_author: str | None = None
    where: str | None = Field(default=None, description="journal, volume, page, and what it is about")
    read: Literal["full", "abstract", "recalled"] = Field(description="how much of it was read")


@dataclass(frozen=True)
class Reference:
    """A paper, label or database; ``doi`` and ``pmid`` only when sure."""

    key: str
    doi: str | None
    pmid: str | None
    year: int | None
    first_author: str
    where: str
    read: str
    place: Place


def read_references(path: Path | str) -> dict[str, Reference]:
    """References of a table by key.

    Raises
    ------
    InputError
        E101, E102, E109 to E112: all problems of the file together.
    """
    rows = read_tsv(path, COLUMNS)
    forms, issues = check_rows(ReferenceForm, rows, numbers=("year",), id_column="key")
    if issues:
        raise InputError(issues)
    return {
        form.key: Reference(
            form.key,
            form.doi,
            form.pmid,
            form.year,
            form.first_author or "",
            form.where or "",
            form.read,
            row.place_of("key"),
        )
        for row, form in forms
    }
