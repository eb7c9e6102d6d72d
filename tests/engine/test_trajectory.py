"""Result codes speak; an empty trajectory says nothing was found yet."""

from __future__ import annotations

import numpy as np

from rheostat.engine.trajectory import ResultCode, empty_trajectory


def test_every_code_says_what_happened_and_what_to_try():
    sentences = {code.sentence for code in ResultCode}
    assert len(sentences) == len(ResultCode)
    assert all(sentence.endswith(".") for sentence in sentences)
    assert all(";" in code.sentence or ":" in code.sentence for code in ResultCode if code != ResultCode.ok)


def test_codes_fit_into_the_result_and_ok_is_zero():
    # A row is ok if its code is 0: callers use the codes as truth values.
    assert ResultCode.ok == 0
    assert all(np.int8(code) == code for code in ResultCode)


def test_an_empty_trajectory_claims_nothing():
    found = empty_trajectory(3, np.arange(4.0), 2, 5)
    assert found.observables.shape == (3, 4, 2) and np.isnan(found.observables).all()
    assert found.final.shape == (3, 5) and np.isnan(found.final).all()
    assert not found.result.any() and np.isnan(found.failure_time).all()
    assert not found.steps.any() and not found.rejected.any() and not found.drift.any()
