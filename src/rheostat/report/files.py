"""Results of a run as files: NetCDF-4 with provenance, and tidy CSV."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray

from rheostat.studies.interval import course_of

COLUMNS = (
    "condition", "readout", "unit", "t_h", "median", "p05", "p95", "untreated",
    "draws", "ensemble", "seed", "version", "model", "atlas",
)  # fmt: skip


def write_netcdf(dataset: xarray.Dataset, path: Path, provenance: Mapping[str, Any]) -> None:
    """Write every draw with units and provenance in the attributes."""
    labelled = dataset.assign_attrs({**dataset.attrs, **_flat(provenance)})
    labelled["time"].attrs["units"] = "h"
    labelled.to_netcdf(path, engine="h5netcdf")


def write_csv(dataset: xarray.Dataset, path: Path, provenance: Mapping[str, Any]) -> None:
    """Write one row a condition, readout and time: median, 5th and 95th percentile, untreated median."""
    tail = [provenance.get(name, "") for name in COLUMNS[8:]]
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for condition in (str(each) for each in dataset["condition"].values):
            for readout in (str(each) for each in dataset["readout"].values):
                course = course_of(dataset, condition, readout)
                columns = (course.t_h, course.median, course.p05, course.p95, course.untreated)
                for row in zip(*columns, strict=True):
                    writer.writerow([condition, readout, course.unit, *row, *tail])


def _flat(provenance: Mapping[str, Any]) -> dict[str, Any]:
    # NetCDF attributes are text and numbers only
    return {
        key: value
        if isinstance(value, (str, int, float)) and not isinstance(value, bool)
        else json.dumps(value)
        for key, value in provenance.items()
    }
