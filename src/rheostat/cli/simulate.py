"""``rheostat simulate``: any supported SBML model."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rheostat.cli.envelope import Answer
from rheostat.cli.options import Json, Output
from rheostat.cli.progress import Progress

if TYPE_CHECKING:
    import xarray

_MOST_FAILED = 0.05
_MOST_SHOWN = 12


def simulate(
    model: Annotated[str, typer.Argument(metavar="MODEL.xml", help="SBML file.")],
    parameters: Annotated[
        str | None,
        typer.Option("--parameters", metavar="TABLE", help="TSV or CSV: ids in the header, one run a row."),
    ] = None,
    end: Annotated[
        float | None, typer.Option("--end", metavar="T", help="Last time, in the file's unit.")
    ] = None,
    times: Annotated[
        str | None, typer.Option("--times", metavar="LIST", help="Output times in the file's unit: 0,1,2.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="ID", help="S amount, [S] concentration, or an id. Repeatable."),
    ] = None,
    output: Output = None,
    json_: Json = False,
) -> Answer:
    """Simulate any supported SBML model, once or for each row of a table."""
    from rheostat import __version__
    from rheostat.cli.table import number, table
    from rheostat.engine.trajectory import ResultCode
    from rheostat.studies.sbml_model import load_sbml
    from rheostat.vocabulary.error import Issue, NumericalError

    loaded = load_sbml(model)
    with Progress("simulating") as progress:
        run = loaded.simulate(parameters, end=end, times=_times(times), columns=column, progress=progress)
    names = ["row", "time", *(str(name) for name in run.dataset["column"].values)]
    data: dict[str, object] = {"columns": names, "result": run.results}
    if output is None:
        data["rows"] = _lines(run.dataset)
        last = _lines(run.dataset.isel(time=[-1]))
        shown = [names[:_MOST_SHOWN], *([number(cell) for cell in line[:_MOST_SHOWN]] for line in last[:20])]
        text = f"{loaded.name} at the end\n" + table(shown[0], shown[1:])
        if len(names) > _MOST_SHOWN or len(last) > 20:
            text += f"\n{len(names) - 2} columns and {len(last)} rows in all; -o FILE writes them"
    else:
        _write(run.dataset, names, Path(output))
        data["files"] = {"table": output}
        text = f"wrote {output}"
    failed = [(row, name) for row, name in enumerate(run.results) if name != ResultCode.ok.name]
    notes = [f"row {row}: {name}: {ResultCode[name].sentence}" for row, name in failed]
    provenance = {
        "version": __version__, "model": loaded.hash, "atlas": None, "ensemble": None, "seed": None,
    }  # fmt: skip
    if len(failed) <= _MOST_FAILED * len(run.results):
        return Answer("simulate", data, text, notes, provenance=provenance)
    message = f"{len(failed)} of {len(run.results)} rows failed"
    error = Issue("N190", loaded.name, message, "see the failed rows listed above")
    return Answer("simulate", data, text, notes, [error], provenance, NumericalError.exit_code)


def _times(text: str | None) -> list[float] | None:
    from rheostat.cli.options import read_times

    return read_times(text)


def _lines(dataset: "xarray.Dataset") -> list[list[float]]:
    """One line a batch row and time."""
    times = [float(time) for time in dataset["time"].values]
    return [
        [row, time, *(float(cell) for cell in cells)]
        for row, courses in enumerate(dataset["value"].values)
        for time, cells in zip(times, courses, strict=True)
    ]


def _write(dataset: "xarray.Dataset", names: list[str], path: Path) -> None:
    import csv

    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter="\t" if path.suffix == ".tsv" else ",")
        writer.writerow(names)
        writer.writerows(_lines(dataset))
