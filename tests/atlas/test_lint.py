"""Lint finds planted gaps, and nothing in a whole atlas."""

import shutil
from pathlib import Path

import pytest

from rheostat.atlas.lint import lint
from rheostat.atlas.load import load_atlas


def codes(root: Path) -> list[str]:
    return [issue.code for issue in lint(load_atlas(root=root))]


def test_whole_atlas_has_no_issue(root: Path) -> None:
    assert lint(load_atlas(root=root)) == []


def test_shipped_atlas_has_no_issue() -> None:
    assert [str(issue) for issue in lint(load_atlas()) if issue.severity != "note"] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "says"),
    [
        ("mechanisms/tsc.yaml", "source: smith2000, grade: C}", "grade: C}", "E204", "k_on"),
        ("mechanisms/tsc.yaml", "unit: 1/min, source: smith2000", "source: smith2000", "E204", "k_on"),
        ("mechanisms/tsc.yaml", "  flag: turnover\n", "", "E205", "drugx-is-lost"),
        (
            "mechanisms/tsc.yaml",
            "{source: smith2000, finding",
            "{source: smith2001, finding",
            "E511",
            "smith2000",
        ),
        ("observables.tsv", "A_p", "A_q", "E2", "A_q"),
        ("drugs/drugx.yaml", "id: drugx_medium", "id: drugx_medum", "E509", "drugx_medium"),
        ("drugs/drugx.yaml", "[drugx-is-lost]", "[drugx-is-gone]", "E508", "drugx-is-gone"),
        ("drugs/torinx.yaml", "[TX]", "[drugx]", "E512", "drugx"),
        ("tumours/MCF-7.yaml", "mut:TSC2_loss", "mut:TSC9_loss", "E503", "TSC9"),
        ("tumours/MCF-7.yaml", "{serum: 0.5}", "{serun: 0.5}", "E505", "serum"),
        ("loops.yaml", "[akt-inactivates-tsc2]", "[akt-inactivates-tsc]", "E508", "akt-inactivates-tsc2"),
        ("forms.tsv", "\tk_on\tmultiply", "\tk_onn\tmultiply", "E504", "k_onn"),
        ("forms.tsv", "\tmultiply\t", "\tmultipl\t", "E109", "multiply"),
        ("environment.tsv", "env_insulin", "env_insuline", "E505", "env_insulin"),
    ],
)
def test_planted_gap_is_found(root: Path, file: str, old: str, new: str, code: str, says: str) -> None:
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    issues = lint(load_atlas(root=root))
    assert any(issue.code.startswith(code) and says in str(issue) for issue in issues), issues


def test_targets_name_readouts_and_cells(root: Path) -> None:
    fact = """\
schema_version: 1
facts:
- id: one
  statement: insulin
  cell: MCF-8
  arms: {a: ['env:insulin@0'], b: []}
  assertions:
  - {lhs: {arm: a, readout: pTSC2_T1463, t_h: 1}, op: '<', factor: 1.0, rhs: {arm: b, readout: gr, t_h: 1}}
  confidence: A
  source: [smith2000]
"""
    (root / "targets.yaml").write_text(fact, encoding="utf-8")
    assert codes(root) == ["E502", "E506"]


def test_overlay_is_checked_too(root: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "mine" / "drugs"
    overlay.mkdir(parents=True)
    text = (root / "drugs" / "torinx.yaml").read_text(encoding="utf-8").replace("id: torinx}", "id: nothing}")
    (overlay / "torinx.yaml").write_text(text, encoding="utf-8")
    assert [issue.code for issue in lint(load_atlas([tmp_path / "mine"], root=root))] == ["E509"]


def test_gap_planted_in_a_copy_of_the_shipped_data_is_found(tmp_path: Path) -> None:
    shipped = load_atlas().root
    copy = tmp_path / "copy"
    shutil.copytree(shipped, copy)
    table = copy / "references.tsv"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text(
        "".join(line for line in lines if not line.startswith("thoreen2009\t")), encoding="utf-8"
    )
    assert "E511" in codes(copy)
