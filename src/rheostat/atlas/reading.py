"""Readings of the review that can be switched, and the network under those that were chosen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rheostat.knowledge.document import Row, read_tsv
from rheostat.network.network import Network
from rheostat.problem.change import OPERATIONS, Change
from rheostat.problem.unknown import UnknownNameError
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.name import did_you_mean

READING_COLUMNS: Final = (
    "reading", "value", "default", "target", "operation", "number", "says", "source", "grade",
)  # fmt: skip

#: Bulk choices of ``--variant``: the default, or the other, value of every reading.
DEFAULT: Final = "default"
OTHER: Final = "other"


@dataclass(frozen=True)
class Reading:
    """One value of a reading: what the sentence says, and which parameters of the network say it.

    Parameters
    ----------
    reading, value : str
        Written ``reading:value``, which is ``id``.
    is_default : bool
        Whether the mechanisms are written under this value.
    changes : tuple of Change
        Of parameters, in the unit of each.
    """

    reading: str
    value: str
    is_default: bool
    says: str
    changes: tuple[Change, ...]
    source: tuple[str, ...] = ()
    grade: str = ""

    @property
    def id(self) -> str:
        """``reading:value``."""
        return f"{self.reading}:{self.value}"

    def lacking(self, network: Network) -> tuple[str, ...]:
        """Parameters that it sets and the network lacks."""
        return tuple(
            dict.fromkeys(one.target for one in self.changes if one.target not in network.parameters)
        )


Readings = Mapping[str, Reading]


def read_readings(path: Path) -> dict[str, Reading]:
    """Readings by ``reading:value``, in the order of the table; one may have several rows.

    Raises
    ------
    InputError
        E101, E102, E110 to E112; E109 a wrong cell, or a reading without exactly one default; all together.
    """
    readings: dict[str, Reading] = {}
    issues: list[Issue] = []
    for row in read_tsv(path, READING_COLUMNS):
        one = _reading(row, issues)
        before = readings.get(one.id)
        if before is not None:
            one = replace(before, says=before.says or one.says, changes=(*before.changes, *one.changes))
        readings[one.id] = one
    for name in dict.fromkeys(one.reading for one in readings.values()):
        defaults = [one.value for one in readings.values() if one.reading == name and one.is_default]
        if len(defaults) != 1:
            message = f"reading '{name}' has {len(defaults)} default values"
            issues.append(Issue("E109", str(path), message, "write default yes in the rows of one value"))
    if issues:
        raise InputError(issues)
    return readings


def _reading(row: Row, issues: list[Issue]) -> Reading:
    cells = row.cells
    operation = next((one for one in OPERATIONS if one == cells["operation"]), OPERATIONS[0])
    wrong = []
    if cells["default"] not in ("yes", "no"):
        wrong.append(("default", "yes or no"))
    if operation != cells["operation"]:
        wrong.append(("operation", " ".join(OPERATIONS)))
    number = _number(cells["number"])
    if not math.isfinite(number) or number < 0:
        wrong.append(("number", "a number of 0 or more"))
    for column, known in wrong:
        message = f"{column} '{cells[column]}' of reading '{cells['reading']}:{cells['value']}'"
        issues.append(Issue("E109", str(row.place_of(column)), message, f"write {known}"))
    return Reading(
        cells["reading"],
        cells["value"],
        cells["default"] == "yes",
        cells["says"],
        (Change(cells["target"], operation, number),),
        tuple(part.strip() for part in cells["source"].split(";") if part.strip()),
        cells["grade"],
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def choose_readings(variants: Sequence[str], readings: Readings) -> tuple[str, ...]:
    """Ids of the chosen values that are not default, in the order of the table.

    ``default`` and ``other`` choose a value of every reading; what is written later wins.

    Raises
    ------
    InputError
        E713 an unknown reading or value.
    """
    chosen = _values(readings, is_default=True)
    for variant in variants:
        if variant in (DEFAULT, OTHER):
            chosen = _values(readings, is_default=variant == DEFAULT)
            continue
        if variant not in readings:
            hint = did_you_mean(variant, readings)
            remedy = f"use {DEFAULT}, {OTHER} or {' '.join(readings)}"
            raise InputError.one("E713", "--variant", f"unknown reading {variant!r}{hint}", remedy)
        chosen[readings[variant].reading] = variant
    kept = frozenset(chosen.values())
    return tuple(name for name, one in readings.items() if name in kept and not one.is_default)


def _values(readings: Readings, *, is_default: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, one in readings.items():
        if one.is_default == is_default:
            found.setdefault(one.reading, name)
    return found


def network_under(network: Network, chosen: Sequence[str], readings: Readings) -> Network:
    """The network with the parameters that the chosen readings set.

    Raises
    ------
    UnknownNameError
        E514 a parameter that the network lacks; of all readings together.
    """
    issues = []
    values = network.values.copy()
    places = {name: place for place, name in enumerate(network.parameters)}
    for name in chosen:
        for change in readings[name].changes:
            if change.target not in places:
                message = f"reading '{name}' sets '{change.target}', which this network lacks"
                remedy = "choose another reading, or add the mechanism that it switches"
                issues.append(Issue("E514", change.target, message, remedy))
                continue
            place = places[change.target]
            values[place] = change.apply(float(values[place]))
    if issues:
        raise UnknownNameError(issues)
    return replace(network, values=values) if chosen else network
