"""Amino acids, RAG, TFEB and autophagy of the shipped network at nominal values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rheostat.atlas.load import load_atlas
from rheostat.problem.arm import Arm
from rheostat.problem.item import parse_items
from rheostat.studies.simulate import Draws, simulate

ARMS = {
    "fed": (),
    "starved": ("env:AA@0@t0-",),
    "starved_atg7": ("env:AA@0@t0-", "ko:ATG7"),
    "starved_open": ("env:AA@0@t0-", "cut:autophagy-returns-amino-acids"),
    "refed": ("env:AA@0@t0-0.83", "env:AA@1@t0.83-"),
    "leucine": ("env:leu@0@t0-",),
    "leucine_sestrins": ("env:leu@0@t0-", "ko:SESN1", "ko:SESN2", "ko:SESN3"),
    "arginine": ("env:arg@0@t0-",),
    "arginine_castor1": ("env:arg@0@t0-", "ko:CASTOR1"),
    "methionine": ("env:met@0@t0-",),
    "methionine_samtor": ("env:met@0@t0-", "ko:BMT2"),
    "gator1": ("env:AA@0@t0-", "ko:DEPDC5"),
    "gator2": ("ko:MIOS",),
    "rag_cd": ("ko:RRAGC", "ko:RRAGD"),
    "flcn": ("ko:FLCN",),
    "rheb": ("ko:RHEB",),
    "torin1": ("drug:torin1@250nM",),
    "torin1_open": ("drug:torin1@250nM", "cut:tfeb-induces-rragd"),
    "becn1": ("ko:BECN1",),
}
TIMES = (0.0, 0.5, 1.0, 2.0, 6.0, 10.0)
READOUTS = ("pS6K_T389", "mTORC1_lysosome", "TFEB_nuclear", "RRAGD", "autophagy_flux", "SQSTM1")


Level = Callable[[str, str, float], float]


@pytest.fixture(scope="module")
def level() -> Level:
    """Readout of an arm at a time in h, relative to the untreated reference cell."""
    arms = [Arm(name, "reference", parse_items(items)) for name, items in ARMS.items()]
    nominal = Draws(None, ensemble="nominal")
    values = simulate(load_atlas(), arms, TIMES, nominal, READOUTS).dataset["value"]

    def read(arm: str, readout: str, time_h: float) -> float:
        return float(values.sel(condition=arm, readout=readout, time=time_h).item())

    return read


def test_withdrawal_acts_in_half_an_hour_and_return_in_ten_minutes(level: Level) -> None:
    assert level("starved", "pS6K_T389", 0.5) < 0.2
    assert level("starved", "pS6K_T389", 1.0) < 0.1
    assert level("refed", "pS6K_T389", 1.0) > 0.5


@pytest.mark.parametrize(
    ("withdrawal", "without_sensor"),
    [("leucine", "leucine_sestrins"), ("arginine", "arginine_castor1"), ("methionine", "methionine_samtor")],
)
def test_a_sensor_tells_of_its_amino_acid(level: Level, withdrawal: str, without_sensor: str) -> None:
    assert level(withdrawal, "pS6K_T389", 6.0) < 0.85
    assert level(without_sensor, "mTORC1_lysosome", 6.0) > 1.2 * level(withdrawal, "mTORC1_lysosome", 6.0)


def test_gator1_loss_is_deaf_and_gator2_loss_is_starved(level: Level) -> None:
    assert level("gator1", "pS6K_T389", 1.0) > 0.9
    assert level("gator2", "pS6K_T389", 1.0) < 0.2


def test_docks_need_ragc_or_ragd(level: Level) -> None:
    assert level("rag_cd", "mTORC1_lysosome", 1.0) < 0.05


def test_mtorc1_comes_back_over_hours_and_only_with_autophagy(level: Level) -> None:
    assert level("starved", "pS6K_T389", 10.0) > 2 * level("starved", "pS6K_T389", 2.0)
    for arm in ("starved_atg7", "starved_open"):
        assert level(arm, "pS6K_T389", 10.0) < 1.2 * level(arm, "pS6K_T389", 2.0)


def test_tfeb_has_a_route_of_its_own(level: Level) -> None:
    assert level("rheb", "pS6K_T389", 1.0) < 0.3
    assert level("rheb", "TFEB_nuclear", 1.0) == pytest.approx(1.0, abs=0.1)
    assert level("flcn", "TFEB_nuclear", 1.0) > 2
    assert level("flcn", "pS6K_T389", 1.0) > 0.9


def test_tfeb_makes_ragd_which_docks_more(level: Level) -> None:
    assert level("torin1", "RRAGD", 10.0) > 1.5
    assert level("torin1", "mTORC1_lysosome", 10.0) > 1.1
    assert level("torin1_open", "mTORC1_lysosome", 10.0) == pytest.approx(1.0, abs=0.02)


def test_without_becn1_nothing_is_digested_and_sqstm1_piles_up(level: Level) -> None:
    assert level("becn1", "autophagy_flux", 1.0) == 0
    assert level("becn1", "SQSTM1", 1.0) > 1.5
