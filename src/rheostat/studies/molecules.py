"""The influence graph condensed to molecules: how the states of one answer the states of another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import networkx
import numpy as np
from numpy.typing import NDArray

from rheostat.studies.influence import InfluenceMap

Floats = NDArray[np.float64]

#: The answer is the one that is seen over 1/_SLOW min: totals that are conserved stay what they are.
_SLOW: Final = 1e-6
#: Smaller shares of a molecule's largest answer are rounding.
_ROUNDING: Final = 1e-7


@dataclass(frozen=True, eq=False)
class Molecules:
    """States grouped by molecule, with the local responses between them.

    A molecule is an agent, or several of which one is made from the other alone, such as PIP2 and PIP3.

    Parameters
    ----------
    sources : tuple of str
        States, then inputs and drugs that are parameters.
    members : molecule -> ids of its states
    molecule : id -> molecule
    response : (state, source)
        Change of a state by a small change of a source, when the source's change lasts, the other states of
        the state's molecule adapt and all other molecules are held; 0 within one molecule.
    exchange : (state, source) of bool
        Whether the source acts on the state's molecule only by being turned over with it (binding, release).
    """

    graph: InfluenceMap
    sources: tuple[str, ...]
    members: Mapping[str, tuple[str, ...]]
    molecule: Mapping[str, str]
    response: Floats
    exchange: NDArray[np.bool_]

    @property
    def states(self) -> tuple[str, ...]:
        """Species and activities."""
        return self.graph.states


def condense(graph: InfluenceMap) -> Molecules:
    """Group the states by molecule and compute each molecule's answer to the states of the others.

    The states of one molecule are solved together, so that a state and the one it is made from (the one
    rises as the other falls) count as one influence, and turnover within a molecule makes no loop.
    """
    states = graph.states
    others = tuple(
        node.id for node in graph.nodes.values() if node.kind in ("input", "drug") and node.id not in states
    )
    sources = (*states, *others)
    molecule = _molecules(graph, sources)
    members: dict[str, list[str]] = {}
    for name in states:
        members.setdefault(molecule[name], []).append(name)
    row, column = ({name: index for index, name in enumerate(names)} for names in (states, sources))
    direct = np.zeros((len(states), len(sources)))
    direct[:, : len(states)] = graph.jacobian
    regulated = np.zeros((len(members), len(sources)), dtype=bool)
    order = {name: index for index, name in enumerate(members)}
    for each in graph.influences:
        if each.target in row and each.source in column:
            direct[row[each.target], column[each.source]] = each.slope
            regulated[order[molecule[each.target]], column[each.source]] |= not each.exchange
    response = np.zeros_like(direct)
    exchange = np.zeros(direct.shape, dtype=bool)
    for name, own in members.items():
        places = [row[each] for each in own]
        outside = [index for index, each in enumerate(sources) if molecule[each] != name]
        block = _SLOW * np.eye(len(places)) - graph.jacobian[np.ix_(places, places)]
        answer = np.linalg.solve(block, direct[np.ix_(places, outside)])
        answer[np.abs(answer) < _ROUNDING * np.abs(answer).max(axis=0, initial=0.0)] = 0.0
        response[np.ix_(places, outside)] = answer
        exchange[np.ix_(places, outside)] = ~regulated[order[name], outside]
    return Molecules(
        graph, sources, {name: tuple(own) for name, own in members.items()}, molecule, response, exchange
    )


def _molecules(graph: InfluenceMap, names: Iterable[str]) -> dict[str, str]:
    """Molecule of each node: its agent, joined with those that are made from it alone (PIP2/PIP3)."""
    joined = networkx.Graph()
    order = {name: place for place, name in enumerate(dict.fromkeys(n.agent for n in graph.nodes.values()))}
    joined.add_nodes_from(order)
    joined.add_edges_from((graph.nodes[one].agent, graph.nodes[two].agent) for one, two in graph.conversions)
    called = {
        agent: "/".join(sorted(part, key=order.__getitem__))
        for part in networkx.connected_components(joined)
        for agent in part
    }
    return {name: called[graph.nodes[name].agent] for name in names}
