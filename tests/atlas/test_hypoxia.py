"""Oxygen, HIF and REDD1 in the shipped network."""

from functools import cache

import pytest

from rheostat.atlas.load import load_atlas
from rheostat.problem.arm import read_arm
from rheostat.studies.simulate import Draws, Result, simulate

ARMS = {
    "air": "",
    "percent": "env:O2@1%@t0-",
    "level": "env:O2@0.047619047619@t0-",
    "no REDD1": "ko:DDIT4; env:O2@1%@t0-",
    "back in air": "env:O2@1%@t0-6",
    "no VHL": "ko:VHL",
    "no proline": "ca:HIF1A",
    "sirolimus": "drug:sirolimus@20nM",
    "no RICTOR": "ko:RICTOR",
}


@cache
def result() -> Result:
    arms = [read_arm(name, "reference", items) for name, items in ARMS.items()]
    return simulate(
        load_atlas(),
        arms,
        [0.0, 6.0, 7.0, 16.0],
        Draws(None),
        readouts=["HIF1A", "HIF2A", "DDIT4_protein", "VEGF", "glycolysis", "pS6K_T389"],
    )


def value(arm: str, readout: str, hour: float) -> float:
    return float(result().dataset["value"].sel(condition=arm, readout=readout, time=hour).isel(draw=0))


def test_oxygen_in_percent_is_a_level_relative_to_air() -> None:
    assert value("percent", "HIF1A", 6.0) == pytest.approx(value("level", "HIF1A", 6.0), rel=1e-4)


def test_low_oxygen_raises_hif_and_its_targets() -> None:
    for readout in ("HIF1A", "HIF2A", "DDIT4_protein"):
        assert value("percent", readout, 6.0) > 2.0
    for readout in ("VEGF", "glycolysis"):
        assert value("percent", readout, 16.0) > value("percent", readout, 6.0) * 0.95 > 0.95


def test_hif1a_goes_within_the_hour_when_air_is_back() -> None:
    assert value("back in air", "HIF1A", 6.0) > 2.0
    assert value("back in air", "HIF1A", 7.0) < 1.2


def test_redd1_carries_low_oxygen_to_mtorc1() -> None:
    assert value("percent", "pS6K_T389", 16.0) < 0.8
    assert value("no REDD1", "pS6K_T389", 16.0) > 1.2 * value("percent", "pS6K_T389", 16.0)


def test_hif_is_stable_without_vhl_and_without_its_prolines() -> None:
    for arm in ("no VHL", "no proline"):
        assert value(arm, "HIF1A", 0.0) > 5.0


def test_each_hif_has_its_mtor_complex() -> None:
    assert value("sirolimus", "HIF1A", 6.0) < 0.7
    assert value("sirolimus", "HIF2A", 6.0) > 0.8
    assert value("no RICTOR", "HIF2A", 0.0) < 0.8
