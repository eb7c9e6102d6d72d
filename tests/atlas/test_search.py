"""Search finds things by id, name, sentence and paper."""

from pathlib import Path

import pytest

from rheostat.atlas.load import load_atlas
from rheostat.atlas.search import search


@pytest.mark.parametrize(
    ("words", "kind", "name"),
    [
        ("drug-x", "drug", "drugx"),
        ("AKT phosphorylates", "mechanism", "akt-inactivates-tsc2"),
        ("insulin raises HEK293 pT1462", "", ""),
        ("cvcl_0031", "tumour", "MCF-7"),
        ("Smith 2000", "reference", "smith2000"),
        ("t1462", "readout", "pTSC2_T1462"),
        ("ca:akt1", "form", "ca:AKT1"),
    ],
)
def test_best_hit(root: Path, words: str, kind: str, name: str) -> None:
    hits = search(load_atlas(root=root), words)
    assert [(hit.kind, hit.id) for hit in hits[:1]] == ([(kind, name)] if name else [])


def test_no_words_find_nothing(root: Path) -> None:
    assert search(load_atlas(root=root), "  ") == []
