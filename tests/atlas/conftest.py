"""A small atlas of one mechanism, so that these tests do not move with the shipped data."""

from pathlib import Path

import pytest

MECHANISMS = """\
compartments:
  cytosol: {volume: 2.5e-12, unit: litre}
  medium: {volume: 4.0e-9, unit: litre}
species:
  A: {agent: TSC1.TSC2, compartment: cytosol, initial: 20, unit: kilocopy, source: smith2000, grade: B}
  A_p: {agent: TSC2, state: p@T1462, compartment: cytosol, initial: 0}
  drugx_medium: {agent: drugx, compartment: medium, initial: 0}
mechanisms:
- id: akt-inactivates-tsc2
  says: AKT phosphorylates TSC2
  statement: {type: Phosphorylation, agents: [AKT1, TSC2]}
  evidence:
    - {source: smith2000, finding: insulin raises pT1462, system: HEK293, assay: western_blot}
  reactions: |
    tsc_on: A -> A_p; k_on*env_insulin*A
    tsc_off: A_p -> A; k_off*A_p
  parameters:
    k_on: {value: 0.6, unit: 1/min, source: smith2000, grade: C}
    k_off: {value: 0.1, unit: 1/min, spread: 3, source: estimate, grade: C}
    env_insulin: {value: 1, unit: dimensionless, spread: 1, source: estimate, grade: C}
- id: drugx-is-lost
  says: The medium loses the drug
  flag: turnover
  reactions: |
    drugx_loss: drugx_medium -> ; k_loss*torinx*drugx_medium
  parameters:
    k_loss: {value: 0.01, unit: 1/(nM*min), source: estimate, grade: C}
    torinx: {value: 0, unit: nM, spread: 1, source: estimate, grade: C}
"""
DRUG = """\
id: {id}
name: {id}
aliases: [{alias}]
drug_class: test drug
molar_mass: {{value: 500, unit: g/mol, source: estimate, grade: A}}
handle: {{kind: {kind}, id: {handle}}}
mechanism: [drugx-is-lost]
in_vitro_nM: {{low: 1, high: 100, source: [estimate], grade: C}}
"""
TUMOUR = """\
id: {id}
name: {id}
aliases: []
curie: {curie}
tissue: breast
alterations: {alterations}
environment: {environment}
grade: A
"""
TABLES = {
    "observables.tsv": [
        "observableId\tobservableFormula\tnoiseFormula\tnoiseDistribution\tunit\tdefault_time_h\tdescription",
        "pTSC2_T1462\tA_p\t0.1\tlog-normal\trelative\t1\tTSC2 phosphorylated on T1462",
    ],
    "references.tsv": [
        "key\tdoi\tpmid\tyear\tfirst_author\twhere\tread",
        "smith2000\t10.1000/abc\t\t2000\tSmith A\tJ Test 1:1\tfull",
    ],
    "forms.tsv": [
        "form\ttarget\toperation\tvalue\teffect\tsource\tgrade\tnote",
        "ca:AKT1\tk_on\tmultiply\t3\t+k_on\testimate\tC\t",
        "TSC2_loss\tTSC2\tfactor\t0\t-TSC2\tsmith2000\tA\t",
    ],
    "environment.tsv": [
        "id\tparameter\treference\tunit\tscaled_by\tdescription\tsource\tgrade",
        "insulin\tenv_insulin\t10\tnM\tserum\tinsulin\testimate\tC",
        "serum\t\t\t\t\tgroup\testimate\tC",
    ],
    "classes.tsv": ["class\titem\tnote", "rapalog\tdrug:drugx@20nM\t"],
    "genes.tsv": ["alias\tsymbol", "tuberin\tTSC2"],
}
LOOPS = (
    "loops:\n- {id: brake, name: brake, says: a loop, mechanisms: [akt-inactivates-tsc2], sign: negative}\n"
)


def write_tumour(
    folder: Path, name: str, curie: str = "null", alterations: str = "[]", environment: str = "{}"
) -> Path:
    path = folder / f"{name}.yaml"
    text = TUMOUR.format(id=name, curie=curie, alterations=alterations, environment=environment)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own for every test."""
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_: cache)
    return cache


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Folder of a complete small atlas."""
    folder = tmp_path / "data"
    for kind in ("mechanisms", "drugs", "tumours"):
        (folder / kind).mkdir(parents=True)
    (folder / "mechanisms" / "tsc.yaml").write_text(MECHANISMS, encoding="utf-8")
    for name, alias, kind, handle in (
        ("drugx", "Drug-X 1", "medium_species", "drugx_medium"),
        ("torinx", "TX", "parameter", "torinx"),
    ):
        text = DRUG.format(id=name, alias=alias, kind=kind, handle=handle)
        (folder / "drugs" / f"{name}.yaml").write_text(text, encoding="utf-8")
    write_tumour(folder / "tumours", "reference")
    alteration = "[{item: 'mut:TSC2_loss', zygosity: heterozygous, source: [smith2000], grade: A}]"
    write_tumour(folder / "tumours", "MCF-7", "cellosaurus:CVCL_0031", alteration, "{serum: 0.5}")
    for name, lines in TABLES.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "loops.yaml").write_text(LOOPS, encoding="utf-8")
    return folder
