"""The atlas resolves names and arms, takes overlays, and keeps what it assembled."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rheostat.atlas.load import load_atlas
from rheostat.problem.arm import read_arm
from rheostat.problem.draw import sample
from rheostat.problem.item import parse_items
from rheostat.problem.unknown import UnknownNameError
from rheostat.vocabulary.error import InputError

OVERLAY_MECHANISM = """\
mechanisms:
- id: drugx-is-lost
  says: The medium keeps the drug
  flag: turnover
  reactions: |
    drugx_loss: drugx_medium -> ; k_loss*torinx*drugx_medium
  parameters:
    k_loss: {value: 0.5, unit: 1/(nM*min), source: estimate, grade: C}
    torinx: {value: 0, unit: nM, spread: 1, source: estimate, grade: C}
"""


@pytest.mark.parametrize("name", ["drugx", "DRUG-X 1", "drug x1", "Drugx"])
def test_drug_answers_to_any_spelling(root: Path, name: str) -> None:
    assert load_atlas(root=root).drug(name).id == "drugx"


@pytest.mark.parametrize("name", ["MCF-7", "MCF7", "mcf 7", "CVCL_0031", "cellosaurus:CVCL_0031"])
def test_cell_answers_to_any_spelling(root: Path, name: str) -> None:
    assert load_atlas(root=root).tumour(name).id == "MCF-7"


def test_path_of_a_tumour_file_is_a_cell(root: Path, tmp_path: Path) -> None:
    text = (root / "tumours" / "reference.yaml").read_text(encoding="utf-8")
    path = tmp_path / "patient 12.yaml"
    path.write_text(text.replace("reference", "patient"), encoding="utf-8")
    assert load_atlas(root=root).tumour(str(path)).id == "patient"
    with pytest.raises(InputError, match="E101"):
        load_atlas(root=root).tumour(str(tmp_path / "absent.yaml"))


def test_unknown_names_come_with_the_nearest(root: Path) -> None:
    atlas = load_atlas(root=root)
    with pytest.raises(UnknownNameError, match=r"E501.*did you mean 'drugx'"):
        atlas.drug("drugy")
    with pytest.raises(UnknownNameError, match=r"E501.*class.*drug:drugx@20nM"):
        atlas.drug("Rapalog")
    with pytest.raises(UnknownNameError, match=r"E502.*did you mean 'MCF-7'"):
        atlas.tumour("MCF-8")
    with pytest.raises(UnknownNameError, match=r"E506.*did you mean 'pTSC2_T1462'"):
        atlas.observable("pTSC2")


def test_arm_becomes_changes_by_stage(root: Path) -> None:
    atlas = load_atlas(root=root)
    changes = atlas.changes(
        read_arm(
            "a",
            "mcf7",
            "ca:AKT1; env:serum@0; env:insulin@100nM@t1-2; drugx 20 nM; drug:tx@1uM@t0-24; cut:brake",
        )
    )
    assert [(one.target, one.operation, one.value) for one in changes.before] == [
        ("A", "multiply", 0.5),
        ("k_on", "multiply", 3.0),
        ("env_insulin", "set", 0.5),
    ]
    assert [(one.target, one.value, one.start_h) for one in changes.starved] == [("env_insulin", 0.0, None)]
    timed = {(time, one.target): one.value for time, step in changes.timed for one in step}
    assert timed == {
        (0.0, "drugx_medium"): pytest.approx(20e-9 * 4e-9 * 6.02214076e23 / 1e3),
        (0.0, "torinx"): 1000.0,
        (1.0, "env_insulin"): 10.0,
        (2.0, "env_insulin"): 0.0,
        (24.0, "torinx"): 0.0,
    }
    assert changes.cuts == {"akt-inactivates-tsc2"}


def test_environment_of_the_cell_comes_back_after_a_timed_segment(root: Path) -> None:
    changes = load_atlas(root=root).changes(read_arm("a", "MCF-7", "env:insulin@0@t0-1"))
    assert changes.starved == ()
    assert [(time, step[0].value) for time, step in changes.timed] == [(0.0, 0.0), (1.0, 0.5)]


def test_form_of_cell_and_arm_acts_once_and_old_names_count(root: Path) -> None:
    atlas = load_atlas(root=root)
    twice = atlas.changes(read_arm("a", "reference", "ca:AKT1; ca:AKT1"))
    assert [(one.target, one.value) for one in twice.before] == [("k_on", 3.0)]
    old = atlas.changes(read_arm("a", "reference", "ko:tuberin"))
    assert [(one.target, one.value) for one in old.before] == [("A", 0.0)]


def test_every_missing_name_of_an_arm_is_listed(root: Path) -> None:
    arm = read_arm("a", "nowhere", "ko:FASN; drug:foo@1nM; env:O2@0; cut:nothing; mut:X_Y1Z; context:odd")
    with pytest.raises(UnknownNameError) as caught:
        load_atlas(root=root).changes(arm)
    assert set(caught.value.missing) == {
        "nowhere",
        "FASN",
        "foo",
        "env:O2",
        "cut:nothing",
        "mut:X_Y1Z",
        "context:odd",
    }


def test_oncologists_spellings_become_items_with_notes(root: Path) -> None:
    items, notes = load_atlas(root=root).read_alterations("PIK3CA:p.His1047Arg, TSC2:loss; ko:tuberin")
    assert [item.what for item in items] == ["PIK3CA_H1047R", "TSC2_loss", "TSC2"]
    assert len(notes) == 3


def test_effects_start_at_species_parameters_and_medium(root: Path) -> None:
    atlas = load_atlas(root=root)
    effects = [atlas.effects(item) for item in parse_items("ko:TSC2; drug:drugx@1nM; env:serum@0")]
    assert effects == [(("A", -1), ("A_p", -1)), (("drugx_medium", 1),), ()]


def test_prior_knows_grades_abundances_and_what_is_fixed(root: Path) -> None:
    prior = load_atlas(root=root).prior
    sigma = dict(zip(prior.ids, prior.sigma, strict=True))
    nominal = dict(zip(prior.ids, prior.nominal, strict=True))
    assert sigma["k_on"] == pytest.approx(math.log(2.0) / 1.96)
    assert sigma["k_off"] == pytest.approx(math.log(3.0) / 1.96)
    assert sigma["A"] == pytest.approx(math.log(2.0) / 1.96)
    assert (sigma["env_insulin"], nominal["A"], nominal["k_on"]) == (0.0, 20.0, 0.6)
    assert "A_p" not in prior.ids
    assert np.all(np.isfinite(sample(prior, 1, range(3))))


def test_overlay_replaces_and_adds(root: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "mine"
    for kind in ("mechanisms", "tumours"):
        (overlay / kind).mkdir(parents=True)
    (overlay / "mechanisms" / "mine.yaml").write_text(OVERLAY_MECHANISM, encoding="utf-8")
    text = (root / "tumours" / "reference.yaml").read_text(encoding="utf-8")
    (overlay / "tumours" / "mine.yaml").write_text(text.replace("reference", "mine"), encoding="utf-8")
    plain, mine = load_atlas(root=root), load_atlas([overlay], root=root)
    values = dict(zip(mine.network.parameters, mine.network.values, strict=True))
    assert values["k_loss"] == 0.5
    assert values["k_on"] == 0.6
    assert mine.tumour("mine").id == "mine"
    assert set(mine.drugs) == set(plain.drugs)
    assert mine.hash != plain.hash
    assert mine.model_hash != plain.model_hash


def test_overlay_of_tumours_leaves_the_model_alone(root: Path, tmp_path: Path) -> None:
    (tmp_path / "mine" / "tumours").mkdir(parents=True)
    (tmp_path / "mine" / "tumours" / "x.yaml").write_text("id: x", encoding="utf-8")
    plain, mine = load_atlas(root=root), load_atlas([tmp_path / "mine"], root=root)
    assert (mine.hash == plain.hash, mine.model_hash == plain.model_hash) == (False, True)


def test_overlay_that_holds_nothing_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as caught:
        load_atlas([tmp_path / "empty", tmp_path / "absent"], root=root)
    assert [issue.code for issue in caught.value.issues] == ["E510", "E510"]


def test_network_comes_back_from_the_cache_as_it_was(root: Path, private_cache: Path) -> None:
    first = load_atlas(root=root).assembled
    (stored,) = private_cache.rglob("*.json")
    again = load_atlas(root=root).assembled
    assert repr(again.network) == repr(first.network)
    assert again.network.values.tolist() == first.network.values.tolist()
    assert again.network.initial.tolist() == first.network.initial.tolist()
    assert (again.antimony, again.agents, again.readouts) == (first.antimony, first.agents, first.readouts)
    assert again.network.mechanism_of("tsc_on") == "akt-inactivates-tsc2"
    stored.write_text("{broken", encoding="utf-8")
    assert load_atlas(root=root).network.species == first.network.species


def test_stored_network_is_read_without_the_sbml_libraries(root: Path, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from rheostat.atlas.load import load_atlas\n"
        f"atlas = load_atlas(root={str(root)!r})\n"
        "atlas.network, atlas.formulas, atlas.prior\n"
        "print(sorted({'libsbml', 'antimony'} & set(sys.modules)))"
    )
    source = str(Path(__file__).resolve().parents[2] / "src")
    known = {**os.environ, "PYTHONPATH": source, "XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=known, check=True)
        for _ in range(2)
    ]
    assert [run.stdout.strip() for run in runs] == ["['antimony', 'libsbml']", "[]"]


def test_cache_that_cannot_be_written_is_fine(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_: blocked)
    assert "A" in load_atlas(root=root).network.species
