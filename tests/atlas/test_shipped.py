"""The shipped network itself: clean SBML, faults planted in a copy of it, targets and recorded verdicts."""

from __future__ import annotations

import re
import shutil
from importlib import resources
from pathlib import Path

import libsbml
import pytest

from rheostat.atlas.lint import lint
from rheostat.atlas.load import Atlas, load_atlas
from rheostat.inference.plausible import acceptance, plausible_draws
from rheostat.knowledge.claim import read_fact_files
from rheostat.network.diagnose import diagnostics
from rheostat.verdict.judge import judge
from rheostat.verdict.recorded import moved, read_recorded
from rheostat.vocabulary.error import InputError

DATA = Path(str(resources.files("rheostat.atlas") / "data"))

# ruff: noqa: E501 - texts as they stand in the files
#: Fault -> (file, right, wrong): the plants of the unit guide in our own network, then gaps and slips.
PLANTS = {
    "k_on without nM": ("rapalogs", "k_on_fkbp_sirolimus: {value: 0.6, unit: 1/(nM*min)", "k_on_fkbp_sirolimus: {value: 0.6, unit: 1/min"),
    "k_off per hour": ("rapalogs", "k_off_frb: {value: 0.24, unit: 1/min", "k_off_frb: {value: 0.24, unit: 1/h"),
    "no unit": ("translation", "k_s6k1_off: {value: 0.2, unit: 1/min, ", "k_s6k1_off: {value: 0.2, "),
    "Km in nM": ("akt", "k_pip3_akt: {value: 250, unit: kilocopy", "k_pip3_akt: {value: 250, unit: nM"),
    "factor dropped": ("rapalogs", "k_on_frb*nM_cytosol*FKBP1A_sirolimus*MTORC1", "k_on_frb*FKBP1A_sirolimus*MTORC1"),
    "Ki in kilocopy": ("mtor_pi3k_drugs", "k_torin1_mtorc1: {value: 4, unit: nM", "k_torin1_mtorc1: {value: 4, unit: kilocopy"),
    "zero-order as first-order": ("irs", "k_irs1_syn: {value: 0.0054, unit: kilocopy/min", "k_irs1_syn: {value: 0.0054, unit: 1/min"),
    "growth per minute": ("survival", "d_max: {value: 0.03, unit: 1/h", "d_max: {value: 0.03, unit: 1/min"),
    "item for kilocopy": ("translation", "initial: 15.8, unit: kilocopy", "initial: 15.8, unit: item"),
    "drug in nM": ("rapalogs", "sirolimus_medium: {agent: sirolimus, compartment: medium, initial: 0}", "sirolimus_medium: {agent: sirolimus, compartment: medium, initial: 0, unit: nM}"),
    "factor of the wrong compartment": ("rapalogs", "c_sirolimus := nM_cytosol*sirolimus", "c_sirolimus := nM_medium*sirolimus"),
    "no source": ("survival", "d_0: {value: 0.001, unit: 1/h, source: core_guide, ", "d_0: {value: 0.001, unit: 1/h, "),
    "no grade": ("survival", "d_0: {value: 0.001, unit: 1/h, source: core_guide, grade: C}", "d_0: {value: 0.001, unit: 1/h, source: core_guide}"),
    "misspelt species": ("mapk", "k_mek_off*MEK_p", "k_mek_off*MEKp"),
    "reaction id repeated": ("mapk", "erk_off: ERK_p", "mek_off: ERK_p"),
    "parameter set twice": ("mapk", "    k_mek_off: {", "    k_mek: {value: 1, unit: 1/min, source: core_guide, grade: C}\n    k_mek_off: {"),
    "unnamed reaction": ("mapk", "mek_off: MEK_p -> MEK;", "MEK_p -> MEK;"),
    "second model": ("mapk", "    mek_off: MEK_p -> MEK;", "    end\n    model other()\n    mek_off: MEK_p -> MEK;"),
}  # fmt: skip


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return load_atlas()


def test_exported_sbml_gives_no_diagnostic_of_any_severity(atlas: Atlas) -> None:
    assert diagnostics(atlas.network.sbml) == []


@pytest.mark.parametrize("fault", PLANTS)
def test_planted_fault_is_refused_with_file_and_line(fault: str, tmp_path: Path) -> None:
    module, right, wrong = PLANTS[fault]
    shutil.copytree(DATA, tmp_path / "data")
    path = tmp_path / "data" / "mechanisms" / f"{module}.yaml"
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_atlas(root=tmp_path / "data").assembled  # noqa: B018 - assembly is what refuses
    places = [re.match(rf".*{module}\.yaml:(\d+)", issue.where) for issue in refused.value.issues]
    assert any(places), [str(issue) for issue in refused.value.issues]


def test_every_reaction_says_what_it_is_and_who_showed_it(atlas: Atlas) -> None:
    model = libsbml.readSBMLFromString(atlas.network.sbml).getModel()
    for reaction in model.getListOfReactions():
        assert reaction.isSetSBOTerm(), reaction.getId()
        assert reaction.getKineticLaw().isSetSBOTerm(), reaction.getId()
        said = reaction.getNotesString() + reaction.getAnnotationString()
        assert re.search(r"identifiers\.org/(doi|pubmed)|reference: \w+|flag: turnover", said), (
            reaction.getId()
        )


def test_lint_finds_nothing_but_notes(atlas: Atlas) -> None:
    assert [issue for issue in lint(atlas) if issue.severity != "note"] == []


def test_every_target_holds_at_the_nominal_values(atlas: Atlas) -> None:
    assert all(each.nominal for each in acceptance(atlas, 1, 1))


def test_a_twentieth_of_the_prior_is_plausible(atlas: Atlas) -> None:
    found = plausible_draws(atlas, 64, 1)
    assert found.acceptance is not None
    assert found.acceptance >= 0.05


def test_recorded_verdicts_stand(atlas: Atlas) -> None:
    facts = read_fact_files(sorted((DATA / "facts").glob("*.yaml")))
    board = judge(atlas, facts, plausible_draws(atlas, 64, 1))
    assert moved(board, read_recorded(DATA / "verdicts.tsv")) == ()
    assert board.failed_share <= 0.05


def test_each_miss_has_a_cause() -> None:
    recorded = read_recorded(DATA / "verdicts.tsv").values()
    assert [each.id for each in recorded if each.verdict != "reproduced" and not each.cause] == []
