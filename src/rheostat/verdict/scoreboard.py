"""All verdicts of a claims file, and their summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rheostat.verdict.verdict import Verdict, mean_score


@dataclass(frozen=True)
class Scoreboard:
    """Verdicts in the order of the facts.

    Parameters
    ----------
    verdicts : tuple of Verdict
    acceptance : float or None
        Share of prior draws in the ensemble.
    draws : int
    failed_rows, rows : int
        Rows (arm x draw) that did not finish, of how many.
    """

    verdicts: tuple[Verdict, ...]
    acceptance: float | None
    draws: int
    failed_rows: int
    rows: int

    @property
    def failed_share(self) -> float:
        """Share of rows that did not finish."""
        return self.failed_rows / self.rows if self.rows else 0.0

    @property
    def summary(self) -> dict[str, Any]:
        """Counts and scores in the keys of the JSON contract, and the same for judge-only items apart."""
        judge_only = [verdict for verdict in self.verdicts if verdict.judge_only]
        return {
            **_counts(list(self.verdicts)),
            "acceptance": self.acceptance,
            "failed_rows": self.failed_rows,
            "rows": self.rows,
            "judge_only": _counts(judge_only),
        }

    @property
    def facts(self) -> list[dict[str, Any]]:
        """Objects of the JSON contract, one a fact."""
        return [verdict.as_dict() for verdict in self.verdicts]

    def as_dict(self) -> dict[str, Any]:
        """``data`` of the JSON contract."""
        return {"summary": self.summary, "facts": self.facts}


def _counts(verdicts: list[Verdict]) -> dict[str, Any]:
    counted = [verdict for verdict in verdicts if verdict.verdict != "not_runnable"]
    judged = [verdict for verdict in counted if verdict.is_judged]
    by_word = {
        word: sum(verdict.verdict == word for verdict in counted)
        for word in ("reproduced", "contradicted", "undetermined", "not_computable")
    }
    kinds = {kind: [verdict for verdict in judged if verdict.kind == kind] for kind in ("wired", "emergent")}
    return {
        "facts": len(counted),
        **by_word,
        "not_runnable": len(verdicts) - len(counted),
        **{kind: len(those) for kind, those in kinds.items()},
        **{
            f"{kind}_reproduced": sum(verdict.verdict == "reproduced" for verdict in those)
            for kind, those in kinds.items()
        },
        "model_direction": mean_score([verdict.direction for verdict in judged]),
        "baseline_graph": mean_score([verdict.graph for verdict in judged]),
    }
