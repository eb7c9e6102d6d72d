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
    variant: Annotated[
        list[str] | None, typer.Option("--variant", metavar="READING:VALUE", help="Judge under this reading.")
    ] = None,
    draws: options.Draws = 64,
    seed: options.Seed = 1,
    ensemble: options.Ensemble = "plausible",
    atlas: options.AtlasDirs = None,
    json_: options.Json = False,
) -> Answer:
    """Judge claims against the ensemble; exit 1 when a recorded verdict moved."""
    from rheostat import api
    from rheostat.cli.scoreboard import scoreboard_data, scoreboard_text
    from rheostat.verdict.judge import judge
    from rheostat.vocabulary.error import Issue

    loaded = api.atlas(*(atlas or ()))
    facts = api.facts_of(file, id_ or (), variant or ())
    chosen = api.draws_of(loaded, draws, seed, ensemble)
    with Progress("judging") as progress:
        board = judge(loaded, facts, chosen, progress)
    moved = api.moved_verdicts(board) if file is None else ()
    errors = [
        Issue(
            "E605",
            fact,
            f"verdict is {now}, recorded {before}",
            "explain it in verdicts.tsv or mend the model",
        )
        for fact, before, now in moved
    ]
    code = 1 if moved else 0
    if board.failed_rows > 0.05 * board.rows:
        message = f"{board.failed_rows} of {board.rows} rows failed"
        errors.append(Issue("N190", "check", message, "try another seed or more draws"))
        code = 3
    data = scoreboard_data(board)
    return Answer("check", data, scoreboard_text(data), (), errors, api.provenance(loaded, chosen), code)
