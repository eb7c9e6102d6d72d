import math

import pytest

from rheostat.knowledge.mechanism import read_mechanisms
from rheostat.vocabulary.error import InputError

GOOD = """\
compartments: {cytosol: {volume: 2.5e-12, unit: litre}}
species:
  TSC: {agent: TSC1.TSC2, compartment: cytosol, initial: 20, unit: kilocopy, source: nagaraj2011, grade: B}
  TSC_p: {agent: TSC2, state: p@T1462, compartment: cytosol, initial: 0}
mechanisms:
- id: akt-inactivates-tsc2
  says: AKT phosphorylates TSC2
  statement: {type: Phosphorylation, agents: [AKT1, TSC2], residue: T, position: 1462}
  serves: [GP-1]
  evidence:
  - {source: manning2002, finding: it does, system: HEK293, assay: western_blot}
  expressions: |
    active := TSC; active has kilocopy
  reactions: |
    on: TSC -> TSC_p; k_on_tsc*TSC

    off: TSC_p -> TSC; k_off_tsc*TSC_p
  parameters:
    k_on_tsc: {value: 6e-1, unit: 1/min, spread: 3, source: [a2001, b2002], grade: C}
    k_off_tsc: {value: 1, unit: 1/min, source: estimate, grade: A}
"""


def write(folder, text, name="m.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def issues_of(*paths):
    with pytest.raises(InputError) as caught:
        read_mechanisms(paths)
    return caught.value.issues


def test_a_good_file(tmp_path):
    found = read_mechanisms([write(tmp_path, GOOD)])
    (mechanism,) = found.mechanisms
    assert mechanism.id == "akt-inactivates-tsc2"
    assert mechanism.statement["position"] == 1462
    assert mechanism.evidence[0].source == ("manning2002",)
    assert (mechanism.expressions_line, mechanism.reactions_line) == (13, 15)
    assert mechanism.place.line == 6
    k_on, k_off = mechanism.parameters
    assert (k_on.value, k_on.unit, k_on.source) == (0.6, "1/min", ("a2001", "b2002"))
    assert k_on.sigma == pytest.approx(math.log(3) / 1.96)
    assert k_off.spread == 1.3
    assert k_off.place.line == 20
    assert [(s.id, s.spread) for s in found.species] == [("TSC", 2.0), ("TSC_p", 1.0)]
    assert found.compartments[0].volume == 2.5e-12


def test_all_problems_are_reported_with_their_lines(tmp_path):
    text = GOOD.replace("agent: TSC2,", "agnt: TSC2,").replace("value: 6e-1", "value: fast")
    issues = issues_of(write(tmp_path, text))
    codes = {(issue.code, issue.where.rsplit(":", 2)[1]) for issue in issues}
    assert codes == {("E107", "4"), ("E108", "4"), ("E109", "19")}
    joined = "\n".join(map(str, issues))
    assert "unknown key 'agnt' of species TSC_p; did you mean 'agent'?" in joined
    assert "k_on_tsc value of 'akt-inactivates-tsc2'" in joined
    assert "found 'fast'" in joined


def test_a_parameter_without_unit_source_and_grade_is_named(tmp_path):
    text = GOOD.replace("{value: 1, unit: 1/min, source: estimate, grade: A}", "{value: 1}")
    (issue,) = issues_of(write(tmp_path, text))
    assert issue.code == "E204"
    assert issue.where.endswith("m.yaml:20:5")
    assert "'k_off_tsc' of mechanism 'akt-inactivates-tsc2' has no unit, source, grade" in issue.message


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        (
            ", unit: kilocopy, source: nagaraj2011, grade: B",
            "",
            "E204",
            "species 'TSC' has no unit, source, grade",
        ),
        ("unit: kilocopy", "unit: nM", "E301", "'nM'"),
        ("unit: 1/min, spread", "unit: 1/mn, spread", "E301", "did you mean '1/min'"),
        ("grade: C", "grade: D", "E109", "none of 'A', 'B' or 'C'"),
        ("spread: 3", "spread: 0.5", "E109", "greater than or equal to 1"),
        ("value: 6e-1", "value: -1", "E109", "greater than or equal to 0"),
        ("value: 6e-1", "value: .inf", "E109", "finite"),
        ("id: akt-", "id: 'akt;", "E103", ""),
        ("id: akt-inactivates-tsc2", "id: 'akt;tsc2'", "E206", "akt;tsc2"),
        ("TSC_p: {agent", "TSC-p: {agent", "E206", "TSC-p"),
        (
            "compartment: cytosol, initial: 0",
            "compartment: cytosl, initial: 0",
            "E209",
            "did you mean 'cytosol'",
        ),
        ("k_off_tsc: {value", "TSC_p: {value", "E210", "is a parameter here and a species at"),
        ("says: AKT", "sais: AKT", "E107", "did you mean 'says'"),
        ("agent: TSC1.TSC2,", "agent: TSC1|TSC2, shares: {TSC1: 0.3, TSC2: 0.3},", "E208", "add up to 0.6"),
        ("agent: TSC1.TSC2,", "agent: TSC1|TSC2, shares: {TSC1: 0.3, TSC3: 0.7},", "E208", "'TSC3'"),
        ("mechanisms:", "mechanism:", "E107", "did you mean 'mechanisms'"),
    ],
)
def test_what_is_refused(tmp_path, old, new, code, says):
    assert old in GOOD
    issues = issues_of(write(tmp_path, GOOD.replace(old, new, 1)))
    assert code in {issue.code for issue in issues}
    assert says in "\n".join(map(str, issues))


