"""SBML in and out: the network of a model, SBML of Antimony text, Antimony of a model.

What the engine cannot do is refused by name: events, algebraic rules, delays, variable stoichiometry,
volumes that change, conversion factors, fast reactions. A rate rule becomes a state variable.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import antimony
import libsbml
import numpy as np

from rheostat.network.block import ANTIMONY_LOCK
from rheostat.network.diagnose import diagnostics
from rheostat.network.formula import Formula, Functions, extent, from_ast, substitute, symbols
from rheostat.network.network import Network, Reaction, Rule, SpeciesAgent
from rheostat.network.start import SpeciesStart, Start
from rheostat.vocabulary.error import InputError, Issue

__all__ = ["Model", "diagnostics", "read_model", "read_network", "to_antimony", "to_sbml"]

# Inlined formulas may be this large and this deep; they are walked by recursion.
_MOST_NODES = 200_000
_MOST_DEPTH = 250


def to_sbml(antimony_text: str) -> str:
    """SBML (L3V2) of Antimony text.

    Raises
    ------
    InputError
        E228 with libAntimony's message.
    """
    with ANTIMONY_LOCK:
        antimony.clearPreviousLoads()
        if antimony.loadAntimonyString(antimony_text) < 0:
            raise InputError.one(
                "E228", "antimony", " ".join(antimony.getLastError().split()), "correct the text"
            )
        return str(antimony.getSBMLString(antimony.getMainModuleName()))


def to_antimony(sbml_text: str) -> str:
    """Antimony text of an SBML model, for people to read.

    Raises
    ------
    InputError
        E228 with libAntimony's message.
    """
    with ANTIMONY_LOCK:
        antimony.clearPreviousLoads()
        if antimony.loadSBMLString(sbml_text) < 0:
            raise InputError.one(
                "E228", "sbml", " ".join(antimony.getLastError().split()), "correct the model"
            )
        return str(antimony.getAntimonyString(antimony.getMainModuleName()))


@dataclass
class _Reading:
    """What is being read: the model, its functions, what its symbols stand for, and the issues so far."""

    model: Any
    functions: dict[str, tuple[tuple[str, ...], Formula]] = field(default_factory=dict)
    replacements: dict[str, Formula] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    def refuse(self, where: str, message: str, remedy: str = "rewrite the model without it") -> None:
        self.issues.append(Issue("E250", where, message, remedy))

    def formula(self, node: Any, where: str, functions: Functions | None = None) -> Formula:
        """Formula of a syntax tree; 0 with an issue where it is missing or not supported."""
        if node is None:
            self.refuse(where, "has no formula", "write one")
            return ("num", 0.0)
        try:
            found = from_ast(node, self.functions if functions is None else functions)
        except InputError as error:
            self.issues.extend(Issue("E250", where, issue.message, issue.remedy) for issue in error.issues)
            return ("num", 0.0)
        return self.bounded(found, where)

    def bounded(self, formula: Formula, where: str) -> Formula:
        """The formula; 0 with an issue where it is too large to be walked."""
        nodes, depth = extent(formula)
        if nodes <= _MOST_NODES and depth <= _MOST_DEPTH:
            return formula
        self.refuse(
            where, f"a formula has {nodes} terms, {depth} deep, with its functions", "split it into rules"
        )
        return ("num", 0.0)


@dataclass(frozen=True)
class Model:
    """What an SBML file holds: its network, and how its values at time 0 come about.

    Parameters
    ----------
    network : Network
    start : Start
    species : dict
        Volume of the compartment of every species.
    fixed : frozenset of str
        Symbols whose values are part of the network's formulas (volumes, and what volumes depend on).
    """

    network: Network
    start: Start
    species: Mapping[str, float]
    fixed: frozenset[str]


def read_network(sbml_text: str) -> Network:
    """Network of an SBML model; see ``read_model``."""
    return read_model(sbml_text).network


def read_model(sbml_text: str) -> Model:
    """Network and start of an SBML model: functions inlined, rules in the order of evaluation.

    Parameters
    ----------
    sbml_text : str
        SBML of any level. Species that it counts as concentrations become amounts.

    Raises
    ------
    InputError
        E251 not SBML; E250 each feature that is not supported, with the element that has it; E252 rules that
        depend on each other; E253 a start value that cannot be computed.
    """
    document = libsbml.readSBMLFromString(sbml_text)
    model = document.getModel()
    if model is None or document.getNumErrors(libsbml.LIBSBML_SEV_FATAL):
        found = document.getError(0)
        message = " ".join(found.getMessage().split()) if found is not None else "no model"
        raise InputError.one("E251", "sbml", f"not an SBML model: {message}", "check the file")
    reading = _Reading(model)
    _refuse_unsupported(reading)
    _read_functions(reading)
    if reading.issues:
        raise InputError(reading.issues)
    found = _build(reading, sbml_text)
    if reading.issues:
        raise InputError(reading.issues)
    return found


def _refuse_unsupported(reading: _Reading) -> None:
    model = reading.model
    for event in model.getListOfEvents():
        reading.refuse(
            f"event {event.getId()}", "events are not supported", "set doses and changes by the arms"
        )
    for rule in model.getListOfRules():
        if rule.isAlgebraic():
            reading.refuse("algebraic rule", "algebraic rules are not supported")
    converted = [("model", model), *((f"species {s.getId()}", s) for s in model.getListOfSpecies())]
    for where, element in converted:
        if element.isSetConversionFactor():
            reading.refuse(where, "conversion factors are not supported")
    for reaction in model.getListOfReactions():
        _refuse_reaction(reading, reaction)
    _refuse_packages(reading)


def _refuse_packages(reading: _Reading) -> None:
    for plugin in (reading.model.getPlugin(i) for i in range(reading.model.getNumPlugins())):
        package = plugin.getPackageName()
        # Layout and rendering only draw; every other package changes what the model means.
        if package not in ("layout", "render", "groups") and plugin.getListOfAllElements().getSize():
            reading.refuse("model", f"the SBML package '{package}' is not supported")


def _refuse_reaction(reading: _Reading, reaction: Any) -> None:
    where = f"reaction {reaction.getId()}"
    if reaction.isSetFast() and reaction.getFast():
        reading.refuse(where, "fast reactions are not supported")
    if reaction.getKineticLaw() is None:
        reading.refuse(where, "has no kinetic law", "give it a rate")
    model = reading.model
    for member in (*reaction.getListOfReactants(), *reaction.getListOfProducts()):
        name = member.getId()
        computed = bool(name) and (
            model.getRuleByVariable(name) is not None or model.getInitialAssignmentBySymbol(name) is not None
        )
        if member.isSetStoichiometryMath() or computed:
            reading.refuse(
                where, f"the stoichiometry of '{member.getSpecies()}' varies", "write it as a number"
            )


def _read_functions(reading: _Reading) -> None:
    for definition in reading.model.getListOfFunctionDefinitions():
        names = tuple(definition.getArgument(i).getName() for i in range(definition.getNumArguments()))
        body = reading.formula(definition.getBody(), f"function {definition.getId()}")
        reading.functions[definition.getId()] = (names, body)


def _build(reading: _Reading, sbml_text: str) -> Model:
    model = reading.model
    rules, slopes, sizes = _read_rules(reading)
    reactions, locals_ = _read_reactions(reading)
    start = _read_start(reading, rules, reactions, locals_, sizes)
    values = _start_values(reading, start, rules)
    compartments = {c.getId(): values[c.getId()] for c in model.getListOfCompartments()}
    volumes = _read_volumes(reading, compartments)
    species = [s.getId() for s in model.getListOfSpecies() if _is_state(s, rules, slopes)]
    species += [name for name in slopes if name not in species]
    concentrations = {name: volumes[name] for name in species if name in volumes}
    reading.replacements.update({name: ("num", size) for name, size in compartments.items()})
    reading.replacements.update(
        {name: ("/", ("id", name), ("num", volume)) for name, volume in concentrations.items()}
    )
    rates = _inline(reading, {reaction.id: reaction.rate for reaction in reactions})
    finished = tuple(
        Rule(rule.variable, _settle(rule.formula, reading, rates), rule.mechanism)
        for rule in _ordered(rules, rates)
    )
    states = set(species)
    known = [x.getId() for x in (*model.getListOfParameters(), *model.getListOfSpecies())]
    parameters = {
        name: values[name] for name in (*known, *locals_) if name not in rules and name not in states
    }
    initial = np.array([values[name] * concentrations.get(name, 1.0) for name in species], dtype=np.float64)
    # A parameter that the file itself sets to infinity or no number is what its author wants.
    meant = {name for name, formula in start.formulas.items() if _is_constant(formula)}
    _check_start(
        reading, species, initial, {name: value for name, value in parameters.items() if name not in meant}
    )
    changing = [
        Reaction(
            f"rate rule of {name}", {}, {name: concentrations.get(name, 1.0)}, _settle(slope, reading, rates)
        )
        for name, slope in slopes.items()
    ]
    network = Network(
        sbml_text,
        tuple(species),
        initial,
        tuple(parameters),
        np.array(list(parameters.values()), dtype=np.float64),
        (
            *(_only_states(r, states - slopes.keys(), _settle(r.rate, reading, rates)) for r in reactions),
            *changing,
        ),
        finished,
        compartments,
        concentrations,
        _read_agents(model),
    )
    inside = {s.getId(): compartments.get(s.getCompartment(), 1.0) for s in model.getListOfSpecies()}
    return Model(network, start, inside, _needed_by(compartments, start.formulas))


def _needed_by(names: Iterable[str], formulas: Mapping[str, Formula]) -> frozenset[str]:
    """The names and all symbols that their formulas use, directly or not."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(symbols(formulas[name]) if name in formulas else ())
    return frozenset(found)


