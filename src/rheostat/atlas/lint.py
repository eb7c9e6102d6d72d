"""Checks of the data of an atlas; every rule is one small function, and nothing is raised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from rheostat.atlas.load import Atlas
from rheostat.atlas.reading import network_under
from rheostat.knowledge.claim import read_facts
from rheostat.network.diagnose import diagnostics
from rheostat.network.formula import parse_formula, symbols
from rheostat.network.network import Network
from rheostat.problem.arm import Arm
from rheostat.problem.item import parse_items
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.name import did_you_mean
from rheostat.vocabulary.place import Place

#: Part of the atlas that has to be readable before any rule makes sense -> its attribute.
_PARTS: Final = (
    "mechanisms observables references forms environment classes genes drugs tumours loops readings".split()
)
#: A source that is no paper: a number set by us.
_ESTIMATE: Final = "estimate"


def lint(atlas: Atlas) -> list[Issue]:
    """Problems of the data, in the order of the rules; empty where all is well.

    Files that cannot be read at all are reported first and alone, since every rule needs them.
    """
    unreadable = [issue for part in _PARTS for issue in _problems_of(partial(getattr, atlas, part))]
    if unreadable:
        return unreadable
    issues = [issue for rule in _DATA_RULES for issue in rule(atlas)]
    broken = _problems_of(lambda: atlas.network)
    if broken:
        return [*issues, *broken]
    return [*issues, *(issue for rule in _NETWORK_RULES for issue in rule(atlas, atlas.network))]


def check_parameters(atlas: Atlas) -> list[Issue]:
    """Every number has unit, source and grade."""
    issues = []
    for parameter in atlas.mechanisms.parameters:
        absent = [key for key in ("unit", "source", "grade") if not getattr(parameter, key)]
        issues += [
            _issue("E204", parameter.place, f"parameter '{parameter.id}' has no {key}") for key in absent
        ]
    for species in atlas.mechanisms.species:
        absent = [
            key for key in ("unit", "source", "grade") if species.initial > 0 and not getattr(species, key)
        ]
        issues += [_issue("E204", species.place, f"species '{species.id}' has no {key}") for key in absent]
    return issues


def check_evidence(atlas: Atlas) -> list[Issue]:
    """Every mechanism has evidence, or the flag that stands in for it."""
    return [
        _issue(
            "E205",
            mechanism.place,
            f"mechanism '{mechanism.id}' has no evidence",
            "add it, or `flag: turnover`",
        )
        for mechanism in atlas.mechanisms.mechanisms
        if not mechanism.evidence and mechanism.flag is None
    ]


def check_sources(atlas: Atlas) -> list[Issue]:
    """Every source is a key of the table of references."""
    issues = []
    for owner, sources, place in _cited(atlas):
        for key in sources:
            if key not in atlas.references and key != _ESTIMATE:
                hint = did_you_mean(key, atlas.references)
                message = f"{owner} cites '{key}', which is not in references.tsv{hint}"
                issues.append(_issue("E511", place, message, "add the reference or correct the key"))
    return issues


def check_loops(atlas: Atlas) -> list[Issue]:
    """Every mechanism of a loop exists."""
    known = [mechanism.id for mechanism in atlas.mechanisms.mechanisms]
    return [
        _issue(
            "E508",
            loop.place,
            f"loop '{loop.id}' names the unknown mechanism '{name}'{did_you_mean(name, known)}",
        )
        for loop in atlas.loops.values()
        for name in loop.mechanisms
        if name not in known
    ]


def check_classes(atlas: Atlas) -> list[Issue]:
    """Every class stands for items that can be read, of a drug that exists (else a note)."""
    issues = []
    for name, text in atlas.classes.items():
        where = str(atlas.root / "classes.tsv")
        found = _problems_of(partial(_find_drugs, atlas, text))
        issues += [
            Issue(one.code, where, f"class '{name}': {one.message}", one.remedy, "note") for one in found
        ]
    return issues


def check_names(atlas: Atlas) -> list[Issue]:
    """No two drugs and no two tumours share a name."""
    issues = []
    for kind, records in (("drug", atlas.drugs.values()), ("tumour", atlas.tumours.values())):
        owners: dict[str, str] = {}
        for record in records:
            for name in {one.casefold() for one in (record.id, record.name, *record.aliases)}:
                other = owners.setdefault(name, record.id)
                if other != record.id:
                    message = f"{kind} '{record.id}' and {kind} '{other}' are both called '{name}'"
                    issues.append(_issue("E512", record.place, message, "delete the alias of one"))
    return issues


def check_observables(atlas: Atlas, network: Network) -> list[Issue]:
    """Every formula can be read and names what the network holds."""
    known = _symbols_of(network)
    issues = []
    for observable in atlas.observables.values():
        for text in (observable.formula, observable.noise_formula):
            try:
                named = symbols(parse_formula(text))
            except InputError as error:
                issues += [
                    _issue(one.code, observable.place, one.message, one.remedy) for one in error.issues
                ]
                continue
            for name in sorted(named - known - frozenset(atlas.observables)):
                if not name.startswith("noiseParameter"):
                    message = (
                        f"readout '{observable.id}' names the unknown '{name}'{did_you_mean(name, known)}"
                    )
                    issues.append(_issue("E513", observable.place, message))
    return issues


def check_drugs(atlas: Atlas, network: Network) -> list[Issue]:
    """Every handle exists and is of its kind; mechanisms and readouts of drugs exist."""
    mechanisms = [mechanism.id for mechanism in atlas.mechanisms.mechanisms]
    issues = []
    for drug in atlas.drugs.values():
        choices = network.species if drug.handle_kind == "medium_species" else network.parameters
        if drug.handle not in choices:
            hint = did_you_mean(drug.handle, choices)
            message = (
                f"handle '{drug.handle}' of drug '{drug.id}' is no {drug.handle_kind} of the network{hint}"
            )
            issues.append(_issue("E509", drug.place, message))
        for name in drug.mechanism:
            if name not in mechanisms:
                message = (
                    f"drug '{drug.id}' names the unknown mechanism '{name}'{did_you_mean(name, mechanisms)}"
                )
                issues.append(_issue("E508", drug.place, message))
        for readout in drug.readouts:
            if readout.readout not in _DERIVED | frozenset(atlas.observables):
                hint = did_you_mean(readout.readout, atlas.observables)
                message = (
                    f"drug '{drug.id}' was measured on '{readout.readout}', which is no readout here{hint}"
                )
                issues.append(Issue("E506", str(readout.place), message, severity="note"))
    return issues


def check_tumours(atlas: Atlas, network: Network) -> list[Issue]:
    """Every alteration and every level of the environment of a tumour acts on the network."""
    issues = []
    for tumour in atlas.tumours.values():
        found = _problems_of(partial(atlas.changes, Arm("lint", tumour.id)))
        issues += [
            _issue(one.code, tumour.place, f"tumour '{tumour.id}': {one.message}", one.remedy)
            for one in found
        ]
    return issues


def check_forms(atlas: Atlas, network: Network) -> list[Issue]:
    """Every form acts on the network."""
    where = str(atlas.root / "forms.tsv")
    issues = []
    for name in atlas.forms:
        arm = Arm("lint", "reference", parse_items(name))
        found = _problems_of(partial(atlas.changes, arm))
        issues += [Issue(one.code, where, f"form '{name}': {one.message}", one.remedy) for one in found]
    return issues


def check_environment(atlas: Atlas, network: Network) -> list[Issue]:
    """Every factor of the environment has its parameter, and every group exists."""
    where = str(atlas.root / "environment.tsv")
    issues = []
    for factor in atlas.environment.values():
        if factor.parameter and factor.parameter not in network.parameters:
            hint = did_you_mean(factor.parameter, network.parameters)
            message = (
                f"factor '{factor.id}' sets '{factor.parameter}', which is no parameter of the network{hint}"
            )
            issues.append(Issue("E505", where, message))
        for group in factor.scaled_by:
            if group not in atlas.environment:
                message = f"factor '{factor.id}' lies in the unknown group '{group}'"
                issues.append(Issue("E505", where, message))
    return issues


def check_readings(atlas: Atlas, network: Network) -> list[Issue]:
    """Every reading sets a parameter (else a note), and the default one is how the mechanisms are written."""
    where = str(atlas.root / "readings.tsv")
    issues = []
    for one in atlas.readings.values():
        for name in one.lacking(network):
            message = f"reading '{one.id}' sets '{name}', which the network lacks"
            issues.append(Issue("E514", where, message, "add the mechanism that it switches", "note"))
        if not one.is_default or one.lacking(network):
            continue
        moved = network_under(network, [one.id], atlas.readings).values != network.values
        issues += [
            Issue(
                "E109",
                where,
                f"'{name}' has another value in the mechanisms than in its default reading '{one.id}'",
            )
            for name, is_moved in zip(network.parameters, moved, strict=True)
            if is_moved
        ]
    return issues


def check_targets(atlas: Atlas, network: Network) -> list[Issue]:
    """Every calibration target reads an existing readout in an existing cell."""
    path = atlas.root / "targets.yaml"
    if not path.exists():
        return []
    issues: list[Issue] = []
    try:
        facts = read_facts(path)
    except InputError as error:
        return list(error.issues)
    for fact in facts:
        found = _problems_of(partial(atlas.tumour, fact.cell))
        sides = [side for one in fact.assertions for side in (one.lhs, one.rhs) if side is not None]
        for name in dict.fromkeys(side.readout for side in sides if side.readout):
            if name.removeprefix("t_peak_").removeprefix("t_half_") not in _DERIVED | frozenset(
                atlas.observables
            ):
                found += [
                    Issue("E506", "", f"unknown readout '{name}'{did_you_mean(name, atlas.observables)}")
                ]
        issues += [
            _issue(one.code, fact.place, f"target '{fact.id}': {one.message}", one.remedy) for one in found
        ]
    return issues


def check_model(atlas: Atlas, network: Network) -> list[Issue]:
    """The assembled SBML is consistent, units included."""
    return list(diagnostics(network.sbml))


# Readouts that are computed from others, so that no table lists them.
_DERIVED: Final = frozenset({"gr", "growth_inhibition", "growth_rate"})

_DATA_RULES: Final[tuple[Callable[[Atlas], list[Issue]], ...]] = (
    check_parameters,
    check_evidence,
    check_sources,
    check_loops,
    check_classes,
    check_names,
)
_NETWORK_RULES: Final[tuple[Callable[[Atlas, Network], list[Issue]], ...]] = (
    check_observables,
    check_drugs,
    check_tumours,
    check_forms,
    check_environment,
    check_readings,
    check_targets,
    check_model,
)


def _issue(code: str, place: Place | Path, message: str, remedy: str = "") -> Issue:
    return Issue(code, str(place), message, remedy)


def _problems_of(step: Callable[[], object]) -> list[Issue]:
    try:
        step()
    except InputError as error:
        return list(error.issues)
    return []


def _find_drugs(atlas: Atlas, text: str) -> None:
    for item in parse_items(text):
        atlas.drug(item.what)


def _symbols_of(network: Network) -> frozenset[str]:
    rules = (rule.variable for rule in network.rules)
    return frozenset((*network.species, *network.parameters, *network.compartments, *rules, "time"))


def _cited(atlas: Atlas) -> Iterator[tuple[str, tuple[str, ...], Place]]:
    """Owner, sources and place of everything that cites."""
    yield from _cited_by_model(atlas)
    yield from _cited_by_drugs(atlas)
    for tumour in atlas.tumours.values():
        owner = f"tumour '{tumour.id}'"
        yield from ((owner, alteration.source, alteration.place) for alteration in tumour.alterations)
        yield from ((owner, expression.source, expression.place) for expression in tumour.expression)
    table = Place(str(atlas.root / "forms.tsv"))
    yield from ((f"form '{name}'", row.source, table) for name, rows in atlas.forms.items() for row in rows)
    table = Place(str(atlas.root / "readings.tsv"))
    yield from ((f"reading '{one.id}'", one.source, table) for one in atlas.readings.values())


def _cited_by_model(atlas: Atlas) -> Iterator[tuple[str, tuple[str, ...], Place]]:
    for mechanism in atlas.mechanisms.mechanisms:
        owner = f"evidence of mechanism '{mechanism.id}'"
        yield from ((owner, evidence.source, evidence.place) for evidence in mechanism.evidence)
    for parameter in atlas.mechanisms.parameters:
        yield f"parameter '{parameter.id}'", parameter.source, parameter.place
    for species in atlas.mechanisms.species:
        yield f"species '{species.id}'", species.source, species.place
    for loop in atlas.loops.values():
        yield f"loop '{loop.id}'", loop.source, loop.place


def _cited_by_drugs(atlas: Atlas) -> Iterator[tuple[str, tuple[str, ...], Place]]:
    for drug in atlas.drugs.values():
        owner = f"drug '{drug.id}'"
        yield from ((owner, readout.source, readout.place) for readout in drug.readouts)
        yield from ((owner, sources, drug.place) for sources, _ in drug.provenance.values())
