"""Published models of mTOR signalling run as in libRoadRunner, or are refused by name."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT.parent / "shared" / "models" / "biomodels"
MODELS = (146, 175, 223, 262, 448, 580, 581, 582, 651, 653, 666, 833, 1102)


@pytest.fixture(scope="module")
def biomodels() -> ModuleType:
    """The benchmark that compares all of them, as a module."""
    pytest.importorskip("roadrunner", reason="the independent engine is not installed")
    if not FOLDER.is_dir():
        pytest.skip("needs the shared folder with the published models")
    name = "biomodels_benchmark"
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / "biomodels.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("number", MODELS)
def test_every_course_agrees_at_tight_tolerances(biomodels: ModuleType, number: int) -> None:
    # Both run at rtol 1e-10, where they are each good to about 1e-8.
    found = biomodels.compare(FOLDER / f"BIOMD{number:010}.xml")
    assert found.refusal == ""
    assert found.columns > 0
    assert found.worst <= 1e-6, found.where


def test_a_model_with_an_event_is_refused_by_its_name(biomodels: ModuleType) -> None:
    found = biomodels.compare(FOLDER / "BIOMD0000000822.xml")
    assert "event dose E250" in found.refusal
