"""The influence graph, its loops and its pictures, on the shipped network and at the command line."""

import json
from pathlib import Path

import networkx
import pytest

from rheostat.atlas.load import load_atlas
from rheostat.cli.app import main
from rheostat.report.network_picture import block_lines
from rheostat.studies.influence import InfluenceMap, influence_map


@pytest.fixture(scope="module")
def graph() -> InfluenceMap:
    return influence_map(load_atlas())


def sign(graph: InfluenceMap, source: str, target: str) -> int:
    return next(each.sign for each in graph.influences if (each.source, each.target) == (source, target))


def test_signs_are_those_of_the_literature(graph: InfluenceMap) -> None:
    assert sign(graph, "PTEN", "PIP3") == -1
    assert sign(graph, "RHEB_GTP", "e_average") == 1
    assert sign(graph, "ERK_p", "TSC") == -1
    assert sign(graph, "s6k1_active", "IRS1_pY") == -1


def test_an_influence_names_its_mechanisms_and_papers(graph: InfluenceMap) -> None:
    each = next(one for one in graph.influences if (one.source, one.target) == ("RELA_n", "PTEN"))
    assert "nfkb-represses-pten" in each.mechanisms and "vasudevan2004" in each.evidence


def test_ledger_loops_of_the_network_are_found_and_the_rest_is_explained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["atlas", "loops", "--ledger", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    found = {loop["id"]: loop["found"] for loop in data["loops"]}
    assert [name for name, here in found.items() if not here] == ["L21-mtor-erk-tsc-positive"]
    assert found["L01-s6k1-irs-negative"] and found["L02-akt-ikk-nfkb-pten-positive"]
    assert len(found) + len(data["not_here"]) == 31
    assert data["answers"]["FB-feedback-exists#1"]["holds"]


def test_loops_hold_the_s6k1_brake_with_its_sign(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["atlas", "loops", "--node", "IRS1", "--limit", "0", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert data["positive"] + data["negative"] == len(data["loops"]) > 0
    brakes = [loop for loop in data["loops"] if "s6k1_active" in loop["states"]]
    assert brakes and any(loop["sign"] == -1 for loop in brakes)


def test_map_writes_graphml_and_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["atlas", "map", "--module", "nfkb", "-o", str(tmp_path)]) == 0
    read = networkx.read_graphml(tmp_path / "network.graphml")
    assert read.edges["RELA_n", "PTEN"]["sign"] == -1
    assert read.nodes["PTEN"]["module"] == "lipid"
    assert (tmp_path / "nfkb.png").stat().st_size > 5_000
    assert "PTEN" in (tmp_path / "nfkb.svg").read_text(encoding="utf-8")
    capsys.readouterr()


def test_unknown_block_is_named_with_its_neighbour(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["atlas", "map", "--module", "nfkappab", "-o", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert "nfkb" in said.err + said.out
    assert not (tmp_path / "out").exists()


def test_lines_of_a_picture_have_the_signs_of_what_the_molecules_do(graph: InfluenceMap) -> None:
    signs = {(one, two): sign for one, two, sign in block_lines(graph, "mtorc2")}
    assert signs["in:MTOR.RICTOR.MAPKAP1", "MTOR.RICTOR.MAPKAP1"] == 1
    assert signs["MTOR.RICTOR.MAPKAP1", "SGK1"] == 1
    signs = {(one, two): sign for one, two, sign in block_lines(graph, "tsc_rheb")}
    assert signs["in:AKT1…", "TSC1.TSC2"] == -1 and signs["TSC1.TSC2", "RHEB"] == -1
