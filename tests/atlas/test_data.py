"""The shipped data files read, cite sources that exist, and hold ordered ranges."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from rheostat.knowledge.claim import read_facts
from rheostat.knowledge.drug import read_drugs
from rheostat.knowledge.reference import read_references
from rheostat.knowledge.tumour import read_tumours

DATA = Path(__file__).resolve().parents[2] / "src" / "rheostat" / "atlas" / "data"
GRADES = {"A", "B", "C"}
FORM_OPERATIONS = {"set", "multiply", "add", "factor"}
REGULAR_ITEM = re.compile(r"^(drug|ko|kd|oe|ca|kinase_dead|mut|env|cut|context):[^\s@]+(@[^@\s]+){0,2}$")

TABLES = {
    "references.tsv": ["key", "doi", "pmid", "year", "first_author", "where", "read"],
    "forms.tsv": ["form", "target", "operation", "value", "effect", "source", "grade", "note"],
    "environment.tsv": [
        "id", "parameter", "reference", "unit", "scaled_by", "scales", "description", "source", "grade",
    ],
    "classes.tsv": ["class", "item", "note"],
    "genes.tsv": ["alias", "symbol"],
    "facts/split.tsv": ["item", "group", "part"],
}  # fmt: skip
DOCUMENTS = sorted(path for folder in ("drugs", "tumours", "facts") for path in DATA.glob(f"{folder}/*.yaml"))
DOCUMENTS.append(DATA / "loops.yaml")


def read_table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))


def read_document(path: Path) -> dict[str, Any]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def find_all(node: Any, key: str) -> list[Any]:
    """Every value below ``node`` that stands under ``key``."""
    if isinstance(node, dict):
        here = [node[key]] if key in node else []
        return here + [hit for value in node.values() for hit in find_all(value, key)]
    if isinstance(node, list):
        return [hit for value in node for hit in find_all(value, key)]
    return []


def cited(node: Any) -> set[str]:
    sources: set[str] = set()
    for source in find_all(node, "source"):
        sources.update(source if isinstance(source, list) else [source])
    return sources


@pytest.fixture(scope="module")
def reference_keys() -> set[str]:
    return {row["key"] for row in read_table("references.tsv")}


@pytest.mark.parametrize("name", TABLES)
def test_table_has_its_columns_in_every_row(name: str) -> None:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    assert lines[0].split("\t") == TABLES[name]
    assert {len(line.split("\t")) for line in lines} == {len(TABLES[name])}


@pytest.mark.parametrize("name", TABLES)
def test_table_cites_known_sources(name: str, reference_keys: set[str]) -> None:
    keys = {key for row in read_table(name) for key in row.get("source", "").split(";") if key}
    assert keys <= reference_keys


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(DATA).as_posix())
def test_document_cites_known_sources_and_grades(path: Path, reference_keys: set[str]) -> None:
    document = read_document(path)
    assert cited(document) <= reference_keys
    assert set(find_all(document, "grade")) <= GRADES
    assert set(find_all(document, "confidence")) <= GRADES


@pytest.mark.parametrize("path", sorted(DATA.glob("drugs/*.yaml")), ids=lambda path: path.stem)
def test_drug_is_named_after_its_file_and_has_ordered_ranges(path: Path) -> None:
    drug = read_document(path)
    assert drug["id"] == path.stem
    assert drug["handle"]["kind"] in {"parameter", "medium_species"}
    assert drug["mechanism"]
    assert drug["molar_mass"]["unit"] == "g/mol" and 100 < drug["molar_mass"]["value"] < 2000
    assert 0 < drug["in_vitro_nM"]["low"] < drug["in_vitro_nM"]["high"]
    for readout in drug["readouts"]:
        low, high = readout["max_inhibition"]
        assert low <= high <= 1
        if readout["ic50_nM"] is not None:
            assert 0 < readout["ic50_nM"][0] <= readout["ic50_nM"][1]


@pytest.mark.parametrize("path", sorted(DATA.glob("tumours/*.yaml")), ids=lambda path: path.stem)
def test_tumour_alterations_are_items_with_a_source(path: Path) -> None:
    tumour = read_document(path)
    assert tumour["id"] == path.stem
    forms = {row["form"] for row in read_table("forms.tsv")}
    for alteration in tumour["alterations"]:
        kind, what = alteration["item"].split(":", 1)
        assert what and (kind != "mut" or alteration["item"] in forms), f"{alteration['item']} has no form"
        assert alteration["source"]


def test_names_of_drugs_and_tumours_are_unambiguous() -> None:
    for folder in ("drugs", "tumours"):
        names: dict[str, str] = {}
        for path in sorted((DATA / folder).glob("*.yaml")):
            record = read_document(path)
            for name in {record["id"].lower(), record["name"].lower(), *map(str.lower, record["aliases"])}:
                assert names.setdefault(name, record["id"]) == record["id"], f"{name} names two {folder}"


@pytest.mark.parametrize("path", sorted(DATA.glob("facts/*.yaml")), ids=lambda path: path.stem)
def test_facts_compare_arms_that_exist(path: Path) -> None:
    facts = read_document(path)["facts"]
    assert len({fact["id"] for fact in facts}) == len(facts)
    for fact in facts:
        for item in (item for items in fact["arms"].values() for item in items):
            assert REGULAR_ITEM.match(item), item
        for assertion in fact["assertions"]:
            sides = [assertion[side] for side in ("lhs", "rhs") if isinstance(assertion.get(side), dict)]
            assert {side["arm"] for side in sides if "arm" in side} <= set(fact["arms"])
            if "within" in assertion:
                assert assertion["within"][0] < assertion["within"][1]


def test_split_has_one_row_for_each_fact_of_the_literature() -> None:
    files = [DATA / "facts" / f"{name}.yaml" for name in ("exam_open", "BG", "GP", "FB")]
    ids = [fact["id"] for path in files for fact in read_document(path)["facts"]]
    rows = read_table("facts/split.tsv")
    assert sorted(row["item"] for row in rows) == sorted(ids)
    assert {row["part"] for row in rows} == {"train", "judge"}


def test_forms_are_numbers_with_a_known_operation_and_a_signed_start() -> None:
    for row in read_table("forms.tsv"):
        assert row["operation"] in FORM_OPERATIONS
        assert float(row["value"]) >= 0
        assert row["grade"] in GRADES
        assert all(start[0] in "+-" and len(start) > 1 for start in row["effect"].split(","))


@pytest.fixture(scope="module")
def model_names() -> dict[str, set[str]]:
    """Names that the mechanism files declare, by kind."""
    names: dict[str, set[str]] = {"parameter": set(), "species": set(), "gene": set(), "mechanism": set()}
    for path in DATA.glob("mechanisms/*.yaml"):
        document = read_document(path)
        for species, record in (document.get("species") or {}).items():
            names["species"].add(species)
            names["gene"].update(re.split(r"[.|]", record["agent"]))
        for mechanism in document.get("mechanisms") or []:
            names["mechanism"].add(mechanism["id"])
            names["parameter"].update(mechanism.get("parameters") or {})
    return names


def test_forms_and_environment_act_on_what_the_model_has(model_names: dict[str, set[str]]) -> None:
    for row in read_table("forms.tsv"):
        assert row["target"] in model_names["gene" if row["operation"] == "factor" else "parameter"]
    inputs = {row["parameter"] for row in read_table("environment.tsv") if row["parameter"]}
    assert inputs <= model_names["parameter"]


def test_drugs_and_loops_name_what_the_model_has(model_names: dict[str, set[str]]) -> None:
    for path in DATA.glob("drugs/*.yaml"):
        drug = read_document(path)
        kind = "parameter" if drug["handle"]["kind"] == "parameter" else "species"
        assert drug["handle"]["id"] in model_names[kind]
        assert set(drug["mechanism"]) <= model_names["mechanism"]
    for loop in read_document(DATA / "loops.yaml")["loops"]:
        assert set(loop["mechanisms"]) <= model_names["mechanism"]


def test_pten_loss_acts_once() -> None:
    rows = [row for row in read_table("forms.tsv") if row["form"] == "mut:PTEN_loss"]
    assert [(row["target"], row["operation"], row["value"]) for row in rows] == [("PTEN", "factor", "0")]


def test_activating_mtor_variants_share_one_effect() -> None:
    rows = [row for row in read_table("forms.tsv") if row["target"] == "mtor_kcat" and row["value"] != "0"]
    assert len({(row["operation"], row["value"]) for row in rows}) == 1


def test_environment_groups_scale_rows_that_exist() -> None:
    rows = {row["id"]: row for row in read_table("environment.tsv")}
    for row in rows.values():
        members = [name for name in row["scales"].split(",") if name]
        assert set(members) <= set(rows)
        for name in members:
            assert row["id"] in rows[name]["scaled_by"].split(",")
        assert bool(row["parameter"]) != bool(members), "a row is either a parameter or a group"


def test_loops_name_their_mechanisms_and_sign() -> None:
    loops = read_document(DATA / "loops.yaml")["loops"]
    assert len({loop["id"] for loop in loops}) == len(loops)
    for loop in loops:
        assert loop["mechanisms"] and loop["sign"] in {"positive", "negative"}


def test_old_gene_names_lead_to_one_symbol() -> None:
    rows = read_table("genes.tsv")
    folded = [row["alias"].casefold() for row in rows]
    assert len(set(folded)) == len(folded)
    wanted = {"LKB1": "STK11", "FRAP1": "MTOR", "raptor": "RPTOR", "GbL": "MLST8", "B7-H1": "CD274"}
    found = {row["alias"]: row["symbol"] for row in rows}
    assert {alias: found[alias] for alias in wanted} == wanted


def test_references_have_one_key_each_and_plain_identifiers() -> None:
    rows = read_table("references.tsv")
    assert len({row["key"] for row in rows}) == len(rows)
    for row in rows:
        assert row["read"] in {"full", "abstract", "recalled"}
        assert not row["doi"] or row["doi"].startswith("10.")
        assert re.fullmatch(r"\d*", row["pmid"])
        assert re.fullmatch(r"(\d{4})?", row["year"])


def test_the_readers_of_the_library_take_every_file() -> None:
    assert len(read_references(DATA / "references.tsv")) == len(read_table("references.tsv"))
    for reader, folder in ((read_drugs, "drugs"), (read_tumours, "tumours")):
        paths = sorted((DATA / folder).glob("*.yaml"))
        assert sorted(record.id for record in reader(paths)) == sorted(path.stem for path in paths)
    for path in DATA.glob("facts/*.yaml"):
        assert read_facts(path)
