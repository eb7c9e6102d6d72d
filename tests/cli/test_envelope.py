"""The JSON envelope."""

import json

from rheostat.cli.envelope import Answer


def test_numbers_that_json_lacks_become_null() -> None:
    envelope = json.loads(Answer("run", {"a": float("nan"), "b": [float("inf"), 1.0]}, "").envelope())
    assert envelope["data"] == {"a": None, "b": [None, 1.0]}
    assert envelope["ok"] is True


def test_a_failed_answer_is_not_ok() -> None:
    assert json.loads(Answer("run", {}, "", exit_code=3).envelope())["ok"] is False
