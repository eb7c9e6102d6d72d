import re
from pathlib import Path

from rheostat.vocabulary.code import CODES

SOURCE = Path(__file__).resolve().parents[2] / "src" / "rheostat"
CODE = re.compile(r'"([ENW]\d{3})"')


def test_every_code_in_the_source_is_explained():
    raised = {
        (code, path.relative_to(SOURCE).as_posix())
        for path in SOURCE.rglob("*.py")
        for code in CODE.findall(path.read_text(encoding="utf-8"))
    }
    missing = sorted((code, file) for code, file in raised if code not in CODES)
    assert not missing, f"add these to vocabulary/codes.tsv: {missing}"


def test_every_explanation_is_complete():
    for code, entry in CODES.items():
        assert re.fullmatch(r"[ENW]\d{3}", code)
        assert entry.title and not entry.title.endswith(".")
        assert entry.explanation.endswith((".", ")")), code
        assert entry.remedy, code
