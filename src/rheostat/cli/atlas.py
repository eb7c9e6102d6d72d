"""``rheostat atlas``: the knowledge base."""

from typing import Annotated

import typer

from rheostat.cli import atlas_graph, atlas_quality, options
from rheostat.cli.envelope import Answer
from rheostat.cli.table import table

app = typer.Typer(
    no_args_is_help=True, help="The knowledge base: list, show, search, trace, map, loops, lint, plausible."
)


@app.command("list")
def list_(
    what: Annotated[
        str | None, typer.Argument(help="drugs, tumours, mechanisms, readouts, loops ...")
    ] = None,
    atlas: options.AtlasDirs = None,
    json_: options.Json = False,
) -> Answer:
    """What the atlas holds: counts, or the entries of one kind."""
    from rheostat import api
    from rheostat.studies import catalogue

    loaded = api.atlas(*(atlas or ()))
    rows = catalogue.contents(loaded, what)
    header = ["kind", "number"] if what is None else ["id", "what it is"]
    data = {"entries": [dict(zip(header, row, strict=True)) for row in rows]}
    return Answer("atlas.list", data, table(header, rows), provenance=api.provenance(loaded))


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Id, name or alias.")],
    atlas: options.AtlasDirs = None,
    json_: options.Json = False,
) -> Answer:
    """One entry with all its fields, sources and grades."""
    from rheostat import api
    from rheostat.studies import catalogue

    loaded = api.atlas(*(atlas or ()))
    kind, fields = catalogue.entry_of(loaded, name)
    text = "\n".join([f"{kind} {name}", table(["field", "value"], [[k, str(v)] for k, v in fields.items()])])
    return Answer("atlas.show", {"kind": kind, "entry": fields}, text, provenance=api.provenance(loaded))


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="Words in ids, names, sentences or findings.")],
    atlas: options.AtlasDirs = None,
    json_: options.Json = False,
) -> Answer:
    """Entries that hold all the words, best first."""
    from rheostat import api
    from rheostat.atlas.search import search as hits_of

    loaded = api.atlas(*(atlas or ()))
    rows = [[hit.kind, hit.id, hit.text] for hit in hits_of(loaded, text)]
    shown = table(["kind", "id", "what it is"], rows) if rows else f"nothing contains {text!r}"
    data = {"entries": [{"kind": k, "id": i, "what": w} for k, i, w in rows]}
    return Answer("atlas.search", data, shown, provenance=api.provenance(loaded))


@app.command()
def trace(
    name: Annotated[str, typer.Argument(help="Readout, mechanism, parameter or species.")],
    atlas: options.AtlasDirs = None,
    json_: options.Json = False,
) -> Answer:
    """The mechanisms and papers behind a readout."""
    from rheostat import api
    from rheostat.atlas.trace import backing_of
    from rheostat.atlas.trace import trace as steps_of

    loaded = api.atlas(*(atlas or ()))
    found = backing_of(loaded, [step.id for step in steps_of(loaded, name) if step.kind == "mechanism"])
    rows = [[each.mechanism, each.says, ", ".join(p.doi or p.key for p in each.papers)] for each in found]
    data = {"name": name, "mechanisms": [each.as_dict() for each in found]}
    text = table(["mechanism", "what it says", "papers"], rows)
    return Answer("atlas.trace", data, text, provenance=api.provenance(loaded))


app.command("map")(atlas_graph.map_)
app.command()(atlas_graph.loops)
app.command()(atlas_quality.lint)
app.command()(atlas_quality.plausible)
