"""What a command answers, and how it reaches stdout: as text, or as exactly one JSON object."""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rheostat.cli.stream import write
from rheostat.vocabulary.error import Issue


@dataclass(frozen=True)
class Answer:
    """Result of a command: ``data`` for scripts, ``text`` for people, and what both need to judge it."""

    command: str
    data: Mapping[str, Any]
    text: str
    warnings: Sequence[str] = ()
    errors: Sequence[Issue] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    exit_code: int = 0

    def envelope(self) -> str:
        """The one JSON object of ``--json``."""
        content = {
            "schema": f"rheostat.{self.command}/1",
            "ok": self.exit_code == 0,
            "data": dict(self.data),
            "warnings": list(self.warnings),
            "errors": [issue_dict(issue) for issue in self.errors],
            "provenance": dict(self.provenance),
        }
        return json.dumps(_finite(content), indent=2, allow_nan=False)


def issue_dict(issue: Issue) -> dict[str, str]:
    """An issue with the keys of the JSON contract."""
    return {"code": issue.code, "where": issue.where, "message": issue.message, "remedy": issue.remedy}


def emit(answer: Answer, as_json: bool) -> int:  # noqa: FBT001 - the one switch of this function
    """Write an answer to stdout and its warnings and errors to stderr; the exit code comes back."""
    if as_json:
        write(sys.stdout, answer.envelope())
        return answer.exit_code
    if answer.text:
        write(sys.stdout, answer.text)
    for warning in answer.warnings:
        write(sys.stderr, f"note: {warning}")
    for issue in answer.errors:
        write(sys.stderr, f"error: {issue}")
    return answer.exit_code


def _finite(value: Any) -> Any:
    """The same data with ``None`` for what JSON has no number for."""
    if isinstance(value, Mapping):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
