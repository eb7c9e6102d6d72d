"""What ``rheostat check`` answers: judged, not computable and left-out claims."""

import json
from pathlib import Path

import pytest

from rheostat.cli.app import main

FACTS = """
schema_version: 1
facts:
- id: torin-lowers-s6k
  statement: Torin 1 lowers S6K
  arms: {ctrl: [], drug: ['drug:torin1@250nM']}
  assertions:
  - {lhs: {arm: drug, readout: pS6K_T389, t_h: 1}, op: '<', rhs: {arm: ctrl, readout: pS6K_T389, t_h: 1}}
- id: in-the-text
  statement: a claim of one reading
  variant: ar:text
  arms: {ctrl: [], drug: ['drug:torin1@250nM']}
  assertions:
  - {lhs: {arm: drug, readout: pERK, t_h: 1}, op: '<', rhs: {arm: ctrl, readout: pERK, t_h: 1}}
- id: in-the-table
  statement: the claim of the other
  variant: ar:table2
  arms: {ctrl: [], drug: ['drug:torin1@250nM']}
  assertions:
  - {lhs: {arm: drug, readout: pERK, t_h: 1}, op: '>', rhs: {arm: ctrl, readout: pERK, t_h: 1}}
- id: from-nowhere
  statement: a gene that no atlas has
  arms: {a: ['ko:NOSUCHGENE'], b: []}
  assertions:
  - {lhs: {arm: a, readout: pERK, t_h: 1}, op: '>', rhs: {arm: b, readout: pERK, t_h: 1}}
"""


@pytest.fixture
def facts(tmp_path: Path) -> str:
    path = tmp_path / "facts.yaml"
    path.write_text(FACTS, encoding="utf-8")
    return str(path)


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[dict[str, str], list[str]]:
    """Verdict of each fact by id, and the warnings."""
    code = main(["check", *arguments, "--draws", "2", "--ensemble", "prior", "--json"])
    envelope = json.loads(capsys.readouterr().out)
    assert code == 0, envelope
    return {fact["id"]: fact["verdict"] for fact in envelope["data"]["facts"]}, envelope["warnings"]


def test_claims_of_a_reading_that_was_not_chosen_are_left_out_and_named(
    facts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts, warnings = answer(capsys, facts)
    assert list(verdicts) == ["torin-lowers-s6k", "in-the-text", "from-nowhere"]
    assert any("in-the-table" in one and "--variant ar:table2" in one for one in warnings)


def test_other_switches_what_can_be_switched_and_names_the_rest(
    facts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts, warnings = answer(capsys, facts, "--variant", "other")
    # This network has no androgen receptor, whichever way its sentence is read.
    assert verdicts["torin-lowers-s6k"] == "reproduced"
    assert verdicts["in-the-table"] == "not_computable"
    assert any("ar:table2 is not switched" in one for one in warnings)


def test_a_reading_that_the_network_lacks_makes_every_claim_not_computable(
    facts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts, _ = answer(capsys, facts, "--variant", "ar:table2")
    assert list(verdicts) == ["torin-lowers-s6k", "in-the-table", "from-nowhere"]
    assert set(verdicts.values()) == {"not_computable"}
