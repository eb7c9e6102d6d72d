"""Arms of the shipped atlas."""

from functools import cache

import numpy as np
import pytest

from rheostat.atlas.load import Atlas, load_atlas
from rheostat.problem.arm import read_arm
from rheostat.problem.unknown import UnknownNameError
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


#: Arms of one batch that differ in cell, kernel, stage and time of what is done.
MIXED = {
    "now": ("HCC", "drug:azd8055@100nM"),
    "later": ("reference", "drug:sirolimus@20nM@t4-8; env:leu@0@t6-"),
    "medium": ("reference", "env:AA@0@t0-"),
    "starved": ("reference", "env:serum@0; drug:trametinib@20nM"),
    "cut": ("HCC", "drug:sirolimus@20nM; cut:s6k1-inhibits-irs1"),
    "nothing": ("HCC", ""),
}


@cache
def mixed(
    names: tuple[str, ...] = tuple(MIXED), draws: tuple[int, ...] = (3, 4, 5), threads: int = 1
) -> Result:
    arms = [read_arm(name, *MIXED[name]) for name in names]
    return simulate(shipped(), arms, [6.0, 24.0], Draws(draws), ["pERK", "gr"], threads=threads)


@pytest.mark.parametrize("name", list(MIXED))
def test_a_row_is_the_same_alone_as_in_a_batch_of_other_arms_and_draws(name: str) -> None:
    together = mixed().dataset.sel(condition=name, draw=4)
    alone = mixed((name,), (4,)).dataset.sel(condition=name, draw=4)
    assert together.identical(alone)


def test_threads_change_no_bit() -> None:
    assert mixed(threads=2).dataset.identical(mixed().dataset)


def test_each_arm_of_a_batch_follows_its_own_schedule() -> None:
    arms = [
        read_arm("early", "reference", "drug:torin1@250nM@t0-2"),
        read_arm("late", "reference", "drug:torin1@250nM@t4-"),
        read_arm("none", "reference", ""),
    ]
    found = simulate(shipped(), arms, [1.0, 3.5, 5.0], Draws(None), ["pS6K_T389"]).dataset["value"][
        :, 0, :, 0
    ]
    early, late, none = found.values
    assert early[0] < 0.5 < 0.7 < early[1]
    assert late[0] == pytest.approx(1.0, abs=1e-4)
    assert late[1] == pytest.approx(1.0, abs=1e-4) and late[2] < 0.5
    assert none == pytest.approx(np.ones(3), abs=1e-4)


def test_progress_rises_to_all_rows() -> None:
    seen: list[tuple[int, int]] = []
    arms = [read_arm(name, *MIXED[name]) for name in ("now", "starved", "nothing")]
    simulate(
        shipped(),
        arms,
        [1.0],
        Draws((1, 2)),
        ["pERK"],
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == sorted(seen)
    assert {total for _, total in seen} == {6}
    assert seen[-1] == (6, 6)


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
    # Without serum the cell may not grow, which is listed and is no failure of a row.
    assert {each.code for each in several().failures()} <= {None} and several().failed_share == 0.0
