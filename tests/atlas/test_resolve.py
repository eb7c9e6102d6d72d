"""Tumours become items."""

from pathlib import Path

from rheostat.atlas.load import load_atlas
from rheostat.atlas.resolve import tumour_items


def test_heterozygous_loss_leaves_half(root: Path) -> None:
    (item,) = tumour_items(load_atlas(root=root).tumour("MCF-7"))
    assert (item.kind, item.what, item.amount) == ("kd", "TSC2", 0.5)
