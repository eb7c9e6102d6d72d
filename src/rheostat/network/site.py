"""Sites that can be mutated: what kinase and phosphatase see of a pool of which some molecules are mutant.

Of a site that a state names (``state: p@T308+S473``), a share d of the molecules may be unphosphorylatable
and a share m may mimic the phosphate.  With R the molecules without it and P those with it,

    kinase:       k R   becomes   k (R - d (R + P))
    phosphatase:  k P   becomes   k (P - m (R + P))

since the mutant d (R + P) never leaves R and the mutant m (R + P) never leaves P; until they are there the
second rate is negative and so makes P.  A kinase that acts on a complex, which then falls apart, sees
(1 - d) of it.  The shares are generated species of 0 kilocopy that no reaction
touches, ``one_kilocopy`` being all molecules: the engine leaves out what is absent, so that a site costs
nothing where it is not mutated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rheostat.knowledge.mechanism import MechanismSet, Species
from rheostat.network.block import ReactionLine
from rheostat.network.formula import Formula, parse_formula, symbols
from rheostat.network.network import MIMIC, UNPHOSPHORYLATABLE, SpeciesAgent

#: Generated parameter: what all molecules of a pool being mutant is written as.
ALL_MUTANT: Final = "one_kilocopy"

_PREFIX: Final = {UNPHOSPHORYLATABLE: "dead", MIMIC: "mimic"}
_PHOSPHO: Final = "p@"


@dataclass(frozen=True)
class SiteSwitch:
    """A generated species: share of a pool that is mutant at sites which one step phosphorylates together."""

    id: str
    agent: SpeciesAgent
    compartment: str


@dataclass(frozen=True)
class Sites:
    """Switches by id, and the rate that each rewritten reaction gets."""

    switches: Mapping[str, SiteSwitch] = field(default_factory=dict)
    rates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Step:
    """One reactant turned into a product that lies on the other side of some sites."""

    line: ReactionLine
    seen: Species
    product: Species
    pool: str
    sites: tuple[str, ...]
    kind: str

    @property
    def id(self) -> str:
        """Id of its switch."""
        return "_".join((_PREFIX[self.kind], self.pool.split("|")[0], *self.sites))


def find_sites(mechanism_set: MechanismSet, reactions: Iterable[ReactionLine]) -> Sites:
    """Sites of which every step is first order in what it acts on; others cannot be mutated."""
    species = {one.id: one for one in mechanism_set.species}
    lines = tuple(reactions)
    every = [step for line in lines for step in _steps(line, species, mechanism_set)]
    written = {(step.pool, step.sites, step.seen.id) for step in every if step.kind == UNPHOSPHORYLATABLE}
    steps = [step for step in every if step.kind == UNPHOSPHORYLATABLE or _is_erased(step, written)]
    refused = {step.id for step in steps if not _is_first_order(step.line)} | _leaking(lines, steps, species)
    added = {(pool, sites) for pool, sites, _ in written}
    switches: dict[str, SiteSwitch] = {}
    rates: dict[str, str] = {}
    for step in steps:
        # A phosphate that no kinase of the model adds is no site of it.
        if step.id in refused or (step.pool, step.sites) not in added:
            continue
        shares = {gene: share for gene, share in step.product.shares.items() if gene in step.pool.split("|")}
        agent = SpeciesAgent(step.pool, shares, step.kind + "+".join(step.sites))
        switches.setdefault(step.id, SiteSwitch(step.id, agent, step.product.compartment))
        rates[step.line.name] = _rewritten(rates.get(step.line.name, step.line.rate), step)
    return Sites(switches, rates)


def _is_erased(step: _Step, written: set[tuple[str, tuple[str, ...], str]]) -> bool:
    """Whether the phosphate is lost; a receptor that is internalised, say, only changes its state."""
    state = step.product.state or ""
    is_bare = not state or state.startswith(_PHOSPHO)
    return is_bare or (step.pool, step.sites, step.product.id) in written


def _leaking(
    lines: Iterable[ReactionLine], steps: Iterable[_Step], species: Mapping[str, Species]
) -> set[str]:
    """Switches of sites that some other reaction, such as one of a complex, phosphorylates too."""
    own = {step.line.name for step in steps}
    gained: set[tuple[str, str]] = set()
    for line in lines:
        if line.name not in own:
            gained |= _held(line.products, species) - _held(line.reactants, species)
    return {
        step.id
        for step in steps
        if any((gene, site) in gained for gene in step.pool.split("|") for site in step.sites)
    }


def _held(side: Iterable[str], species: Mapping[str, Species]) -> set[tuple[str, str]]:
    """Every gene of a side with every site that its species' state names."""
    known = [species[name] for name in side if name in species]
    return {(gene, site) for one in known for gene in SpeciesAgent(one.agent).symbols for site in _sites(one)}


def _rewritten(rate: str, step: _Step) -> str:
    reactant, product = step.seen.id, step.product.id
    # Written out, so that nothing is left of it where no molecule is mutant.
    mutant = f"{step.id}*{reactant}"
    # What falls apart makes its product from other sources too, so no pool of the two is conserved.
    if len(step.line.products) == 1:
        mutant += f" + {step.id}*{product}"
    return re.sub(rf"\b{reactant}\b", f"({reactant} - ({mutant})/{ALL_MUTANT})", rate)


def _steps(line: ReactionLine, species: Mapping[str, Species], mechanism_set: MechanismSet) -> list[_Step]:
    if len(line.reactants) != 1 or line.reactants[0] not in species:
        return []
    seen = species[line.reactants[0]]
    made = [species[name] for name in line.products if name in species]
    if len(line.products) == 1:
        made = [one for one in made if one.agent == seen.agent]
    steps = []
    for product in made:
        added = tuple(site for site in _sites(product) if site not in _sites(seen))
        removed = tuple(site for site in _sites(seen) if site not in _sites(product))
        sites = added or (removed if len(line.products) == 1 else ())
        pool = _pool_of(product.agent, sites, mechanism_set) if sites else None
        if pool is not None and set(pool.split("|")) & set(SpeciesAgent(seen.agent).symbols):
            steps.append(_Step(line, seen, product, pool, sites, UNPHOSPHORYLATABLE if added else MIMIC))
    return steps


def _sites(species: Species) -> tuple[str, ...]:
    state = species.state or ""
    return tuple(state.removeprefix(_PHOSPHO).split("+")) if state.startswith(_PHOSPHO) else ()


def _pool_of(agent: str, sites: tuple[str, ...], mechanism_set: MechanismSet) -> str | None:
    """The part of a complex that has the sites, as the statements of the mechanisms say; else None."""
    pools = agent.split(".")
    if len(pools) == 1:
        return agent
    for mechanism in mechanism_set.mechanisms:
        statement: Mapping[str, Any] = mechanism.statement
        site = f"{statement.get('residue', '')}{statement.get('position', '')}"
        owner = statement["agents"][-1] if site in sites else None
        found = next((pool for pool in pools if owner in pool.split("|")), None)
        if found is not None:
            return found
    return None


def _is_first_order(line: ReactionLine) -> bool:
    factors = _factors(parse_formula(line.rate))
    own = ("id", line.reactants[0])
    return factors.count(own) == 1 and not any(
        line.reactants[0] in symbols(factor) for factor in factors if factor != own
    )


def _factors(formula: Formula) -> list[Formula]:
    if formula[0] == "*":
        return [factor for part in formula[1:] for factor in _factors(part)]
    return [formula]
