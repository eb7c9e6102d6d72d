"""``rheostat rank``: treatments ranked for a tumour, with reasons."""

from typing import Annotated

import typer

from rheostat.cli import options
from rheostat.cli.envelope import Answer
from rheostat.cli.progress import Progress
from rheostat.cli.ranking import ranking_text


def rank(
    cell: Annotated[list[str], typer.Option("--cell", metavar="CELL", help="Tumour or cell. Repeatable.")],
    treatment: Annotated[
        list[str] | None,
        typer.Option(
            "--treatment", metavar="'A + B'", help="Drug or pair. Default: each drug alone. Repeatable."
        ),
    ] = None,
    alter: options.Alter = None,
    env: options.Env = None,
    cut: options.Cut = None,
    draws: options.Draws = 64,
    seed: options.Seed = 1,
    ensemble: options.Ensemble = "plausible",
    variant: options.Variant = None,
    atlas: options.AtlasDirs = None,
    json_: options.Json = False,
) -> Answer:
    """Rank treatments by growth inhibition at 72 h, with selectivity and reasons."""
    from rheostat import api
    from rheostat.cli.failure import failure_issues

    overlays = atlas or ()
    loaded, notes = api.under(api.atlas(*overlays), variant or ())
    alterations = tuple(alter or ())
    with Progress("ranking") as progress:
        ranking = api.rank(
            *(api.Cell(each, alterations) for each in cell),
            treatments=treatment,
            env=env or (),
            cut=cut or (),
            draws=draws,
            seed=seed,
            ensemble=ensemble,
            variants=variant or (),
            overlays=overlays,
            progress=progress,
        )
    data = {"tumours": [tumour.as_dict() for tumour in ranking.tumours]}
    best = ranking.tumours[0].treatments[0].treatment
    text = f"{ranking_text(ranking)}\n\nnext: rheostat run --cell '{cell[0]}' --treat '{best.item_text}'"
    errors, code = failure_issues(ranking.failures)
    chosen = api.draws_of(loaded, draws, seed, ensemble)
    return Answer(
        "rank",
        data,
        text,
        [*notes, *api.notes_on(alter or ()), *ranking.failures.lines()],
        errors,
        api.provenance(loaded, chosen),
        code,
    )
