"""The open half of the SBML Test Suite, a sample: plain cases pass, others pass or are refused by name."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT.parent / "shared" / "suites" / "sbml"
SAMPLE_EVERY = 8


def _benchmark():
    name = "sbml_suite_benchmark"
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / "sbml_suite.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


# The suite's scorer leaves its files to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_sample_of_the_suite_has_no_wrong_answer() -> None:
    if not SUITE.is_dir():
        pytest.skip("needs the shared facts folder")
    suite = _benchmark()
    score = suite.scorer(SUITE)
    found = [suite.run_case(score, SUITE, *case) for case in suite.cases(SUITE, SAMPLE_EVERY)]
    assert len(found) > 60
    assert [each for each in found if each.kind == "wrong"] == []
    assert [each for each in found if each.plain and each.kind != "passed"] == []
