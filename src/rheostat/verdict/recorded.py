"""The verdicts that the atlas records, and which of them moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rheostat.knowledge.document import read_tsv
from rheostat.verdict.scoreboard import Scoreboard

COLUMNS = ("id", "verdict", "cause")


@dataclass(frozen=True)
class Recorded:
    """Verdict of one fact as it was, with the cause of a miss."""

    id: str
    verdict: str
    cause: str = ""


@dataclass(frozen=True)
class Moved:
    """A fact whose verdict is not the recorded one; ``before`` is None for a fact that is not recorded."""

    id: str
    before: str | None
    now: str


def read_recorded(path: Path | str) -> dict[str, Recorded]:
    """Recorded verdicts by id.

    Raises
    ------
    InputError
        Problems of the table.
    """
    rows = read_tsv(Path(path), COLUMNS)
    return {row.cells["id"]: Recorded(*(row.cells[column] for column in COLUMNS)) for row in rows}


def write_recorded(path: Path | str, board: Scoreboard, causes: Mapping[str, str] | None = None) -> None:
    """Write the verdicts of a scoreboard; causes are taken from ``causes`` by fact id, else from the file.

    A cause is kept only while its verdict stays: another verdict needs another explanation.
    """
    target = Path(path)
    old = read_recorded(target) if target.exists() else {}
    lines = ["\t".join(COLUMNS)]
    for verdict in board.verdicts:
        before = old.get(verdict.id)
        kept = before.cause if before is not None and before.verdict == verdict.verdict else ""
        cause = (causes or {}).get(verdict.id, kept)
        lines.append("\t".join([verdict.id, verdict.verdict, cause]))
    target.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def moved(board: Scoreboard, recorded: Mapping[str, Recorded]) -> tuple[Moved, ...]:
    """Facts of the scoreboard whose verdict is not the recorded one, in its order."""
    found: Iterable[Moved] = (
        Moved(verdict.id, None if (old := recorded.get(verdict.id)) is None else old.verdict, verdict.verdict)
        for verdict in board.verdicts
    )
    return tuple(each for each in found if each.before != each.now)
