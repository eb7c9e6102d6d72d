"""A scoreboard of claims as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rheostat.cli.table import heading, number, table

COUNTS = ("facts", "reproduced", "undetermined", "contradicted", "not_computable", "not_runnable")
SCORES = ("wired", "wired_reproduced", "emergent", "emergent_reproduced", "model_direction", "baseline_graph")


def scoreboard_text(data: Mapping[str, Any]) -> str:
    """Summary of all and of the judge-only items, one line a fact, and what is missing by name."""
    summary = data["summary"]
    both = [[key, _shown(summary[key]), _shown(summary["judge_only"][key])] for key in (*COUNTS, *SCORES)]
    rows = [
        [fact["id"], fact["verdict"], _shown(fact.get("fraction")), str(fact["direction"]), str(fact["kind"])]
        for fact in data["facts"]
    ]
    parts = [
        heading("Claims scoreboard"),
        table(["", "all", "judge only"], both),
        f"acceptance of the ensemble: {_shown(summary['acceptance'])}; "
        f"failed rows: {summary['failed_rows']} of {summary['rows']}",
        "",
        table(["fact", "verdict", "share", "direction", "kind"], rows),
    ]
    missing = Counter(name for fact in data["facts"] for name in fact["missing"])
    if missing:
        lines = [[name, str(count)] for name, count in sorted(missing.items())]
        parts += ["", heading("Not computable: what the atlas lacks"), table(["missing", "facts"], lines)]
    parts += ["", "next: rheostat check --id ID; rheostat atlas trace READOUT"]
    return "\n".join(parts)


def _shown(value: Any) -> str:
    return number(value) if isinstance(value, float) else "-" if value is None else str(value)
