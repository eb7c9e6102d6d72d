"""From a number back to the papers that made it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rheostat.atlas.load import Atlas
from rheostat.knowledge.mechanism import Evidence, Mechanism, Parameter, Species
from rheostat.knowledge.reference import Reference
from rheostat.network.formula import parse_formula, symbols
from rheostat.problem.unknown import UnknownNameError
from rheostat.vocabulary.name import did_you_mean


@dataclass(frozen=True)
class Step:
    """One step of a trace.

    Parameters
    ----------
    kind : str
        observable, symbol, species, parameter, rule, reaction, mechanism, evidence or reference.
    id : str
    text : str
        Formula, sentence, finding or citation.
    depth : int
        How far below the thing that was asked for.
    where : str
        ``file:line:column``, empty where it is not in a file of its own.
    reference : Reference or None
        Of evidence, parameters and amounts: the paper, with DOI or PMID where sure.
    """

    kind: str
    id: str
    text: str
    depth: int
    where: str = ""
    reference: Reference | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Backing:
    """One mechanism with what it says, where it stands and the papers behind it."""

    mechanism: str
    says: str
    place: str
    papers: tuple[Reference, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON; ``doi`` and ``pmid`` are empty where the atlas is not sure of them."""
        return {
            "mechanism": self.mechanism,
            "says": self.says,
            "place": self.place,
            "papers": [{"key": p.key, "doi": p.doi or "", "pmid": p.pmid or ""} for p in self.papers],
        }


def backing_of(atlas: Atlas, names: Iterable[str] | None = None) -> tuple[Backing, ...]:
    """Backing of the mechanisms of those ids, in the atlas's order; default: of all that have papers."""
    wanted = None if names is None else set(names)
    found = []
    for mechanism in atlas.mechanisms.mechanisms:
        keys = dict.fromkeys(key for each in mechanism.evidence for key in each.source)
        papers = tuple(atlas.references[key] for key in keys if key in atlas.references)
        if mechanism.id in wanted if wanted is not None else papers:
            found.append(Backing(mechanism.id, mechanism.says, str(mechanism.place), papers))
    return tuple(found)


def trace(atlas: Atlas, name: str) -> list[Step]:
    """Steps from a readout, parameter, species or mechanism to its papers.

    A readout goes to the symbols of its formula, through rules to the species behind them, to the reactions
    that make or consume these, and to the mechanisms and evidence of both.

    Raises
    ------
    UnknownNameError
        E506 with the nearest name.
    """
    if name in atlas.observables:
        return _trace_observable(atlas, name)
    mechanisms = {mechanism.id: mechanism for mechanism in atlas.mechanisms.mechanisms}
    if name in mechanisms:
        return _trace_mechanism(atlas, mechanisms[name], 0)
    for mechanism in mechanisms.values():
        for parameter in mechanism.parameters:
            if parameter.id == name:
                return [
                    _step_of(parameter, 0),
                    *_papers(atlas, parameter.source, 1),
                    *_trace_mechanism(atlas, mechanism, 1),
                ]
    rules = [rule.variable for rule in atlas.network.rules]
    if name in atlas.network.species or name in rules:
        return _trace_symbols(atlas, [name], 0)
    choices = [
        *atlas.observables,
        *mechanisms,
        *(parameter.id for parameter in atlas.mechanisms.parameters),
        *rules,
    ]
    message = f"nothing to trace is called '{name}'{did_you_mean(name, [*choices, *atlas.network.species])}"
    raise UnknownNameError.one("E506", name, message, "give a readout, mechanism, parameter or species")


def _trace_observable(atlas: Atlas, name: str) -> list[Step]:
    observable = atlas.observables[name]
    first = Step(
        "observable", name, f"{observable.description}: {observable.formula}", 0, str(observable.place)
    )
    return [first, *_trace_symbols(atlas, sorted(symbols(parse_formula(observable.formula))), 1)]


