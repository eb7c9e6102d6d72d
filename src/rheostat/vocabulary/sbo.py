"""SBO terms by textbook name (Systems Biology Ontology, https://www.ebi.ac.uk/sbo)."""

from __future__ import annotations

from typing import Final

#: Constants.
PARAMETER_TERMS: Final[dict[str, str]] = {
    "k_on": "SBO:0000341",  # association rate constant
    "k_off": "SBO:0000338",  # dissociation rate constant
    "k_d": "SBO:0000282",  # dissociation constant
    "k_i": "SBO:0000261",  # inhibitory constant
    "k_m": "SBO:0000027",  # Michaelis constant
    "k_cat": "SBO:0000025",  # catalytic rate constant
    "v_max": "SBO:0000186",  # maximal velocity
    "hill": "SBO:0000190",  # Hill coefficient
}

#: What a reaction is.
PROCESS_TERMS: Final[dict[str, str]] = {
    "binding": "SBO:0000177",  # non-covalent binding
    "dissociation": "SBO:0000180",
    "phosphorylation": "SBO:0000216",
    "dephosphorylation": "SBO:0000330",
    "ubiquitination": "SBO:0000224",
    "transport": "SBO:0000185",
    "synthesis": "SBO:0000393",  # production
    "transcription": "SBO:0000183",
    "translation": "SBO:0000184",
    "degradation": "SBO:0000179",
    "biochemical_reaction": "SBO:0000176",
    "conformational_transition": "SBO:0000181",
}

#: Rate laws of the library of Antimony functions.
RATE_LAW_TERMS: Final[dict[str, str]] = {
    "mass_action": "SBO:0000012",
    "michaelis": "SBO:0000029",  # Henri-Michaelis-Menten
    "competitive_inhibition": "SBO:0000267",
    "noncompetitive_inhibition": "SBO:0000266",
    "hill": "SBO:0000192",  # Hill-type, microscopic form
    "rate_law": "SBO:0000001",
}

#: What a species is.
SPECIES_TERMS: Final[dict[str, str]] = {
    "macromolecule": "SBO:0000245",
    "complex": "SBO:0000253",  # non-covalent complex
    "simple_chemical": "SBO:0000247",
    "protein": "SBO:0000252",  # polypeptide chain
}
