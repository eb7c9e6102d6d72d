"""A scoreboard of claims as JSON data and as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

from rheostat.cli.table import heading, number, table


def scoreboard_data(board: Any) -> dict[str, Any]:
    """Keys ``summary`` and ``facts`` of the JSON contract."""
    return {"summary": _plain(board.summary), "facts": [_plain(verdict) for verdict in board.verdicts]}


def scoreboard_text(data: Mapping[str, Any]) -> str:
    """Summary, then one line a fact."""
    summary = [[key, _shown(value)] for key, value in data["summary"].items()]
    rows = [
        [fact["id"], fact["verdict"], _shown(fact.get("fraction")), str(fact["direction"]), str(fact["kind"])]
        for fact in data["facts"]
    ]
    return "\n".join(
        [
            heading("Claims scoreboard"),
            table(["", ""], summary),
            "",
            table(["fact", "verdict", "share", "direction", "kind"], rows),
            "next: rheostat check --id ID; rheostat atlas trace READOUT",
        ]
    )


def _plain(value: Any) -> Any:
    as_dict = getattr(value, "as_dict", None)
    if as_dict is not None:
        return as_dict()
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else dict(value)


def _shown(value: Any) -> str:
    return number(value) if isinstance(value, float) else "-" if value is None else str(value)
