"""A plan cut into pieces: nothing is left out, and no number depends on the cuts."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.atlas.load import Atlas, load_atlas
from rheostat.engine.trajectory import ResultCode
from rheostat.problem.arm import read_arm
from rheostat.problem.draw import sample
from rheostat.studies import piece
from rheostat.studies.piece import cut_plan, run_plan
from rheostat.studies.plan import Plan, make_plan

TEXTS = ("drug:sirolimus@20nM", "env:serum@0; drug:torin1@250nM", "", "ko:TSC2; drug:sirolimus@20nM")


@cache
def shipped() -> Atlas:
    return load_atlas()


@cache
def plan() -> Plan:
    arms = [read_arm(f"arm {number}", "reference", text) for number, text in enumerate(TEXTS)]
    return make_plan(shipped(), arms, [0.0, 1.0], ["pS6K_T389"], 1e-6, 1e-6)


@given(most=st.integers(1, 40), draws=st.integers(1, 30))
@settings(deadline=None)
def test_pieces_hold_each_row_once_and_stay_small(most: int, draws: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(piece, "PIECE_ROWS", most)
        pieces = list(cut_plan(plan(), draws))
    count = np.zeros((len(TEXTS), draws), dtype=int)
    for each in pieces:
        count[each.arms, each.draws] += 1
        rows = len(each.plan.tasks) * (each.draws.stop - each.draws.start)
        # One draw of one arm cannot be cut; an arm has at most three tasks.
        assert rows <= max(most, 3)
    assert np.all(count == 1)


def test_no_bit_depends_on_the_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    values = sample(shipped().prior, 1, (0, 1, 2))
    whole = run_plan(plan(), values)
    monkeypatch.setattr(piece, "PIECE_ROWS", 2)
    seen: list[tuple[int, int]] = []
    pieces = run_plan(plan(), values, 1, lambda done, total: seen.append((done, total)))
    np.testing.assert_array_equal(pieces.value, whole.value)
    np.testing.assert_array_equal(pieces.untreated, whole.untreated)
    assert seen == sorted(seen) and seen[-1] == (12, 12)


def test_a_draw_that_fails_keeps_its_code_and_moves_no_other() -> None:
    values = sample(shipped().prior, 1, (0, 1))
    broken = np.insert(values, 1, np.nan, axis=0)
    whole, found = run_plan(plan(), values), run_plan(plan(), broken)
    assert np.all(found.result[:, 1] == ResultCode.not_finite)
    assert np.all(np.isnan(found.value[:, 1])) and np.all(np.isnan(found.untreated[:, 1]))
    np.testing.assert_array_equal(found.value[:, [0, 2]], whole.value)
    assert np.all(found.result[:, [0, 2]] == ResultCode.ok)


def test_arms_that_cut_the_same_share_a_kernel_whatever_their_drugs() -> None:
    texts = ["drug:sirolimus@20nM", "drug:torin1@250nM; drug:trametinib@20nM", "env:leu@0@t1-2"]
    arms = [read_arm(text, "reference", f"{text}; cut:s6k1-inhibits-irs1") for text in texts]
    assert len(make_plan(shipped(), arms, [1.0], ["pERK"], 1e-6, 1e-6).kernels) == 2
