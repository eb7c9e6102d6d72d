"""Species that conserved totals give away: they are computed from the others and need no equation.

References
----------
Vallabhajosyula, Chickarmane and Sauro 2006, doi:10.1093/bioinformatics/bti800.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rheostat.engine.conservation import conserved_totals
from rheostat.engine.kernel import Floats, Kernel


@dataclass(frozen=True, eq=False)
class Reduction:
    """Independent species, and the dependent ones as a total plus weighted independent ones.

    Parameters
    ----------
    totals : (total, species)
        Weights of every conserved total.
    independent : tuple of int
    members : dict
        Of each dependent species: the independent ones of its total and their weights in
        ``y = total + sum of weight * member``. A species that no reaction changes has none.
    """

    totals: Floats
    independent: tuple[int, ...]
    members: dict[int, tuple[tuple[int, float], ...]]


# Who reads a dependent species reads all its members: beyond so many readings an equation costs less.
_MOST_READINGS = 60


def reduce_species(kernel: Kernel) -> Reduction:
    """Make of each total one species dependent, where that is worth it.

    It must be a part of no other total, and be there at the start if any is: a trace beside its total would
    be lost to rounding as a difference. Nor may it make itself, or rounding would ignite it where there is
    none. Of several the one is taken that the fewest rates read.
    """
    stoichiometry = _stoichiometry(kernel)
    totals = conserved_totals(stoichiometry)
    shared = np.count_nonzero(totals, axis=0)
    makes_itself = _makes_itself(kernel, stoichiometry)
    readers = _readers(kernel)
    members: dict[int, tuple[tuple[int, float], ...]] = {}
    for total in totals:
        parts = np.flatnonzero(total).tolist()
        own = [species for species in parts if shared[species] == 1 and species not in makes_itself]
        present = [species for species in own if kernel.initial[species] != 0.0] or own
        chosen = min(present, key=lambda species: (readers[species], species), default=None)
        if chosen is not None and readers[chosen] * (len(parts) - 1) <= _MOST_READINGS:
            members[chosen] = tuple(
                (species, float(-total[species] / total[chosen])) for species in parts if species != chosen
            )
    independent = tuple(species for species in range(len(kernel.species)) if species not in members)
    return Reduction(totals, independent, members)


def _stoichiometry(kernel: Kernel) -> Floats:
    matrix = np.zeros((len(kernel.species), len(kernel.rate_registers)))
    for species in range(len(kernel.species)):
        entries = slice(kernel.stoichiometry_start[species], kernel.stoichiometry_start[species + 1])
        matrix[species, kernel.stoichiometry_reaction[entries]] = kernel.stoichiometry_coefficient[entries]
    return matrix


def _makes_itself(kernel: Kernel, stoichiometry: Floats) -> set[int]:
    """Species that are made by a reaction whose rate depends on them."""
    return {
        species
        for reaction, register in enumerate(kernel.rate_registers)
        for species in _read_by(kernel, register)
        if stoichiometry[species, reaction] > 0.0
    }


def _readers(kernel: Kernel) -> list[int]:
    """How many rates depend on each species."""
    found = [0] * len(kernel.species)
    for register in kernel.rate_registers:
        for species in _read_by(kernel, register):
            found[species] += 1
    return found


def _read_by(kernel: Kernel, register: int) -> list[int]:
    """Species that a register depends on."""
    row = kernel.derivative_rows[register]
    start, end = kernel.derivative_start[row], kernel.derivative_start[row + 1]
    return [int(species) for species in kernel.derivative_species[start:end]]
