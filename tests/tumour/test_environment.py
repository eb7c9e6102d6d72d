"""Levels of the medium: units, groups and which item wins."""

import pytest

from rheostat.problem.change import restarts
from rheostat.problem.item import parse_items
from rheostat.problem.unknown import UnknownNameError
from rheostat.tumour.environment import Factor, environment_changes
from rheostat.vocabulary.error import InputError

FACTORS = {
    factor.id: factor
    for factor in (
        Factor("insulin", "env_insulin", 10.0, "nM", ("serum",)),
        Factor("egf", "env_egf", 0.2, "nM", ("serum",)),
        Factor("leu", "env_leu", 0.8, "mM", ("bcaa",)),
        Factor("arg", "env_arg", 0.4, "mM", ("AA",)),
        Factor("O2", "env_O2", 20.0, "%"),
        Factor("serum", "", None, ""),
        Factor("AA", "", None, ""),
        Factor("bcaa", "", None, "", ("AA",)),
        Factor("il6", "env_il6", 1.0, "nM"),
    )
}
PARAMETERS = ("env_insulin", "env_egf", "env_leu", "env_arg", "env_O2")


def levels(text: str, time: float = 0.0) -> dict[str, float]:
    segments = environment_changes(parse_items(text), FACTORS, PARAMETERS)
    current: dict[str, float] = {}
    for start, changes in restarts(segments, dict.fromkeys(PARAMETERS, 1.0)):
        if start <= time:
            current.update({change.target: change.value for change in changes})
    return current


def test_group_sets_its_members_and_theirs() -> None:
    assert levels("env:serum@0.1") == {"env_insulin": 0.1, "env_egf": 0.1}
    assert levels("env:AA@0") == {"env_leu": 0.0, "env_arg": 0.0}
    assert levels("env:bcaa@0.15") == {"env_leu": 0.15}


@pytest.mark.parametrize("text", ["env:AA@0; env:bcaa@0.5; env:leu@1", "env:leu@1; env:bcaa@0.5; env:AA@0"])
def test_narrower_wins_in_any_order(text: str) -> None:
    # Leucine stays as it was in rich medium, which is nothing done.
    assert levels(text) == {"env_arg": 0.0}


@pytest.mark.parametrize("text", ["env:AA@0; env:AA@1@t1-", "env:AA@1@t1-; env:AA@0"])
def test_timed_comes_over_untimed(text: str) -> None:
    assert levels(text, 0.0)["env_leu"] == 0.0
    assert levels(text, 2.0)["env_leu"] == 1.0


def test_of_equal_items_the_later_line_wins() -> None:
    assert levels("env:leu@0.5@t0-; env:leu@0.2@t0-")["env_leu"] == 0.2


def test_segment_goes_back_to_the_untimed_level() -> None:
    text = "env:leu@0.3; env:leu@1@t0-1"
    assert (levels(text, 0.5)["env_leu"], levels(text, 2.0)["env_leu"]) == (1.0, 0.3)


@pytest.mark.parametrize(
    ("text", "target", "level"),
    [
        ("env:insulin@100nM", "env_insulin", 10.0),
        ("env:leu@400uM", "env_leu", 0.5),
        ("env:O2@1%", "env_O2", 0.05),
        ("env:o2@0.5", "env_O2", 0.5),
    ],
)
def test_units_become_levels(text: str, target: str, level: float) -> None:
    assert levels(text) == {target: pytest.approx(level)}


@pytest.mark.parametrize("text", ["env:serum@10nM", "env:leu@5%", "env:O2@1nM"])
def test_unit_without_reference_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="E411"):
        levels(text)


def test_unknown_factors_are_missing() -> None:
    with pytest.raises(UnknownNameError) as caught:
        levels("env:insulim@1; env:il6@1")
    assert caught.value.missing == ("env:insulim", "env:il6")
    assert "did you mean 'insulin'" in str(caught.value)
