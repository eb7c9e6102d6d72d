"""The small tables of the atlas: forms, environment, classes, gene names."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

from rheostat.knowledge.document import Row, read_tsv
from rheostat.problem.change import OPERATIONS
from rheostat.tumour.alteration import Form
from rheostat.tumour.environment import Factor
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.name import did_you_mean

FORM_COLUMNS: Final = ("form", "target", "operation", "value", "effect", "source", "grade", "note")
ENVIRONMENT_COLUMNS: Final = (
    "id", "parameter", "reference", "unit", "scaled_by", "description", "source", "grade",
)  # fmt: skip


def read_forms(path: Path) -> dict[str, tuple[Form, ...]]:
    """Forms by item text (``mut:`` is put before a bare variant); one form may have several rows.

    Raises
    ------
    InputError
        E101, E102, E110 to E112; E109 wrong value or operation, of all rows together.
    """
    forms: dict[str, tuple[Form, ...]] = {}
    issues: list[Issue] = []
    operations = (*OPERATIONS, "factor")
    for row in read_tsv(path, FORM_COLUMNS):
        cells = row.cells
        name = cells["form"] if ":" in cells["form"] else f"mut:{cells['form']}"
        value = _number(row, "value", issues)
        if cells["operation"] not in operations:
            hint = did_you_mean(cells["operation"], operations)
            where = str(row.place_of("operation"))
            message = f"form '{name}' has the unknown operation '{cells['operation']}'{hint}"
            issues.append(Issue("E109", where, message, f"write one of {' '.join(operations)}"))
        form = Form(
            name,
            cells["target"],
            cells["operation"],
            value,
            cells["effect"],
            _sources(cells["source"]),
            cells["grade"],
            cells["note"],
        )
        forms[name] = (*forms.get(name, ()), form)
    if issues:
        raise InputError(issues)
    return forms


def read_environment(path: Path) -> dict[str, Factor]:
    """Factors of the environment by id.

    Raises
    ------
    InputError
        E101, E102, E110 to E112; E109 a reference that is no positive number, of all rows together.
    """
    factors: dict[str, Factor] = {}
    issues: list[Issue] = []
    for row in read_tsv(path, ENVIRONMENT_COLUMNS, optional=("scales",)):
        cells = row.cells
        reference = _number(row, "reference", issues) if cells["reference"] else None
        factors[cells["id"]] = Factor(
            cells["id"],
            cells["parameter"],
            reference,
            cells["unit"],
            tuple(part.strip() for part in cells["scaled_by"].split(",") if part.strip()),
            cells["description"],
            _sources(cells["source"]),
            cells["grade"],
        )
    if issues:
        raise InputError(issues)
    return factors


def read_classes(path: Path) -> dict[str, str]:
    """Item text of the drug and dose that stands for each class.

    Raises
    ------
    InputError
        E101, E102, E110, E111.
    """
    return {
        row.cells["class"]: row.cells["item"] for row in read_tsv(path, ("class", "item"), optional=("note",))
    }


def read_genes(path: Path) -> dict[str, str]:
    """Symbol of each older gene name.

    Raises
    ------
    InputError
        E101, E102, E110, E111.
    """
    return {row.cells["alias"]: row.cells["symbol"] for row in read_tsv(path, ("alias", "symbol"))}


def _number(row: Row, column: str, issues: list[Issue]) -> float:
    text = row.cells[column]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        issues.append(
            Issue("E109", str(row.place_of(column)), f"{column} '{text}' is not a number of 0 or more")
        )
    return value


def _sources(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())
