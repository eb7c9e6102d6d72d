"""Faults of an SBML model: libSBML with every category on, and what libSBML does not see.

An issue's ``where`` is the kind and id of the element (``reaction s6k_on``), which ``assemble`` turns into
the place in the YAML.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import libsbml

from rheostat.network.formula import Formula, Functions, from_ast, parse_ast, symbols
from rheostat.vocabulary.error import InputError, Issue, Severity
from rheostat.vocabulary.unit import nM_per_kilocopy

CATEGORIES: Final = (
    libsbml.LIBSBML_CAT_GENERAL_CONSISTENCY,
    libsbml.LIBSBML_CAT_IDENTIFIER_CONSISTENCY,
    libsbml.LIBSBML_CAT_UNITS_CONSISTENCY,
    libsbml.LIBSBML_CAT_STRICT_UNITS_CONSISTENCY,
    libsbml.LIBSBML_CAT_MATHML_CONSISTENCY,
    libsbml.LIBSBML_CAT_SBO_CONSISTENCY,
    libsbml.LIBSBML_CAT_INTERNAL_CONSISTENCY,
    libsbml.LIBSBML_CAT_OVERDETERMINED_MODEL,
    libsbml.LIBSBML_CAT_MODELING_PRACTICE,
)
#: Prefix of the generated factor that turns amounts of a compartment into nM.
FACTOR_PREFIX: Final = "nM_"
# A hand-written factor of six digits differs by less; another compartment's differs by far more.
_FACTOR_TOLERANCE: Final = 1e-5
_READOUT: Final = "readout__"
# libSBML's number for arguments of + or - (or a function) whose units differ.
_ARGUMENTS_DISAGREE: Final = 10501


def diagnostics(sbml_text: str) -> list[Issue]:
    """Everything that is wrong with a model of ours: syntax, units, conversions, events.

    Every severity of libSBML counts (a missing unit is only a warning there).

    Examples
    --------
    >>> diagnostics("<sbml/>")[0].code
    'E311'
    """
    document = _read_checked(sbml_text)
    model = document.getModel()
    issues = _libsbml_issues(document, model)
    if model is not None:
        issues.extend(_species_issues(model))
        issues.extend(_factor_issues(model))
        for event in model.getListOfEvents():
            message = f"event '{event.getId()}' in the model"
            issues.append(
                Issue("E314", f"event {event.getId()}", message, "doses and changes are set by the arms")
            )
    return issues


def readout_issues(sbml_text: str, readouts: Mapping[str, tuple[str, str | None]]) -> list[Issue]:
    """Issues of readout formulas in the model: units that disagree within one or with its own unit.

    Parameters
    ----------
    sbml_text : str
        A model without diagnostics.
    readouts : mapping
        Formula and SBML unit by readout id; unit None where any will do (a ratio to the reference is taken).

    Returns
    -------
    list of Issue, with ``where`` = ``readout ID``
    """
    document = libsbml.readSBMLFromString(sbml_text)
    model = document.getModel()
    for name, (formula, unit) in readouts.items():
        parameter = model.createParameter()
        parameter.setId(_READOUT + name)
        parameter.setConstant(False)
        if unit is not None:
            parameter.setUnits(unit)
        rule = model.createAssignmentRule()
        rule.setVariable(parameter.getId())
        rule.setMath(parse_ast(formula))
    # Lines tell which element an error belongs to, so the text is read again.
    found = _read_checked(libsbml.writeSBMLToString(document))
    issues = []
    for issue in _libsbml_issues(found, found.getModel()):
        name = issue.where.removeprefix(f"rule {_READOUT}")
        if name in readouts and (
            readouts[name][1] is not None or f"(libSBML {_ARGUMENTS_DISAGREE})" in issue.message
        ):
            issues.append(replace(issue, where=f"readout {name}"))
    return issues


def _read_checked(sbml_text: str) -> Any:
    document = libsbml.readSBMLFromString(sbml_text)
    for category in CATEGORIES:
        document.setConsistencyChecks(category, True)
    document.checkInternalConsistency()
    document.checkConsistency()
    return document


def _libsbml_issues(document: Any, model: Any) -> list[Issue]:
    elements = sorted(_elements(model)) if model is not None else []
    lines = [line for line, _ in elements]
    issues: dict[tuple[str, str], Issue] = {}
    for number in range(document.getNumErrors()):
        error = document.getError(number)
        index = bisect_right(lines, error.getLine()) - 1
        where = elements[index][1] if index >= 0 else "model"
        message = " ".join(error.getMessage().split())
        severity: Severity = "warning" if error.getSeverity() < libsbml.LIBSBML_SEV_ERROR else "error"
        code = "E310" if "unit" in message.lower() else "E311"
        text = f"{message} (libSBML {error.getErrorId()})"
        remedy = "make the units of both sides agree" if code == "E310" else "correct the model"
        issues.setdefault((where, text), Issue(code, where, text, remedy, severity))
    return list(issues.values())


def _elements(model: Any) -> Iterator[tuple[int, str]]:
    for kind, elements in (
        ("compartment", model.getListOfCompartments()),
        ("species", model.getListOfSpecies()),
        ("parameter", model.getListOfParameters()),
        ("reaction", model.getListOfReactions()),
        ("function", model.getListOfFunctionDefinitions()),
        ("unit", model.getListOfUnitDefinitions()),
    ):
        yield from ((element.getLine(), f"{kind} {element.getId()}") for element in elements)
    for rule in model.getListOfRules():
        yield rule.getLine(), f"rule {rule.getVariable()}"


def _species_issues(model: Any) -> Iterator[Issue]:
    extent = model.getExtentUnits()
    for species in model.getListOfSpecies():
        where = f"species {species.getId()}"
        if not species.getHasOnlySubstanceUnits():
            message = f"species '{species.getId()}' is a concentration"
            yield Issue("E312", where, message, "declare it `substanceOnly`")
        if not _same_unit(model, species.getSubstanceUnits(), extent):
            message = f"species '{species.getId()}' is counted in {species.getSubstanceUnits() or 'no unit'}"
            yield Issue("E312", where, f"{message}, reactions in {extent}", "every amount is kilocopy")


def _same_unit(model: Any, unit: str, extent: str) -> bool:
    if unit == extent:
        return True
    one, other = model.getUnitDefinition(unit), model.getUnitDefinition(extent)
    return one is not None and other is not None and bool(libsbml.UnitDefinition.areIdentical(one, other))


def _factor_issues(model: Any) -> list[Issue]:
    compartments = {c.getId(): c.getSize() for c in model.getListOfCompartments()}
    factors = {}
    issues = []
    for name, volume in compartments.items():
        factor = model.getParameter(FACTOR_PREFIX + name)
        if factor is None:
            continue
        factors[factor.getId()] = name
        expected = nM_per_kilocopy(volume)
        if not abs(factor.getValue() - expected) <= _FACTOR_TOLERANCE * expected:
            message = (
                f"'{factor.getId()}' is {factor.getValue():g}, not 1e12/(N_A V) = {expected:g} nM/kilocopy"
            )
            issues.append(
                Issue("E313", f"parameter {factor.getId()}", message, "let the assembly generate it")
            )
    if factors:
        issues.extend(_use_issues(model, factors))
    return issues


def _use_issues(model: Any, factors: dict[str, str]) -> Iterator[Issue]:
    formulas: list[tuple[str, Formula, frozenset[str]]] = []
    homes = {s.getId(): frozenset({s.getCompartment()}) for s in model.getListOfSpecies()}
    home_of = dict(homes)
    functions = _functions(model)
    for rule in model.getListOfRules():
        if rule.isAssignment() and rule.isSetMath():
            formulas.append((f"rule {rule.getVariable()}", _formula(rule.getMath(), functions), frozenset()))
    for reaction in model.getListOfReactions():
        law = reaction.getKineticLaw()
        if law is not None and law.isSetMath():
            members = [
                m.getSpecies() for m in (*reaction.getListOfReactants(), *reaction.getListOfProducts())
            ]
            ends = frozenset(where for m in members for where in homes.get(m, ()))
            formulas.append((f"reaction {reaction.getId()}", _formula(law.getMath(), functions), ends))
    amounts = {p.getId() for p in model.getListOfParameters() if p.getUnits() == model.getExtentUnits()}
    _add_expression_homes(home_of, formulas, amounts)
    for where, formula, ends in formulas:
        for factor, found in _misuses(formula, factors, home_of, ends):
            met = ", ".join(sorted(found))
            message = f"'{factor}' converts amounts in {factors[factor]}, but here it meets {met}"
            yield Issue("E313", where, message, "use the factor of that compartment")


def _functions(model: Any) -> dict[str, tuple[tuple[str, ...], Formula]]:
    functions: dict[str, tuple[tuple[str, ...], Formula]] = {}
    for definition in model.getListOfFunctionDefinitions():
        names = tuple(definition.getArgument(i).getName() for i in range(definition.getNumArguments()))
        functions[definition.getId()] = (names, _formula(definition.getBody(), functions))
    return functions


def _formula(node: Any, functions: Functions) -> Formula:
    try:
        return from_ast(node, functions)
    except InputError:
        # What cannot be expressed read_network refuses by name; here only products matter.
        return ("num", 0.0)


def _add_expression_homes(
    home_of: dict[str, frozenset[str]], formulas: list[tuple[str, Formula, frozenset[str]]], amounts: set[str]
) -> None:
    """An expression in kilocopy lies where the amounts lie that it is made of."""
    rules = {where.removeprefix("rule "): f for where, f, _ in formulas if where.startswith("rule ")}
    pending = {variable for variable in rules if variable in amounts}
    changed = True
    while changed:
        changed = False
        for variable in sorted(pending):
            found = frozenset().union(*(home_of.get(name, frozenset()) for name in symbols(rules[variable])))
            if found != home_of.get(variable, frozenset()):
                home_of[variable], changed = found, True


def _misuses(
    formula: Formula, factors: dict[str, str], home_of: dict[str, frozenset[str]], ends: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    """Conversion factors in a product (or under a quotient) without an amount of their compartment."""
    head = formula[0]
    if head in ("num", "id", "time"):
        return
    if head not in ("*", "/", "neg"):
        for argument in formula[1:]:
            yield from _misuses(argument, factors, home_of, ends)
        return
    above, below = _product(formula)
    met = frozenset().union(*(home_of.get(name, frozenset()) for part in above for name in _terms(part)))
    for part in above:
        if part[0] == "id" and part[1] in factors and met and factors[part[1]] not in met:
            yield part[1], met
    for part in below:
        if part[0] == "id" and part[1] in factors and ends and factors[part[1]] not in ends:
            yield part[1], ends
    for part in (*above, *below):
        yield from _misuses(part, factors, home_of, ends)


def _product(formula: Formula) -> tuple[list[Formula], list[Formula]]:
    head = formula[0]
    if head == "neg":
        return _product(formula[1])
    if head == "*":
        one, other = _product(formula[1]), _product(formula[2])
        return one[0] + other[0], one[1] + other[1]
    if head == "/":
        one, other = _product(formula[1]), _product(formula[2])
        return one[0] + other[1], one[1] + other[0]
    return [formula], []


def _terms(part: Formula) -> frozenset[str]:
    if part[0] == "id":
        return frozenset({part[1]})
    if part[0] in ("+", "-", "neg", "*"):
        return frozenset().union(*(_terms(argument) for argument in part[1:]))
    return frozenset()
