"""Facts judged against the shipped atlas."""

import shutil
from functools import cache
from importlib import resources
from pathlib import Path

import pytest

from rheostat.atlas.load import Atlas, load_atlas
from rheostat.knowledge.claim import read_facts
from rheostat.studies.simulate import Draws
from rheostat.verdict.judge import assertion_table, judge
from rheostat.verdict.recorded import Moved, moved, read_recorded, write_recorded
from rheostat.verdict.scoreboard import Scoreboard
from rheostat.vocabulary.error import InputError

FACTS = """
schema_version: 1
facts:
- id: torin-lowers-s6k
  statement: Torin 1 lowers S6K
  arms: {ctrl: [], drug: ['drug:torin1@250nM']}
  assertions:
  - {lhs: {arm: drug, readout: pS6K_T389, t_h: 1}, op: '<', factor: 0.5,
     rhs: {arm: ctrl, readout: pS6K_T389, t_h: null}}
- id: torin-raises-s6k
  statement: the opposite
  arms: {ctrl: [], drug: ['drug:torin1@250nM']}
  assertions:
  - {lhs: {arm: drug, readout: pS6K_T389, t_h: 1}, op: '>', rhs: {arm: ctrl, readout: pS6K_T389, t_h: 1}}
- id: torin-needs-nanomolar
  statement: half-maximal on S6K between 0.1 and 100 nM
  arms: {ctrl: []}
  assertions:
  - {lhs: {arm: ctrl, ic50: torin1, readout: pS6K_T389, t_h: 1}, within: [0.1, 100]}
- id: unknown-names
  statement: names that no atlas has
  arms: {a: ['ko:NOSUCHGENE'], b: ['drug:nosuchdrug@1nM'], c: ['cut:no-such-mechanism']}
  assertions:
  - {lhs: {arm: a, readout: nosuchreadout, t_h: 1}, op: '>', rhs: {arm: b, readout: pERK, t_h: 1}}
- id: synergy
  statement: needs a null model
  arms: {a: ['drug:torin1@1nM'], b: ['drug:mk2206@1nM'], ab: ['drug:torin1@1nM', 'drug:mk2206@1nM']}
  assertions:
  - {lhs: {arm: ab, readout: growth_inhibition, t_h: 72}, op: '>',
     rhs: {null_model: bliss, arms: [a, b], readout: growth_inhibition, t_h: 72}}
- id: unknown-cell
  statement: a cell that no atlas has
  cell: no_such_cell
  arms: {a: []}
  assertions:
  - {lhs: {arm: a, readout: pERK, t_h: 1}, within: [0, 2]}
- id: not-runnable
  statement: about the network
  not_runnable: no arm shows it
"""


@cache
def shipped() -> Atlas:
    return load_atlas()


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Scoreboard:
    path = tmp_path_factory.mktemp("facts") / "facts.yaml"
    path.write_text(FACTS, encoding="utf-8")
    return judge(shipped(), read_facts(path), Draws((0, 1, 2)))


def test_verdicts_and_kinds(board: Scoreboard) -> None:
    seen = {verdict.id: (verdict.verdict, verdict.direction) for verdict in board.verdicts}
    assert seen["torin-lowers-s6k"] == ("reproduced", "right")
    assert seen["torin-raises-s6k"] == ("contradicted", "wrong")
    assert seen["torin-needs-nanomolar"] == ("reproduced", "right")
    kinds = {verdict.id: verdict.kind for verdict in board.verdicts}
    assert (kinds["torin-lowers-s6k"], kinds["torin-raises-s6k"]) == ("wired", "emergent")


def test_what_the_atlas_lacks_is_named_and_never_judged(board: Scoreboard) -> None:
    missing = {
        verdict.id: verdict.missing for verdict in board.verdicts if verdict.verdict == "not_computable"
    }
    assert set(missing) == {"unknown-names", "synergy", "unknown-cell"}
    text = " ".join(missing["unknown-names"])
    assert all(name in text for name in ("NOSUCHGENE", "nosuchdrug", "no-such-mechanism", "nosuchreadout"))
    assert missing["synergy"] == ("null_model:bliss",)
    assert "no_such_cell" in missing["unknown-cell"]


def test_summary_counts_everything_but_what_cannot_run(board: Scoreboard) -> None:
    summary = board.summary
    assert (summary["facts"], summary["not_runnable"]) == (6, 1)
    assert (summary["reproduced"], summary["contradicted"], summary["not_computable"]) == (2, 1, 3)
    assert summary["wired"] + summary["emergent"] == 3
    assert summary["model_direction"] == pytest.approx(2 / 3)
    assert summary["baseline_graph"] == pytest.approx((1 + 0 + 0.5) / 3)


def test_facts_have_the_keys_that_scripts_rely_on(board: Scoreboard) -> None:
    for fact in board.facts:
        assert {
            "id",
            "kind",
            "judge_only",
            "verdict",
            "direction",
            "fraction",
            "assertions",
            "missing",
        } <= set(fact)
    first = board.facts[0]["assertions"][0]
    assert {"fraction", "effect_median", "effect_p05", "effect_p95", "graph"} <= set(first)


def test_moved_verdicts_are_found_and_causes_kept(board: Scoreboard, tmp_path: Path) -> None:
    path = tmp_path / "verdicts.tsv"
    write_recorded(path, board, {"torin-raises-s6k": "it is the opposite"})
    assert moved(board, read_recorded(path)) == ()
    write_recorded(path, board)
    recorded = read_recorded(path)
    assert recorded["torin-raises-s6k"].cause == "it is the opposite"
    path.write_text(
        path.read_text(encoding="utf-8").replace("s6k\tcontradicted", "s6k\treproduced"), encoding="utf-8"
    )
    assert moved(board, read_recorded(path)) == (Moved("torin-raises-s6k", "reproduced", "contradicted"),)


