"""A dose of a drug as a change of the network."""

from __future__ import annotations

from typing import Protocol

from rheostat.problem.change import Change
from rheostat.problem.item import Item
from rheostat.problem.unknown import UnknownNameError
from rheostat.vocabulary.error import InputError
from rheostat.vocabulary.unit import to_nM


class DosedDrug(Protocol):
    """What of a drug matters for a dose; ``knowledge.drug.Drug`` is one."""

    @property
    def id(self) -> str:
        """Id of the drug."""

    @property
    def molar_mass(self) -> float | None:
        """Molar mass, g/mol."""

    @property
    def handle(self) -> str | None:
        """Parameter or species that holds the drug in the network."""

    @property
    def handle_kind(self) -> str | None:
        """``parameter`` (nM) or ``medium_species`` (kilocopy)."""


def dose_nM(item: Item, drug: DosedDrug) -> float:
    """Concentration of a drug item in nM.

    Raises
    ------
    InputError
        E403 no dose or unit; E301 to E303 as ``to_nM`` (a dose in ng/mL needs the drug's molar mass).
    """
    if item.amount is None or item.unit is None:
        raise InputError.one(
            "E403", f"'{item.text}'", f"drug '{item.what}' has no dose", "write for example @20nM"
        )
    return to_nM(item.amount, item.unit, drug.molar_mass)


def dose_changes(item: Item, drug: DosedDrug, nM_per_kilocopy_medium: float) -> tuple[Change, ...]:
    """Change that puts the drug in the medium from ``start_h``; at ``end_h`` it goes back to 0.

    An ATP-site drug in excess is a parameter in nM; a drug that binding uses up is an amount in the medium,

        amount = concentration / nM_per_kilocopy_medium

    Parameters
    ----------
    item : Item
        Of kind ``drug``.
    drug : Drug
    nM_per_kilocopy_medium : float, nM/kilocopy
        Of the medium of one cell.

    Raises
    ------
    UnknownNameError
        E509 the drug has no handle in the network.
    InputError
        As ``dose_nM``.
    """
    if not drug.handle:
        raise UnknownNameError.one("E509", item.what, f"drug '{drug.id}' acts on nothing in this network")
    value = dose_nM(item, drug)
    if drug.handle_kind == "medium_species":
        value /= nM_per_kilocopy_medium
    return (Change(drug.handle, "set", value, item.start_h, item.end_h),)
