"""``rheostat simulate`` on the command line."""

import json
from pathlib import Path

import pytest

from rheostat.cli.app import main
from rheostat.network.sbml import to_sbml


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "decay.xml"
    text = "model m()\n compartment c = 1\n species A in c = 1\n k = 1\n r: A -> ; k*A\nend\n"
    path.write_text(to_sbml(text), encoding="utf-8")
    return str(path)


def test_json_holds_a_result_for_each_batch_row(model: str, tmp_path: Path, capsys) -> None:
    table = tmp_path / "table.csv"
    table.write_text("k\n1\n2\n", encoding="utf-8")
    assert main(["simulate", model, "--parameters", str(table), "--times", "0,1", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert data["columns"] == ["row", "time", "[A]"] and data["result"] == ["ok", "ok"]
    assert data["rows"][1] == pytest.approx([0, 1.0, 0.36788], abs=1e-5)
    assert data["rows"][3] == pytest.approx([1, 1.0, 0.13534], abs=1e-5)


def test_output_file_holds_all_rows(model: str, tmp_path: Path, capsys) -> None:
    out = tmp_path / "out.csv"
    assert main(["simulate", model, "--end", "2", "-o", str(out)]) == 0
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "row,time,[A]" and len(lines) == 102
    assert str(out) in capsys.readouterr().out


def test_missing_model_is_exit_2(tmp_path: Path, capsys) -> None:
    assert main(["simulate", str(tmp_path / "none.xml")]) == 2
    assert "E101" in capsys.readouterr().err