def test_bad_grammar_is_an_error_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text(FACTS.replace("torin1@250nM", "torin1@250nm"), encoding="utf-8")
    with pytest.raises(InputError, match=r"facts\.yaml:\d+:\d+ E406 torin-lowers-s6k, arm drug") as caught:
        judge(shipped(), read_facts(path), Draws(None))
    assert len(caught.value.issues) == 2


def test_targets_that_cannot_be_computed_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text(FACTS, encoding="utf-8")
    with pytest.raises(InputError, match="E522.*NOSUCHGENE"):
        assertion_table(shipped(), read_facts(path), Draws(None))


def test_dose_relative_to_growth_is_not_computable_yet(tmp_path: Path) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text(FACTS.replace("torin1@250nM", "torin1@ic30"), encoding="utf-8")
    first = judge(shipped(), read_facts(path)[:1], Draws(None)).verdicts[0]
    assert (first.verdict, first.missing) == ("not_computable", ("drug:torin1@ic30",))


def test_draws_that_do_not_grow_without_the_drug_count_as_not_satisfied_and_are_listed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "facts.yaml"
    text = """
facts:
- id: no-growth
  statement: nothing to inhibit
  arms: {a: ['ko:MTOR', 'ko:EIF4E', 'ko:CCND1', 'env:glucose@0', 'drug:torin1@250nM']}
  assertions:
  - {lhs: {arm: a, readout: gr, t_h: 72}, within: [-1, 1]}
"""
    path.write_text(text, encoding="utf-8")
    verdict = judge(shipped(), read_facts(path), Draws((5, 6))).verdicts[0]
    assert verdict.failed == (5, 6)
    assert verdict.fraction == 0.0


READINGS = """\
reading\tvalue\tdefault\ttarget\toperation\tnumber\tsays\tsource\tgrade
torin\tbinds\tyes\tatp_site_kd_fold\tmultiply\t1\tas written\testimate\tC
torin\tblind\tno\tatp_site_kd_fold\tset\t1e12\tit does not bind\testimate\tC
gone\thome\tyes\tk_no_such\tset\t1\tas written\testimate\tC
gone\taway\tno\tk_no_such\tset\t0\tof a network to come\testimate\tC
"""
TOLD = """
schema_version: 1
facts:
""" + "".join(
    f"""
- id: {name}
  statement: Torin 1 and S6K
{variant}  arms: {{ctrl: [], drug: ['drug:torin1@250nM']}}
  assertions:
  - {{lhs: {{arm: drug, readout: pS6K_T389, t_h: 1}}, {test}, rhs: {{arm: ctrl, readout: pS6K_T389, t_h: 1}}}}
"""
    for name, variant, test in (
        ("always", "", "op: '<', factor: 0.5"),
        ("blind", "  variant: torin:blind\n", "op: '='"),
        ("binds", "  variant: torin:binds\n", "op: '<', factor: 0.5"),
        ("away", "  variant: gone:away\n", "op: '<'"),
        ("home", "  variant: gone:home\n", "op: '<'"),
        ("unheard", "  variant: torin:maybe\n", "op: '<'"),
    )
)


@pytest.fixture(scope="module")
def switched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Atlas, Path]:
    """The shipped atlas with a reading of its own, and facts that are told under one."""
    folder = tmp_path_factory.mktemp("readings")
    shutil.copytree(str(resources.files("rheostat.atlas") / "data"), folder / "data")
    (folder / "data" / "readings.tsv").write_text(READINGS, encoding="utf-8")
    (folder / "facts.yaml").write_text(TOLD, encoding="utf-8")
    return load_atlas(root=folder / "data"), folder / "facts.yaml"


def test_a_fact_is_judged_with_the_model_under_its_reading(switched: tuple[Atlas, Path]) -> None:
    atlas, path = switched
    verdicts = {one.id: one for one in judge(atlas, read_facts(path), Draws((0, 1))).verdicts}
    assert list(verdicts) == ["always", "blind", "binds", "away", "home", "unheard"]
    assert {name: one.verdict for name, one in verdicts.items()} == {
        "always": "reproduced",
        "blind": "reproduced",
        "binds": "reproduced",
        "away": "not_computable",
        "home": "not_computable",
        "unheard": "not_computable",
    }
    assert verdicts["away"].missing == verdicts["home"].missing == ("k_no_such",)
    assert verdicts["unheard"].missing == ("variant:torin:maybe",)


def test_facts_without_a_variant_run_under_the_chosen_reading(switched: tuple[Atlas, Path]) -> None:
    atlas, path = switched
    facts = [fact for fact in read_facts(path) if fact.id in ("always", "binds")]
    board = judge(atlas.under(["torin:blind"]), facts, Draws((0, 1)))
    assert [one.verdict for one in board.verdicts] == ["contradicted", "reproduced"]


def test_nothing_is_computable_under_a_chosen_reading_that_the_network_lacks(
    switched: tuple[Atlas, Path],
) -> None:
    atlas, path = switched
    facts = [fact for fact in read_facts(path) if fact.id == "always"]
    board = judge(atlas.under(["gone:away"]), facts, Draws((0, 1)))
    assert [one.missing for one in board.verdicts] == [("k_no_such",)]
