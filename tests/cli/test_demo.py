"""The demo, with fewer draws than the README runs it with, ends well and leaves a report."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

from rheostat.cli.app import main
from rheostat.studies.demo import DRUGS, EXPLAINED


def test_demo_ends_with_0_and_leaves_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--draws", "16", "-o", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    data = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))["data"]
    assert [tumour["id"] for tumour in data["tumours"]] == ["HCC_PTEN", "angiomyolipoma", "MCF-7"]
    every = {*DRUGS, *map(" + ".join, combinations(DRUGS, 2))}
    for tumour in data["tumours"]:
        assert {line["treatment"] for line in tumour["treatments"]} == every
        assert all(line["reasons"] for line in tumour["treatments"][:EXPLAINED])
    assert all(treatment in shown for treatment in every)
    assert "Research use only" in shown
    assert (tmp_path / "report.html").stat().st_size > 100_000
