"""``rheostat run``: one experiment."""

import shlex
import sys
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from rheostat.cli import options
from rheostat.cli.envelope import Answer
from rheostat.cli.progress import Progress


def run(
    cell: options.Cell = "reference",
    alter: options.Alter = None,
    env: options.Env = None,
    treat: options.Treat = None,
    cut: options.Cut = None,
    hours: options.Hours = 72.0,
    times: options.Times = None,
    readout: Annotated[
        list[str] | None, typer.Option("--readout", metavar="ID", help="Readout id. Repeatable.")
    ] = None,
    draws: options.Draws = 64,
    seed: options.Seed = 1,
    ensemble: options.Ensemble = "plausible",
    variant: options.Variant = None,
    atlas: options.AtlasDirs = None,
    output: options.Output = None,
    figure: Annotated[bool, typer.Option("--figure/--no-figure", help="Write PNG and SVG.")] = True,
    json_: options.Json = False,
) -> Answer:
    """One experiment: a table, a figure, NetCDF and CSV."""
    from rheostat import api
    from rheostat.cli.courses import courses_text
    from rheostat.cli.failure import failure_issues
    from rheostat.report.files import write_csv, write_netcdf
    from rheostat.studies.interval import course_of, failures_of
    from rheostat.studies.simulate import simulate

    loaded, notes = api.under(api.atlas(*(atlas or ())), variant or ())
    subject = api.Cell(cell, tuple(alter or ()))
    arm = subject.arm(treat=treat or (), env=env or (), cut=cut or ())
    hours_out = api.grid(hours, options.read_times(times))
    chosen = api.draws_of(loaded, draws, seed, ensemble)
    wanted = list(readout or api.DEFAULT_READOUTS)
    with Progress("simulating") as progress:
        dataset = simulate(loaded, [arm], hours_out, chosen, readouts=wanted, progress=progress).dataset
    command = shlex.join(["rheostat", *sys.argv[1:]])
    provenance = {**api.provenance(loaded, chosen), "command": command}
    key = repr((arm, hours_out, wanted, provenance["model"], provenance["atlas"], draws, seed, ensemble))
    folder = Path(output or f"rheostat-run-{sha256(key.encode()).hexdigest()[:8]}")
    folder.mkdir(parents=True, exist_ok=True)
    files = {"netcdf": str(folder / "run.nc"), "csv": str(folder / "run.csv")}
    write_netcdf(dataset, folder / "run.nc", provenance)
    write_csv(dataset, folder / "run.csv", provenance)
    if figure:
        from rheostat.report.figure import save_figure, time_course_figure

        files |= save_figure(time_course_figure(dataset, arm.id), folder, "run")
    courses = {name: course_of(dataset, arm.id, name) for name in wanted}
    failures = failures_of(dataset)
    text = courses_text(arm.id, courses, chosen, all_times=times is not None)
    text += "".join(f"\nwrote {path}" for path in files.values())
    drug = next((item.what for item in arm.drugs), "everolimus")
    text += f"\nnext: rheostat dose --cell '{cell}' --drug {drug}\n      rheostat rank --cell '{cell}'"
    data = {"readouts": {name: course.as_dict() for name, course in courses.items()}, "files": files}
    errors, code = failure_issues(failures)
    return Answer(
        "run", data, text, [*notes, *api.notes_on(alter or ()), *failures.lines()], errors, provenance, code
    )
