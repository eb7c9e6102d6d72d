"""Loops of the influence graph, of species and of molecules, each with its sign."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from math import prod
from typing import Any, Final, Literal

import networkx
import numpy as np
from numpy.typing import NDArray

from rheostat.studies.influence import InfluenceMap
from rheostat.studies.molecules import Molecules
from rheostat.vocabulary.error import InputError
from rheostat.vocabulary.name import did_you_mean

Floats = NDArray[np.float64]
Level = Literal["molecules", "species"]
LEVELS: Final = ("molecules", "species")
LONGEST: Final = 8
#: Loops that are looked at for each largest length; beyond, the search ends with the length before.
MOST: Final = 200_000
#: A sign that carries a smaller share of a loop's gain is not counted as mixed.
_MINOR: Final = 0.01


@dataclass(frozen=True)
class FoundLoop:
    """A loop.

    Parameters
    ----------
    nodes : tuple of str
        Molecules (agents) or species, in the direction of influence.
    sign : int
        1 positive, -1 negative.
    states : tuple of str
        For molecules: the states of the strongest way round; for species the nodes.
    steps : tuple of int
        Sign of each step of that way, 1 or -1, the last back to the first state.
    gain : float
        For molecules: how much of a small change comes back after one round, all ways together, everything
        else held; for species 0.
    mixed : bool
        Whether ways of the other sign carry over 1 % of the gain.
    """

    nodes: tuple[str, ...]
    sign: int
    states: tuple[str, ...]
    steps: tuple[int, ...]
    gain: float
    mixed: bool

    def __str__(self) -> str:
        return arrows((*self.states, self.states[0]), self.steps)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "way": str(self)}


def arrows(names: Sequence[str], steps: Sequence[int]) -> str:
    """Names joined by ``->`` and ``-|``.

    Examples
    --------
    >>> arrows(["a", "b", "c"], [1, -1])
    'a -> b -| c'
    """
    text = names[0]
    for name, sign in zip(names[1:], steps, strict=True):
        text += f" {'->' if sign > 0 else '-|'} {name}"
    return text


@dataclass(frozen=True)
class LoopSearch:
    """Loops, strongest first (species: shortest first), and how far the search went.

    Parameters
    ----------
    level : str
    loops : tuple of FoundLoop
    longest : int
        Up to how many nodes all loops were found.
    asked : int
        Up to how many nodes were asked for.
    left_out : int
        Loops of which every step is turnover of matter: binding and release, or the states of one molecule.
    """

    level: str
    loops: tuple[FoundLoop, ...]
    longest: int
    asked: int
    left_out: int

    @property
    def complete(self) -> bool:
        """Whether the search was not cut short."""
        return self.longest >= self.asked

    def count(self, sign: int) -> int:
        """Number of loops of a sign."""
        return sum(loop.sign == sign for loop in self.loops)


def find_loops(
    molecules: Molecules,
    level: str = "molecules",
    longest: int = LONGEST,
    node: str | None = None,
    most: int = MOST,
) -> LoopSearch:
    """All simple cycles of at most ``longest`` nodes.

    A loop of molecules visits each molecule once; a way from state to state within one molecule is part of
    its answer, not a loop. A loop all of whose steps are turnover of matter is left out and counted.

    Parameters
    ----------
    level : str
        ``molecules`` or ``species``.
    node : str, optional
        Species, agent or HGNC symbol that the loops must pass.
    most : int
        Cycles that are looked at; a longer list ends the search at the length before.

    Raises
    ------
    InputError
        E715 unknown level, a length below 2; E712 unknown node.
    """
    if level not in LEVELS:
        hint = did_you_mean(level, LEVELS)
        raise InputError.one("E715", "--level", f"unknown level {level!r}{hint}", "use molecules or species")
    if longest < 2:
        raise InputError.one("E715", "--max", f"loops of up to {longest} nodes", "give 2 or more")
    graph = _molecule_graph(molecules) if level == "molecules" else _species_graph(molecules.graph)
    wanted = _wanted(molecules, node, level) if node else None
    if wanted is not None:
        graph = _around(graph, wanted)
    cycles, reached = _cycles(graph, longest, most)
    order = {name: index for index, name in enumerate(graph.nodes)}
    found: list[FoundLoop] = []
    left_out = 0
    for cycle in cycles:
        if wanted is not None and wanted.isdisjoint(cycle):
            continue
        edges = [graph.edges[step] for step in zip(cycle, [*cycle[1:], cycle[0]], strict=True)]
        one_molecule = level == "species" and len({molecules.molecule[name] for name in cycle}) == 1
        if one_molecule or all(edge["exchange"] for edge in edges):
            left_out += 1
            continue
        turned = _turned(cycle, order)
        loop = _of_molecules(molecules, turned) if level == "molecules" else _of_species(graph, turned)
        if loop is not None:
            found.append(loop)
    found.sort(key=lambda loop: (-abs(loop.gain), len(loop.nodes), loop.nodes))
    return LoopSearch(level, tuple(found), reached, longest, left_out)


def _cycles(graph: networkx.DiGraph, longest: int, most: int) -> tuple[list[list[str]], int]:
    """All cycles up to the largest length for which they are no more than ``most``."""
    complete: list[list[str]] = []
    for length in range(2, longest + 1):
        found = list(islice(networkx.simple_cycles(graph, length_bound=length), most + 1))
        if len(found) > most:
            return complete, length - 1
        complete = found
    return complete, longest


def _molecule_graph(molecules: Molecules) -> networkx.DiGraph:
    graph = networkx.DiGraph()
    graph.add_nodes_from(molecules.members)
    for row, column in zip(*np.nonzero(molecules.response[:, : len(molecules.states)]), strict=True):
        source, target = (
            molecules.molecule[molecules.states[column]],
            molecules.molecule[molecules.states[row]],
        )
        only = bool(molecules.exchange[row, column])
        if graph.has_edge(source, target):
            only = only and graph.edges[source, target]["exchange"]
        graph.add_edge(source, target, exchange=only)
    return graph


def _species_graph(graph: InfluenceMap) -> networkx.DiGraph:
    found = networkx.DiGraph()
    found.add_nodes_from(graph.states)
    states = set(graph.states)
    for each in graph.influences:
        if each.source in states and each.target in states:
            found.add_edge(each.source, each.target, sign=each.sign, exchange=each.exchange)
    return found


def _around(graph: networkx.DiGraph, wanted: Iterable[str]) -> networkx.DiGraph:
    """The strongly connected parts that hold one of the nodes."""
    nodes = set(wanted)
    parts = [part for part in networkx.strongly_connected_components(graph) if nodes & part]
    return graph.subgraph(set().union(*parts)).copy() if parts else networkx.DiGraph()


def _wanted(molecules: Molecules, node: str, level: str) -> set[str]:
    key = node.casefold()
    found = {
        name
        for name in molecules.states
        if key in {each.casefold() for each in (name, *_names(molecules.graph, name))}
    }
    if not found:
        known = [
            *molecules.states,
            *(each for name in molecules.states for each in _names(molecules.graph, name)),
        ]
        raise InputError.one(
            "E712",
            "--node",
            f"no state or molecule is called {node!r}{did_you_mean(node, known)}",
            "give a species, agent or HGNC symbol",
        )
    return {molecules.molecule[name] for name in found} if level == "molecules" else found


def _names(graph: InfluenceMap, name: str) -> tuple[str, ...]:
    return graph.nodes[name].agent, *graph.nodes[name].symbols


def _turned(cycle: Sequence[str], order: Mapping[str, int]) -> tuple[str, ...]:
    """The cycle from its first node in the order of the network."""
    start = min(range(len(cycle)), key=lambda place: order[cycle[place]])
    return (*cycle[start:], *cycle[:start])


def _of_species(graph: networkx.DiGraph, cycle: tuple[str, ...]) -> FoundLoop:
    steps = tuple(graph.edges[step]["sign"] for step in zip(cycle, (*cycle[1:], cycle[0]), strict=True))
    return FoundLoop(cycle, prod(steps), cycle, steps, 0.0, mixed=False)


def _of_molecules(molecules: Molecules, cycle: tuple[str, ...]) -> FoundLoop | None:
    """Gain of a loop over all ways from state to state; None where no way closes."""
    places = [[molecules.states.index(name) for name in molecules.members[each]] for each in cycle]
    blocks = [
        molecules.response[np.ix_(target, source)]
        for source, target in zip(places, [*places[1:], places[0]], strict=True)
    ]
    net, total = np.eye(len(places[0])), np.eye(len(places[0]))
    for block in blocks:
        net, total = block @ net, np.abs(block) @ total
    gain, size = float(np.trace(net)), float(np.trace(total))
    if size == 0.0:
        return None
    way = _strongest(blocks, places)
    states = tuple(molecules.states[index] for index in way)
    turn = zip(way, [*way[1:], way[0]], strict=True)
    steps = tuple(1 if molecules.response[target, source] > 0 else -1 for source, target in turn)
    mixed = 0.5 * (size - abs(gain)) > _MINOR * size
    return FoundLoop(cycle, 1 if gain > 0 else -1, states, steps, gain, mixed)


def _strongest(blocks: Sequence[Floats], places: Sequence[Sequence[int]]) -> list[int]:
    """States of the way round whose product of responses is largest."""
    best: tuple[float, list[int]] = (0.0, [])
    for start in range(len(places[0])):
        value = np.zeros(len(places[0]))
        value[start] = 1.0
        ways: list[list[int]] = [[start] if index == start else [] for index in range(len(places[0]))]
        for block in blocks:
            products = np.abs(block) * value[None, :]
            chosen = products.argmax(axis=1)
            value = products.max(axis=1)
            ways = [[*ways[source], target] for target, source in enumerate(chosen)]
        if value[start] > best[0]:
            best = (float(value[start]), ways[start][:-1])
    return [places[number][index] for number, index in enumerate(best[1])]
