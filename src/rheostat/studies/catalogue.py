"""The atlas as lists that people look things up in."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from rheostat.atlas.load import Atlas
from rheostat.vocabulary.error import InputError
from rheostat.vocabulary.name import did_you_mean

# In the order in which a name is looked up: a drug comes before the species that holds it in the cell.
KINDS = (
    "drugs", "tumours", "observables", "mechanisms", "species", "loops", "references",
    "environment", "forms", "classes", "contexts", "readings",
)  # fmt: skip
_SAME = {"readouts": "observables", "cells": "tumours", "papers": "references", "env": "environment"}
_SENTENCE = ("says", "description", "name", "agent", "where", "note", "item")


def contents(atlas: Atlas, what: str | None = None) -> list[list[str]]:
    """Number of entries of each kind, or (id, sentence) of each entry of one kind.

    Raises
    ------
    InputError
        If the kind is unknown.
    """
    if what is None:
        return [[kind, str(len(_entries(atlas, kind)))] for kind in KINDS]
    kind = _SAME.get(what, what)
    if kind not in KINDS:
        hint = did_you_mean(what, [*KINDS, *_SAME])
        raise InputError.one(
            "E712", "atlas list", f"unknown kind {what!r}{hint}", f"use one of {' '.join(KINDS)}"
        )
    return [[key, _sentence(entry)] for key, entry in _entries(atlas, kind).items()]


def entry_of(atlas: Atlas, name: str) -> tuple[str, dict[str, Any]]:
    """Kind and fields of an entry, found by id, or by the name or an alias of a drug or tumour.

    Raises
    ------
    InputError
        If nothing has that name.
    """
    known: list[str] = []
    # a drug's free concentration is a species of the same name; whoever asks means the drug
    for kind in dict.fromkeys(("drugs", "tumours", *KINDS)):
        entries = _entries(atlas, kind)
        for key, entry in entries.items():
            names = [key, getattr(entry, "name", key), *getattr(entry, "aliases", ())]
            if name.casefold() in {str(each).casefold() for each in names}:
                return kind, _fields(entry)
            known += [str(each) for each in names]
    raise InputError.one(
        "E712",
        "atlas show",
        f"nothing is called {name!r}{did_you_mean(name, known)}",
        "see rheostat atlas search",
    )


def _entries(atlas: Atlas, kind: str) -> dict[str, Any]:
    if kind == "mechanisms":
        return {each.id: each for each in atlas.mechanisms.mechanisms}
    if kind == "species":
        return _by_id(atlas.mechanisms.species)
    return _by_id(getattr(atlas, kind))


def _by_id(entries: Any) -> dict[str, Any]:
    if isinstance(entries, Mapping):
        return {str(key): entry for key, entry in entries.items()}
    return {str(getattr(entry, "id", entry)): entry for entry in entries}


def _sentence(entry: Any) -> str:
    if isinstance(entry, (list, tuple)) and entry:
        return _sentence(entry[0])
    for name in _SENTENCE:
        value = getattr(entry, name, None)
        if value:
            return f"{value} (default)" if getattr(entry, "is_default", False) else str(value)
    return str(entry) if isinstance(entry, str) else ""


def _fields(entry: Any) -> dict[str, Any]:
    if isinstance(entry, (list, tuple)):
        return {str(i): str(each) for i, each in enumerate(entry, start=1)}
    if not hasattr(entry, "__dataclass_fields__"):
        return {"value": str(entry)}
    return {field.name: _plain(getattr(entry, field.name)) for field in fields(entry)}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if type(value).__name__ != "Place" and hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return str(value)
