"""Result codes speak."""

from __future__ import annotations

from rheostat.engine.trajectory import ResultCode


def test_every_code_says_what_happened():
    sentences = {code.sentence for code in ResultCode}
    assert len(sentences) == len(ResultCode)
    assert all(sentence.endswith(".") for sentence in sentences)
