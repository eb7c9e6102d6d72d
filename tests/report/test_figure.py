"""Figures and files of a run."""

import csv
from pathlib import Path

import numpy as np
import pytest
import xarray

from rheostat.report.figure import png_bytes, save_figure, svg_text, time_course_figure
from rheostat.report.files import write_csv, write_netcdf
from rheostat.studies.interval import Failures, course_of, failures_of, interval_of, interval_with_unreached


@pytest.fixture
def dataset() -> xarray.Dataset:
    """One condition, four draws of which one failed, three times, two readouts."""
    value = np.arange(24.0).reshape(1, 4, 3, 2)
    value[0, 3] = np.nan
    dims = ("condition", "draw", "time", "readout")
    return xarray.Dataset(
        {
            "value": (dims, value),
            "untreated": (dims, np.ones((1, 4, 3, 2))),
            "result": (dims[:2], [[0, 0, 0, 2]]),
        },
        coords={
            "condition": ["a"],
            "draw": [0, 1, 2, 3],
            "time": [0.0, 1.0, 2.0],
            "readout": ["pAKT_S473", "death_rate"],
            "unit": ("readout", ["relative", "1/h"]),
        },
    )


def test_failed_rows_are_left_out_and_explained(dataset: xarray.Dataset) -> None:
    course = course_of(dataset, "a", "pAKT_S473")
    assert course.median == [6.0, 8.0, 10.0]
    failures = failures_of(dataset)
    assert (failures.failed, failures.total, failures.too_many) == (1, 4, True)
    assert any("not_finite" in line for line in failures.lines())


def test_cells_that_do_not_grow_are_listed_but_no_numerical_failure() -> None:
    failures = Failures(4, (("a", 0, "no_growth"), ("a", 1, "no_growth")), {"no_growth": "no growth"})
    assert not failures.too_many
    assert failures.lines()[0].startswith("2 of 4 rows have no GR")


def test_unreached_doses_are_null_where_the_percentile_falls_on_them() -> None:
    found = interval_with_unreached([1.0, 2.0, 3.0, np.inf])
    assert (found.median, found.p95) == (2.0, None)


def test_interval_of_nothing_is_null() -> None:
    assert interval_of([np.nan]).median is None


def test_time_course_has_a_panel_a_readout_with_its_unit(dataset: xarray.Dataset) -> None:
    figure = time_course_figure(dataset, "a")
    labels = {axis.get_title(): axis.get_ylabel() for axis in figure.axes}
    assert labels["death_rate"] == "1/h"
    assert svg_text(figure).startswith("<svg")
    assert png_bytes(figure).startswith(b"\x89PNG")


def test_files_carry_ids_units_and_provenance(dataset: xarray.Dataset, tmp_path: Path) -> None:
    provenance = {"version": "1", "seed": 7, "ensemble": "prior", "acceptance": None}
    write_csv(dataset, tmp_path / "run.csv", provenance)
    write_netcdf(dataset, tmp_path / "run.nc", provenance)
    rows = list(csv.DictReader((tmp_path / "run.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 6
    assert rows[0]["seed"] == "7"
    with xarray.open_dataset(tmp_path / "run.nc", engine="h5netcdf") as back:
        assert back.attrs["ensemble"] == "prior"
        np.testing.assert_array_equal(back["value"].values, dataset["value"].values)
    files = save_figure(time_course_figure(dataset, "a"), tmp_path, "run")
    assert all(Path(path).exists() for path in files.values())
