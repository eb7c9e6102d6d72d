"""SBO terms, evidence (MIRIAM) and mechanism ids, written into the SBML of the assembled model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

import libsbml

from rheostat.knowledge.mechanism import Mechanism
from rheostat.knowledge.reference import Reference
from rheostat.network.block import ReactionLine, RuleLine
from rheostat.network.formula import Formula, parse_formula, symbols
from rheostat.network.library import LIBRARY
from rheostat.network.network import SpeciesAgent
from rheostat.vocabulary.sbo import PROCESS_TERMS, RATE_LAW_TERMS

_LIBRARY_CALL = re.compile(r"\b(" + "|".join(LIBRARY) + r")\s*\(")
_STATEMENT_TERMS = {
    "Phosphorylation": PROCESS_TERMS["phosphorylation"],
    "Dephosphorylation": PROCESS_TERMS["dephosphorylation"],
    "Ubiquitination": PROCESS_TERMS["ubiquitination"],
}


def annotate(
    sbml: str,
    *,
    reactions: Iterable[ReactionLine],
    rules: Iterable[RuleLine],
    mechanisms: Mapping[str, Mechanism],
    references: Mapping[str, Reference],
    agents: Mapping[str, SpeciesAgent],
) -> str:
    """SBML text with the terms, the evidence and the mechanism id of each reaction, rule and species.

    A source with DOI or PMID becomes ``bqbiol:isDescribedBy``; one without is kept as its key in the notes.
    """
    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    homes = {species.getId(): species.getCompartment() for species in model.getListOfSpecies()}
    for line in reactions:
        element = model.getReaction(line.name)
        mechanism = mechanisms[line.mechanism]
        element.setSBOTerm(process_term(line, mechanism, homes))
        element.getKineticLaw().setSBOTerm(rate_law_term(line.rate, line.reactants))
        _add_evidence(element, mechanism, references)
    for rule in rules:
        element = model.getRuleByVariable(rule.variable)
        _set_notes(element, [("mechanism", rule.mechanism)])
    for name, agent in agents.items():
        notes = [("agent", agent.agent)]
        if agent.state:
            notes.append(("state", agent.state))
        if agent.shares:
            notes.append(
                ("shares", " ".join(f"{symbol}={share!r}" for symbol, share in agent.shares.items()))
            )
        _set_notes(model.getSpecies(name), notes)
    return str(libsbml.writeSBMLToString(document))


def _set_notes(element: Any, notes: Iterable[tuple[str, str]]) -> None:
    paragraphs = "".join(f"<p>{key}: {escape(text)}</p>" for key, text in notes)
    element.setNotes(f'<body xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</body>')


def _add_evidence(element: Any, mechanism: Mechanism, references: Mapping[str, Reference]) -> None:
    notes = [("mechanism", mechanism.id)]
    addresses: list[str] = []
    for evidence in mechanism.evidence:
        for key in (evidence.source,) if isinstance(evidence.source, str) else evidence.source:
            address = _address(references.get(key))
            if address is None:
                notes.append(("reference", key))
            elif address not in addresses:
                addresses.append(address)
    if mechanism.flag and not mechanism.evidence:
        notes.append(("flag", mechanism.flag))
    _set_notes(element, dict.fromkeys(notes))
    if addresses:
        element.setMetaId(f"meta_{element.getId()}")
        term = libsbml.CVTerm(libsbml.BIOLOGICAL_QUALIFIER)
        term.setBiologicalQualifierType(libsbml.BQB_IS_DESCRIBED_BY)
        for address in addresses:
            term.addResource(address)
        element.addCVTerm(term)


def _address(reference: Reference | None) -> str | None:
    if reference is not None and reference.doi:
        return f"https://identifiers.org/doi:{reference.doi}"
    if reference is not None and reference.pmid:
        return f"https://identifiers.org/pubmed:{reference.pmid}"
    return None


def process_term(line: ReactionLine, mechanism: Mechanism, homes: Mapping[str, str]) -> str:
    """SBO term of what a reaction is."""
    left, right = line.reactants, line.products
    if not left:
        return PROCESS_TERMS["synthesis"]
    if not right:
        return PROCESS_TERMS["degradation"]
    if len(left) >= 2 and len(right) == 1:
        return PROCESS_TERMS["binding"]
    if len(left) == 1 and len(right) >= 2:
        return PROCESS_TERMS["dissociation"]
    if len(left) == 1 and len(right) == 1 and homes.get(left[0]) != homes.get(right[0]):
        return PROCESS_TERMS["transport"]
    statement = str(mechanism.statement.get("type", ""))
    return _STATEMENT_TERMS.get(statement, PROCESS_TERMS["biochemical_reaction"])


def rate_law_term(rate: str, reactants: tuple[str, ...]) -> str:
    """SBO term of a rate law: that of the library function it calls, mass action, or any rate law.

    Examples
    --------
    >>> rate_law_term("k*A*B", ("A", "B")) == RATE_LAW_TERMS["mass_action"]
    True
    """
    call = _LIBRARY_CALL.search(rate)
    if call is not None:
        return LIBRARY[call[1]].sbo
    formula = parse_formula(rate)
    terms = formula[1:] if formula[0] == "-" else (formula,)
    simple = all(_is_product(term) for term in terms)
    if simple and set(reactants) <= symbols(terms[0]):
        return RATE_LAW_TERMS["mass_action"]
    return RATE_LAW_TERMS["rate_law"]


def _is_product(formula: Formula) -> bool:
    if formula[0] == "*":
        return all(_is_product(factor) for factor in formula[1:])
    return bool(formula[0] == "id")
