import pytest

from rheostat.knowledge.tumour import read_tumour, read_tumours
from rheostat.vocabulary.error import InputError

GOOD = """\
id: mine
name: my tumour
tissue: liver
alterations:
- {item: 'mut:PTEN_loss', zygosity: biallelic, source: report, grade: A}
expression:
- {gene: IGF1R, fold: 3, source: report, grade: B}
environment: {leu: 0.5}
ignored: [TP53 R273H]
patient: keep me out of the model
"""


def write(folder, text, name):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_users_own_file_may_have_any_name(tmp_path):
    tumour = read_tumour(write(tmp_path, GOOD, "case 7.yaml"))
    assert tumour.programme == "tumour_cell"
    assert tumour.alterations[0].item == "mut:PTEN_loss"
    assert tumour.alterations[0].place.line == 5
    assert (tumour.expression[0].gene, tumour.expression[0].fold) == ("IGF1R", 3.0)
    assert tumour.environment == {"leu": 0.5}
    assert tumour.ignored == ("TP53 R273H",)


def test_shipped_files_are_called_after_their_id(tmp_path):
    with pytest.raises(InputError, match="E113"):
        read_tumours([write(tmp_path, GOOD, "yours.yaml")])


def test_misspelt_keys_and_wrong_values_are_reported_together(tmp_path):
    text = GOOD.replace("fold: 3", "fold: -3").replace("zygosity", "zygosty")
    with pytest.raises(InputError) as caught:
        read_tumour(write(tmp_path, text, "mine.yaml"))
    assert [issue.code for issue in caught.value.issues] == ["E107", "E109"]
    assert "did you mean 'zygosity'?" in str(caught.value)
    with pytest.raises(InputError, match="did you mean 'alterations'"):
        read_tumour(write(tmp_path, GOOD.replace("alterations:", "alteration:"), "mine.yaml"))


def test_a_misspelt_zygosity_is_refused_and_never_taken_for_full_loss(tmp_path):
    text = GOOD.replace("zygosity: biallelic", "zygosity: heterozygus")
    with pytest.raises(InputError, match="heterozygous") as refused:
        read_tumour(write(tmp_path, text, "mine.yaml"))
    assert refused.value.issues[0].where.endswith("mine.yaml:5:37")
