"""Numbers and doses as a reader sees them, with fixed decimals; shared by the report and the text tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rheostat.studies.interval import Interval
    from rheostat.studies.rank import Treatment

IN_VITRO = "in_vitro_middle"
MARK = "*"
MARK_MEANS = "geometric middle of the concentrations used in culture, for want of a free plasma concentration"


def fixed(value: float | None, decimals: int = 2) -> str:
    """A number with fixed decimals, never ``-0.00``; ``-`` where there is none."""
    return "-" if value is None else f"{value:z.{decimals}f}"


def signed(value: float | None, decimals: int = 3) -> str:
    """A change with its sign; what rounds to nothing is a plain zero."""
    if value is None:
        return "-"
    text = f"{value:+z.{decimals}f}"
    return text.lstrip("+") if float(text) == 0.0 else text


def interval_text(each: Interval, decimals: int = 2) -> str:
    """``median [p05 to p95]``."""
    return f"{fixed(each.median, decimals)} [{fixed(each.p05, decimals)} to {fixed(each.p95, decimals)}]"


def change_text(each: Interval, decimals: int = 3) -> str:
    """``median [p05 to p95]`` of a change, with signs."""
    return f"{signed(each.median, decimals)} [{signed(each.p05, decimals)} to {signed(each.p95, decimals)}]"


def percent(share: float, decimals: int = 1) -> str:
    """A share of one as a percentage."""
    return f"{100.0 * share:.{decimals}f} %"


def doses_text(treatment: Treatment) -> str:
    """Doses in nM in the order of the drugs, those of in-vitro policy marked: ``1.11 + 112*``."""
    return " + ".join(f"{dose.nM:.3g}{MARK if dose.policy == IN_VITRO else ''}" for dose in treatment.doses)


def treatment_text(treatment: Treatment) -> str:
    """Each drug with its dose: ``everolimus 1.11 nM + torin1 112 nM*``."""
    return " + ".join(
        f"{dose.drug} {dose.nM:.3g} nM{MARK if dose.policy == IN_VITRO else ''}" for dose in treatment.doses
    )
