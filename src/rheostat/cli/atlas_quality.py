"""``rheostat atlas lint`` and ``rheostat atlas plausible``: checks of the knowledge base."""

from typing import Annotated

import typer

from rheostat.cli import options
from rheostat.cli.envelope import Answer, issue_dict
from rheostat.cli.progress import Progress
from rheostat.cli.table import number, table


def lint(atlas: options.AtlasDirs = None, json_: options.Json = False) -> Answer:
    """Check the data; exit 1 when something was found."""
    from rheostat import api
    from rheostat.atlas.lint import lint as lint_atlas

    loaded = api.atlas(*(atlas or ()))
    issues = lint_atlas(loaded)
    text = "\n".join(str(issue) for issue in issues) or "no findings"
    data = {"issues": [issue_dict(issue) for issue in issues]}
    found = [issue for issue in issues if issue.severity != "note"]
    return Answer("atlas.lint", data, text, provenance=api.provenance(loaded), exit_code=1 if found else 0)


def plausible(
    draws: options.Draws = 64,
    seed: options.Seed = 1,
    targets: Annotated[
        int, typer.Option("--targets", metavar="N", help="Share of each target over N raw prior draws.")
    ] = 0,
    atlas: options.AtlasDirs = None,
    output: options.Output = None,
    json_: options.Json = False,
) -> Answer:
    """Draws that meet the calibration targets, the acceptance, and each target's share of the raw prior.

    With -o FILE the accepted draws are computed afresh and written as the table that the atlas ships.
    """
    from rheostat import api
    from rheostat.inference.plausible import acceptance, write_plausible

    loaded = api.atlas(*(atlas or ()))
    with Progress("plausible draws") as progress:
        if output is None:
            chosen = api.draws_of(loaded, draws, seed, "plausible", progress)
        else:
            chosen = write_plausible(loaded, output, draws, progress)
        shares = acceptance(loaded, seed, targets) if targets else ()
    numbers = [int(each) for each in chosen.coordinate]
    text = f"acceptance {number(chosen.acceptance)}\n{' '.join(str(each) for each in numbers)}"
    if shares:
        rows = [
            [each.fact, str(each.assertion + 1), f"{each.share:.3f}", "yes" if each.nominal else "no"]
            for each in shares
        ]
        text += f"\n\n{table(['target', 'assertion', f'share of {targets} prior draws', 'nominal'], rows)}"
    data = {
        "draws": numbers,
        "acceptance": chosen.acceptance,
        "targets": [dict(vars(each)) for each in shares],
    }
    return Answer("atlas.plausible", data, text, provenance=api.provenance(loaded, chosen))
