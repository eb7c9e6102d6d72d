"""Finding a drug, a cell or a readout by any of its names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from rheostat.knowledge.drug import Drug
from rheostat.knowledge.observable import Observable
from rheostat.knowledge.tumour import Tumour, read_tumour
from rheostat.problem.unknown import UnknownNameError
from rheostat.vocabulary.name import did_you_mean

_Record = TypeVar("_Record", Drug, Tumour)
_TUMOUR_SUFFIXES = frozenset({".yaml", ".yml"})


def fold_name(name: str) -> str:
    """Name without case, blanks and punctuation.

    Examples
    --------
    >>> fold_name("MCF-7") == fold_name("mcf7")
    True
    """
    return re.sub(r"[\W_]", "", name).casefold()


def find_drug(name: str, drugs: Mapping[str, Drug], classes: Mapping[str, str]) -> Drug:
    """Drug of an id, name or alias, whatever its case and punctuation.

    Raises
    ------
    UnknownNameError
        E501 with the nearest name; a class is told to be one.

    """
    found = _find(name, drugs)
    if found is not None:
        return found
    item = class_item(name, classes)
    if item is not None:
        remedy = f"write {item}, which stands for it"
        raise UnknownNameError.one("E501", name, f"'{name}' is a class of drugs, not a drug", remedy)
    names = [one for drug in drugs.values() for one in (drug.id, drug.name, *drug.aliases)]
    message = f"unknown drug '{name}'{did_you_mean(name, names)}"
    raise UnknownNameError.one("E501", name, message, "rheostat atlas list drugs shows all")


def class_item(name: str, classes: Mapping[str, str]) -> str | None:
    """Drug and dose (an item text) that a class of the literature stands for, or None.

    Examples
    --------
    >>> class_item("Rapalog", {"rapalog": "drug:everolimus@20nM"})
    'drug:everolimus@20nM'
    """
    return {fold_name(one): item for one, item in classes.items()}.get(fold_name(name))


def find_tumour(name: str | Path, tumours: Mapping[str, Tumour]) -> Tumour:
    """Tumour, cell line or programme of an id, name, alias or CURIE, or of a path to a tumour file.

    Raises
    ------
    UnknownNameError
        E502 with the nearest name.
    InputError
        Problems of the user's file.
    """
    text = str(name)
    found = None if isinstance(name, Path) else _find(text, tumours)
    if found is not None:
        return found
    if isinstance(name, Path) or Path(text).suffix.casefold() in _TUMOUR_SUFFIXES:
        return read_tumour(text)
    names = [one for tumour in tumours.values() for one in (tumour.id, tumour.name, *tumour.aliases)]
    message = f"unknown cell '{text}'{did_you_mean(text, names)}"
    remedy = "rheostat atlas list cells shows all; a path to a tumour file works too"
    raise UnknownNameError.one("E502", text, message, remedy)


def find_observable(name: str, observables: Mapping[str, Observable]) -> Observable:
    """Observable of an id; case counts for nothing.

    Raises
    ------
    UnknownNameError
        E506 with the nearest id.
    """
    if name in observables:
        return observables[name]
    folded = {one.casefold(): observable for one, observable in observables.items()}
    if name.casefold() in folded:
        return folded[name.casefold()]
    message = f"unknown readout '{name}'{did_you_mean(name, observables)}"
    raise UnknownNameError.one("E506", name, message, "rheostat atlas list readouts shows all")


def _names(record: Drug | Tumour) -> tuple[str, ...]:
    curie = record.curie if isinstance(record, Tumour) else None
    more = () if curie is None else (curie, curie.partition(":")[2])
    return (record.id, record.name, *record.aliases, *more)


def _find(name: str, records: Mapping[str, _Record]) -> _Record | None:
    if name in records:
        return records[name]
    wanted = fold_name(name)
    if not wanted:
        return None
    return next((record for record in records.values() if wanted in map(fold_name, _names(record))), None)
