"""What the outputs of the shipped network do at nominal values: size, division, death, RNF168."""

from __future__ import annotations

import pytest
import xarray as xr

from rheostat.atlas.load import load_atlas
from rheostat.problem.arm import read_arm
from rheostat.problem.draw import NOMINAL
from rheostat.studies.simulate import Draws, simulate

ARMS = {
    "untreated": "",
    "rapalog": "drug:everolimus@20nM",
    "torki": "drug:azd8055@300nM",
    "torki_without_rb1": "mut:RB1_loss; drug:azd8055@300nM",
    "without_rb1": "mut:RB1_loss",
    "without_tsc2": "ko:TSC2",
    "akt_and_mek": "drug:mk2206@1uM; drug:trametinib@20nM",
    "rheb": "ca:RHEB",
    "rheb_s60a": "ca:RHEB; mut:RNF168_S60A",
    "rheb_proteasome": "ca:RHEB; kd:PSMB5@0.2",
    "damaged": "env:dna_damage@1@t0-",
    "starved": "env:AA@0@t0-",
}
READOUTS = [
    "cell_size",
    "proliferation_rate",
    "death_rate",
    "G1_fraction",
    "RNF168",
    "H2A_ub",
    "biomass_synthesis",
]
H, DAY, TWO_DAYS, THREE_DAYS = 2.0, 24.0, 48.0, 72.0


@pytest.fixture(scope="module")
def courses() -> xr.Dataset:
    arms = [read_arm(name, "reference", items) for name, items in ARMS.items()]
    draws = Draws((NOMINAL,), 1, "nominal")
    return simulate(load_atlas(), arms, [0.0, H, DAY, TWO_DAYS, THREE_DAYS], draws, READOUTS).dataset


def value(courses: xr.Dataset, arm: str, readout: str, t_h: float) -> float:
    return float(courses["value"].sel(condition=arm, time=t_h, readout=readout).squeeze())


def test_size_rises_with_growth_over_division(courses: xr.Dataset) -> None:
    assert value(courses, "without_tsc2", "cell_size", 0.0) > 1.1
    assert value(courses, "without_rb1", "cell_size", 0.0) < 0.95


def test_rapalog_is_cytostatic(courses: xr.Dataset) -> None:
    rates = {
        arm: (
            value(courses, arm, "proliferation_rate", THREE_DAYS),
            value(courses, arm, "death_rate", THREE_DAYS),
        )
        for arm in ("untreated", "rapalog")
    }
    assert rates["rapalog"][0] < 0.8 * rates["untreated"][0]
    assert rates["rapalog"][1] == pytest.approx(rates["untreated"][1], rel=0.2)


def test_torki_alone_adds_little_death_and_akt_with_mek_much(courses: xr.Dataset) -> None:
    untreated, torki, both = (
        value(courses, arm, "death_rate", THREE_DAYS) for arm in ("untreated", "torki", "akt_and_mek")
    )
    assert 0.0 < torki - untreated < 0.01
    assert both > 4 * untreated


def test_cells_past_g1_finish_the_cycle(courses: xr.Dataset) -> None:
    early, late = (value(courses, "torki", "proliferation_rate", t_h) for t_h in (H, THREE_DAYS))
    assert early > 0.8 * value(courses, "untreated", "proliferation_rate", H)
    assert late < 0.3 * value(courses, "untreated", "proliferation_rate", THREE_DAYS)
    assert value(courses, "torki", "G1_fraction", DAY) > 1.2


def test_rb1_loss_uncouples_division_from_mtor(courses: xr.Dataset) -> None:
    kept = {
        after: value(courses, after, "proliferation_rate", THREE_DAYS)
        / value(courses, before, "proliferation_rate", 0.0)
        for before, after in (("untreated", "torki"), ("without_rb1", "torki_without_rb1"))
    }
    assert kept["torki_without_rb1"] > 1.4 * kept["torki"]


def test_rnf168_lost_under_rheb_comes_back_without_its_site_or_the_proteasome(courses: xr.Dataset) -> None:
    lost = value(courses, "rheb", "RNF168", 0.0)
    assert lost < 0.9
    assert value(courses, "rheb_s60a", "RNF168", 0.0) > 1.2 * lost
    assert value(courses, "rheb_proteasome", "RNF168", 0.0) > 1.2 * lost


def test_damage_marks_histone(courses: xr.Dataset) -> None:
    assert value(courses, "damaged", "H2A_ub", H) > 3


def test_starved_cells_make_less_biomass(courses: xr.Dataset) -> None:
    assert value(courses, "starved", "biomass_synthesis", H) < 0.7