def _trace_symbols(atlas: Atlas, names: Iterable[str], depth: int) -> list[Step]:
    network = atlas.network
    rules = {rule.variable: rule for rule in network.rules}
    species = {one.id: one for one in atlas.mechanisms.species}
    parameters = {one.id: one for one in atlas.mechanisms.parameters}
    steps: list[Step] = []
    mechanisms: dict[str, None] = {}
    open_ = list(names)
    seen: set[str] = set()
    while open_:
        name = open_.pop(0)
        if name in seen:
            continue
        seen.add(name)
        if name in rules:
            steps.append(Step("rule", name, f"of mechanism {rules[name].mechanism}", depth))
            mechanisms[rules[name].mechanism] = None
            open_.extend(sorted(symbols(rules[name].formula)))
        elif name in parameters:
            steps.extend(
                [_step_of(parameters[name], depth), *_papers(atlas, parameters[name].source, depth + 1)]
            )
        elif name in network.species:
            steps.extend(_trace_species(atlas, name, species.get(name), depth, mechanisms))
    by_id = {mechanism.id: mechanism for mechanism in atlas.mechanisms.mechanisms}
    for one in mechanisms:
        if one in by_id:
            steps.extend(_trace_mechanism(atlas, by_id[one], depth + 1))
    return steps


def _trace_species(
    atlas: Atlas, name: str, species: Species | None, depth: int, mechanisms: dict[str, None]
) -> list[Step]:
    steps = []
    if species is not None:
        steps = [_step_of(species, depth), *_papers(atlas, species.source, depth + 1)]
    for reaction in atlas.network.reactions:
        if name in reaction.reactants or name in reaction.products:
            equation = f"{' + '.join(reaction.reactants)} -> {' + '.join(reaction.products)}".strip()
            steps.append(
                Step("reaction", reaction.id, f"{equation}; mechanism {reaction.mechanism}", depth + 1)
            )
            mechanisms[reaction.mechanism] = None
    return steps


def _trace_mechanism(atlas: Atlas, mechanism: Mechanism, depth: int) -> list[Step]:
    steps = [Step("mechanism", mechanism.id, mechanism.says, depth, str(mechanism.place))]
    for number, evidence in enumerate(mechanism.evidence, start=1):
        steps.append(_evidence_step(evidence, f"{mechanism.id}#{number}", depth + 1))
        steps.extend(_papers(atlas, evidence.source, depth + 2))
    return steps


def _evidence_step(evidence: Evidence, name: str, depth: int) -> Step:
    circumstances = ", ".join(part for part in (evidence.system, evidence.assay) if part)
    text = f"{evidence.finding} ({circumstances})" if circumstances else evidence.finding
    return Step("evidence", name, text, depth, str(evidence.place))


def _step_of(record: Parameter | Species, depth: int) -> Step:
    if isinstance(record, Parameter):
        note = f"; {record.note}" if record.note else ""
        text = f"{record.value:g} {record.unit}, grade {record.grade}{note}"
        return Step("parameter", record.id, text, depth, str(record.place))
    grade = f", grade {record.grade}" if record.grade else ""
    text = (
        f"{record.agent} {record.state or ''}".strip()
        + f", starts at {record.initial:g} {record.unit}{grade}"
    )
    return Step("species", record.id, text, depth, str(record.place))


def _papers(atlas: Atlas, sources: Iterable[str], depth: int) -> list[Step]:
    steps = []
    for key in sources:
        reference = atlas.references.get(key)
        if reference is None:
            steps.append(Step("reference", key, "not in the table of references", depth))
            continue
        year = "" if reference.year is None else f" {reference.year}"
        link = (
            f"doi:{reference.doi}"
            if reference.doi
            else f"pmid:{reference.pmid}"
            if reference.pmid
            else "no DOI"
        )
        text = f"{reference.first_author}{year}, {reference.where}; {link}; read: {reference.read}"
        steps.append(Step("reference", key, text, depth, str(reference.place), reference))
    return steps
