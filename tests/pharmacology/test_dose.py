"""A dose sets a parameter in nM or an amount in the medium."""

from dataclasses import dataclass

import pytest

from rheostat.pharmacology.dose import dose_changes
from rheostat.problem.item import parse_items
from rheostat.problem.unknown import UnknownNameError
from rheostat.vocabulary.error import InputError


@dataclass(frozen=True)
class Drug:
    id: str = "torin1"
    molar_mass: float | None = 500.0
    handle: str | None = "torin1"
    handle_kind: str | None = "parameter"


def dose(text: str, drug: Drug, factor: float = 4e-4) -> tuple[str, float, float | None, float | None]:
    (item,) = parse_items(text)
    (change,) = dose_changes(item, drug, factor)
    return change.target, change.value, change.start_h, change.end_h


def test_parameter_takes_nM() -> None:
    assert dose("drug:torin1@0.25uM@t0-24", Drug()) == ("torin1", 250.0, 0.0, 24.0)


def test_medium_takes_an_amount() -> None:
    drug = Drug(handle="sirolimus_medium", handle_kind="medium_species")
    # 20 nM in 4 nL: 20e-9 * 4e-9 * 6.02214076e23 / 1e3 kilocopy.
    factor = 1e12 / (6.02214076e23 * 4e-9)
    target, value, *_ = dose("drug:sirolimus@20nM", drug, factor)
    assert target == "sirolimus_medium"
    assert value == pytest.approx(20e-9 * 4e-9 * 6.02214076e23 / 1e3)


def test_mass_goes_through_the_molar_mass() -> None:
    assert dose("drug:torin1@5ng/mL", Drug())[1] == pytest.approx(10.0)
    with pytest.raises(InputError, match="molar mass"):
        dose("drug:torin1@5ng/mL", Drug(molar_mass=None))


def test_drug_without_handle_is_missing() -> None:
    with pytest.raises(UnknownNameError) as caught:
        dose("drug:torin1@5nM", Drug(handle=None))
    assert caught.value.missing == ("torin1",)
