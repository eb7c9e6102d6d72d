"""Rows that fail numerically are counted, listed and explained; over 5 % of them is exit 3."""

# ruff: noqa: E501 - a file as it stands on disk

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rheostat.cli.app import main

BLOW_UP = """\
species:
  RUNAWAY: {agent: RUNAWAY, compartment: cytosol, initial: 1, unit: kilocopy, spread: 1, source: estimate, grade: C}
mechanisms:
- id: runaway
  says: A species that makes itself faster the more there is, to infinity in finite time
  statement: {type: IncreaseAmount, agents: [RUNAWAY]}
  evidence:
    - {source: estimate, finding: none, system: none, assay: simulation}
  reactions: |
    runaway_grows: -> RUNAWAY; k_runaway*RUNAWAY*RUNAWAY
  parameters:
    k_runaway: {value: 0.01, unit: 1/(kilocopy*min), source: estimate, grade: C}
"""


def test_failed_rows_are_listed_and_exit_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mechanisms").mkdir()
    (tmp_path / "mechanisms" / "runaway.yaml").write_text(BLOW_UP, encoding="utf-8")
    out = tmp_path / "out"
    code = main(
        ["run", "--cell", "reference", "--ensemble", "prior", "--draws", "2", "--hours", "1", "--no-figure",
         "--readout", "pERK", "--atlas", str(tmp_path), "-o", str(out), "--json"]
    )  # fmt: skip
    envelope = json.loads(capsys.readouterr().out)
    assert code == 3
    assert envelope["ok"] is False
    assert "2 of 2 rows failed" in envelope["errors"][0]["message"]
    listed = " ".join(envelope["warnings"])
    assert "draw 0" in listed
    assert "draw 1" in listed
    assert "solver_error: The solver could not go on" in listed
