import math

import antimony
import libsbml
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheostat.vocabulary.error import InputError
from rheostat.vocabulary.unit import (
    ANTIMONY_UNITS,
    CONCENTRATION_UNITS,
    UNIT_DEFINITIONS,
    nM_per_kilocopy,
    read_concentration,
    to_nM,
)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (20, "nM", 20.0),
        (500, "pM", 0.5),
        (0.3, "uM", 300.0),
        (0.3, "\u00b5M", 300.0),
        (0.3, "\u03bcM", 300.0),
        (10, "mM", 1e7),
        (1, "M", 1e9),
    ],
)
def test_molar_units(value, unit, expected):
    assert to_nM(value, unit) == pytest.approx(expected, rel=1e-14)


def test_mass_units_go_through_the_molar_mass():
    # 10 ng/mL of everolimus (958.22 g/mol) = 1e-5 g/L / 958.22 g/mol = 10.436 nM
    assert to_nM(10, "ng/mL", 958.22) == pytest.approx(10.43602, rel=1e-5)
    assert to_nM(0.01, "ug/mL", 958.22) == pytest.approx(to_nM(10, "ng/mL", 958.22))
    with pytest.raises(InputError, match="E302"):
        to_nM(10, "ng/mL")


@pytest.mark.parametrize(
    ("value", "unit", "says"),
    [
        (20, "nm", "did you mean 'nM'"),
        (20, "furlong", "E301"),
        (-1, "nM", "E303"),
        (math.inf, "nM", "E303"),
        (math.nan, "nM", "E303"),
        (1e300, "M", "overflows"),
    ],
)
def test_what_is_no_concentration_is_refused(value, unit, says):
    with pytest.raises(InputError, match=says):
        to_nM(value, unit)


@pytest.mark.parametrize(
    ("text", "expected"), [("20nM", 20.0), ("10 uM", 1e4), ("1e-3 M", 1e6), (".5nM", 0.5)]
)
def test_concentration_texts(text, expected):
    assert read_concentration(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["0,5nM", "20", "nM", "", "twenty nM"])
def test_concentration_texts_that_are_refused(text):
    with pytest.raises(InputError, match="E304"):
        read_concentration(text)


@given(st.floats(0, 1e12), st.sampled_from(["pM", "nM", "uM", "mM", "M"]))
def test_conversion_is_proportional(value, unit):
    assert to_nM(value, unit) == pytest.approx(value * to_nM(1, unit))


def test_factors_of_the_two_compartments():
    assert nM_per_kilocopy(2.5e-12) == pytest.approx(0.664216, rel=1e-6)
    assert nM_per_kilocopy(4e-9) == pytest.approx(4.15135e-4, rel=1e-6)
    with pytest.raises(InputError, match="E305"):
        nM_per_kilocopy(0)


def test_every_unit_is_defined_and_means_what_its_text_says():
    lines = [f"p{i} = 1; p{i} has {unit}" for i, unit in enumerate(ANTIMONY_UNITS.values())]
    antimony.clearPreviousLoads()
    text = "model *m()\n  one = 1; one has dimensionless\n" + UNIT_DEFINITIONS + "\n".join(lines) + "\nend\n"
    assert antimony.loadAntimonyString(text) >= 0, antimony.getLastError()
    document = libsbml.readSBMLFromString(antimony.getSBMLString("m"))
    document.checkConsistency()
    assert document.getNumErrors() == 0, document.getErrorLog().toString()
    model = document.getModel()
    scale = {"kilocopy": (1e3, "item"), "nM": (1e-9, "molar"), "min": (60.0, "s"), "h": (3600.0, "s"),
             "litre": (1.0, "litre")}  # fmt: skip
    for index, unit in enumerate(ANTIMONY_UNITS):
        derived = model.getParameter(f"p{index}").getDerivedUnitDefinition()
        factor = 1.0
        for one in (derived.getUnit(i) for i in range(derived.getNumUnits())):
            if not one.isDimensionless() or one.getMultiplier() != 1:
                factor *= (one.getMultiplier() * 10 ** one.getScale()) ** one.getExponent()
        expected = eval(  # noqa: S307 - the keys are our own
            unit.replace("dimensionless", "1"), {}, {name: number for name, (number, _) in scale.items()}
        )
        # libSBML writes nM as mole per cubic metre or per litre, depending on its version.
        assert any(factor == pytest.approx(expected * k) for k in (1.0, 1e3, 1e-3)), unit


def test_both_micro_signs_are_units():
    assert {"uM", "\u00b5M", "\u03bcM", "ng/mL", "ug/mL"} <= set(CONCENTRATION_UNITS)