def _read_rules(reading: _Reading) -> tuple[dict[str, Rule], dict[str, Formula], dict[str, Formula]]:
    """Assignment rules, the slopes that rate rules give, and the sizes of compartments."""
    rules: dict[str, Rule] = {}
    sizes: dict[str, Formula] = {}
    slopes: dict[str, Formula] = {}
    for rule in reading.model.getListOfRules():
        name = rule.getVariable()
        # SBML L3V2 lets the formula be absent; the rule then says nothing.
        if rule.getMath() is None:
            if not rule.isRate():
                reading.refuse(f"rule {name}", "has no formula", "write one")
        elif reading.model.getCompartment(name) is not None:
            formula = reading.formula(rule.getMath(), f"rule {name}")
            if rule.isRate() or not _is_constant(formula):
                reading.refuse(f"compartment {name}", "its volume changes; volumes are constant")
            else:
                sizes[name] = formula
        elif rule.isRate():
            slopes[name] = reading.formula(rule.getMath(), f"rate rule of {name}")
        else:
            formula = reading.formula(rule.getMath(), f"rule {name}")
            rules[name] = Rule(name, formula, read_note(rule, "mechanism"))
    return rules, slopes, sizes


def _is_constant(formula: Formula) -> bool:
    """Whether a formula holds numbers only."""
    parts = [part for part in formula[1:] if isinstance(part, tuple)]
    return formula[0] not in ("id", "time") and all(_is_constant(part) for part in parts)


