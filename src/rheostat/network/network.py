"""The reaction network: species, parameters, reactions and rules with their mechanisms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rheostat.network.formula import Formula

#: Begins the state of a generated species: the share of a pool that is mutant at the sites that follow.
UNPHOSPHORYLATABLE: Final = "unphosphorylatable "
MIMIC: Final = "mimic "


@dataclass(frozen=True)
class Reaction:
    """A reaction with its stoichiometry and its rate (extent a time; kilocopy/min in our models)."""

    id: str
    reactants: dict[str, float]
    products: dict[str, float]
    rate: Formula
    mechanism: str = ""


@dataclass(frozen=True)
class Rule:
    """A variable that a formula gives at every time."""

    variable: str
    formula: Formula
    mechanism: str = ""


@dataclass(frozen=True)
class SpeciesAgent:
    """Who a species is: HGNC symbols (``A.B`` complex, ``A|B`` isoform pool), shares of a pool, state."""

    agent: str
    shares: Mapping[str, float] = field(default_factory=dict)
    state: str = ""

    @property
    def symbols(self) -> tuple[str, ...]:
        """HGNC symbols named by the agent, in its order."""
        return tuple(part for part in self.agent.replace("|", ".").split(".") if part)


@dataclass(frozen=True)
class Network:
    """A model ready for the engine; functions are inlined, rules stand in the order of evaluation.

    Parameters
    ----------
    sbml : str
        The SBML text it was read from.
    species, initial : tuple of str, (species,) kilocopy
        State variables and their amounts at the start.
    parameters, values : tuple of str, (parameter,)
        Constants and their values.
    reactions, rules : tuple
        See ``Reaction``, ``Rule``.
    compartments : dict
        Volume of each compartment, litre.
    concentration_species : dict
        Volume of the compartment of each species that the SBML counts as a concentration (none in our own
        models): its state here is an amount; concentration = amount / volume.
    agents : dict
        Who each species is, where the SBML says so.
    """

    sbml: str
    species: tuple[str, ...]
    initial: NDArray[np.float64]
    parameters: tuple[str, ...]
    values: NDArray[np.float64]
    reactions: tuple[Reaction, ...]
    rules: tuple[Rule, ...]
    compartments: dict[str, float]
    concentration_species: dict[str, float] = field(default_factory=dict)
    agents: dict[str, SpeciesAgent] = field(default_factory=dict)

    @cached_property
    def _mechanisms(self) -> dict[str, str]:
        return {reaction.id: reaction.mechanism for reaction in self.reactions}

    def mechanism_of(self, reaction: str | Reaction) -> str:
        """Mechanism id of a reaction; empty where the SBML names none.

        Raises
        ------
        KeyError
            If there is no such reaction.
        """
        return self._mechanisms[reaction if isinstance(reaction, str) else reaction.id]
