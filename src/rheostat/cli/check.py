"""``rheostat check``: the claims scoreboard."""

from typing import Annotated

import typer

from rheostat.cli import options
from rheostat.cli.envelope import Answer
from rheostat.cli.progress import Progress


def check(
    file: Annotated[str | None, typer.Argument(help="Claims file; without it the shipped ones.")] = None,
    id_: Annotated[
        list[str] | None, typer.Option("--id", metavar="ID", help="Only this fact. Repeatable.")
    ] = None,
    variant: options.Variant = None,
    draws: options.Draws = 64,
    seed: options.Seed = 1,
    ensemble: options.Ensemble = "plausible",
    atlas: options.AtlasDirs = None,
    json_: options.Json = False,
) -> Answer:
    """Judge claims against the ensemble; exit 1 when a recorded verdict moved."""
    from rheostat import api
    from rheostat.cli.scoreboard import scoreboard_text
    from rheostat.studies.interval import FAILED_SHARE_ALLOWED
    from rheostat.verdict.judge import judge
    from rheostat.vocabulary.error import Issue, NumericalError

    loaded, notes = api.under(api.atlas(*(atlas or ())), variant or ())
    facts, others = api.facts_of(file, id_ or (), variant or ())
    chosen = api.draws_of(loaded, draws, seed, ensemble)
    with Progress("judging") as progress:
        board = judge(loaded, facts, chosen, progress)
    # A verdict is recorded for the default ensemble; another one is another question.
    is_recorded = file is None and (draws, seed, ensemble) == (64, 1, "plausible") and not atlas
    is_recorded = is_recorded and not loaded.chosen_readings
    moved = api.moved_verdicts(board) if is_recorded else ()
    errors = [
        Issue(
            "E605",
            each.id,
            f"verdict is {each.now}, recorded {each.before or 'nothing'}",
            "explain it in verdicts.tsv or mend the model",
        )
        for each in moved
    ]
    warnings = [
        *notes,
        *(f"{fact.id} is told under another reading: --variant {fact.variant}" for fact in others),
    ]
    warnings += [
        f"{each.id}: draws {', '.join(map(str, each.failed))} did not finish or have no value; not satisfied"
        for each in board.verdicts
        if each.failed
    ]
    code = 1 if moved else 0
    if board.failed_share > FAILED_SHARE_ALLOWED:
        message = f"{board.failed_rows} of {board.rows} rows failed"
        errors.append(Issue("N190", "simulation", message, "see the failed draws listed above"))
        code = NumericalError.exit_code
    data = board.as_dict()
    return Answer(
        "check", data, scoreboard_text(data), warnings, errors, api.provenance(loaded, chosen), code
    )
