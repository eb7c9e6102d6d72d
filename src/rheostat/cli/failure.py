"""What a command says about rows that failed numerically."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rheostat.vocabulary.error import Issue, NumericalError

if TYPE_CHECKING:
    from rheostat.studies.interval import Failures


def failure_issues(failures: Failures) -> tuple[list[Issue], int]:
    """Errors and exit code: none and 0, or one issue and 3 when over 5 % of the rows failed."""
    if not failures.too_many:
        return [], 0
    kinds = "; ".join(f"{name}: {sentence}" for name, sentence in failures.sentences.items())
    message = f"{failures.failed} of {failures.total} rows failed ({kinds})"
    return [
        Issue("N190", "simulation", message, "see the failed rows listed above")
    ], NumericalError.exit_code
