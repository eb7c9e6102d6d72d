"""``rheostat schema``: the JSON Schema of a data file."""

import json
from typing import Annotated

import typer

from rheostat.cli.envelope import Answer
from rheostat.cli.options import Json


def schema(
    name: Annotated[str | None, typer.Argument(help="Which file; without it the names are listed.")] = None,
    json_: Json = False,
) -> Answer:
    """Print the JSON Schema of a kind of data file."""
    from rheostat.knowledge.schema import SCHEMAS, json_schema
    from rheostat.vocabulary.error import InputError
    from rheostat.vocabulary.name import did_you_mean

    if name is None:
        return Answer("schema", {"names": sorted(SCHEMAS)}, "\n".join(sorted(SCHEMAS)))
    if name not in SCHEMAS:
        hint = did_you_mean(name, SCHEMAS)
        known = ", ".join(sorted(SCHEMAS))
        raise InputError.one("E707", "schema", f"unknown schema {name!r}{hint}", f"use one of {known}")
    found = json_schema(name)
    return Answer("schema", {"name": name, "schema": found}, json.dumps(found, indent=2))
