"""Run the open half of the SBML Test Suite: passed, refused by name, wrong.

``python benchmarks/sbml_suite.py [FOLDER] [--every N]``; FOLDER holds ``semantic``, ``tiers.json``,
``semantic_tags.json`` and the scorer ``compare.py``.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from rheostat.studies.sbml_model import load_sbml
from rheostat.vocabulary.error import InputError

SUITE = Path(__file__).resolve().parents[1].parent / "shared" / "suites" / "sbml"
# Every case without these must pass; with them it may also be refused by name.
MAY_BE_REFUSED = {
    "AssignedConstantStoichiometry", "AssignedVariableStoichiometry", "StoichiometryMath",
    "SpeciesReferenceInMath", "CSymbolRateOf", "ConversionFactors", "NonConstantCompartment",
    "VolumeConcentrationRates",
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """How a case ended: passed, refused or wrong, and why."""

    case: str
    plain: bool
    kind: str
    why: str = ""


def scorer(suite: Path) -> ModuleType:
    """The suite's own scorer."""
    spec = importlib.util.spec_from_file_location("sbml_suite_compare", suite / "compare.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cases(suite: Path, every: int = 1) -> list[tuple[str, bool]]:
    """Cases of tier 1 with whether they are plain; every n-th of them."""
    tags = json.loads((suite / "semantic_tags.json").read_text(encoding="utf-8"))
    names = sorted(json.loads((suite / "tiers.json").read_text(encoding="utf-8"))["tier1"])[::every]
    return [(name, not MAY_BE_REFUSED & {*tags[name]["component"], *tags[name]["test"]}) for name in names]


def simulate(path: str, settings: dict[str, Any]) -> tuple[list[str], Any]:
    """Table that the scorer wants."""
    concentrations = set(settings["concentration"])
    columns = [f"[{name}]" if name in concentrations else name for name in settings["variables"]]
    start = settings["start"]
    times = np.linspace(start, start + settings["duration"], settings["steps"] + 1)
    dataset = load_sbml(path).simulate(times=list(times), columns=columns).dataset
    table = np.column_stack([dataset["time"].values, dataset["value"].values[0]])
    return ["time", *settings["variables"]], table


def run_case(score: ModuleType, suite: Path, case: str, plain: bool) -> Outcome:  # noqa: FBT001 - a pair
    """Outcome of one case."""
    _, model, settings, _, results = score.load_case(str(suite / "semantic" / case))
    try:
        got = simulate(model, settings)
    except InputError as error:
        return Outcome(case, plain, "refused", str(error.issues[0]))
    good, why, _ = score.compare(score.read_table(results), got, settings)
    return Outcome(case, plain, "passed" if good else "wrong", why)


def main() -> int:
    """Print the counts and every case that is not as it should be; 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SUITE)
    parser.add_argument("--every", type=int, default=1)
    chosen = parser.parse_args()
    score = scorer(chosen.folder)
    found = [run_case(score, chosen.folder, *case) for case in cases(chosen.folder, chosen.every)]
    for plain in (True, False):
        counts = Counter(outcome.kind for outcome in found if outcome.plain is plain)
        counted = ", ".join(f"{counts[kind]} {kind}" for kind in ("passed", "refused", "wrong"))
        sys.stdout.write(f"{'plain' if plain else 'other'}: {counts.total()} cases, {counted}\n")
    bad = [each for each in found if each.kind == "wrong" or (each.plain and each.kind == "refused")]
    for outcome in bad:
        sys.stdout.write(f"{outcome.case} {outcome.kind}: {outcome.why}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
