"""From an arm, as a user wrote it, to changes of the network."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from rheostat.atlas.loop import Loop
from rheostat.knowledge.drug import Drug
from rheostat.knowledge.tumour import Tumour
from rheostat.network.network import Network
from rheostat.pharmacology.dose import dose_changes
from rheostat.problem.arm import BEFORE_KINDS, Arm, ArmChanges
from rheostat.problem.change import Change, restarts
from rheostat.problem.item import Item, parse_items
from rheostat.problem.unknown import UnknownNameError
from rheostat.tumour.alteration import Agents, Forms, alteration_changes, known_symbols
from rheostat.tumour.environment import Factors, environment_changes
from rheostat.tumour.gene import expand_symbols, normalise_alteration
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.name import did_you_mean
from rheostat.vocabulary.unit import AVOGADRO

_GENE_KINDS = frozenset({"ko", "kd", "oe"})
_FORM_KINDS = BEFORE_KINDS - _GENE_KINDS


@dataclass(frozen=True)
class Target:
    """What arms are resolved against: the network and the tables of the atlas."""

    network: Network
    agents: Agents
    species_compartments: Mapping[str, str]
    forms: Forms
    environment: Factors
    genes: Mapping[str, str]
    mechanisms: frozenset[str]
    loops: Mapping[str, Loop]
    find_drug: Callable[[str], Drug]
    find_tumour: Callable[[str], Tumour]

    def current(self, item: Item) -> Item:
        """The same item with current gene symbols; a name that the network or a form holds is left alone."""
        if item.kind not in _GENE_KINDS | _FORM_KINDS or f"{item.kind}:{item.what}" in self.forms:
            return item
        known = known_symbols(self.agents, self.network)
        if item.kind in _GENE_KINDS and frozenset(expand_symbols(item.what)) & known:
            return item
        text, note = normalise_alteration(f"{item.kind}:{item.what}", self.genes)
        return item if note is None else replace(item, what=text.partition(":")[2])


class _Problems:
    """Problems of one arm: unknown names apart, since they alone make a claim not computable."""

    def __init__(self) -> None:
        self.missing: list[Issue] = []
        self.other: list[Issue] = []

    def collect(self, step: Callable[[], tuple[Change, ...]]) -> tuple[Change, ...]:
        try:
            return step()
        except UnknownNameError as error:
            self.missing.extend(error.issues)
        except InputError as error:
            self.other.extend(error.issues)
        return ()

    def check(self) -> None:
        if self.other:
            raise InputError([*self.other, *self.missing])
        if self.missing:
            raise UnknownNameError(self.missing)


def arm_changes(arm: Arm, target: Target) -> ArmChanges:
    """Changes of an arm by stage: its cell's alterations and environment, then its own items.

    Raises
    ------
    UnknownNameError
        E501 to E509: every name of the arm that the atlas or the network lacks.
    InputError
        E3xx, E4xx: doses and levels that cannot be converted.
    """
    problems = _Problems()
    network = target.network
    cell_items: tuple[Item, ...] = ()
    home: tuple[Item, ...] = ()
    try:
        tumour = target.find_tumour(arm.cell)
        cell_items, home = tumour_items(tumour), _home(tumour)
    except UnknownNameError as error:
        # The arm's own names are looked up all the same, so that everything missing is listed at once.
        problems.missing.extend(error.issues)
    alterations = [*cell_items, *arm.before]
    current = [target.current(item) for item in alterations]
    altered = problems.collect(
        lambda: alteration_changes(_unrepeated(current), target.forms, target.agents, network)
    )
    parameters = frozenset(network.parameters)
    own = problems.collect(lambda: environment_changes(home, target.environment, parameters))
    env_items = [item for item in arm.items if item.kind == "env"]
    env = problems.collect(lambda: environment_changes(env_items, target.environment, parameters))
    doses = [dose for item in arm.drugs for dose in problems.collect(partial(_doses, item, target))]
    cuts = _cuts(arm, target, problems.missing)
    problems.check()
    nominal = dict(zip(network.parameters, map(float, network.values), strict=True))
    levels = nominal | {change.target: change.value for change in own}
    base = {change.target: levels[change.target] for change in env} | {dose.target: 0.0 for dose in doses}
    steps = restarts((*env, *doses), base)
    starved = tuple(
        replace(change, start_h=None) for time, changes in steps if time == -math.inf for change in changes
    )
    timed = tuple((time, changes) for time, changes in steps if time != -math.inf)
    return ArmChanges((*altered, *own), starved, timed, cuts)


def tumour_items(tumour: Tumour) -> tuple[Item, ...]:
    """Alterations and expression changes of a tumour as items.

    Raises
    ------
    InputError
        E4xx with the place in the tumour's file.
    """
    items: list[Item] = []
    issues: list[Issue] = []
    for alteration in tumour.alterations:
        try:
            items.extend(_halved(item, alteration.zygosity) for item in parse_items(alteration.item))
        except InputError as error:
            issues.extend(replace(issue, where=str(alteration.place)) for issue in error.issues)
    if issues:
        raise InputError(issues)
    items.extend(
        Item("oe", one.gene, one.fold, text=f"oe:{one.gene}@{one.fold:g}") for one in tumour.expression
    )
    return tuple(items)


def _home(tumour: Tumour) -> tuple[Item, ...]:
    """Own environment of a cell as untimed items."""
    return tuple(
        Item("env", name, level, text=f"env:{name}@{level:g}") for name, level in tumour.environment.items()
    )


def _halved(item: Item, zygosity: str | None) -> Item:
    # One allele of two is left, so a heterozygous loss is half the abundance, not none.
    if zygosity != "heterozygous" or not (item.kind == "ko" or item.what.endswith("_loss")):
        return item
    return Item("kd", item.what.removesuffix("_loss"), 0.5, text=item.text)


def _unrepeated(items: Iterable[Item]) -> list[Item]:
    """A form that both the cell and the arm name acts once; abundance factors multiply."""
    seen: set[tuple[str, str]] = set()
    result = []
    for item in items:
        key = (item.kind, item.what)
        if item.kind in _FORM_KINDS and key in seen:
            continue
        seen.add(key)
        result.append(item)
    return result


def _doses(item: Item, target: Target) -> tuple[Change, ...]:
    drug = target.find_drug(item.what)
    network = target.network
    if drug.handle not in network.parameters and drug.handle not in network.species:
        message = f"drug '{drug.id}' acts through '{drug.handle}', which this network lacks"
        raise UnknownNameError.one("E509", item.what, message)
    return dose_changes(item, drug, _nM_per_kilocopy(drug.handle, target))


def _nM_per_kilocopy(handle: str, target: Target) -> float:
    compartment = target.species_compartments.get(handle, "medium")
    volume = target.network.compartments.get(compartment)
    return 1.0 if volume is None else 1e12 / (AVOGADRO * volume)


def _cuts(arm: Arm, target: Target, missing: list[Issue]) -> frozenset[str]:
    cuts: set[str] = set()
    for name in sorted(arm.cuts):
        if name in target.mechanisms:
            cuts.add(name)
        elif name in target.loops:
            cuts.update(target.loops[name].mechanisms)
        else:
            hint = did_you_mean(name, [*target.mechanisms, *target.loops])
            remedy = "rheostat atlas list mechanisms shows all"
            missing.append(Issue("E508", f"cut:{name}", f"unknown mechanism '{name}'{hint}", remedy))
    return frozenset(cuts)
