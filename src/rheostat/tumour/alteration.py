"""What an alteration of genes does to a network: abundances, and forms of a protein."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rheostat.network.network import Network, SpeciesAgent
from rheostat.problem.change import OPERATIONS, Change, Operation
from rheostat.problem.item import Item
from rheostat.problem.unknown import UnknownNameError
from rheostat.tumour.gene import expand_symbols
from rheostat.tumour.site import (
    MutatedSite,
    check_sites,
    read_sites,
    site_changes,
    site_effects,
)
from rheostat.vocabulary.error import Issue
from rheostat.vocabulary.name import did_you_mean

_DEFAULT_FACTOR = {"ko": 0.0, "kd": 0.2, "oe": 5.0}
_LOSS = "_loss"


@dataclass(frozen=True)
class Form:
    """One row of ``forms.tsv``: what a named form of a protein does to the network.

    Parameters
    ----------
    name : str
        Item text, such as ``ca:AKT1`` or ``mut:PIK3CA_H1047R``.
    target : str
        Parameter, species, or gene for ``factor``.
    operation : str
        ``set``, ``multiply`` or ``add``; ``factor`` = abundance of the gene ``target``.
    value : float
        In the unit of the target.
    effect : str
        Sign and starting point in the influence graph, such as ``+ras_mut``.
    """

    name: str
    target: str
    operation: str
    value: float
    effect: str = ""
    source: tuple[str, ...] = ()
    grade: str = ""
    note: str = ""


Forms = Mapping[str, Sequence[Form]]
Agents = Mapping[str, SpeciesAgent]


def alteration_changes(
    items: Item | Iterable[Item], forms: Forms, agents: Agents, network: Network
) -> tuple[Change, ...]:
    """Changes of all alterations of an arm together (ko kd oe ca kinase_dead mut context).

    All at once, since a complex follows its scarcest part and a pool the sum of its shares.

    Parameters
    ----------
    items : Item or iterable of Item
    forms : mapping
        Rows of ``forms.tsv`` by item text.
    agents : mapping
        Agent of each species.
    network : Network

    Raises
    ------
    UnknownNameError
        E503 gene, E504 form, E507 context; all items together.
    """
    factors: dict[str, float] = {}
    changes: list[Change] = []
    sites: list[MutatedSite] = []
    issues: list[Issue] = []
    for item in [items] if isinstance(items, Item) else items:
        try:
            for symbol, factor in abundance_factors(item, forms, agents, network).items():
                factors[symbol] = factors.get(symbol, 1.0) * factor
            changes.extend(form_changes(item, forms, network))
            sites.extend(() if _find_forms(item, forms) else read_sites(item))
        except UnknownNameError as error:
            issues.extend(error.issues)
    if issues:
        raise UnknownNameError(issues)
    found = site_changes(sites, factors, network)
    return (*abundance_changes(factors, agents, network), *changes, *found)


def abundance_factors(item: Item, forms: Forms, agents: Agents, network: Network) -> dict[str, float]:
    """Abundance factor of each gene symbol that an alteration scales; empty where it scales none.

    Raises
    ------
    UnknownNameError
        E503 no species and no synthesis of this network holds the gene.
    """
    if item.kind in _DEFAULT_FACTOR:
        factor = _DEFAULT_FACTOR[item.kind] if item.kind == "ko" or item.amount is None else item.amount
        symbols = _known_symbols(item.what, item, agents, network)
        return dict.fromkeys(symbols, factor)
    result: dict[str, float] = {}
    for form in _find_forms(item, forms):
        if form.operation == "factor":
            for symbol in _known_symbols(form.target, item, agents, network):
                result[symbol] = result.get(symbol, 1.0) * form.value
    if item.kind == "mut" and item.what.endswith(_LOSS) and not _find_forms(item, forms):
        return dict.fromkeys(_known_symbols(item.what.removesuffix(_LOSS), item, agents, network), 0.0)
    return result


def form_changes(item: Item, forms: Forms, network: Network) -> tuple[Change, ...]:
    """Changes of parameters and amounts by the form that an item names; none for ko, kd, oe and mere sites.

    Raises
    ------
    UnknownNameError
        E504 unknown form or site, or a form whose target this network lacks; E507 unknown context.
    """
    if item.kind in _DEFAULT_FACTOR:
        return ()
    rows = _find_forms(item, forms)
    if not rows:
        if item.kind == "mut" and item.what.endswith(_LOSS):
            return ()
        if not _names_known_sites(item, network):
            raise _unknown_form(item, forms)
        check_sites(item, network)
        return ()
    changes = []
    known = frozenset(network.parameters) | frozenset(network.species)
    for form in rows:
        if form.operation == "factor":
            continue
        if form.target not in known:
            message = f"'{_name(item)}' acts on '{form.target}', which this network lacks"
            raise UnknownNameError.one("E504", _name(item), message)
        changes.append(Change(form.target, _operation(form), form.value))
    return tuple(changes)


def abundance_changes(factors: Mapping[str, float], agents: Agents, network: Network) -> tuple[Change, ...]:
    """Changes of synthesis (``n_SYMBOL``) and of initial totals by the abundance factors of an arm.

    Parameters
    ----------
    factors : mapping, dimensionless
        Factor of each gene symbol; genes that it lacks are at 1.
    agents : mapping
        Agent of each species.
    """
    parameters = frozenset(network.parameters)
    changes = [
        Change(f"n_{symbol}", "multiply", factor)
        for symbol, factor in factors.items()
        if f"n_{symbol}" in parameters and factor != 1.0
    ]
    for species, initial in zip(network.species, network.initial, strict=True):
        agent = agents.get(species)
        if agent is None or not initial > 0:
            continue
        factor = agent_factor(agent, factors)
        if factor != 1.0:
            changes.append(Change(species, "multiply", factor))
    return tuple(changes)


def agent_factor(agent: SpeciesAgent, factors: Mapping[str, float]) -> float:
    """Abundance factor of a species: the scarcest part of a complex, the share-weighted mean of a pool.

    Isoforms without shares count equally.

    Examples
    --------
    >>> agent_factor(SpeciesAgent("TSC1.TSC2"), {"TSC2": 0.0})
    0.0
    >>> round(agent_factor(SpeciesAgent("A|B", {"A": 0.7, "B": 0.3}), {"A": 0.0}), 3)
    0.3
    """
    return min(_pool_factor(part.split("|"), agent.shares, factors) for part in agent.agent.split("."))


def _pool_factor(pool: Sequence[str], shares: Mapping[str, float], factors: Mapping[str, float]) -> float:
    if len(pool) == 1:
        return factors.get(pool[0], 1.0)
    weights = [shares.get(symbol, 1.0 / len(pool)) for symbol in pool]
    scaled = sum(weight * factors.get(symbol, 1.0) for weight, symbol in zip(weights, pool, strict=True))
    return scaled / sum(weights)


def alteration_effects(
    item: Item, forms: Forms, agents: Agents, network: Network
) -> tuple[tuple[str, int], ...]:
    """Where an alteration enters the influence graph: species or parameters, each with its sign.

    Raises
    ------
    UnknownNameError
        As ``alteration_changes``.
    """
    if item.kind in _DEFAULT_FACTOR:
        return _species_of(
            _known_symbols(item.what, item, agents, network), 1 if item.kind == "oe" else -1, agents
        )
    if item.kind in ("ca", "kinase_dead"):
        holding = _species_of(expand_symbols(item.what), 1 if item.kind == "ca" else -1, agents)
        if holding:
            return holding
    if item.kind == "mut" and item.what.endswith(_LOSS):
        return _species_of(_known_symbols(item.what.removesuffix(_LOSS), item, agents, network), -1, agents)
    rows = _find_forms(item, forms)
    if not rows and _names_known_sites(item, network):
        check_sites(item, network)
        return site_effects(item, network)
    if not rows:
        raise _unknown_form(item, forms)
    effects: list[tuple[str, int]] = []
    for form in rows:
        if form.effect[:1] not in ("+", "-"):
            continue
        sign = 1 if form.effect[0] == "+" else -1
        start = form.effect[1:].strip()
        effects.extend(_species_of((start,), sign, agents) or ((start, sign),))
    return tuple(effects)


def known_symbols(agents: Agents, network: Network) -> frozenset[str]:
    """Gene symbols that some species or some synthesis of the network holds."""
    held = {symbol for agent in agents.values() for symbol in agent.symbols}
    return frozenset(held | {name[2:] for name in network.parameters if name.startswith("n_")})


def _species_of(symbols: Iterable[str], sign: int, agents: Agents) -> tuple[tuple[str, int], ...]:
    wanted = frozenset(symbols)
    return tuple((species, sign) for species, agent in agents.items() if wanted & frozenset(agent.symbols))


def _known_symbols(name: str, item: Item, agents: Agents, network: Network) -> tuple[str, ...]:
    known = known_symbols(agents, network)
    symbols = tuple(symbol for symbol in expand_symbols(name) if symbol in known)
    if not symbols:
        message = f"unknown gene '{name}' in '{item.text or _name(item)}'{did_you_mean(name, known)}"
        raise UnknownNameError.one(
            "E503", name, message, "rheostat atlas list genes shows what the model holds"
        )
    return symbols


def _names_known_sites(item: Item, network: Network) -> bool:
    """Whether an item mutates sites of a gene that this network holds."""
    return any(each.gene in agent.symbols for each in read_sites(item) for agent in network.agents.values())


def _find_forms(item: Item, forms: Forms) -> Sequence[Form]:
    return forms.get(_name(item)) or ()


def _name(item: Item) -> str:
    return f"{item.kind}:{item.what}"


def _operation(form: Form) -> Operation:
    for operation in OPERATIONS:
        if operation == form.operation:
            return operation
    raise UnknownNameError.one(
        "E504", form.name, f"form '{form.name}' has the unknown operation '{form.operation}'"
    )


def _unknown_form(item: Item, forms: Forms) -> UnknownNameError:
    name = _name(item)
    choices = [form for form in forms if form.startswith(f"{item.kind}:")]
    if item.kind == "context":
        known = " ".join(sorted(form.removeprefix("context:") for form in choices)) or "none"
        message = f"unknown context '{item.what}'{did_you_mean(name, choices)}"
        return UnknownNameError.one("E507", name, message, f"known contexts: {known}")
    message = f"unknown form '{name}'{did_you_mean(name, choices)}"
    return UnknownNameError.one("E504", name, message, "rheostat atlas list forms shows what has an effect")
