"""Median and 5-95 % interval over an ensemble, and the courses and failures of a simulated dataset."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray
from numpy.typing import ArrayLike, NDArray

from rheostat.studies.simulate import Result

FAILED_SHARE_ALLOWED = 0.05
NO_GROWTH = "no_growth"


@dataclass(frozen=True)
class Interval:
    """Median, 5th and 95th percentile over the draws that finished; ``None`` where there is no number."""

    median: float | None
    p05: float | None
    p95: float | None

    def as_dict(self) -> dict[str, float | None]:
        """Keys ``median``, ``p05``, ``p95`` as the JSON contract names them."""
        return {"median": self.median, "p05": self.p05, "p95": self.p95}


@dataclass(frozen=True)
class Course:
    """Time course of one readout in one condition, over the ensemble.

    ``median``, ``p05``, ``p95`` and ``untreated`` (its median) are lists as long as ``t_h`` (h), in ``unit``.
    """

    t_h: list[float]
    median: list[float | None]
    p05: list[float | None]
    p95: list[float | None]
    untreated: list[float | None]
    unit: str

    def as_dict(self) -> dict[str, Any]:
        """The JSON contract's object for one readout of ``run``."""
        return dict(vars(self))


@dataclass(frozen=True)
class Failures:
    """Rows (condition x draw) without a number: which, of how many, and why.

    A row that failed numerically counts towards the 5 % that are allowed.  One whose untreated cells do not
    grow (``no_growth``) was solved well; only its GR has no meaning, so it is listed and left out.
    """

    total: int
    rows: tuple[tuple[str, int, str], ...]
    sentences: dict[str, str]

    @property
    def failed(self) -> int:
        """Rows that failed numerically."""
        return sum(kind != NO_GROWTH for _, _, kind in self.rows)

    @property
    def too_many(self) -> bool:
        """Whether over 5 % of the rows failed numerically."""
        return self.failed > FAILED_SHARE_ALLOWED * self.total

    def lines(self, most: int = 10) -> list[str]:
        """Sentences for a person: the counts, each kind explained, the first rows."""
        if not self.rows:
            return []
        text = []
        if self.failed:
            text.append(f"{self.failed} of {self.total} rows failed and are left out of the intervals")
        if without := len(self.rows) - self.failed:
            text.append(f"{without} of {self.total} rows have no GR and are left out of its intervals")
        text += [f"{name}: {sentence}" for name, sentence in self.sentences.items()]
        text += [f"left out: {condition}, draw {draw}: {name}" for condition, draw, name in self.rows[:most]]
        if len(self.rows) > most:
            text.append(f"... and {len(self.rows) - most} more rows")
        return text


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def interval_of(values: ArrayLike) -> Interval:
    """Interval of the finite values (draw,); all ``None`` when there is none."""
    array = np.asarray(values, dtype=float).ravel()
    array = array[np.isfinite(array)]
    if array.size == 0:
        return Interval(None, None, None)
    low, middle, high = np.percentile(array, [5.0, 50.0, 95.0])
    return Interval(float(middle), float(low), float(high))


def interval_with_unreached(values: ArrayLike) -> Interval:
    """Interval of doses (draw,) in which infinity means "not reached", above any dose.

    A percentile on a draw that never reaches the level is ``None``: nearest-rank percentiles, because a line
    between a dose and infinity has no number on it.
    """
    array = np.asarray(values, dtype=float).ravel()
    array = array[~np.isnan(array)]
    if array.size == 0:
        return Interval(None, None, None)
    low, middle, high = np.percentile(array, [5.0, 50.0, 95.0], method="inverted_cdf")
    return Interval(_number(middle), _number(low), _number(high))


def finished(dataset: xarray.Dataset) -> NDArray[np.bool_]:
    """(condition, draw): whether the row finished."""
    return np.asarray(dataset["result"].values == 0, dtype=bool)


def values_at(dataset: xarray.Dataset, condition: str, readout: str, t_h: float) -> NDArray[np.float64]:
    """Values (draw,) of a readout at a time (h); NaN where the row failed."""
    chosen = dataset["value"].sel(condition=condition, readout=readout).sel(time=t_h, method="nearest")
    ok = finished(dataset)[list(dataset["condition"].values).index(condition)]
    return np.asarray(np.where(ok, chosen.values, np.nan), dtype=float)


def course_of(dataset: xarray.Dataset, condition: str, readout: str) -> Course:
    """Course of one readout of one condition, failed rows left out."""
    ok = finished(dataset)[list(dataset["condition"].values).index(condition)]

    def columns(variable: str) -> NDArray[np.float64]:
        chosen = dataset[variable].sel(condition=condition, readout=readout).transpose("draw", "time")
        return np.asarray(chosen.values[ok], dtype=np.float64)

    treated = [interval_of(column) for column in columns("value").T]
    return Course(
        t_h=[float(t) for t in dataset["time"].values],
        median=[each.median for each in treated],
        p05=[each.p05 for each in treated],
        p95=[each.p95 for each in treated],
        untreated=[interval_of(column).median for column in columns("untreated").T],
        unit=unit_of(dataset, readout),
    )


def unit_of(dataset: xarray.Dataset, readout: str) -> str:
    """Unit text of a readout; ``relative`` = ratio to the untreated reference cell."""
    return str(dataset["unit"].sel(readout=readout).item())


def failures_of(*datasets: xarray.Dataset) -> Failures:
    """Rows without a number of one or more datasets, with a sentence for each kind."""
    rows: list[tuple[str, int, str]] = []
    sentences: dict[str, str] = {}
    for dataset in datasets:
        for failure in Result(dataset).failures():
            name = NO_GROWTH if failure.code is None else failure.code.name
            sentences[name] = failure.sentence
            rows.append((failure.condition, failure.draw, name))
    return Failures(sum(dataset["result"].size for dataset in datasets), tuple(rows), sentences)
