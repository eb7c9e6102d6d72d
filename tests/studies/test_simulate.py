"""Arms of the shipped atlas."""

from functools import cache

import numpy as np
import pytest

from rheostat.atlas.load import Atlas, load_atlas
from rheostat.problem.arm import read_arm
from rheostat.problem.unknown import UnknownNameError
from rheostat.studies.plan import make_plan
from rheostat.studies.pool import run_plan
from rheostat.studies.simulate import Draws, Result, simulate
from rheostat.vocabulary.error import InputError


@cache
def shipped() -> Atlas:
    return load_atlas()


@cache
def several() -> Result:
    arms = {
        "untreated": "",
        "sirolimus": "drug:sirolimus@20nM",
        "cut": "drug:sirolimus@20nM;cut:s6k1-inhibits-irs1",
        "cut alone": "cut:s6k1-inhibits-irs1",
        "starved": "env:serum@0",
        "late": "drug:torin1@250nM@t4-8",
        "gene": "kd:RPTOR@0.2",
    }
    read = ["pAKT_S473", "pS6K_T389", "growth_rate", "gr", "growth_inhibition"]
    return simulate(
        shipped(),
        [read_arm(name, "reference", items) for name, items in arms.items()],
        [0.0, 2.0, 6.0, 72.0],
        Draws(None),
        readouts=[*read, "t_half_pS6K_T389"],
    )


def value(condition: str, readout: str, hour: float, variable: str = "value") -> float:
    chosen = several().dataset[variable].sel(condition=condition, readout=readout, time=hour)
    return float(chosen.isel(draw=0))


def test_untreated_reference_is_one_and_stays_there() -> None:
    for hour in (0.0, 2.0, 72.0):
        assert value("untreated", "pS6K_T389", hour) == pytest.approx(1.0, abs=1e-4)
        assert value("untreated", "gr", hour) == 1.0


def test_time_zero_is_before_treatment() -> None:
    assert value("sirolimus", "pS6K_T389", 0.0) == pytest.approx(1.0, abs=1e-4)
    assert value("sirolimus", "pS6K_T389", 2.0) < 0.5


def test_untreated_is_the_same_arm_without_its_drugs() -> None:
    assert value("sirolimus", "pS6K_T389", 2.0, "untreated") == pytest.approx(1.0, abs=1e-4)
    assert value("starved", "pS6K_T389", 2.0, "untreated") == value("starved", "pS6K_T389", 2.0)


def test_untimed_environment_acts_before_time_zero() -> None:
    assert value("starved", "pS6K_T389", 0.0) < 0.7


def test_drug_acts_only_within_its_window() -> None:
    assert value("late", "pS6K_T389", 2.0) == pytest.approx(1.0, abs=1e-4)
    assert value("late", "pS6K_T389", 6.0) < 0.5
    assert value("late", "pS6K_T389", 72.0) > 0.7


def test_cut_alone_changes_nothing_and_weakens_the_rebound_under_the_drug() -> None:
    assert value("cut alone", "pAKT_S473", 72.0) == pytest.approx(1.0, abs=1e-4)
    assert value("cut", "pAKT_S473", 2.0) < value("sirolimus", "pAKT_S473", 2.0)


def test_growth_inhibition_of_a_knock_down_counts_from_the_cell_without_it() -> None:
    assert value("gene", "gr", 72.0) == 1.0
    rates = value("gene", "growth_rate", 72.0) / value("untreated", "growth_rate", 72.0)
    assert value("gene", "growth_inhibition", 72.0) == pytest.approx(2.0 - 2.0**rates, abs=1e-3)


def test_derived_time_is_one_number_a_course() -> None:
    times = several().dataset["value"].sel(condition="sirolimus", readout="t_half_pS6K_T389").values[0]
    assert 0.0 < times[0] < 2.0
    assert len(set(times)) == 1
    assert several().dataset["unit"].sel(readout="t_half_pS6K_T389") == "h"


def test_draws_do_not_depend_on_neighbours_or_workers() -> None:
    arms = [read_arm("a", "HCC", "drug:azd8055@100nM"), read_arm("b", "reference", "env:AA@0@t0-")]
    together = simulate(shipped(), arms, [24.0], Draws((3, 4, 5)), readouts=["pERK", "gr"], workers=1)
    alone = simulate(shipped(), arms[:1], [24.0], Draws((4,)), readouts=["pERK", "gr"], workers=1)
    np.testing.assert_array_equal(together.dataset["value"][0, 1], alone.dataset["value"][0, 0])


def test_worker_processes_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rheostat.studies.pool.FEW_ROWS", 0)
    plan = make_plan(shipped(), [read_arm("a", "reference", "")], [1.0], ["pERK"], 1e-6, 1e-6)
    values = np.repeat(shipped().prior.nominal[None], 4, axis=0) * np.linspace(0.9, 1.1, 4)[:, None]
    seen: list[tuple[int, int]] = []
    parallel = run_plan(plan, values, 2, lambda done, total: seen.append((done, total)))
    np.testing.assert_array_equal(parallel.value, run_plan(plan, values, 1).value)
    assert seen[-1] == (4, 4)


def test_unknown_readout_is_named_with_its_neighbour() -> None:
    with pytest.raises(UnknownNameError, match=r"pAKT_S437.*did you mean 'pAKT_S473'"):
        simulate(shipped(), [read_arm("a", "reference", "")], [1.0], Draws(None), readouts=["pAKT_S437"])


@pytest.mark.parametrize("times", [[], [-1.0], [float("nan")]])
def test_bad_times_are_refused(times: list[float]) -> None:
    with pytest.raises(InputError, match="E520"):
        simulate(shipped(), [read_arm("a", "reference", "")], times, Draws(None))


def test_two_arms_of_one_id_are_refused() -> None:
    arm = read_arm("a", "reference", "")
    with pytest.raises(InputError, match="E521"):
        simulate(shipped(), [arm, arm], [1.0], Draws(None))


def test_result_carries_where_it_comes_from() -> None:
    attrs = several().dataset.attrs
    assert {"version", "model", "atlas", "ensemble", "seed"} <= set(attrs)
    assert several().failures() == [] and several().failed_share == 0.0
