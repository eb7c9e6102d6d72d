"""The files that the guides show can be read."""

import re
from pathlib import Path

from rheostat.knowledge.claim import read_facts
from rheostat.knowledge.drug import read_drug
from rheostat.knowledge.mechanism import read_mechanisms
from rheostat.knowledge.tumour import read_tumour

ROOT = Path(__file__).resolve().parents[2]


def shown_file(page: str, heading: str, path: Path) -> Path:
    """Write the YAML block under a heading of a page to a file."""
    section = (ROOT / page).read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1]
    block = re.search(r"^```yaml\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert block is not None
    path.write_text(block.group(1), encoding="utf-8")
    return path


def shipped(folder: str) -> list[Path]:
    return sorted((ROOT / "src/rheostat/atlas/data" / folder).glob("*.yaml"))


def test_the_mechanism_of_the_guide_fits_the_shipped_ones(tmp_path: Path) -> None:
    shown = shown_file("CONTRIBUTING.md", "Add a mechanism", tmp_path / "example.yaml")
    joined = read_mechanisms([shown], base=read_mechanisms(shipped("mechanisms")))
    (mechanism,) = [each for each in joined.mechanisms if each.file == str(shown)]
    assert mechanism.id == "akt-phosphorylates-gsk3b"


def test_the_drug_of_the_guide_can_be_read(tmp_path: Path) -> None:
    drug = read_drug(shown_file("CONTRIBUTING.md", "Add a drug", tmp_path / "mk2206.yaml"))
    assert (drug.handle_kind, drug.handle) == ("parameter", "mk2206")


def test_the_tumour_of_the_guide_can_be_read(tmp_path: Path) -> None:
    tumour = read_tumour(shown_file("CONTRIBUTING.md", "Add a tumour", tmp_path / "MCF-7.yaml"))
    assert [each.item for each in tumour.alterations] == ["mut:PIK3CA_E545K"]


def test_the_claim_of_the_guide_can_be_read(tmp_path: Path) -> None:
    (fact,) = read_facts(shown_file("docs/data.md", "Claims", tmp_path / "claims.yaml"))
    assert set(fact.arms) == {"wt", "gator1"}