def _inline(reading: _Reading, rates: Mapping[str, Formula]) -> dict[str, Formula]:
    """Rates in which no id of a reaction is left.

    Raises
    ------
    InputError
        E252 rates that depend on each other in a circle.
    """
    done: dict[str, Formula] = {}
    waiting = dict(rates)
    while waiting:
        ready = [name for name, formula in waiting.items() if not symbols(formula) & waiting.keys()]
        if not ready:
            message = f"rates depend on each other in a circle: {', '.join(waiting)}"
            raise InputError.one("E252", f"reaction {next(iter(waiting))}", message, "break the circle")
        for name in ready:
            done[name] = reading.bounded(substitute(waiting.pop(name), done), f"reaction {name}")
    return done


def _is_state(species: Any, rules: Mapping[str, Rule], slopes: Mapping[str, Formula]) -> bool:
    if species.getId() in slopes:
        return True
    return not (species.getId() in rules or species.getConstant() or species.getBoundaryCondition())


def _settle(formula: Formula, reading: _Reading, rates: Mapping[str, Formula]) -> Formula:
    """Formula in which reaction ids stand for their rates, volumes are numbers and concentrations amounts."""
    return substitute(substitute(formula, rates), reading.replacements)


def _only_states(reaction: Reaction, states: set[str], rate: Formula) -> Reaction:
    reactants = {name: count for name, count in reaction.reactants.items() if name in states}
    products = {name: count for name, count in reaction.products.items() if name in states}
    return Reaction(reaction.id, reactants, products, rate, reaction.mechanism)


def _read_reactions(reading: _Reading) -> tuple[list[Reaction], dict[str, float]]:
    reactions: list[Reaction] = []
    locals_: dict[str, float] = {}
    for reaction in reading.model.getListOfReactions():
        law = reaction.getKineticLaw()
        name = reaction.getId()
        own: dict[str, Formula] = {}
        for parameter in law.getListOfParameters():
            renamed = f"{name}__{parameter.getId()}"
            own[parameter.getId()] = ("id", renamed)
            locals_[renamed] = parameter.getValue()
        rate = substitute(reading.formula(law.getMath(), f"reaction {name}"), own)
        reactants = _stoichiometry(reaction.getListOfReactants())
        products = _stoichiometry(reaction.getListOfProducts())
        reactions.append(Reaction(name, reactants, products, rate, read_note(reaction, "mechanism")))
    return reactions, locals_


def _stoichiometry(members: Iterable[Any]) -> dict[str, float]:
    counts: dict[str, float] = {}
    for member in members:
        count = member.getStoichiometry() / max(1, member.getDenominator())
        counts[member.getSpecies()] = counts.get(member.getSpecies(), 0.0) + count
    return counts


def _read_volumes(reading: _Reading, compartments: Mapping[str, float]) -> dict[str, float]:
    """Volume by species, of the species that count as concentrations."""
    volumes: dict[str, float] = {}
    for species in reading.model.getListOfSpecies():
        if species.getHasOnlySubstanceUnits():
            continue
        compartment = reading.model.getCompartment(species.getCompartment())
        if compartment is None or not compartments[species.getCompartment()] > 0:
            reading.refuse(f"species {species.getId()}", "is a concentration without a volume")
        elif compartment.getSpatialDimensionsAsDouble() > 0:
            volumes[species.getId()] = compartments[species.getCompartment()]
    return volumes


