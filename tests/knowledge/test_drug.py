import pytest

from rheostat.knowledge.drug import read_drug, read_drugs
from rheostat.vocabulary.error import InputError

GOOD = """\
id: torin1
name: Torin 1
aliases: [Torin-1]
drug_class: mTOR kinase inhibitor
molar_mass: {value: 607.6, unit: g/mol, source: pubchem, grade: A}
curie: pubchem.compound:49836027
handle: {kind: parameter, id: torin1}
mechanism: torin1-inhibits-mtor
in_vitro_nM: {low: 50, high: 500, source: thoreen2009, grade: A}
free_caverage_nM: null
readouts:
- {readout: pS6K_T389, ic50_nM: [2, 10], max_inhibition: [0.9, 1], time_h: 1, source: thoreen2009, grade: A}
regimens: []
"""


def write(folder, text, name="torin1.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file(tmp_path):
    drug = read_drug(write(tmp_path, GOOD))
    assert (drug.molar_mass, drug.in_vitro_nM, drug.free_caverage_nM) == (607.6, (50.0, 500.0), None)
    assert (drug.handle, drug.handle_kind, drug.mechanism) == (
        "torin1",
        "parameter",
        ("torin1-inhibits-mtor",),
    )
    assert drug.readouts[0].ic50_nM == (2.0, 10.0)
    assert drug.readouts[0].place.line == 12
    assert drug.provenance["in_vitro_nM"] == (("thoreen2009",), "A")


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("drug_class:", "drug_clas:", "E108", "'drug_class' is missing"),
        ("aliases:", "alias:", "E107", "did you mean 'aliases'?"),
        ("kind: parameter", "kind: species", "E109", "medium_species"),
        ("unit: g/mol", "unit: kDa", "E109", "'kDa'"),
        ("low: 50", "low: 5000", "E109", "is above high"),
        ("id: torin1\n", "id: torin\n", "E113", "'torin1'"),
        ("[2, 10]", "[2]", "E108", ""),
    ],
)
def test_what_is_refused(tmp_path, old, new, code, says):
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        read_drugs([write(tmp_path, GOOD.replace(old, new, 1))])
    assert code in {issue.code for issue in caught.value.issues}
    assert says in str(caught.value)
