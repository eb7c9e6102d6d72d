"""``rheostat atlas lint`` and ``rheostat atlas plausible``: checks of the knowledge base."""

from rheostat.cli import options
from rheostat.cli.envelope import Answer, issue_dict
from rheostat.cli.progress import Progress
from rheostat.cli.table import number


def lint(atlas: options.AtlasDirs = None, json_: options.Json = False) -> Answer:
    """Check the data; exit 1 when something was found."""
    from rheostat import api
    from rheostat.atlas.lint import lint as lint_atlas

    loaded = api.atlas(*(atlas or ()))
    issues = lint_atlas(loaded)
    text = "\n".join(str(issue) for issue in issues) or "no findings"
    data = {"issues": [issue_dict(issue) for issue in issues]}
    return Answer("atlas.lint", data, text, provenance=api.provenance(loaded), exit_code=1 if issues else 0)


def plausible(
    draws: options.Draws = 64,
    seed: options.Seed = 1,
    atlas: options.AtlasDirs = None,
    json_: options.Json = False,
) -> Answer:
    """Draw numbers that meet the calibration targets, and the acceptance share."""
    from rheostat import api

    loaded = api.atlas(*(atlas or ()))
    with Progress("plausible draws") as progress:
        chosen = api.draws_of(loaded, draws, seed, "plausible", progress)
    numbers = [int(each) for each in chosen.coordinate]
    text = f"acceptance {number(chosen.acceptance)}\n{' '.join(str(each) for each in numbers)}"
    data = {"draws": numbers, "acceptance": chosen.acceptance}
    return Answer("atlas.plausible", data, text, provenance=api.provenance(loaded, chosen))
