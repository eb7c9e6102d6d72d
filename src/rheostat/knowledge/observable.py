"""Observables: what is read from the network, with the noise of its measurement (PEtab's columns)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from rheostat.knowledge.document import read_tsv
from rheostat.knowledge.record import Form, NotNegative, Text, check_rows
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.place import Place

COLUMNS = (
    "observableId",
    "observableFormula",
    "noiseFormula",
    "noiseDistribution",
    "unit",
    "default_time_h",
    "description",
)
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class ObservableForm(Form):
    """One line of ``observables.tsv``."""

    observableId: Text = Field(description="stable name of the readout")
    observableFormula: Text = Field(description="formula of species, expressions and parameters")
    noiseFormula: Text = Field(description="standard deviation, in the unit of the readout or its logarithm")
    noiseDistribution: Literal["normal", "log-normal", "laplace", "log-laplace"]
    unit: Text = Field(description="relative = ratio to the untreated reference cell, else a unit")
    default_time_h: NotNegative = Field(description="time in h that a null t_h stands for")
    description: Text


@dataclass(frozen=True)
class Observable:
    """What is read; unit ``relative`` = ratio to the untreated reference cell; ``default_time_h`` in h."""

    id: str
    formula: str
    noise_formula: str
    noise_distribution: str
    unit: str
    default_time_h: float
    description: str
    place: Place


def read_observables(path: Path | str) -> tuple[Observable, ...]:
    """Observables of a table, in its order.

    Raises
    ------
    InputError
        E101, E102, E109 to E112, E206: all problems of the file together.
    """
    rows = read_tsv(path, COLUMNS)
    forms, issues = check_rows(ObservableForm, rows, numbers=("default_time_h",), id_column="observableId")
    observables = []
    for row, form in forms:
        place = row.place_of("observableId")
        if _ID.match(form.observableId) is None:
            message = f"observable id '{form.observableId}' cannot be used"
            issues.append(Issue("E206", str(place), message, "use letters, digits and _"))
        observables.append(
            Observable(
                form.observableId,
                form.observableFormula,
                form.noiseFormula,
                form.noiseDistribution,
                form.unit,
                form.default_time_h,
                form.description,
                place,
            )
        )
    if issues:
        raise InputError(issues)
    return tuple(observables)
