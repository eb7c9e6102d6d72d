"""``rheostat dose``: dose-response of one drug."""

from textwrap import fill
from typing import Annotated

import typer

from rheostat.cli import options
from rheostat.cli.envelope import Answer
from rheostat.cli.progress import Progress
from rheostat.cli.table import WIDTH, heading, interval, number, table


def dose(
    cell: options.Cell,
    drug: Annotated[str, typer.Option("--drug", metavar="DRUG", help="Drug name or alias.")],
    readout: Annotated[str, typer.Option("--readout", metavar="ID", help="gr, or another readout.")] = "gr",
    alter: options.Alter = None,
    env: options.Env = None,
    treat: options.Treat = None,
    cut: options.Cut = None,
    hours: options.Hours = 72.0,
    draws: options.Draws = 64,
    seed: options.Seed = 1,
    ensemble: options.Ensemble = "plausible",
    variant: options.Variant = None,
    atlas: options.AtlasDirs = None,
    output: options.Output = None,
    json_: options.Json = False,
) -> Answer:
    """Dose-response of one drug: GR50, IC50, Emax and Hill slope with intervals."""
    from rheostat import api
    from rheostat.cli.failure import failure_issues
    from rheostat.report.figure import dose_figure, save_figure
    from rheostat.studies.dose_response import dose_response

    loaded, notes = api.under(api.atlas(*(atlas or ())), variant or ())
    arm = api.Cell(cell, tuple(alter or ())).arm(treat=treat or (), env=env or (), cut=cut or ())
    chosen = api.draws_of(loaded, draws, seed, ensemble)
    api.grid(hours)
    with Progress("dose-response") as progress:
        found = dose_response(loaded, arm, drug, chosen, readout=readout, t_h=hours, progress=progress)
    files = save_figure(dose_figure(found), output, f"dose-{found.drug}") if output else {}
    rows = [[number(d), interval(r)] for d, r in zip(found.doses, found.response, strict=True)]
    label = readout if readout == "gr" else f"{readout} / drug-free"
    lines = [
        heading(fill(f"{found.drug} on {arm.id}, {hours:g} h, {len(chosen.coordinate)} draws", WIDTH)),
        table(["dose nM", f"{label}: median [5-95 %]"], rows),
        "",
        table(
            ["", "median [5-95 %]", "unit"],
            [
                ["GR50", interval(found.gr50), "nM"],
                ["IC50", interval(found.ic50), "nM"],
                ["Emax", interval(found.emax), label],
                ["Hill", interval(found.hill), ""],
            ],
        ),
        *(fill(note, WIDTH) for note in found.notes),
        *(f"wrote {path}" for path in files.values()),
        f"next: rheostat run --cell {cell} --treat '{found.drug}@{found.doses[len(found.doses) // 2]:.3g}nM'",
    ]
    data = {**found.as_dict(), "files": files}
    errors, code = failure_issues(found.failures)
    return Answer(
        "dose",
        data,
        "\n".join(lines),
        [*notes, *api.notes_on(alter or ()), *found.failures.lines()],
        errors,
        api.provenance(loaded, chosen),
        code,
    )
