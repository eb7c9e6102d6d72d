"""From a readout or a mechanism to the papers that made it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rheostat.vocabulary.error import InputError
from rheostat.vocabulary.name import did_you_mean


@dataclass(frozen=True)
class Paper:
    """A reference; ``doi`` and ``pmid`` are empty where the atlas is not sure of them."""

    key: str
    doi: str
    pmid: str


@dataclass(frozen=True)
class Evidence:
    """One mechanism with what it says, where it stands and the papers behind it."""

    mechanism: str
    says: str
    place: str
    papers: tuple[Paper, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "mechanism": self.mechanism,
            "says": self.says,
            "place": self.place,
            "papers": [dict(vars(paper)) for paper in self.papers],
        }


def evidence_of(atlas: Any, mechanism_ids: Iterable[str] | None = None) -> tuple[Evidence, ...]:
    """Evidence of the mechanisms of those ids; default: of all that have papers."""
    wanted = None if mechanism_ids is None else set(mechanism_ids)
    found = []
    for mechanism in atlas.mechanisms.mechanisms:
        if wanted is not None and mechanism.id not in wanted:
            continue
        keys = dict.fromkeys(key for each in mechanism.evidence for key in each.source)
        papers = tuple(_paper(atlas, key) for key in keys)
        if papers or wanted is not None:
            found.append(Evidence(mechanism.id, mechanism.says, str(mechanism.place), papers))
    return tuple(found)


def trace(atlas: Any, name: str) -> tuple[Evidence, ...]:
    """Evidence of a mechanism, a species, or everything one step upstream of a readout.

    Raises
    ------
    InputError
        If nothing in the atlas has that name.
    """
    mechanisms = {mechanism.id for mechanism in atlas.mechanisms.mechanisms}
    if name in mechanisms:
        return evidence_of(atlas, [name])
    start = _symbols_of(atlas, name)
    return evidence_of(atlas, _makers(atlas, start))


def _symbols_of(atlas: Any, name: str) -> set[str]:
    from rheostat.network.formula import parse_formula, symbols

    observables = atlas.observables
    if name in observables:
        return set(symbols(parse_formula(observables[name].formula)))
    known = {*atlas.network.species, *(rule.variable for rule in atlas.network.rules)}
    if name in known:
        return {name}
    choices = [*known, *observables, *(mechanism.id for mechanism in atlas.mechanisms.mechanisms)]
    raise InputError.one(
        "E712",
        "trace",
        f"nothing is called {name!r}{did_you_mean(name, choices)}",
        "see rheostat atlas search",
    )


def _makers(atlas: Any, start: set[str]) -> set[str]:
    """Mechanisms that write the start symbols, following assignment rules up to species."""
    from rheostat.network.formula import symbols

    rules = {rule.variable: rule for rule in atlas.network.rules}
    found: set[str] = set()
    seen: set[str] = set()
    todo = list(start)
    while todo:
        symbol = todo.pop()
        if symbol in seen:
            continue
        seen.add(symbol)
        if symbol in rules:
            found.add(rules[symbol].mechanism)
            todo += symbols(rules[symbol].formula)
    for reaction in atlas.network.reactions:
        if seen & {*reaction.reactants, *reaction.products}:
            found.add(reaction.mechanism)
    return found


def _paper(atlas: Any, key: str) -> Paper:
    reference = atlas.references.get(key)
    if reference is None:
        return Paper(key, "", "")
    return Paper(key, str(reference.doi or ""), str(reference.pmid or ""))
