"""The MAPK block at nominal values: pools, EGF, RAF and MEK drugs by genotype, feedback from mTORC1."""

from __future__ import annotations

from functools import cache

import pytest

from rheostat.atlas.load import load_atlas
from rheostat.problem.arm import read_arm
from rheostat.problem.draw import NOMINAL
from rheostat.studies.simulate import Draws, Result, simulate

#: Copies of each molecule that a species holds.
POOLS = {
    "SOS1": {"SOS1": 1, "SOS1_p": 1},
    "GAB1": {"GAB1": 1, "GAB1_pY": 1},
    "RAS": {"RAS_GDP": 1, "RAS_GTP": 1},
    "RAF": {"RAF": 1, "RAF_pS259": 1, "RAF_open": 1, "RAF_pERK": 1, "RAF_dimer": 2},
    "MEK": {"MEK": 1, "MEK_p": 1},
    "ERK": {"ERK": 1, "ERK_pY": 1, "ERK_p": 1},
    "RSK": {"RSK": 1, "RSK_p": 1},
}
#: A melanoma makes little EGFR; that is why its RAS stays low when a RAF inhibitor lifts the feedback.
MELANOMA = "mut:BRAF_V600E; kd:EGFR@0.05; env:serum@0.2"
ARMS = {
    "untreated": "",
    "everolimus": "drug:everolimus@20nM",
    "everolimus without S6K1 on IRS1": "drug:everolimus@20nM; cut:s6k1-inhibits-irs1",
    "everolimus without PIP3 on GAB1": "drug:everolimus@20nM; cut:pip3-recruits-gab1",
    "starved": "env:serum@0",
    "egf": "env:serum@0; env:egf@10nM@t0-",
    "trametinib": "drug:trametinib@20nM",
    "mirdametinib": "drug:mirdametinib@100nM",
    "NF1": "mut:NF1_loss",
    "DUSP6": "ko:DUSP6",
    "SPRY2": "ko:SPRY2",
    "RAF lost": "ko:BRAF; ko:RAF1",
    "V600E": "mut:BRAF_V600E",
    "V600E without BRAF": "mut:BRAF_V600E; ko:BRAF",
    "no BRAF": "ko:BRAF",
    "V600E vemurafenib": "mut:BRAF_V600E; drug:vemurafenib@1uM",
    "V600E trametinib": "mut:BRAF_V600E; drug:trametinib@20nM",
    "melanoma": MELANOMA,
    "melanoma vemurafenib": f"{MELANOMA}; drug:vemurafenib@1uM",
    "KRAS": "mut:KRAS_G12D",
    "KRAS low": "mut:KRAS_G12D; drug:vemurafenib@300nM",
    "KRAS high": "mut:KRAS_G12D; drug:vemurafenib@30uM",
    "KRAS trametinib": "mut:KRAS_G12D; drug:trametinib@20nM",
    "vemurafenib": "drug:vemurafenib@1uM",
}
TIMES_H = [0.0, 0.5, 1.0, 24.0]


@cache
def course() -> Result:
    arms = [read_arm(name, "reference", items) for name, items in ARMS.items()]
    readouts = ["pERK", "pMEK", "pRSK", "RAS_GTP", "RAF_dimer", "t_peak_pERK"]
    return simulate(load_atlas(), arms, TIMES_H, Draws((NOMINAL,)), readouts)


def level(arm: str, readout: str = "pERK", time_h: float = 1.0) -> float:
    place = {"condition": arm, "time": time_h, "readout": readout}
    return float(course().dataset["value"].sel(place).isel(draw=0))


@pytest.mark.parametrize("name", list(POOLS))
def test_reactions_keep_the_molecules_of_a_pool(name: str) -> None:
    pool = POOLS[name]
    touched = 0
    for reaction in load_atlas().network.reactions:
        sides = [
            sum(count * pool.get(species, 0) for species, count in side.items())
            for side in (reaction.reactants, reaction.products)
        ]
        assert sides[0] == sides[1], reaction.id
        touched += sides[0] > 0
    assert touched >= 2


