"""``rheostat demo``: the main job on real tumours, with a report to open."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from rheostat.cli import options
from rheostat.cli.envelope import Answer
from rheostat.cli.progress import Progress
from rheostat.cli.ranking import ranking_text
from rheostat.cli.table import heading, table
from rheostat.report.wording import fixed


def demo(
    cell: Annotated[
        list[str] | None, typer.Option("--cell", metavar="CELL", help="Tumour. Repeatable. Default: three.")
    ] = None,
    draws: options.Draws = 64,
    seed: options.Seed = 1,
    ensemble: options.Ensemble = "plausible",
    atlas: options.AtlasDirs = None,
    output: options.Output = None,
    json_: options.Json = False,
) -> Answer:
    """Rank all drugs and pairs of drugs on three tumours, take the AKT rebound apart, write a report."""
    from rheostat import api
    from rheostat.atlas.trace import backing_of
    from rheostat.cli.failure import failure_issues
    from rheostat.report.html import ReportText, render_showcase, write_html
    from rheostat.studies.demo import CELLS, showcase

    loaded = api.atlas(*(atlas or ()))
    cells = cell or list(CELLS)
    chosen = api.draws_of(loaded, draws, seed, ensemble)
    with Progress("demo") as progress:
        shown = showcase(loaded, chosen, cells=cells, progress=progress)
    provenance = api.provenance(loaded, chosen)
    best = shown.ranking.tumours[0].treatments[0].treatment
    following = [
        f"rheostat run --cell '{cells[0]}' --treat '{best.item_text}'",
        f"rheostat dose --cell '{cells[0]}' --drug everolimus",
        f"rheostat rank --cell '{cells[0]}' --treatment 'everolimus + mk2206'",
        "rheostat check",
    ]
    folder = Path(output or ".")
    folder.mkdir(parents=True, exist_ok=True)
    files = {"html": str(folder / "report.html"), "json": str(folder / "demo.json")}
    given = [*(("--cell", each) for each in cell or ()), *(("--atlas", str(each)) for each in atlas or ())]
    asked = shlex.join(part for pair in given for part in pair)
    command = f"rheostat demo --draws {draws} --seed {seed} --ensemble {ensemble} {asked}".rstrip()
    title = f"Rheostat demo: mTOR pathway drugs on {', '.join(cells)}"
    text = ReportText(title, command, provenance, following)
    write_html(folder / "report.html", render_showcase(shown, backing_of(loaded), text))
    rebound = {
        f"{row.panel}: {row.label}": {
            "t_h": list(shown.table_times), "median": [each.median for each in row.values],
            "p05": [each.p05 for each in row.values], "p95": [each.p95 for each in row.values],
        }
        for row in shown.rebound_rows()
    }  # fmt: skip
    data = {
        "tumours": [tumour.as_dict() for tumour in shown.ranking.tumours],
        "rebound": {"readout": shown.rebound_readout, "unit": shown.rebound_unit, "arms": rebound},
        "files": files,
    }
    rows = [
        [row.panel, row.label, *(fixed(each.median) for each in row.values)] for row in shown.rebound_rows()
    ]
    header = ["cell, drug", "arm", *(f"{t:g} h" for t in shown.table_times)]
    lines = [
        ranking_text(shown.ranking), "",
        heading(f"{shown.rebound_readout} ({shown.rebound_unit}), median of {len(chosen.coordinate)} draws"),
        table(header, rows), "",
        f"wrote {files['html']} and {files['json']}",
        "next:", *(f"  {line}" for line in following),
        "Research use only; not clinical advice.",
    ]  # fmt: skip
    errors, code = failure_issues(shown.failures)
    answer = Answer("demo", data, "\n".join(lines), shown.failures.lines(), errors, provenance, code)
    Path(files["json"]).write_text(answer.envelope(), encoding="utf-8")
    return answer
