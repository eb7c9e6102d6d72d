"""SBML in and out: the network of a model, SBML of Antimony text, Antimony of a model.

What the engine cannot do is refused by name: events, algebraic and rate rules, delays, variable
stoichiometry, volumes that change, conversion factors, fast reactions.
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
from rheostat.network.formula import Formula, Functions, evaluate, from_ast, substitute, symbols
from rheostat.network.network import Network, Reaction, Rule, SpeciesAgent
from rheostat.vocabulary.error import InputError, Issue

__all__ = ["diagnostics", "read_network", "to_antimony", "to_sbml"]


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
            return from_ast(node, self.functions if functions is None else functions)
        except InputError as error:
            self.issues.extend(Issue("E250", where, issue.message, issue.remedy) for issue in error.issues)
            return ("num", 0.0)


def read_network(sbml_text: str) -> Network:
    """Network of an SBML model: functions inlined, rules in the order of evaluation.

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
    network = _build(reading, sbml_text)
    if reading.issues:
        raise InputError(reading.issues)
    return network


def _refuse_unsupported(reading: _Reading) -> None:
    model = reading.model
    for event in model.getListOfEvents():
        reading.refuse(
            f"event {event.getId()}", "events are not supported", "set doses and changes by the arms"
        )
    for rule in model.getListOfRules():
        if rule.isAlgebraic():
            reading.refuse("algebraic rule", "algebraic rules are not supported")
        elif rule.isRate():
            reading.refuse(
                f"rate rule of {rule.getVariable()}", "rate rules are not supported", "write a reaction"
            )
        elif model.getCompartment(rule.getVariable()) is not None:
            reading.refuse(f"compartment {rule.getVariable()}", "its volume changes; volumes are constant")
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


def _build(reading: _Reading, sbml_text: str) -> Network:
    model = reading.model
    compartments = {c.getId(): c.getSize() if c.isSetSize() else 1.0 for c in model.getListOfCompartments()}
    rules = {
        rule.getVariable(): Rule(
            rule.getVariable(),
            reading.formula(rule.getMath(), f"rule {rule.getVariable()}"),
            read_note(rule, "mechanism"),
        )
        for rule in model.getListOfRules()
    }
    reactions, locals_ = _read_reactions(reading)
    start = _start_values(reading, compartments, rules, locals_)
    volumes = _read_volumes(reading, compartments, rules)
    species = [s.getId() for s in model.getListOfSpecies() if _is_state(s, rules)]
    concentrations = {name: volumes[name] for name in species if name in volumes}
    reading.replacements.update({name: ("num", size) for name, size in compartments.items()})
    reading.replacements.update(
        {name: ("/", ("id", name), ("num", volume)) for name, volume in concentrations.items()}
    )
    rates = {reaction.id: reaction.rate for reaction in reactions}
    finished = tuple(
        Rule(rule.variable, _settle(rule.formula, reading, rates), rule.mechanism)
        for rule in _ordered(rules, rates)
    )
    states = set(species)
    parameters = {p.getId(): start[p.getId()] for p in model.getListOfParameters() if p.getId() not in rules}
    held = [s.getId() for s in model.getListOfSpecies() if s.getId() not in rules and s.getId() not in states]
    parameters.update({name: start[name] for name in held})
    parameters.update(locals_)
    initial = np.array([start[name] * concentrations.get(name, 1.0) for name in species], dtype=np.float64)
    values = np.array(list(parameters.values()), dtype=np.float64)
    _check_start(reading, species, initial, parameters)
    return Network(
        sbml_text,
        tuple(species),
        initial,
        tuple(parameters),
        values,
        tuple(
            _only_states(reaction, states, _settle(reaction.rate, reading, rates)) for reaction in reactions
        ),
        finished,
        compartments,
        concentrations,
        _read_agents(model),
    )


def _is_state(species: Any, rules: Mapping[str, Rule]) -> bool:
    return not (species.getId() in rules or species.getConstant() or species.getBoundaryCondition())


def _settle(formula: Formula, reading: _Reading, rates: Mapping[str, Formula]) -> Formula:
    """Formula in which reaction ids stand for their rates, volumes are numbers and concentrations amounts."""
    used = symbols(formula)
    while used & rates.keys():
        formula = substitute(formula, rates)
        used = symbols(formula)
    return substitute(formula, reading.replacements)


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


def _read_volumes(
    reading: _Reading, compartments: Mapping[str, float], rules: Mapping[str, Rule]
) -> dict[str, float]:
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


def _start_values(
    reading: _Reading, compartments: dict[str, float], rules: Mapping[str, Rule], locals_: Mapping[str, float]
) -> dict[str, float]:
    """Value at time 0 of every symbol, in the unit in which formulas see it."""
    model = reading.model
    values: dict[str, float] = {"time": 0.0, **locals_}
    pending: dict[str, Formula] = {name: rule.formula for name, rule in rules.items()}
    for assignment in model.getListOfInitialAssignments():
        where = f"initial assignment of {assignment.getSymbol()}"
        pending[assignment.getSymbol()] = reading.formula(assignment.getMath(), where)
    values.update({name: size for name, size in compartments.items() if name not in pending})
    values.update({p.getId(): p.getValue() for p in model.getListOfParameters() if p.getId() not in pending})
    waiting = [s for s in model.getListOfSpecies() if s.getId() not in pending]
    # Compartments may be assigned too, so species come after a first round.
    _evaluate_pending(pending, values)
    compartments.update({name: values[name] for name in compartments if name in values})
    values.update({s.getId(): _species_start(s, compartments) for s in waiting})
    _evaluate_pending(pending, values)
    for name in sorted(pending.keys() - rules.keys()):
        missing = ", ".join(sorted(symbols(pending[name]) - values.keys()))
        message = f"the start value of '{name}' cannot be computed ({missing})"
        reading.issues.append(Issue("E253", f"initial assignment of {name}", message, "give it a number"))
        values[name] = 0.0
    return values


def _evaluate_pending(pending: dict[str, Formula], values: dict[str, float]) -> None:
    ready = True
    while ready:
        ready = False
        for name in [name for name, formula in pending.items() if symbols(formula) <= values.keys()]:
            values[name] = evaluate(pending.pop(name), values)
            ready = True


def _species_start(species: Any, compartments: Mapping[str, float]) -> float:
    volume = compartments.get(species.getCompartment(), 1.0) or 1.0
    amount_wanted = species.getHasOnlySubstanceUnits()
    if species.isSetInitialAmount():
        return float(species.getInitialAmount() if amount_wanted else species.getInitialAmount() / volume)
    if species.isSetInitialConcentration():
        found = species.getInitialConcentration()
        return float(found * volume if amount_wanted else found)
    return math.nan


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
    used = set(symbols(formula))
    while used & rates.keys():
        name = next(iter(used & rates.keys()))
        used.discard(name)
        used |= symbols(rates[name])
    return used & rules.keys()


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
