import pytest

from rheostat.knowledge.reference import COLUMNS, read_references
from rheostat.vocabulary.error import InputError


def write(folder, *lines):
    path = folder / "references.tsv"
    path.write_text(
        "\n".join(["\t".join(COLUMNS), *("\t".join(line) for line in lines)]) + "\n", encoding="utf-8"
    )
    return path


def test_identifiers_are_given_only_when_sure(tmp_path):
    found = read_references(
        write(
            tmp_path,
            (
                "wan2007",
                "10.1038/sj.onc.1209990",
                "17001314",
                "2007",
                "Wan X",
                "Oncogene 26:1932",
                "recalled",
            ),
            ("label", "", "", "", "", "", "full"),
        )
    )
    assert found["wan2007"].year == 2007
    assert found["wan2007"].pmid == "17001314"
    assert (found["label"].doi, found["label"].year, found["label"].where) == (None, None, "")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("a", "doi:10.1/x", "", "2007", "", "", "full"), "E109"),
        (("a", "", "PMC12", "2007", "", "", "full"), "E109"),
        (("a", "", "", "MMVII", "", "", "full"), "E109"),
        (("a", "", "", "2007", "", "", "skimmed"), "E109"),
        (("", "", "", "2007", "", "", "full"), "E108"),
    ],
)
def test_what_is_refused(tmp_path, line, code):
    with pytest.raises(InputError, match=code):
        read_references(write(tmp_path, line))
