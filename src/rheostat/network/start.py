"""Values of a model at time 0, also after some of them were changed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from rheostat.network.formula import Formula, evaluate, symbols


@dataclass(frozen=True)
class SpeciesStart:
    """What the file says of a species at the start; ``as_amount``: formulas see its amount."""

    compartment: str
    amount: float | None
    concentration: float | None
    as_amount: bool

    def value(self, volume: float) -> float:
        """Start value as formulas see it; NaN where the file gives none."""
        if self.amount is not None:
            return self.amount if self.as_amount else self.amount / (volume or 1.0)
        if self.concentration is not None:
            return self.concentration * (volume or 1.0) if self.as_amount else self.concentration
        return math.nan


@dataclass(frozen=True)
class Start:
    """How every symbol of a model gets its value at time 0.

    Parameters
    ----------
    given : dict
        Numbers of parameters, compartments and local parameters.
    species : dict
        Start of each species.
    formulas : dict
        Initial assignments, assignment rules and rates of reactions; they win over numbers.
    """

    given: Mapping[str, float]
    species: Mapping[str, SpeciesStart]
    formulas: Mapping[str, Formula]

    def values(
        self, changes: Mapping[str, float] | None = None
    ) -> tuple[dict[str, float], dict[str, Formula]]:
        """Value of every symbol as formulas see it, and the formulas that could not be computed.

        A changed value wins over the number and the initial assignment in the file; whatever depends on
        it follows.
        """
        changes = changes or {}
        pending = {name: formula for name, formula in self.formulas.items() if name not in changes}
        values = {name: number for name, number in self.given.items() if name not in pending}
        values.update(changes)
        waiting = {
            name: species
            for name, species in self.species.items()
            if name not in pending and name not in changes
        }
        # Compartments may be assigned too, so species come after a first round.
        _evaluate_pending(pending, values)
        values.update(
            {name: species.value(values.get(species.compartment, 1.0)) for name, species in waiting.items()}
        )
        _evaluate_pending(pending, values)
        return values, pending


def _evaluate_pending(pending: dict[str, Formula], values: dict[str, float]) -> None:
    needs = {name: symbols(formula) for name, formula in pending.items()}
    ready = [name for name in pending if needs[name] <= values.keys()]
    while ready:
        for name in ready:
            values[name] = evaluate(_at_start(pending.pop(name)), values)
        ready = [name for name in pending if needs[name] <= values.keys()]


def _at_start(formula: Formula) -> Formula:
    # A model may have a parameter called "time", whose value must not be taken for the time.
    if formula[0] == "time":
        return ("num", 0.0)
    return (formula[0], *(_at_start(part) if isinstance(part, tuple) else part for part in formula[1:]))
