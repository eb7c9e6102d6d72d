from pathlib import Path

import pytest

from rheostat.knowledge.claim import read_fact_files, read_facts
from rheostat.vocabulary.error import InputError

SHARED = Path(__file__).resolve().parents[2].parent / "shared"

GOOD = """\
schema_version: 1
facts:
- id: example-1
  statement: GATOR1 loss keeps S6K phosphorylated
  arms:
    wt: ['env:AA@0']
    gator1: env:AA@0; ko:DEPDC5
    none:
  assertions:
  - lhs: {arm: gator1, readout: pS6K_T389, t_h: 1}
    op: '>'
    factor: 3.0
    rhs: {arm: wt, readout: pS6K_T389, t_h: null}
  - {lhs: {arm: wt, readout: gr, t_h: 72}, within: [0, 0.8]}
  - {lhs: {arm: wt, readout: gr, ic50: everolimus}, op: <, rhs: {arm: none, readout: gr, ic50: everolimus}}
  - lhs: {arm: wt, readout: growth_inhibition}
    op: '='
    tolerance: 1.5
    rhs: {null_model: bliss, arms: [wt, gator1], readout: growth_inhibition, t_h: 72}
  confidence: A
  source: barpeled2013
  domain: network
- {id: example-2, statement: later, not_runnable: needs a trial, arms: {}, assertions: []}
"""


def write(folder, text, name="c.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file(tmp_path):
    first, second = read_facts(write(tmp_path, GOOD))
    assert first.cell == "reference"
    assert first.arms == {"wt": ("env:AA@0",), "gator1": ("env:AA@0", "ko:DEPDC5"), "none": ()}
    plain, inside, dose, synergy = first.assertions
    assert (plain.op, plain.factor, plain.lhs.t_h, plain.rhs.t_h) == (">", 3.0, 1.0, None)
    assert (inside.within, inside.op, inside.rhs) == ((0, 0.8), None, None)
    assert (dose.lhs.ic50, dose.factor) == ("everolimus", 1.0)
    assert (synergy.rhs.null_model, synergy.rhs.arms, synergy.tolerance) == ("bliss", ("wt", "gator1"), 1.5)
    assert first.source == ("barpeled2013",)
    assert first.extra == {"domain": "network"}
    assert first.place.line == 3
    assert second.not_runnable == "needs a trial"


def test_a_bare_list_of_facts_is_a_claims_file(tmp_path):
    text = GOOD[GOOD.index("- id") :]
    facts = read_facts(write(tmp_path, text))
    assert [fact.id for fact in facts] == ["example-1", "example-2"]
    assert facts[0].place.line == 1


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("arm: gator1, readout: pS6K", "arm: gator, readout: pS6K", "E602", "did you mean 'gator1'?"),
        ("arms: [wt, gator1]", "arms: [wt, gatr1]", "E602", "did you mean 'gator1'?"),
        ("arms: [wt, gator1]", "arms: [wt]", "E603", "two or more arms"),
        ("op: '>'", "op: '>='", "E109", "'>='"),
        ("    op: '>'\n", "", "E603", "lacks op"),
        ("within: [0, 0.8]", "within: [1, 0.8]", "E603", "is empty"),
        ("within: [0, 0.8]", "within: [0, 0.8], op: <", "E603", "within beside"),
        ("factor: 3.0", "facter: 3.0", "E107", "did you mean 'factor'?"),
        ("factor: 3.0", "factor: three", "E109", "'three'"),
        ("factor: 3.0", "factor: 0", "E109", "greater than 0"),
        ("t_h: 1}", "t_h: -1}", "E109", "greater than or equal to 0"),
        ("bliss", "blis", "E109", "did you mean 'bliss'?"),
        ("id: example-2", "id: example-1", "E601", "first at"),
        ("not_runnable: needs a trial, ", "", "E604", "asserts nothing"),
        ("statement: later, ", "", "E108", "'statement' is missing"),
        ("facts:", "fact:", "E108", "'facts' is missing"),
        ("schema_version: 1", "schema_version: 2", "E109", "schema_version"),
    ],
)
def test_what_is_refused(tmp_path, old, new, code, says):
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        read_facts(write(tmp_path, GOOD.replace(old, new, 1)))
    assert code in {issue.code for issue in caught.value.issues}
    assert says in str(caught.value)
    assert all("c.yaml:" in issue.where for issue in caught.value.issues)


def test_ids_are_unique_over_files(tmp_path):
    with pytest.raises(InputError, match="E601"):
        read_fact_files([write(tmp_path, GOOD), write(tmp_path, GOOD, "d.yaml")])


def test_the_ledger_and_the_open_exam_are_read():
    if not SHARED.is_dir():
        pytest.skip("needs the shared facts folder")
    files = [SHARED / "facts" / "exam_open.yaml", *sorted((SHARED / "ledger" / "facts").glob("*.yaml"))]
    facts = read_fact_files(files)
    assert len(facts) > 500
    assert sum(len(fact.assertions) for fact in facts) > 600
