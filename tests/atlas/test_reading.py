"""Readings that can be switched: the table, the choice, and the network under it."""

from pathlib import Path

import pytest

from rheostat.atlas.lint import lint
from rheostat.atlas.load import Atlas, load_atlas
from rheostat.atlas.reading import choose_readings, read_readings
from rheostat.inference.plausible import ensemble_key
from rheostat.problem.unknown import UnknownNameError
from rheostat.vocabulary.error import InputError

HEAD = "reading\tvalue\tdefault\ttarget\toperation\tnumber\tsays\tsource\tgrade\n"
TABLE = (
    f"{HEAD}"
    "kinase\tfast\tyes\tk_on\tset\t0.6\tas written\tsmith2000\tC\n"
    "kinase\tslow\tno\tk_on\tmultiply\t0.5\thalf\tsmith2000\tC\n"
    "kinase\tslow\tno\tk_off\tset\t0.2\t\tsmith2000\tC\n"
    "gone\thome\tyes\tk_gone\tset\t1\t\testimate\tC\n"
    "gone\taway\tno\tk_gone\tset\t0\t\testimate\tC\n"
)


@pytest.fixture
def atlas(root: Path) -> Atlas:
    (root / "readings.tsv").write_text(TABLE, encoding="utf-8")
    return load_atlas(root=root)


def value(atlas: Atlas, name: str) -> float:
    return float(atlas.network.values[atlas.network.parameters.index(name)])


def test_a_reading_sets_parameters_and_leaves_the_default_atlas_alone(atlas: Atlas) -> None:
    slow = atlas.under(["kinase:slow"])
    assert (value(slow, "k_on"), value(slow, "k_off")) == (0.3, 0.2)
    assert (value(atlas, "k_on"), value(atlas, "k_off")) == (0.6, 0.1)
    assert dict(zip(slow.prior.ids, slow.prior.nominal, strict=True))["k_on"] == 0.3


def test_hashes_and_key_of_the_ensemble_tell_readings_apart(atlas: Atlas) -> None:
    slow = atlas.under(["kinase:slow"])
    assert slow.model_hash != atlas.model_hash
    assert slow.hash != atlas.hash
    (atlas.root / "targets.yaml").write_text("schema_version: 1\nfacts: []\n", encoding="utf-8")
    assert ensemble_key(slow) != ensemble_key(atlas)
    assert slow.under(["kinase:fast"]).model_hash == atlas.model_hash


def test_a_missing_parameter_is_named_and_never_ignored(atlas: Atlas) -> None:
    with pytest.raises(UnknownNameError) as caught:
        _ = atlas.under(["gone:away"]).network
    assert caught.value.missing == ("k_gone",)
    assert caught.value.issues[0].code == "E514"


@pytest.mark.parametrize(
    ("variants", "chosen"),
    [
        ([], ()),
        (["default"], ()),
        (["kinase:fast"], ()),
        (["kinase:slow"], ("kinase:slow",)),
        (["other"], ("kinase:slow", "gone:away")),
        (["other", "gone:home"], ("kinase:slow",)),
        (["kinase:slow", "default"], ()),
    ],
)
def test_what_is_written_later_wins(atlas: Atlas, variants: list[str], chosen: tuple[str, ...]) -> None:
    assert choose_readings(variants, atlas.readings) == chosen


@pytest.mark.parametrize("wrong", ["kinase", "kinase:slw", "kinas:slow", ""])
def test_unknown_reading_is_refused(atlas: Atlas, wrong: str) -> None:
    with pytest.raises(InputError, match="kinase:slow"):
        atlas.under([wrong])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("\tyes\tk_on", "\tperhaps\tk_on", "default"),
        ("\tmultiply\t", "\tdivide\t", "operation"),
        ("\t0.5\t", "\thalf\t", "number"),
        ("fast\tyes", "fast\tno", "0 default values"),
    ],
)
def test_wrong_cell_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = tmp_path / "readings.tsv"
    path.write_text(TABLE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read_readings(path)


def test_lint_notes_a_missing_parameter_and_finds_a_default_that_is_not_in_the_mechanisms(
    atlas: Atlas,
) -> None:
    assert [(one.code, one.severity) for one in lint(atlas)] == [("E514", "note")] * 2
    (atlas.root / "readings.tsv").write_text(TABLE.replace("\t0.6\t", "\t0.7\t"), encoding="utf-8")
    found = [one for one in lint(load_atlas(root=atlas.root)) if one.severity == "error"]
    assert ["kinase:fast" in one.message for one in found] == [True]


def test_the_shipped_readings_are_those_of_the_ledger_and_one_of_ours() -> None:
    defaults = {one.reading: one.value for one in load_atlas().readings.values() if one.is_default}
    assert defaults == {
        "tef": "primary",
        "ar": "text",
        "ras_mtorc2": "text",
        "gli1": "review",
        "otud7b": "primary",
        "rnf168": "primary",
        "mlst8_ub": "competition",
    }
