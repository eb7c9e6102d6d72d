"""The feedback loops that studies cut by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rheostat.knowledge.document import Document, read_yaml
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.place import Place


@dataclass(frozen=True)
class Loop:
    """A feedback loop: a sentence and the mechanisms that are cut to open it.

    Parameters
    ----------
    id, name, says : str
    mechanisms : tuple of str
        Mechanism ids.
    sign : str
        ``negative`` or ``positive``.
    claims : tuple of str
        Ids of the loops in the claims ledger.
    source : tuple of str
        Keys of the reference table.
    """

    id: str
    name: str
    says: str
    mechanisms: tuple[str, ...]
    sign: str
    claims: tuple[str, ...]
    source: tuple[str, ...]
    place: Place


def read_loops(path: Path) -> dict[str, Loop]:
    """Loops of a file by id.

    Raises
    ------
    InputError
        E101 to E106 as ``read_yaml``; E108 missing key, E109 wrong value, of all loops together.
    """
    document = read_yaml(path)
    entries = document.data.get("loops") if isinstance(document.data, dict) else None
    if not isinstance(entries, list):
        raise InputError.one(
            "E109", document.place("loops"), "'loops' is not a list", "write `loops:` and `- id: ..`"
        )
    loops: dict[str, Loop] = {}
    issues: list[Issue] = []
    for index, entry in enumerate(entries):
        problems = _problems(entry, index, document)
        issues.extend(problems)
        if not problems:
            loop = _loop(entry, document.place("loops", index))
            loops[loop.id] = loop
    if issues:
        raise InputError(issues)
    return loops


def _problems(entry: Any, index: int, document: Document) -> list[Issue]:
    where = str(document.place("loops", index))
    if not isinstance(entry, dict):
        return [Issue("E109", where, f"loop {index + 1} is not a table", "write `- id: ..`")]
    name = entry.get("id", f"number {index + 1}")
    absent = [key for key in ("id", "says", "mechanisms", "sign") if not entry.get(key)]
    issues = [Issue("E108", where, f"loop '{name}' has no {key}", "add it") for key in absent]
    if entry.get("sign") not in (None, "negative", "positive"):
        found = entry["sign"]
        issues.append(
            Issue("E109", where, f"sign of loop '{name}' is '{found}'", "write negative or positive")
        )
    return issues


def _loop(entry: dict[str, Any], place: Place) -> Loop:
    return Loop(
        str(entry["id"]),
        str(entry.get("name") or entry["id"]),
        str(entry["says"]),
        _texts(entry["mechanisms"]),
        str(entry["sign"]),
        _texts(entry.get("claims")),
        _texts(entry.get("source")),
        place,
    )


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(one) for one in value) if isinstance(value, list) else (str(value),)
