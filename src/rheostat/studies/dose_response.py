"""Dose-response of one drug on one cell: GR50, IC50, Emax and Hill slope per draw."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray
from numpy.typing import NDArray
from scipy.optimize import least_squares

from rheostat.atlas.load import Atlas
from rheostat.problem.arm import Arm
from rheostat.problem.item import parse_items
from rheostat.studies.interval import (
    Failures,
    Interval,
    failures_of,
    finished,
    interval_of,
    interval_with_unreached,
    values_at,
)
from rheostat.studies.simulate import Draws, simulate

DOSES = 13
BEYOND = 10.0  # fold below and above the in-vitro range
Progress = Callable[[int, int], None]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class HillCurve:
    """response = emax + (1 - emax) / (1 + (dose / ec50) ** hill), for a response that is 1 without drug.

    References
    ----------
    Hafner et al., Nat Methods 2016, doi:10.1038/nmeth.3853 (the same curve for GR values).
    """

    emax: float
    ec50: float
    hill: float

    def dose_for(self, level: float) -> float:
        """Dose at which the response falls to ``level``; infinity when it never does."""
        if self.emax >= level:
            return float("inf")
        return float(self.ec50 * ((1.0 - level) / (level - self.emax)) ** (1.0 / self.hill))


@dataclass(frozen=True)
class DoseResponse:
    """Fitted dose-response; doses in nM; ``None`` in an interval = not reached, explained in ``notes``."""

    drug: str
    readout: str
    t_h: float
    doses: tuple[float, ...]
    response: tuple[Interval, ...]
    gr50: Interval
    ic50: Interval
    emax: Interval
    hill: Interval
    notes: tuple[str, ...]
    failures: Failures

    def as_dict(self) -> dict[str, Any]:
        """Object of the JSON contract."""
        return {
            "drug": self.drug,
            "readout": self.readout,
            "t_h": self.t_h,
            "doses": list(self.doses),
            "unit": "nM",
            "metric": "gr" if self.readout == "gr" else self.readout,
            "response": [each.as_dict() for each in self.response],
            "gr50": self.gr50.as_dict(),
            "ic50": self.ic50.as_dict(),
            "emax": self.emax.as_dict(),
            "hill": self.hill.as_dict(),
            "notes": list(self.notes),
        }


def dose_ladder(low_nM: float, high_nM: float, number: int = DOSES) -> Array:  # noqa: N803
    """Log-spaced doses (nM) from a tenth of the in-vitro range's bottom to ten times its top."""
    return np.geomspace(low_nM / BEYOND, high_nM * BEYOND, number)


def fit_hill(doses: Array, response: Array) -> HillCurve | None:
    """Least-squares Hill curve of a response (dose,), 1 without drug; ``None`` without four numbers."""
    use = np.isfinite(response)
    if np.count_nonzero(use) < 4:
        return None
    log_dose, seen = np.log(doses[use]), response[use]

    def curve(p: Array) -> Array:
        x = np.clip(np.exp(p[2]) * (log_dose - p[1]), -60.0, 60.0)
        return np.asarray(p[0] + (1.0 - p[0]) / (1.0 + np.exp(x)), dtype=float)

    lowest = float(np.min(seen))
    halfway = float(log_dose[int(np.argmin(np.abs(seen - (1.0 + lowest) / 2.0)))])
    bounds = (
        [min(-1.0, lowest - 0.1), log_dose[0] - 7.0, np.log(0.1)],
        [max(1.0, float(np.max(seen))) + 1e-6, log_dose[-1] + 7.0, np.log(10.0)],
    )
    fits = [
        least_squares(lambda p: curve(p) - seen, [lowest, halfway, np.log(slope)], bounds=bounds)
        for slope in (1.0, 3.0)
    ]
    best = min(fits, key=lambda each: float(each.cost))
    return HillCurve(float(best.x[0]), float(np.exp(best.x[1])), float(np.exp(best.x[2])))


def viability_from_gr(gr: Array, drug_free_rate: Array, t_h: float) -> Array:
    """Cell number relative to the drug-free arm, from GR (dose, draw) and drug-free net rate (draw,), 1/h.

        gr = 2 ** (rate / drug_free_rate) - 1;  viability = exp((rate - drug_free_rate) * t)

    References
    ----------
    Hafner et al., Nat Methods 2016, doi:10.1038/nmeth.3853, equation 1.
    """
    fold = np.log2(np.maximum(gr + 1.0, 1e-9))
    return np.asarray(np.exp(np.maximum(drug_free_rate, 0.0) * t_h * (fold - 1.0)), dtype=float)


