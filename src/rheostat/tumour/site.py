"""Mutated phosphorylation sites: ``mut:AKT1_S473A`` takes no phosphate, ``mut:AKT1_S473D`` mimics one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rheostat.network.network import MIMIC, UNPHOSPHORYLATABLE, Network
from rheostat.problem.change import Change
from rheostat.problem.item import Item
from rheostat.problem.unknown import UnknownNameError
from rheostat.vocabulary.name import did_you_mean

# Alanine, or phenylalanine of tyrosine, cannot take a phosphate; aspartate and glutamate look like one.
_SITE: Final = re.compile(r"(?P<site>[ST]\d+(?=[ADE]\Z)|Y\d+(?=[AFDE]\Z))(?P<to>[ADEF])")
_MIMICS: Final = frozenset("DE")


@dataclass(frozen=True)
class MutatedSite:
    """One site of one gene; ``kind`` is that of a ``SiteSwitch``."""

    gene: str
    site: str
    kind: str


def read_sites(item: Item) -> tuple[MutatedSite, ...]:
    """Sites that an item mutates, whether a network knows them or not; none of any other item.

    Examples
    --------
    >>> [each.site for each in read_sites(Item("mut", "RPTOR_S722A_S792A"))]
    ['S722', 'S792']
    >>> read_sites(Item("mut", "PIK3CA_H1047R"))
    ()
    """
    gene, *changes = item.what.split("_")
    found = [_SITE.fullmatch(change) for change in changes]
    if item.kind != "mut" or not found:
        return ()
    sites = tuple(
        MutatedSite(gene, one["site"], MIMIC if one["to"] in _MIMICS else UNPHOSPHORYLATABLE)
        for one in found
        if one is not None
    )
    return sites if len(sites) == len(found) else ()


def known_sites(gene: str, network: Network) -> tuple[str, ...]:
    """Sites of a gene that can be made unphosphorylatable in this network."""
    return tuple(
        dict.fromkeys(
            site
            for name, agent in network.agents.items()
            if agent.state.startswith(UNPHOSPHORYLATABLE) and gene in agent.symbols
            for site in _sites_of(name, network)
        )
    )


def check_sites(item: Item, network: Network) -> None:
    """Refuse sites that the network does not know.

    Raises
    ------
    UnknownNameError
        E504 with the sites of the gene that are known.
    """
    for each in read_sites(item):
        if _switches(each, network):
            continue
        name = f"{item.kind}:{item.what}"
        known = known_sites(each.gene, network)
        if each.site in known:
            message = f"{each.site} of {each.gene} cannot be mimicked: no reaction of the model undoes it"
        else:
            message = f"the model has no site {each.site} of {each.gene}{did_you_mean(each.site, known)}"
        remedy = f"known sites of {each.gene}: {' '.join(known) or 'none'}"
        raise UnknownNameError.one("E504", name, message, remedy)


def site_effects(item: Item, network: Network) -> tuple[tuple[str, int], ...]:
    """Species through which mutated sites enter the influence graph, with their signs."""
    return tuple((name, 1) for each in read_sites(item) for name in _switches(each, network))


def site_changes(
    mutated: Iterable[MutatedSite], factors: Mapping[str, float], network: Network
) -> tuple[Change, ...]:
    """Share of each pool that is mutant, by the abundances of its isoforms.

    Sites that one step phosphorylates together are one: a mutation of either is a mutation of both, and a
    site that cannot be phosphorylated outweighs one that mimics.

    Parameters
    ----------
    mutated : iterable of MutatedSite
        Of all items of an arm together.
    factors : mapping, dimensionless
        Abundance factor of each gene; genes that it lacks are at 1.
    """
    genes: dict[str, set[str]] = {}
    for each in mutated:
        for name in _switches(each, network):
            genes.setdefault(name, set()).add(each.gene)
    for name in list(genes):
        agent = network.agents[name]
        if agent.state.startswith(UNPHOSPHORYLATABLE):
            twin = agent.state.replace(UNPHOSPHORYLATABLE, MIMIC, 1)
            for other in [one for one in genes if network.agents[one].state == twin]:
                if network.agents[other].agent == agent.agent:
                    genes[other] -= genes[name]
    changes = []
    for name, those in genes.items():
        agent = network.agents[name]
        equal = 1.0 / len(agent.symbols)
        weights = {gene: agent.shares.get(gene, equal) * factors.get(gene, 1.0) for gene in agent.symbols}
        total = sum(weights.values())
        if total > 0 and those:
            share = sum(weights[gene] for gene in those) / total
            changes.append(Change(name, "set", share))
    return tuple(changes)


def _switches(mutated: MutatedSite, network: Network) -> tuple[str, ...]:
    return tuple(
        name
        for name, agent in network.agents.items()
        if agent.state.startswith(mutated.kind)
        and mutated.gene in agent.symbols
        and mutated.site in _sites_of(name, network)
    )


def _sites_of(switch: str, network: Network) -> list[str]:
    state = network.agents[switch].state
    return state.removeprefix(UNPHOSPHORYLATABLE).removeprefix(MIMIC).split("+")
