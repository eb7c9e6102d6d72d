"""The units of the model, and the concentrations that users write.

Amounts are kilocopy (1000 molecules a cell), time is minutes, concentrations are nM.
"""

from __future__ import annotations

import math
import re

from rheostat.vocabulary.error import InputError
from rheostat.vocabulary.name import did_you_mean

#: Molecules per mole (exact, SI 2019).
AVOGADRO = 6.02214076e23

#: Unit text of the YAML and TSV files -> id of the Antimony unit.
ANTIMONY_UNITS: dict[str, str] = {
    "dimensionless": "dimensionless",
    "kilocopy": "kilocopy",
    "nM": "nM",
    "min": "minute",
    "h": "hour",
    "litre": "litre",
    "1/min": "per_min",
    "1/h": "per_hour",
    "1/(nM*min)": "per_nM_per_min",
    "1/(kilocopy*min)": "per_kilocopy_per_min",
    "1/kilocopy": "per_kilocopy",
    "1/nM": "per_nM",
    "kilocopy/min": "kilocopy_per_min",
    "kilocopy/h": "kilocopy_per_hour",
    "nM/min": "nM_per_min",
    "nM/kilocopy": "nM_per_kilocopy",
    "min/h": "minute_per_hour",
}

#: Antimony text of all units, the model's own (substance, extent, ...) included.
UNIT_DEFINITIONS: str = """\
  unit minute = 60 second
  unit hour = 3600 second
  unit kilocopy = 1e3 item
  unit nM = 1e-9 mole/litre
  unit per_min = 1/minute
  unit per_hour = 1/hour
  unit per_nM_per_min = 1/(nM*minute)
  unit per_kilocopy_per_min = 1/(kilocopy*minute)
  unit per_kilocopy = 1/kilocopy
  unit per_nM = 1/nM
  unit kilocopy_per_min = kilocopy/minute
  unit kilocopy_per_hour = kilocopy/hour
  unit nM_per_min = nM/minute
  unit nM_per_kilocopy = nM/kilocopy
  unit minute_per_hour = minute/hour
  unit substance = kilocopy
  unit extent = kilocopy
  unit volume = litre
  unit area = metre^2
  unit length = metre
  unit time_unit = minute
"""

_MOLAR_IN_NM: dict[str, float] = {
    "pM": 1e-3,
    "nM": 1.0,
    "uM": 1e3,
    "\u00b5M": 1e3,  # micro sign
    "\u03bcM": 1e3,  # Greek mu
    "mM": 1e6,
    "M": 1e9,
}
_MASS_IN_G_PER_L: dict[str, float] = {
    "ng/mL": 1e-6,
    "ug/mL": 1e-3,
    "\u00b5g/mL": 1e-3,
    "\u03bcg/mL": 1e-3,
}

#: Every concentration unit that ``to_nM`` reads.
CONCENTRATION_UNITS: tuple[str, ...] = (*_MOLAR_IN_NM, *_MASS_IN_G_PER_L)

_AMOUNT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S.*?)?\s*\Z")


def to_nM(value: float, unit: str, molar_mass: float | None = None) -> float:
    """Concentration in nM.

    Parameters
    ----------
    value : float, in ``unit``
        Finite and not negative.
    unit : str
        One of ``CONCENTRATION_UNITS``; case counts (``mM`` is not ``MM``).
    molar_mass : float, g/mol, optional
        Needed for ``ng/mL`` and ``ug/mL``.

    Raises
    ------
    InputError
        E301 unknown unit, E302 molar mass missing or not positive, E303 negative or not finite.

    Examples
    --------
    >>> to_nM(0.3, "uM")
    300.0
    >>> round(to_nM(10, "ng/mL", 1000.0), 9)
    10.0
    """
    if not math.isfinite(value) or value < 0:
        raise InputError.one(
            "E303", "", f"the concentration {value:g} {unit} is not a finite number of 0 or more"
        )
    if unit in _MOLAR_IN_NM:
        amount = value * _MOLAR_IN_NM[unit]
    elif unit in _MASS_IN_G_PER_L:
        if molar_mass is None or not molar_mass > 0:
            raise InputError.one(
                "E302", "", f"{value:g} {unit} needs a molar mass", "give the dose in nM, or add molar_mass"
            )
        amount = value * _MASS_IN_G_PER_L[unit] / molar_mass * 1e9
    else:
        raise _unknown_unit(unit)
    if not math.isfinite(amount):
        raise InputError.one("E303", "", f"the concentration {value:g} {unit} overflows")
    return amount


def _unknown_unit(unit: str) -> InputError:
    same_letters = [known for known in CONCENTRATION_UNITS if known.casefold() == unit.casefold()]
    if same_letters:
        hint = f"; did you mean '{same_letters[0]}'? case counts"
    else:
        hint = did_you_mean(unit, CONCENTRATION_UNITS)
    return InputError.one(
        "E301",
        "",
        f"unknown concentration unit '{unit}'{hint}",
        "write one of pM nM uM mM M ng/mL ug/mL",
    )


def read_concentration(text: str, molar_mass: float | None = None) -> float:
    """Concentration in nM of a text such as ``20nM`` or ``10 ng/mL``.

    Raises
    ------
    InputError
        E304 not a number with a unit (a decimal comma is named as such), else as ``to_nM``.

    Examples
    --------
    >>> read_concentration("0.3uM")
    300.0
    """
    match = _AMOUNT.match(text)
    if match is None:
        comma = " (a decimal comma? write a point)" if "," in text else ""
        raise InputError.one(
            "E304", "", f"'{text}' is not a number with a unit{comma}", "write for example 20nM"
        )
    number, unit = match.groups()
    if unit is None:
        raise InputError.one("E304", "", f"'{text}' has no unit", f"write for example {text.strip()}nM")
    if unit.startswith(","):
        raise InputError.one("E304", "", f"'{text}' has a decimal comma", "write a decimal point")
    return to_nM(float(number), unit, molar_mass)


def nM_per_kilocopy(volume: float) -> float:
    """Concentration of 1000 molecules in a volume.

        nM per kilocopy = 1e12 / (N_A V)

    Parameters
    ----------
    volume : float, litre

    Returns
    -------
    float, nM/kilocopy

    Raises
    ------
    InputError
        E305 where the volume is not positive.

    Examples
    --------
    >>> round(nM_per_kilocopy(2.5e-12), 6)
    0.664216
    """
    if not (math.isfinite(volume) and volume > 0):
        raise InputError.one("E305", "", f"the volume {volume:g} litre is not a positive number")
    return 1e12 / (AVOGADRO * volume)