def dose_response(
    atlas: Atlas,
    cell: Arm,
    drug_name: str,
    draws: Draws,
    *,
    readout: str = "gr",
    t_h: float = 72.0,
    doses: Sequence[float] | None = None,
    progress: Progress | None = None,
) -> DoseResponse:
    """Dose-response of a drug on top of an arm.

    Parameters
    ----------
    atlas : Atlas
    cell : Arm
        The cell with its alterations, environment and other drugs.
    drug_name : str
    draws : Draws
    readout : str
        ``gr``, or any other readout, then relative to its drug-free value.
    t_h : float, h
    doses : sequence of float, nM, optional
        Default: 13 log-spaced doses over the in-vitro range and ten-fold beyond at both ends.

    Returns
    -------
    DoseResponse
        ``gr50`` from the GR curve, ``ic50`` from relative cell number (or from the other readout),
        ``emax`` and ``hill`` of the curve of ``readout``.

    Raises
    ------
    InputError
        If the drug, the cell or the readout is unknown.
    """
    drug = atlas.drug(drug_name)
    ladder = dose_ladder(*drug.in_vitro_nM) if doses is None else np.asarray(sorted(doses), dtype=float)
    arms = [_dosed(cell, drug.id, dose) for dose in ladder]
    wanted = ["gr", "growth_rate"] if readout == "gr" else [readout]
    times = [0.0, t_h / 4, t_h / 2, t_h]
    dataset = simulate(atlas, arms, times, draws, readouts=wanted, progress=progress).dataset
    response = _response(dataset, arms, readout, t_h)
    number = response if readout != "gr" else viability_from_gr(response, _drug_free_rate(dataset), t_h)
    curves = _fit_all(ladder, response)
    viability_curves = curves if readout != "gr" else _fit_all(ladder, number)
    top = float(ladder[-1])
    gr50 = [_within(c, top) for c in curves] if readout == "gr" else []
    ic50 = [_within(c, top) for c in viability_curves]
    return DoseResponse(
        drug=drug.id,
        readout=readout,
        t_h=t_h,
        doses=tuple(float(d) for d in ladder),
        response=tuple(interval_of(row) for row in response),
        gr50=interval_with_unreached(gr50),
        ic50=interval_with_unreached(ic50),
        emax=interval_of([c.emax for c in curves if c is not None]),
        hill=interval_of([c.hill for c in curves if c is not None]),
        notes=tuple(_notes(readout, gr50, ic50, ladder)),
        failures=failures_of(dataset),
    )


def _dosed(cell: Arm, drug_id: str, dose: float) -> Arm:
    items = (*cell.items, *parse_items(f"drug:{drug_id}@{dose:.6g}nM"))
    return Arm(f"{cell.id} | {drug_id} {dose:.4g} nM", cell.cell, items)


def _response(dataset: xarray.Dataset, arms: Sequence[Arm], readout: str, t_h: float) -> Array:
    treated = np.array([values_at(dataset, arm.id, readout, t_h) for arm in arms])
    if readout == "gr":
        return treated
    untreated = dataset["untreated"].sel(readout=readout).sel(time=t_h, method="nearest")
    base = np.asarray(untreated.transpose("condition", "draw").values, dtype=float)
    return np.asarray(
        np.divide(treated, base, out=np.full_like(treated, np.nan), where=base > 0), dtype=float
    )


def _drug_free_rate(dataset: xarray.Dataset) -> Array:
    course = dataset["untreated"].sel(readout="growth_rate").transpose("condition", "draw", "time")
    hours = np.asarray(dataset["time"].values, dtype=float)
    rates = np.where(finished(dataset), np.trapezoid(course.values, hours, axis=-1) / hours[-1], np.nan)
    # every dose has the same drug-free arm; the first that finished gives its rate
    first = np.argmax(np.isfinite(rates), axis=0)
    return np.asarray(rates[first, np.arange(rates.shape[1])], dtype=float)


def _fit_all(doses: Array, response: Array) -> list[HillCurve | None]:
    return [fit_hill(doses, column) for column in response.T]


def _within(curve: HillCurve | None, top: float) -> float:
    if curve is None:
        return float("nan")
    dose = curve.dose_for(0.5)
    return dose if dose <= top else float("inf")


def _notes(readout: str, gr50: Sequence[float], ic50: Sequence[float], ladder: Array) -> list[str]:
    notes = []
    bottom, top = float(ladder[0]), float(ladder[-1])
    for name, doses in (("gr50", gr50), ("ic50", ic50)):
        missed = int(np.count_nonzero(np.isinf(doses)))
        if missed:
            notes.append(f"{name}: not reached up to {top:.4g} nM in {missed} of {len(doses)} draws")
        below = int(np.count_nonzero(np.asarray(doses) < bottom))
        if below:
            notes.append(f"{name}: below {bottom:.4g} nM, the lowest dose, in {below} of {len(doses)} draws")
    if readout == "gr":
        notes.append("ic50: from cell number relative to the drug-free arm; gr50, emax and hill: from GR")
    else:
        notes.append(f"gr50: not computed for {readout}; ic50: half of the drug-free {readout}")
    return notes
