"""Answers of a command that did not succeed."""

from __future__ import annotations

import os
import shlex
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

from typer.exceptions import TyperException

from rheostat.cli.envelope import Answer
from rheostat.vocabulary.error import InputError, Issue, NumericalError, RheostatError

if TYPE_CHECKING:
    from rheostat.studies.interval import Failures

INTERRUPTED = 130


def failure_issues(failures: Failures) -> tuple[list[Issue], int]:
    """Errors and exit code: none and 0, or one issue and 3 when over 5 % of the rows failed."""
    if not failures.too_many:
        return [], 0
    kinds = "; ".join(f"{name}: {sentence}" for name, sentence in failures.sentences.items())
    message = f"{failures.failed} of {failures.total} rows failed ({kinds})"
    return [
        Issue("N190", "simulation", message, "see the failed rows listed above")
    ], NumericalError.exit_code


def interrupted(command: str, arguments: Sequence[str]) -> Answer:
    """Answer after Ctrl-C, with the line that runs it again."""
    line = f"rheostat {shlex.join(arguments)}"
    issue = Issue("E708", "command line", "interrupted", f"to run it again: {line}")
    return Answer(command, {}, "", errors=[issue], exit_code=INTERRUPTED)


def unreadable(command: str, error: OSError) -> Answer:
    """Answer when the operating system refused a path."""
    where = str(error.filename or "")
    issue = Issue("E702", where, error.strerror or str(error), "check the path and its permissions")
    return Answer(command, {}, "", errors=[issue], exit_code=InputError.exit_code)


def misused(command: str, error: TyperException) -> Answer:
    """Answer to a command line that is not understood."""
    message = error.format_message().strip() or "a command is missing"
    issue = Issue("E701", "command line", message.rstrip("."), "see rheostat --help")
    return Answer(
        command if command.isidentifier() else "rheostat",
        {},
        "",
        errors=[issue],
        exit_code=InputError.exit_code,
    )


def our_bug(command: str, error: Exception) -> Answer:
    """Answer to what we did not foresee; the traceback only with RHEOSTAT_DEBUG=1."""
    if os.environ.get("RHEOSTAT_DEBUG") == "1":
        traceback.print_exception(error)
    message = f"this is our bug, not yours: {type(error).__name__}: {error}"
    issue = Issue("E709", "rheostat", message, "set RHEOSTAT_DEBUG=1 for the traceback and report it")
    return Answer(command, {}, "", errors=[issue], exit_code=RheostatError.exit_code)