def test_egf_gives_a_transient_peak_of_erk() -> None:
    # kinetics: peak at 5 to 10 min, 50 to 90 % lost by 60 min (shi2016, fujita2010).
    assert 5.0 <= 60.0 * level("egf", "t_peak_pERK") <= 10.0
    arms = [read_arm("egf", "reference", ARMS["egf"])]
    peak = float(simulate(load_atlas(), arms, [0.15], Draws((NOMINAL,)), ["pERK"]).dataset["value"].squeeze())
    assert peak > 5.0 * level("starved")
    assert 0.5 <= 1.0 - level("egf") / peak <= 0.9
    assert level("egf", time_h=24.0) > 2.0 * level("starved", time_h=24.0)


@pytest.mark.parametrize("cell", ["", "V600E ", "KRAS "])
def test_trametinib_silences_erk_in_every_genotype(cell: str) -> None:
    untreated = cell.strip() or "untreated"
    assert level(f"{cell}trametinib") < 0.05 * level(untreated)
    assert level(f"{cell}trametinib", time_h=24.0) < 0.1 * level(untreated)
    assert level(f"{cell}trametinib", "pRSK") < 0.1 * level(untreated, "pRSK")


def test_only_trametinib_keeps_raf_from_mek() -> None:
    # Both lift the feedback on RAF; RAF cannot phosphorylate MEK with trametinib in it (Gilmartin 2011).
    for drug in ("trametinib", "mirdametinib"):
        assert level(drug, "RAF_dimer", 24.0) > 2.0
        assert level(drug, "RAS_GTP", 24.0) > 1.2
        assert level(drug) < 0.1
    assert level("trametinib", "pMEK") < 1.0
    assert level("mirdametinib", "pMEK") > 1.5


def test_v600e_needs_no_ras_and_holds_it_down() -> None:
    assert level("V600E") > 2.0
    assert level("V600E", "RAS_GTP") < 0.5
    assert level("V600E", "RAF_dimer") < 0.5
    assert level("V600E without BRAF") == pytest.approx(level("no BRAF"), rel=1e-4)


def test_vemurafenib_silences_v600e_cells_until_feedback_is_lifted() -> None:
    # Lito 2012: ERK falls at once, then part of it comes back with RAS-GTP; least where receptors are few.
    assert level("V600E vemurafenib", time_h=0.5) < 0.25 * level("V600E")
    assert level("melanoma vemurafenib", time_h=0.5) < 0.15 * level("melanoma")
    for cell in ("V600E", "melanoma"):
        drugged = f"{cell} vemurafenib"
        assert level(drugged, "RAS_GTP", 24.0) > 1.5 * level(cell, "RAS_GTP", 24.0)
        assert level(drugged, time_h=0.5) < level(drugged, time_h=24.0) < 0.5 * level(cell)


def test_vemurafenib_excites_ras_driven_cells_at_low_dose_and_stops_them_at_high() -> None:
    assert level("KRAS", "RAS_GTP") > 2.0
    assert level("KRAS low") > 1.1 * level("KRAS")
    assert level("KRAS low", "RAF_dimer") > 1.5 * level("KRAS", "RAF_dimer")
    assert level("KRAS high") < 0.5 * level("KRAS")
    assert level("vemurafenib") > 1.1


def test_brakes_hold_erk_down_and_raf_carries_it() -> None:
    for gene in ("NF1", "DUSP6", "SPRY2"):
        assert level(gene) > 1.15
    assert level("RAF lost") < 1e-3


def test_everolimus_raises_erk_through_s6k1_pi3k_and_ras_within_a_day() -> None:
    # Measured: 1.3 to 3 at 2 to 24 h (carracedo2008). The network stays below that: docs/science.md.
    assert level("everolimus", "RAS_GTP", 24.0) > 1.2
    assert level("everolimus", time_h=24.0) >= 1.1
    assert level("everolimus without S6K1 on IRS1", time_h=24.0) < 1.1
    without_lipid = level("everolimus without PIP3 on GAB1", time_h=24.0)
    assert 1.0 < without_lipid < level("everolimus", time_h=24.0)
