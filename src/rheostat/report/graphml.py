"""The influence graph as GraphML, for Cytoscape, yEd and Gephi."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx

from rheostat.studies.influence import InfluenceMap


def influence_graph(graph: InfluenceMap, provenance: Mapping[str, Any] | None = None) -> networkx.DiGraph:
    """The graph with text attributes; lists are joined by a blank."""
    found = networkx.DiGraph(**{key: str(value) for key, value in (provenance or {}).items()})
    for node in graph.nodes.values():
        found.add_node(
            node.id,
            label=node.id,
            agent=node.agent,
            symbols=" ".join(node.symbols),
            state=node.state,
            module=node.module,
            module_title=graph.modules.get(node.module, node.module),
            kind=node.kind,
        )
    for each in graph.influences:
        found.add_edge(
            each.source,
            each.target,
            sign=each.sign,
            interaction="activates" if each.sign > 0 else "inhibits",
            mechanisms=" ".join(each.mechanisms),
            evidence=" ".join(each.evidence),
            exchange=each.exchange,
        )
    return found


def write_graphml(graph: InfluenceMap, path: Path, provenance: Mapping[str, Any] | None = None) -> None:
    """Write the graph; the same graph gives the same bytes."""
    networkx.write_graphml(influence_graph(graph, provenance), path)
