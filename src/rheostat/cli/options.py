"""Options that several commands share, each declared once."""

from typing import Annotated

import typer

from rheostat.vocabulary.error import InputError

Cell = Annotated[
    str,
    typer.Option(
        "--cell", metavar="CELL", help="Tumour, cell line or programme of the atlas, or a tumour file."
    ),
]
Alter = Annotated[
    list[str] | None,
    typer.Option("--alter", metavar="ITEMS", help="Alterations: 'ko:TSC2;mut:PIK3CA_H1047R'. Repeatable."),
]
Env = Annotated[
    list[str] | None, typer.Option("--env", metavar="ITEMS", help="Environment: 'leu@0;O2@1%'. Repeatable.")
]
Treat = Annotated[
    list[str] | None,
    typer.Option("--treat", metavar="ITEMS", help="Treatment: 'everolimus@20nM@t0-24'. Repeatable."),
]
Cut = Annotated[
    list[str] | None,
    typer.Option("--cut", metavar="ITEMS", help="Mechanisms to cut: 's6k1-inhibits-irs1'. Repeatable."),
]
Hours = Annotated[float, typer.Option("--hours", metavar="H", help="Duration after t = 0, in hours.")]
Times = Annotated[
    str | None, typer.Option("--times", metavar="LIST", help="Output times in hours: 0,1,2,24.")
]
Draws = Annotated[int, typer.Option("--draws", metavar="N", help="Parameter draws.")]
Seed = Annotated[int, typer.Option("--seed", metavar="S", help="Seed of the draws.")]
Ensemble = Annotated[
    str, typer.Option("--ensemble", metavar="NAME", help="plausible (meets the targets) or prior.")
]
AtlasDirs = Annotated[
    list[str] | None,
    typer.Option("--atlas", metavar="DIR", help="Folder laid over the atlas. Repeatable."),
]
Variant = Annotated[
    list[str] | None,
    typer.Option(
        "--variant",
        metavar="READING:VALUE",
        help="Put the model under this reading, or all: other. Repeatable.",
    ),
]
Output = Annotated[str | None, typer.Option("-o", "--output", metavar="PATH", help="Where to write.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


def read_times(text: str | None) -> list[float] | None:
    """Times (h) of ``0,1,2,24``.

    Raises
    ------
    InputError
        If a part is not a number.
    """
    if text is None:
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise InputError.one(
            "E705",
            "--times",
            f"{text!r} is not a list of hours",
            "write it as 0,0.5,1,24 with decimal points",
        ) from error
