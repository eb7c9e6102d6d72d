"""``rheostat export``: the model in another format."""

from pathlib import Path
from typing import Annotated

import typer

from rheostat.cli.envelope import Answer
from rheostat.cli.options import AtlasDirs, Json, Output

FORMATS = ("antimony", "sbml")


def export(
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="sbml or antimony.")],
    atlas: AtlasDirs = None,
    output: Output = None,
    json_: Json = False,
) -> Answer:
    """Write the model as SBML or Antimony, to stdout without -o."""
    from rheostat import api
    from rheostat.vocabulary.error import InputError
    from rheostat.vocabulary.name import did_you_mean

    if to not in FORMATS:
        hint = did_you_mean(to, FORMATS)
        raise InputError.one(
            "E711", "--to", f"unknown format {to!r}{hint}", f"use one of {', '.join(FORMATS)}"
        )
    loaded = api.atlas(*(atlas or ()))
    text = loaded.network.sbml if to == "sbml" else loaded.assembled.antimony
    provenance = api.provenance(loaded)
    if output is None:
        return Answer("export", {"format": to, "text": text}, text, provenance=provenance)
    Path(output).write_text(text, encoding="utf-8")
    return Answer("export", {"format": to, "files": {to: output}}, f"wrote {output}", provenance=provenance)
