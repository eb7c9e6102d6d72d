"""Searching the atlas for words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rheostat.atlas.load import Atlas


@dataclass(frozen=True)
class Hit:
    """One thing of the atlas that holds all words.

    Parameters
    ----------
    kind : str
        mechanism, species, readout, drug, tumour, loop, form or reference.
    id, text, where : str
    score : int
        Words found in the id or the names count threefold.
    """

    kind: str
    id: str
    text: str
    where: str
    score: int


def search(atlas: Atlas, words: str) -> list[Hit]:
    """Things that hold every one of the words, best first.

    Examples
    --------
    >>> from rheostat.atlas.load import load_atlas
    >>> search(load_atlas(), "everolimus")[0].id
    'everolimus'
    """
    wanted = words.casefold().split()
    if not wanted:
        return []
    hits = []
    for kind, name, names, text, where in _entries(atlas):
        strong = f"{name} {names}".casefold()
        weak = text.casefold()
        if all(word in strong or word in weak for word in wanted):
            score = sum(
                3 * (word in strong) + (word in weak) + 3 * (word == name.casefold()) for word in wanted
            )
            hits.append(Hit(kind, name, text, where, score))
    return sorted(hits, key=lambda hit: (-hit.score, hit.kind, hit.id))


def _entries(atlas: Atlas) -> Iterator[tuple[str, str, str, str, str]]:
    """Kind, id, other names, text and place of everything that can be found."""
    for mechanism in atlas.mechanisms.mechanisms:
        agents = " ".join(map(str, mechanism.statement.get("agents", ())))
        findings = " / ".join(evidence.finding for evidence in mechanism.evidence)
        sources = " ".join(key for evidence in mechanism.evidence for key in evidence.source)
        text = f"{mechanism.says} / {findings} [{sources}]"
        yield "mechanism", mechanism.id, agents, text, str(mechanism.place)
    for species in atlas.mechanisms.species:
        text = f"{species.agent} {species.state or ''}".strip()
        yield "species", species.id, species.agent, text, str(species.place)
    for observable in atlas.observables.values():
        yield "readout", observable.id, "", observable.description, str(observable.place)
    for drug in atlas.drugs.values():
        yield (
            "drug",
            drug.id,
            " ".join((drug.name, *drug.aliases)),
            f"{drug.drug_class}; {drug.note}",
            str(drug.place),
        )
    for tumour in atlas.tumours.values():
        names = " ".join((tumour.name, *tumour.aliases, tumour.curie or ""))
        items = " ".join(alteration.item for alteration in tumour.alterations)
        yield "tumour", tumour.id, names, f"{tumour.tissue}; {items}; {tumour.note}", str(tumour.place)
    for loop in atlas.loops.values():
        yield "loop", loop.id, loop.name, loop.says, str(loop.place)
    for name, rows in atlas.forms.items():
        yield (
            "form",
            name,
            "",
            "; ".join(f"{row.operation} {row.target} {row.value:g} {row.note}" for row in rows),
            "",
        )
    for reference in atlas.references.values():
        text = f"{reference.first_author} {reference.year or ''} {reference.where}"
        yield "reference", reference.key, reference.doi or "", text, str(reference.place)