def test_a_mechanism_needs_evidence_or_the_flag_of_turnover(tmp_path):
    start, end = GOOD.index("  evidence:"), GOOD.index("  expressions:")
    bare = GOOD[:start] + GOOD[end:]
    (issue,) = issues_of(write(tmp_path, bare))
    assert issue.code == "E205"
    flagged = bare.replace("  serves:", "  flag: turnover\n  serves:")
    assert read_mechanisms([write(tmp_path, flagged)]).mechanisms[0].flag == "turnover"


def test_ids_used_in_two_files_show_both_places(tmp_path):
    first, second = write(tmp_path, GOOD), write(tmp_path, GOOD, "n.yaml")
    issues = issues_of(first, second)
    assert sorted(issue.code for issue in issues) == ["E201", "E202", "E202", "E203", "E203", "E207"]
    assert all("n.yaml" in issue.where and "m.yaml" in issue.message for issue in issues)


def test_problems_of_all_files_are_reported_together(tmp_path):
    issues = issues_of(
        tmp_path / "none.yaml", write(tmp_path, "species: [1\n"), write(tmp_path, "- a\n", "n.yaml")
    )
    assert [issue.code for issue in issues] == ["E101", "E103", "E109"]
    assert "mapping" in issues[2].message


def test_an_overlay_replaces_what_has_the_same_id(tmp_path):
    base = read_mechanisms([write(tmp_path, GOOD)])
    end = GOOD.index("mechanisms:")
    overlay = write(tmp_path, GOOD[end:].replace("value: 6e-1", "value: 7"), "overlay.yaml")
    found = read_mechanisms([overlay], base)
    assert [parameter.value for parameter in found.parameters] == [7.0, 1.0]
    assert found.species == base.species


def test_empty_files_declare_nothing(tmp_path):
    assert read_mechanisms([write(tmp_path, "species:\nmechanisms:\n")]).mechanisms == ()


def test_the_shipped_mechanisms_are_read():
    from pathlib import Path

    folder = Path(__file__).resolve().parents[2] / "src" / "rheostat" / "atlas" / "data" / "mechanisms"
    found = read_mechanisms(sorted(folder.glob("*.yaml")))
    assert len(found.mechanisms) > 20
    lines = {}
    for mechanism in found.mechanisms:
        text = lines.setdefault(mechanism.file, Path(mechanism.file).read_text(encoding="utf-8").split("\n"))
        if mechanism.reactions:
            assert text[mechanism.reactions_line - 1].strip() == mechanism.reactions.split("\n")[0].strip()
