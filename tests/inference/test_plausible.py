"""Draws that meet the calibration targets."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from rheostat.atlas.load import Atlas, load_atlas
from rheostat.inference import plausible
from rheostat.inference.plausible import (
    ensemble_key,
    meets_targets,
    plausible_draws,
    prior_draws,
    write_plausible,
)


@cache
def shipped() -> Atlas:
    return load_atlas()


def test_prior_draws_are_the_first_numbers() -> None:
    draws = prior_draws(3, 7)
    assert (draws.numbers, draws.seed, draws.ensemble, draws.acceptance) == ((0, 1, 2), 7, "prior", None)


def test_accepted_draws_meet_the_targets_and_rejected_ones_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plausible.platformdirs, "user_cache_path", lambda _: tmp_path)
    monkeypatch.setattr(plausible, "BATCH", 16)
    draws = plausible_draws(shipped(), 1, 2)
    assert draws.ensemble == "plausible" and draws.acceptance is not None and 0 < draws.acceptance <= 1
    last = draws.numbers[0]
    met = meets_targets(shipped(), 2, range(last + 1))
    np.testing.assert_array_equal(met, np.arange(last + 1) == last)
    # The second time they come from the cache.
    monkeypatch.setattr(plausible, "meets_targets", None)
    assert plausible_draws(shipped(), 1, 2) == draws


def test_shipped_draws_meet_the_targets() -> None:
    path = shipped().root / "plausible.tsv"
    if not path.exists() or f"model={ensemble_key(shipped())}" not in path.read_text(encoding="utf-8"):
        pytest.skip("the shipped table is of other mechanisms; write it with write_plausible")
    assert meets_targets(shipped(), 1, plausible_draws(shipped(), 4, 1).numbers).all()


def test_written_table_names_its_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        plausible, "meets_targets", lambda _atlas, _seed, batch: np.array([n % 2 == 0 for n in batch])
    )
    draws = write_plausible(shipped(), tmp_path / "plausible.tsv", 3)
    assert draws.numbers == (0, 2, 4)
    head, column, *lines = (tmp_path / "plausible.tsv").read_text(encoding="utf-8").splitlines()
    assert head == f"# acceptance=0.5000 tried=64 model={ensemble_key(shipped())} seed=1"
    assert (column, lines[:2]) == ("draw", ["0", "2"])
