"""Mechanisms become one Antimony model, its SBML and the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from rheostat.knowledge.mechanism import Mechanism, MechanismSet, Species
from rheostat.knowledge.reference import Reference
from rheostat.network.annotate import annotate
from rheostat.network.assembled import Assembled
from rheostat.network.block import (
    RESERVED,
    BlockContent,
    ReactionLine,
    Symbol,
    TextBlock,
    check_with_antimony,
    read_block,
)
from rheostat.network.diagnose import FACTOR_PREFIX, diagnostics, readout_issues
from rheostat.network.formula import parse_formula, symbols
from rheostat.network.library import LIBRARY, library_antimony
from rheostat.network.network import SpeciesAgent
from rheostat.network.sbml import read_network, to_sbml
from rheostat.network.site import ALL_MUTANT, Sites, find_sites
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.name import did_you_mean
from rheostat.vocabulary.place import Place
from rheostat.vocabulary.unit import ANTIMONY_UNITS, UNIT_DEFINITIONS, nM_per_kilocopy

#: Prefix of the abundance factor of a gene.
ABUNDANCE_PREFIX = "n_"
_MODEL_HEAD = "model *rheostat()\n"
_ONE = "  one = 1; one has dimensionless\n"


class _ObservableLike(Protocol):
    """What the assembly needs of ``knowledge.observable.Observable``."""

    @property
    def id(self) -> str: ...

    @property
    def formula(self) -> str: ...

    @property
    def unit(self) -> str: ...

    @property
    def place(self) -> Place: ...


def assemble(
    mechanism_set: MechanismSet,
    references: Mapping[str, Reference] | Iterable[Reference],
    observables: Iterable[_ObservableLike] = (),
) -> Assembled:
    """Antimony text and network of all mechanisms together.

    Parameters
    ----------
    mechanism_set : MechanismSet
        Everything that the mechanism files declare.
    references : mapping by key, or iterable of Reference
        For the annotation of the evidence.
    observables : iterable of Observable
        Their formulas are checked against the model; they do not become part of its SBML.

    Raises
    ------
    InputError
        All problems together, each with the place in the YAML: E202, E203 declared twice, E206 reserved word,
        E220 unknown symbol or function, E221 non-ASCII text, E222 no statement, E223 number set in a block,
        E224 model, function, import or event in a block, E225 unnamed, E230 repeated reaction, E226 literal,
        E227 two library calls, E228 libAntimony's own error, E229 no formula, E231 given twice, E232 without
        unit, E252 expressions in a circle, E31x units.
    """
    observables = tuple(observables)
    table = references if isinstance(references, Mapping) else {one.key: one for one in references}
    model = _Model(mechanism_set)
    blocks = [block for mechanism in mechanism_set.mechanisms for block in _blocks(mechanism)]
    contents = [read_block(block) for block in blocks]
    model.add(contents)
    issues = [*model.declaration_issues(), *(issue for content in contents for issue in content.issues)]
    issues.extend(model.statement_issues())
    issues.extend(model.symbol_issues())
    for block, content in zip(blocks, contents, strict=True):
        # What the tokens already show is wrong libAntimony would only report again, in other words.
        if not content.issues:
            issues.extend(model.check_block(block, content))
    issues.extend(_observable_issues(observables, model))
    if issues:
        raise InputError(_sorted(issues))
    model.sites = find_sites(mechanism_set, model.content.reactions)
    text = model.antimony()
    by_id = {mechanism.id: mechanism for mechanism in mechanism_set.mechanisms}
    agents = {s.id: SpeciesAgent(s.agent, dict(s.shares), s.state or "") for s in mechanism_set.species}
    agents |= {switch.id: switch.agent for switch in model.sites.switches.values()}
    sbml = annotate(
        to_sbml(text),
        reactions=model.content.reactions,
        rules=model.content.rules,
        mechanisms=by_id,
        references=table,
        agents=agents,
    )
    found = diagnostics(sbml)
    if found:
        raise InputError(_sorted(model.relocate(found)))
    readouts = {one.id: (one.formula, ANTIMONY_UNITS.get(one.unit)) for one in observables}
    found = readout_issues(sbml, readouts)
    if found:
        places = {f"readout {one.id}": str(one.place) for one in observables}
        raise InputError(replace(i, where=places[i.where], message=f"{i.where}: {i.message}") for i in found)
    try:
        network = read_network(sbml)
    except InputError as error:
        raise InputError(_sorted(model.relocate(error.issues))) from error
    formulas = {one.id: parse_formula(one.formula) for one in observables}
    return Assembled(text, network, agents, formulas)


def _blocks(mechanism: Mechanism) -> Iterable[TextBlock]:
    # A text block is indented by 2 more than the keys of its mechanism.
    column = mechanism.place.column + 2
    for kind, text, line in (
        ("expressions", mechanism.expressions, mechanism.expressions_line),
        ("reactions", mechanism.reactions, mechanism.reactions_line),
    ):
        if text and text.strip():
            yield TextBlock(mechanism.id, kind, text, mechanism.file, line, column)


def _sorted(issues: Iterable[Issue]) -> list[Issue]:
    def key(issue: Issue) -> tuple[str, int, int, str]:
        file, line, column = (*issue.where.rsplit(":", 2), "", "")[:3]
        numbers = (int(line), int(column)) if line.isdigit() and column.isdigit() else (0, 0)
        return file, *numbers, issue.code

    return sorted(dict.fromkeys(issues), key=key)


def _observable_issues(observables: Iterable[_ObservableLike], model: _Model) -> Iterable[Issue]:
    for observable in observables:
        place = str(observable.place)
        try:
            used = symbols(parse_formula(observable.formula))
        except InputError as error:
            yield from (replace(issue, where=place) for issue in error.issues)
            continue
        for name in sorted(used - model.known):
            message = (
                f"observable '{observable.id}': unknown symbol '{name}'{did_you_mean(name, model.known)}"
            )
            yield Issue("E220", place, message, "use species, expressions and parameters of the mechanisms")


class _Model:
    """Everything that is declared and stated, while it is being checked and joined."""

    def __init__(self, mechanism_set: MechanismSet) -> None:
        self.set = mechanism_set
        self.content = BlockContent()
        self.species: dict[str, Species] = {s.id: s for s in mechanism_set.species}
        self.parameters = {p.id: p for m in mechanism_set.mechanisms for p in m.parameters}
        self.compartments = {c.id: c for c in mechanism_set.compartments}
        self.factors = {FACTOR_PREFIX + c.id: nM_per_kilocopy(c.volume) for c in mechanism_set.compartments}
        genes = {symbol for s in mechanism_set.species for symbol in SpeciesAgent(s.agent).symbols}
        self.genes = (
            {ABUNDANCE_PREFIX + gene for gene in genes} - self.parameters.keys() - self.species.keys()
        )
        self.units: dict[str, str] = {}
        self.sites = Sites()

    def add(self, contents: Iterable[BlockContent]) -> None:
        """Take the statements of all blocks."""
        for content in contents:
            self.content.reactions.extend(content.reactions)
            self.content.rules.extend(content.rules)
            self.content.units.extend(content.units)
            self.content.used.extend(content.used)
            self.content.members.extend(content.members)
        self.units = {line.variable: line.unit for line in self.content.units}
        self.variables = {rule.variable for rule in self.content.rules}
        self.circle = self._find_circle()
        self.known = frozenset({*self._declared(), *self.variables, *self.genes})

    def _find_circle(self) -> frozenset[str]:
        """Expressions that depend on each other or on such (empty where all can be put in an order)."""
        needs = {rule.variable: rule.words & self.variables for rule in self.content.rules}
        ready = {name for name, needed in needs.items() if not needed}
        while ready:
            needs = {name: needed - ready for name, needed in needs.items() if name not in ready}
            ready = {name for name, needed in needs.items() if not needed}
        # Those that only use the circle are no part of it.
        used = {name for needed in needs.values() for name in needed}
        while used < needs.keys():
            needs = {name: needed for name, needed in needs.items() if name in used}
            used = {name for needed in needs.values() for name in needed}
        return frozenset(needs)

    def declaration_issues(self) -> list[Issue]:
        """Ids declared twice or reserved."""
        issues: list[Issue] = []
        parameters = [(p.id, p.place) for m in self.set.mechanisms for p in m.parameters]
        species = [(s.id, s.place) for s in self.set.species]
        for code, kind, declared in (("E202", "species", species), ("E203", "parameter", parameters)):
            first: dict[str, Place] = {}
            for name, place in declared:
                if name in first:
                    message = f"{kind} '{name}' is declared twice, first at {first[name]}"
                    issues.append(Issue(code, str(place), message, "delete one"))
                first.setdefault(name, place)
                if name in RESERVED or name in self.factors:
                    message = f"{kind} '{name}' is a reserved word of the model"
                    issues.append(Issue("E206", str(place), message, "rename it"))
        for parameter in self.parameters.values():
            if parameter.unit not in ANTIMONY_UNITS:
                hint = did_you_mean(parameter.unit, ANTIMONY_UNITS)
                message = f"parameter '{parameter.id}' has the unknown unit '{parameter.unit}'{hint}"
                issues.append(
                    Issue("E301", str(parameter.place), message, f"known: {', '.join(ANTIMONY_UNITS)}")
                )
        return issues

    def statement_issues(self) -> list[Issue]:
        """Reactions and expressions that clash with each other or with declarations, and missing units."""
        issues: list[Issue] = []
        declared = self._declared() | self.genes
        first: dict[str, Place] = {}
        for kind, code, name, place in (
            *(("reaction", "E230", r.name, r.place) for r in self.content.reactions if r.name),
            *(("expression", "E231", r.variable, r.place) for r in self.content.rules),
        ):
            if name in first:
                message = f"{kind} '{name}' is given twice, first at {first[name]}"
                issues.append(Issue(code, str(place), message, "rename or delete one"))
            first.setdefault(name, place)
            if name in RESERVED:
                issues.append(Issue("E206", str(place), f"{kind} '{name}' is a reserved word", "rename it"))
            elif name in declared:
                message = f"{kind} '{name}' is also declared as species, parameter or compartment"
                issues.append(
                    Issue("E231" if kind == "expression" else "E230", str(place), message, "rename one")
                )
        issues.extend(self._unit_issues())
        for rule in self.content.rules:
            if rule.variable in self.circle:
                message = f"expressions depend on each other in a circle: {', '.join(sorted(self.circle))}"
                issues.append(Issue("E252", str(rule.place), message, "break it with a state variable"))
        return issues

    def _declared(self) -> set[str]:
        return {"one", *self.species, *self.parameters, *self.compartments, *self.factors}

    def _unit_issues(self) -> Iterable[Issue]:
        known_units = set(ANTIMONY_UNITS.values())
        first: dict[str, Place] = {}
        for line in self.content.units:
            if line.unit not in known_units:
                hint = did_you_mean(line.unit, known_units)
                message = f"'{line.variable}' has the unknown unit '{line.unit}'{hint}"
                yield Issue("E301", str(line.place), message, f"known: {', '.join(sorted(known_units))}")
            if line.variable not in self.variables:
                message = f"'{line.variable} has {line.unit}', but no expression gives '{line.variable}'"
                yield Issue(
                    "E232", str(line.place), message, "units of species and parameters stand beside them"
                )
            if line.variable in first:
                message = f"the unit of '{line.variable}' is given twice, first at {first[line.variable]}"
                yield Issue("E232", str(line.place), message, "delete one")
            first.setdefault(line.variable, line.place)
        for rule in self.content.rules:
            if rule.variable not in self.units:
                message = f"expression '{rule.variable}' has no unit"
                yield Issue("E232", str(rule.place), message, f"add `; {rule.variable} has <unit>`")

    def symbol_issues(self) -> Iterable[Issue]:
        """Symbols of formulas that nothing declares, and reactants or products that are no species."""
        for symbol in self.content.used:
            if symbol.name not in self.known:
                yield self._unknown(symbol)
        for member in self.content.members:
            if member.name not in self.species:
                hint = did_you_mean(member.name, self.species)
                message = f"unknown species '{member.name}'{hint}"
                yield Issue(
                    "E220", str(member.place), message, "declare it under `species:` or correct the name"
                )

    def _unknown(self, symbol: Symbol) -> Issue:
        choices = {*self.known, *LIBRARY}
        message = f"unknown symbol '{symbol.name}'{did_you_mean(symbol.name, choices)}"
        remedy = "declare it under `species:`, `parameters:` or `expressions:`, or correct the name"
        if symbol.name.startswith(ABUNDANCE_PREFIX) and symbol.name[len(ABUNDANCE_PREFIX) :].isupper():
            remedy = "an abundance factor is n_SYMBOL of a gene that a species' agent names"
        return Issue("E220", str(symbol.place), message, remedy)

    def check_block(self, block: TextBlock, content: BlockContent) -> list[Issue]:
        """Issues that libAntimony finds in the block read alone."""
        used = {s.name for s in (*content.used, *content.members)} | {rule.variable for rule in content.rules}
        if not used <= self.known or any(rule.variable in self.circle for rule in content.rules):
            return []
        prefix = library_antimony() + _MODEL_HEAD + UNIT_DEFINITIONS + self._declarations(used)
        own = {r.name: r.place.line - block.line for r in content.reactions}
        return check_with_antimony(block, prefix, self.known, own)

    def _declarations(self, used: Iterable[str]) -> str:
        """Declarations of the symbols that a text uses, `one` first."""
        wanted = set(used)
        species = [s for s in self.set.species if s.id in wanted]
        compartments = wanted | {s.compartment for s in species}
        compartments |= {name.removeprefix(FACTOR_PREFIX) for name in wanted if name in self.factors}
        lines = [_ONE]
        for compartment in self.compartments.values():
            if compartment.id in compartments:
                name = compartment.id
                factor = FACTOR_PREFIX + name
                lines.append(f"  compartment {name} = {compartment.volume!r}; {name} has litre\n")
                lines.append(f"  {factor} = {self.factors[factor]!r}; {factor} has nM_per_kilocopy\n")
        if species:
            members = ", ".join(f"{s.id} in {s.compartment}" for s in species)
            lines.append(f"  substanceOnly species {members}\n")
        lines.extend(f"  {s.id} = {s.initial!r}; {s.id} has kilocopy\n" for s in species)
        lines.extend(f"  {gene} = 1; {gene} has dimensionless\n" for gene in sorted(self.genes & wanted))
        for parameter in self.parameters.values():
            if parameter.id in wanted and parameter.unit in ANTIMONY_UNITS:
                unit = ANTIMONY_UNITS[parameter.unit]
                lines.append(f"  {parameter.id} = {parameter.value!r}; {parameter.id} has {unit}\n")
        return "".join(lines)

    def _site_declarations(self) -> str:
        """Declarations of the switches of sites."""
        if not self.sites.switches:
            return ""
        lines = [f"  {ALL_MUTANT} = 1; {ALL_MUTANT} has kilocopy\n"]
        for name, switch in self.sites.switches.items():
            lines.append(f"  substanceOnly species {name} in {switch.compartment}\n")
            lines.append(f"  {name} = 0; {name} has kilocopy\n")
        return "".join(lines)

    def _reaction(self, line: ReactionLine) -> str:
        """Text of a reaction, with the rate that its sites give it."""
        rate = self.sites.rates.get(line.name)
        return line.text if rate is None else f"{line.text.partition(';')[0]}; {rate}"

    def antimony(self) -> str:
        """Text of the whole model."""
        used = {s.name for s in self.content.used}
        everything = {*self.species, *self.parameters, *self.compartments, *(self.genes & used)}
        text = [library_antimony(), _MODEL_HEAD, UNIT_DEFINITIONS, self._declarations(everything)]
        text.append(self._site_declarations())
        for mechanism in self.set.mechanisms:
            text.append(f"  // {mechanism.id}\n")
            for rule in (r for r in self.content.rules if r.mechanism == mechanism.id):
                unit = self.units[rule.variable]
                text.append(f"  {rule.variable} := {rule.formula}; {rule.variable} has {unit}\n")
            text.extend(
                f"  {r.name}: {self._reaction(r)}\n"
                for r in self.content.reactions
                if r.mechanism == mechanism.id
            )
        return "".join([*text, "end\n"])

    def relocate(self, issues: Iterable[Issue]) -> list[Issue]:
        """Issues of elements of the SBML, moved to the places in the YAML."""
        places: dict[str, Place] = {f"parameter {p.id}": p.place for p in self.parameters.values()}
        places |= {f"species {s.id}": s.place for s in self.species.values()}
        places |= {f"compartment {c.id}": c.place for c in self.compartments.values()}
        for rule in self.content.rules:
            places[f"rule {rule.variable}"] = places[f"parameter {rule.variable}"] = rule.place
        places |= {f"reaction {r.name}": r.place for r in self.content.reactions}
        moved = []
        for issue in issues:
            place = places.get(issue.where)
            message = issue.message if place is None else f"{issue.where}: {issue.message}"
            moved.append(replace(issue, where=str(place or issue.where), message=message))
        return moved
