"""``rheostat atlas map`` and ``rheostat atlas loops``: the influence graph and its feedback loops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rheostat.cli import options
from rheostat.cli.envelope import Answer
from rheostat.cli.table import heading, number, table
from rheostat.vocabulary.error import InputError
from rheostat.vocabulary.name import did_you_mean

if TYPE_CHECKING:
    from rheostat.studies.ledger import LedgerCheck
    from rheostat.studies.loops import LoopSearch


def loops(
    cell: options.Cell = "reference",
    longest: Annotated[int, typer.Option("--max", metavar="N", help="Most molecules or species.")] = 8,
    level: Annotated[
        str, typer.Option("--level", metavar="NAME", help="molecules or species.")
    ] = "molecules",
    node: Annotated[
        str | None, typer.Option("--node", metavar="NAME", help="Only through this species or HGNC symbol.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="Loops to list; 0 lists all.")] = 20,
    ledger: Annotated[
        bool, typer.Option("--ledger", help="Which loops of the claims ledger are here.")
    ] = False,
    atlas: options.AtlasDirs = None,
    json_: options.Json = False,
) -> Answer:
    """Feedback loops of the network with sign and gain, or those of the claims ledger edge by edge.

    Signs are those of the untreated steady state of the cell. The gain of a loop of molecules is how much
    of a small change comes back after one round.
    """
    from rheostat import api

    overlays = atlas or ()
    provenance = {**api.provenance(api.atlas(*overlays)), "cell": cell}
    if ledger:
        checked = api.ledger_loops(cell, overlays=overlays)
        return Answer("atlas.loops", _ledger_data(checked), _ledger_text(checked), provenance=provenance)
    found = api.loops(cell, level=level, longest=longest, node=node, overlays=overlays)
    shown = found.loops[:limit] if limit > 0 else found.loops
    data = {
        "level": found.level,
        "positive": found.count(1),
        "negative": found.count(-1),
        "longest": found.longest,
        "asked": found.asked,
        "complete": found.complete,
        "left_out": found.left_out,
        "loops": [loop.as_dict() for loop in shown],
    }
    return Answer(
        "atlas.loops", data, _loops_text(found, len(shown)), _cut_short(found), provenance=provenance
    )


def _cut_short(found: LoopSearch) -> list[str]:
    if found.complete:
        return []
    return [
        f"too many loops: all with up to {found.longest} {found.level} are here, none of the longer ones; "
        "--node NAME narrows the search"
    ]


def _loops_text(found: LoopSearch, shown: int) -> str:
    lines = [
        f"{len(found.loops)} loops of up to {found.longest} {found.level}: {found.count(-1)} negative, "
        f"{found.count(1)} positive; {found.left_out} more are only turnover of matter"
    ]
    if shown:
        rows = [
            [
                "+" if loop.sign > 0 else "-",
                number(abs(loop.gain)) if found.level == "molecules" else "",
                str(len(loop.nodes)),
                f"{loop}{' (both signs)' if loop.mixed else ''}",
            ]
            for loop in found.loops[:shown]
        ]
        if found.level == "species":
            rows = [[row[0], *row[2:]] for row in rows]
        header = ["sign", *(["gain"] if found.level == "molecules" else []), "size", "way round"]
        lines.append(table(header, rows))
    if shown < len(found.loops):
        lines.append(f"{len(found.loops) - shown} more: --limit 0 lists all")
    return "\n".join(lines)


def _ledger_data(checked: LedgerCheck) -> dict[str, Any]:
    from rheostat.studies.ledger import FACT

    return {
        "loops": [each.as_dict() for each in checked.loops],
        "not_here": dict(checked.not_here),
        "answers": {
            FACT: {
                "holds": checked.fact_holds,
                "negative": list(checked.feedbacks("negative")),
                "positive": list(checked.feedbacks("positive")),
            }
        },
    }


def _ledger_text(checked: LedgerCheck) -> str:
    from rheostat.studies.ledger import FACT

    found = sum(each.found for each in checked.loops)
    total = len(checked.loops) + len(checked.not_here)
    lines = [
        f"{found} of the {len(checked.loops)} loops that are looked for are here; the ledger has {total}"
    ]
    for each in checked.loops:
        state = "found" if each.found else f"lacks {len(each.missing)} of its edges"
        lines += ["", heading(f"{each.loop.id} ({each.loop.sign}): {state}")]
        rows: dict[str, list[str]] = {}
        for path in each.paths:
            for edge in path:
                shown = (
                    edge.way if edge.status == "found" else "; ".join(filter(None, (edge.reason, edge.way)))
                )
                rows[str(edge.edge)] = [str(edge.edge), edge.status, shown]
        lines.append(table(["edge", "status", "realised by, or what lacks"], list(rows.values())))
    lines += ["", heading("not looked for, because the network has no")]
    lines.append(table(["loop", "what"], [[name, why] for name, why in checked.not_here.items()]))
    negative, positive = (checked.feedbacks(sign) or ("none",) for sign in ("negative", "positive"))
    lines += [
        "",
        f"{FACT} (PI3K/AKT signalling holds a negative and a positive feedback loop): "
        f"{'yes' if checked.fact_holds else 'no'}",
        f"  negative: {', '.join(negative)}",
        f"  positive: {', '.join(positive)}",
    ]
    return "\n".join(lines)


def map_(
    cell: options.Cell = "reference",
    module: Annotated[
        list[str] | None, typer.Option("--module", metavar="FILE", help="Draw only this block. Repeatable.")
    ] = None,
    output: options.Output = None,
    atlas: options.AtlasDirs = None,
    json_: options.Json = False,
) -> Answer:
    """The influence graph as GraphML, and a picture of each block of biology and of all of them."""
    from rheostat import api
    from rheostat.report.graphml import write_graphml
    from rheostat.report.network_picture import write_overview, write_pictures

    overlays = atlas or ()
    loaded = api.atlas(*overlays)
    graph = api.influence_map(cell, overlays=overlays)
    modules = _modules(module or (), graph.modules)
    folder = Path(output or "rheostat-map")
    folder.mkdir(parents=True, exist_ok=True)
    provenance = {**api.provenance(loaded), "cell": cell}
    files = {"graphml": str(folder / "network.graphml")}
    write_graphml(graph, folder / "network.graphml", provenance)
    pictures = [*write_pictures(graph, folder, modules), *([] if module else write_overview(graph, folder))]
    files |= {path.name: str(path) for path in pictures}
    data = {"nodes": len(graph.nodes), "influences": len(graph.influences), "files": files}
    text = f"{len(graph.nodes)} nodes, {len(graph.influences)} influences"
    text += f"\nwrote {files['graphml']} and {len(pictures)} pictures (SVG and PNG) into {folder}"
    return Answer("atlas.map", data, text, provenance=provenance)


def _modules(wanted: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """Names of blocks; a file name counts with or without its ending."""
    names = [name.removesuffix(".yaml") for name in wanted]
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            remedy = f"blocks: {' '.join(sorted(known))}"
            raise InputError.one("E712", "--module", f"no block is called {name!r}{hint}", remedy)
    return names or sorted(known)