def _read_start(
    reading: _Reading,
    rules: Mapping[str, Rule],
    reactions: Iterable[Reaction],
    locals_: Mapping[str, float],
    sizes: Mapping[str, Formula],
) -> Start:
    model = reading.model
    formulas: dict[str, Formula] = {reaction.id: reaction.rate for reaction in reactions}
    formulas.update({name: rule.formula for name, rule in rules.items()})
    formulas.update(sizes)
    for assignment in model.getListOfInitialAssignments():
        if assignment.getMath() is not None:
            where = f"initial assignment of {assignment.getSymbol()}"
            formulas[assignment.getSymbol()] = reading.formula(assignment.getMath(), where)
    given = {c.getId(): c.getSize() if c.isSetSize() else 1.0 for c in model.getListOfCompartments()}
    given.update({p.getId(): p.getValue() for p in model.getListOfParameters()})
    return Start(
        {**given, **locals_}, {s.getId(): _species_start(s) for s in model.getListOfSpecies()}, formulas
    )


def _start_values(reading: _Reading, start: Start, rules: Mapping[str, Rule]) -> dict[str, float]:
    """Value at time 0 of every symbol, in the unit in which formulas see it."""
    values, pending = start.values()
    assigned = {a.getSymbol() for a in reading.model.getListOfInitialAssignments()}
    for name in sorted(pending.keys() & assigned):
        missing = ", ".join(sorted(symbols(pending[name]) - values.keys()))
        message = f"the start value of '{name}' cannot be computed ({missing})"
        reading.issues.append(Issue("E253", f"initial assignment of {name}", message, "give it a number"))
        values[name] = 0.0
    return values


def _species_start(species: Any) -> SpeciesStart:
    concentration = species.getInitialConcentration() if species.isSetInitialConcentration() else None
    amount = species.getInitialAmount() if species.isSetInitialAmount() else None
    as_amount = species.getHasOnlySubstanceUnits() or not _dimensions(species)
    return SpeciesStart(species.getCompartment(), amount, concentration, as_amount)


def _dimensions(species: Any) -> float:
    """Spatial dimensions of the compartment of a species."""
    compartment = species.getModel().getCompartment(species.getCompartment())
    return float(compartment.getSpatialDimensionsAsDouble()) if compartment is not None else 3.0


def _check_start(
    reading: _Reading, species: list[str], initial: Any, parameters: Mapping[str, float]
) -> None:
    for name, value in [*zip(species, initial, strict=True), *parameters.items()]:
        if not math.isfinite(value):
            message = f"'{name}' has no finite start value"
            reading.issues.append(Issue("E253", f"symbol {name}", message, "give it a number"))


def _ordered(rules: Mapping[str, Rule], rates: Mapping[str, Formula]) -> list[Rule]:
    """Rules such that each stands after those it uses.

    Raises
    ------
    InputError
        E252 rules that depend on each other in a circle.
    """
    needs = {name: _rule_needs(rule.formula, rules, rates) for name, rule in rules.items()}
    order: list[Rule] = []
    placed: set[str] = set()
    while len(placed) < len(rules):
        ready = [name for name in rules if name not in placed and needs[name] <= placed]
        if not ready:
            left = [name for name in rules if name not in placed]
            message = f"expressions depend on each other in a circle: {', '.join(left)}"
            raise InputError.one("E252", f"rule {left[0]}", message, "break the circle with a state variable")
        order.extend(rules[name] for name in ready)
        placed.update(ready)
    return order


def _rule_needs(formula: Formula, rules: Mapping[str, Rule], rates: Mapping[str, Formula]) -> set[str]:
    return set(symbols(substitute(formula, rates)) & rules.keys())


_NOTE: Final = re.compile(r"<(?:\w+:)?p[^>]*>\s*([a-z]+):\s*([^<]*?)\s*</(?:\w+:)?p>")


def read_note(element: Any, key: str) -> str:
    """Text after ``key:`` in the notes of an SBML element; empty where there is none."""
    if not element.isSetNotes():
        return ""
    return next(
        (html.unescape(text) for found, text in _NOTE.findall(element.getNotesString()) if found == key), ""
    )


def _read_agents(model: Any) -> dict[str, SpeciesAgent]:
    agents = {}
    for species in model.getListOfSpecies():
        agent = read_note(species, "agent")
        if agent:
            pairs = (part.split("=") for part in read_note(species, "shares").split())
            shares = {name: float(share) for name, share in pairs}
            agents[species.getId()] = SpeciesAgent(agent, shares, read_note(species, "state"))
    return agents
