"""Energy and AMPK in the shipped network: what costs and what makes ATP, and how AMPK hears of it."""

from functools import cache

import pytest

from rheostat.atlas.load import load_atlas
from rheostat.problem.arm import read_arm
from rheostat.studies.simulate import Draws, Result, simulate

ARMS = {
    "fed": "",
    "no glucose": "env:glucose@0@t0-",
    "two_dg": "drug:two_dg@10mM",
    "two_dg in little glucose": "env:glucose@2.5mM@t0-; drug:two_dg@10mM",
    "torin1": "drug:torin1@250nM",
    "torin1 and no saving": "drug:torin1@250nM; cut:anabolism-spends-atp",
    "no LKB1": "ko:STK11; env:glucose@0@t0-",
    "no raptor site": "mut:RPTOR_S722A_S792A; env:glucose@0@t0-",
    "active AMPK": "ca:PRKAA1",
}


@cache
def result() -> Result:
    arms = [read_arm(name, "reference", items) for name, items in ARMS.items()]
    return simulate(
        load_atlas(),
        arms,
        [0.0, 2.0],
        Draws(None),
        readouts=[
            "ATP",
            "pAMPK_T172",
            "pRaptor_S792",
            "pACC_S79",
            "glycolysis",
            "oxidative_metabolism",
            "pS6K_T389",
        ],
    )


def value(arm: str, readout: str, hour: float = 2.0) -> float:
    return float(result().dataset["value"].sel(condition=arm, readout=readout, time=hour).isel(draw=0))


def test_no_glucose_no_glycolysis_and_mitochondria_step_in() -> None:
    assert value("no glucose", "glycolysis") == pytest.approx(0.0, abs=1e-9)
    assert value("no glucose", "oxidative_metabolism") > 1.1
    assert value("no glucose", "ATP") < 0.8


def test_two_dg_competes_with_glucose() -> None:
    assert value("two_dg", "glycolysis") < 0.6
    assert value("two_dg in little glucose", "ATP") < value("two_dg", "ATP")


def test_low_energy_turns_ampk_on_and_mtorc1_down() -> None:
    for arm in ("no glucose", "two_dg"):
        assert value(arm, "pAMPK_T172") > 2.0
        assert value(arm, "pACC_S79") > 2.0
        assert value(arm, "pS6K_T389") < 0.8


def test_ampk_needs_lkb1_unless_it_is_active_by_itself() -> None:
    assert value("no LKB1", "pAMPK_T172") < 0.2 * value("no glucose", "pAMPK_T172")
    assert value("active AMPK", "pAMPK_T172", 0.0) > 5.0


def test_raptor_without_its_sites_is_not_phosphorylated() -> None:
    assert value("no raptor site", "pRaptor_S792") == pytest.approx(0.0, abs=1e-9)
    assert value("no raptor site", "pACC_S79") > 2.0


def test_mtorc1_spends_the_energy_that_ampk_misses() -> None:
    # Without mTORC1 less is spent, so AMPK rests; with the spending held at its old course it does not.
    assert value("torin1", "pAMPK_T172") < 0.9
    assert value("torin1 and no saving", "pAMPK_T172") > value("torin1", "pAMPK_T172") + 0.05
