"""Simulate arms over an ensemble of draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray

from rheostat import __version__
from rheostat.engine.batch import Progress
from rheostat.engine.trajectory import ResultCode
from rheostat.phenotype.readout import split_derived
from rheostat.problem.arm import Arm
from rheostat.problem.draw import NOMINAL, sample
from rheostat.studies.piece import run_plan
from rheostat.studies.plan import (
    GR,
    INHIBITION,
    known_readouts,
    make_plan,
    observables_of,
    unit_of_readout,
)
from rheostat.vocabulary.error import InputError

if TYPE_CHECKING:
    from rheostat.atlas.load import Atlas

NO_GROWTH = "no growth without the drug, so its inhibition has no meaning"


@dataclass(frozen=True)
class Draws:
    """Which draws of the prior are simulated.

    Parameters
    ----------
    numbers : tuple of int or None
        None = nominal values, one row.
    seed : int
    ensemble : str
        ``nominal``, ``prior`` or ``plausible``.
    acceptance : float or None
        Share of prior draws that met the targets.
    """

    numbers: tuple[int, ...] | None
    seed: int = 1
    ensemble: str = "prior"
    acceptance: float | None = None

    @property
    def coordinate(self) -> tuple[int, ...]:
        """Draw numbers; -1 stands for the nominal values."""
        return (NOMINAL,) if self.numbers is None else self.numbers


@dataclass(frozen=True)
class Failure:
    """One row that did not finish, or whose growth readouts have no meaning (then ``code`` is None)."""

    condition: str
    draw: int
    code: ResultCode | None
    sentence: str


@dataclass(frozen=True, eq=False)
class Result:
    """Readouts of all arms.

    Parameters
    ----------
    dataset : xarray.Dataset
        ``value`` and ``untreated`` (condition, draw, time, readout), ``result`` (condition, draw);
        ``untreated`` is the same arm without its drugs; time in h; ``unit`` (readout).
    """

    dataset: xarray.Dataset

    def failures(self) -> list[Failure]:
        """Rows that did not finish, then rows without growth to inhibit."""
        data = self.dataset
        codes = data["result"].values
        names, draws = data["condition"].values, data["draw"].values
        found = [
            Failure(
                str(names[i]),
                int(draws[j]),
                ResultCode(int(codes[i, j])),
                ResultCode(int(codes[i, j])).sentence,
            )
            for i, j in np.argwhere(codes != ResultCode.ok)
        ]
        growth = [name for name in (GR, INHIBITION) if name in data["readout"].values]
        if growth:
            undefined = np.isnan(data["value"].sel(readout=growth).values).any(axis=(2, 3)) & (
                codes == ResultCode.ok
            )
            found += [
                Failure(str(names[i]), int(draws[j]), None, NO_GROWTH) for i, j in np.argwhere(undefined)
            ]
        return found

    @property
    def failed_share(self) -> float:
        """Share of rows that did not finish."""
        return float(np.mean(self.dataset["result"].values != ResultCode.ok))


def simulate(  # noqa: PLR0913 - the contract that all studies and the command line share
    atlas: Atlas,
    arms: Sequence[Arm],
    times_h: Sequence[float],
    draws: Draws,
    readouts: Sequence[str] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    rtol: float = 1e-6,
    atol: float = 1e-6,
) -> Result:
    """Readouts of arms at times, over draws.

    Each arm goes to the steady state of its cell, then 16 h under its untimed environment, then from t = 0
    through its timed items and drugs.  Relative readouts are ratios to the untreated reference cell of the
    same draw.

    Parameters
    ----------
    atlas : Atlas
    arms : sequence of Arm
        With different ids.
    times_h : sequence of float, h
        0 is before treatment.
    draws : Draws
    readouts : sequence of str, optional
        Default: all observables, gr and growth_inhibition; ``t_peak_X`` and ``t_half_X`` are known too.
    threads : int, optional
        Of the engine, default one a CPU; never changes a number.
    progress : callable, optional
        Called with rows done and rows in all.
    rtol, atol : float
        Tolerances of the integrator.

    Raises
    ------
    UnknownNameError
        E506 unknown readout; the atlas's errors for unknown cells, genes, drugs and environments.
    InputError
        E520 bad times, E521 two arms of one id.
    """
    ids = [arm.id for arm in arms]
    twice = sorted({name for name in ids if ids.count(name) > 1}) if len(set(ids)) < len(ids) else []
    if twice or not arms:
        message = f"arm '{twice[0]}' is given twice" if twice else "no arms"
        raise InputError.one("E521", "arms", message, "give each arm its own id")
    names = tuple(dict.fromkeys(known_readouts(atlas) if readouts is None else readouts))
    plan = make_plan(atlas, arms, times_h, names, rtol, atol)
    values = sample(atlas.prior, draws.seed, draws.numbers)
    part = run_plan(plan, values, threads, progress)
    dims = ("condition", "draw", "time", "readout")
    dataset = xarray.Dataset(
        {
            "value": (dims, part.value),
            "untreated": (dims, part.untreated),
            "result": (dims[:2], part.result),
        },
        coords={
            "condition": ids,
            "draw": list(draws.coordinate),
            "time": ("time", sorted({float(time) for time in times_h}), {"units": "h"}),
            "readout": list(names),
            "unit": ("readout", [unit_of_readout(atlas, name) for name in names]),
        },
        attrs=_provenance(atlas, draws),
    )
    return Result(dataset)


def _provenance(atlas: Atlas, draws: Draws) -> dict[str, Any]:
    known: dict[str, Any] = {
        "version": __version__,
        "model": atlas.model_hash,
        "atlas": atlas.hash,
        "ensemble": draws.ensemble,
        "seed": draws.seed,
    }
    if atlas.chosen_readings:
        known["readings"] = " ".join(atlas.chosen_readings)
    # NetCDF attributes have no null.
    return known if draws.acceptance is None else {**known, "acceptance": draws.acceptance}


def default_time_h(atlas: Atlas, readout: str) -> float:
    """Time that a null time of a readout stands for, h; 72 h for gr and growth inhibition."""
    base = split_derived(readout)[1]
    observables = observables_of(atlas)
    return observables[base].default_time_h if base in observables else 72.0
