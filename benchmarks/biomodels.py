"""Fourteen published models against libRoadRunner: agreement of every species and rule, refusals by name.

``python benchmarks/biomodels.py [FOLDER] [--tsv FILE]``; FOLDER holds the SBML files. Exit code 1 where a
model differs by more than the tolerance, or is refused or run against expectation.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import roadrunner
from numpy.typing import NDArray

from rheostat.studies.sbml_model import SbmlModel, load_sbml
from rheostat.vocabulary.error import InputError

Floats = NDArray[np.float64]
FOLDER: Final = Path(__file__).resolve().parents[1].parent / "shared" / "models" / "biomodels"
# Until the slowest response of each model is over, in its own unit of time; some only grow.
DURATIONS: Final = {
    "BIOMD0000000146": 1800.0,
    "BIOMD0000000175": 1800.0,
    "BIOMD0000000223": 1800.0,
    "BIOMD0000000262": 3600.0,
    "BIOMD0000000448": 1000.0,
    "BIOMD0000000580": 1000.0,
    "BIOMD0000000581": 1000.0,
    "BIOMD0000000582": 30.0,
    "BIOMD0000000651": 10000.0,
    "BIOMD0000000653": 1000.0,
    "BIOMD0000000666": 10000.0,
    "BIOMD0000000833": 1000.0,
    "BIOMD0000001102": 200.0,
}
REFUSED: Final = {"BIOMD0000000822": "events are not supported"}
OUTPUTS: Final = 50
RTOL: Final = 1e-10
ATOL: Final = 1e-20
# A species that never exceeds this is 0: model 223 has no insulin, so what binds it is 0 but for rounding.
# The least peak of any other species of these models is 1e-10.
ZERO: Final = 1e-15
TOLERANCE: Final = 1e-6


@dataclass(frozen=True)
class Comparison:
    """How a model fared.

    Parameters
    ----------
    model : str
    refusal : str
        Why it is refused; empty where it ran.
    columns : int
        How many courses were compared.
    worst : float
        Largest difference, relative to the larger of the value and the peak of its column; infinite
        where only one of the two is a number.
    where : str
        Column and time of the worst difference, and how our run ended.
    reference_error : float
        As ``worst``, of libRoadRunner against itself at a tenth of the relative tolerance.
    """

    model: str
    refusal: str = ""
    columns: int = 0
    worst: float = 0.0
    where: str = ""
    reference_error: float = 0.0

    @property
    def is_as_expected(self) -> bool:
        """Whether it agrees, or is refused for the reason that it should be refused for."""
        if self.model in REFUSED:
            return REFUSED[self.model] in self.refusal
        return not self.refusal and self.worst <= TOLERANCE


def compare(path: Path) -> Comparison:
    """Our courses of a model beside libRoadRunner's at 50 times, dense in the beginning."""
    try:
        model = load_sbml(path)
    except InputError as error:
        return Comparison(path.stem, "; ".join(str(issue) for issue in error.issues))
    if path.stem not in DURATIONS:
        return Comparison(path.stem, "was to be refused", worst=np.inf)
    end = DURATIONS[path.stem]
    times = np.concatenate([[0.0], np.geomspace(end * 1e-4, end, OUTPUTS)])
    columns = columns_of(model)
    run = model.simulate(times=list(times), columns=columns, rtol=RTOL, atol=ATOL)
    ours = np.asarray(run.dataset["value"].values[0])
    theirs = reference(path, times, columns, RTOL)
    finer = reference(path, times, columns, RTOL / 10)
    found = relative(ours, theirs)
    time, column = np.unravel_index(np.argmax(found), found.shape)
    where = f"{columns[column]} at {times[time]:.3g} ({run.results[0]})"
    error = float(np.max(relative(finer, theirs)))
    return Comparison(path.stem, "", len(columns), float(found[time, column]), where, error)


def columns_of(model: SbmlModel) -> list[str]:
    """Amount and concentration of every species, and every other variable that a rule gives."""
    species = list(model.model.species)
    others = [name for name in model.default_columns if name.strip("[]") not in model.model.species]
    return [*species, *(f"[{name}]" for name in species), *others]


def reference(path: Path, times: Floats, columns: list[str], rtol: float) -> Floats:
    """LibRoadRunner's courses, (time, column)."""
    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)
    runner: Any = roadrunner.RoadRunner(str(path))
    runner.integrator.relative_tolerance = rtol
    runner.integrator.absolute_tolerance = ATOL
    runner.integrator.maximum_num_steps = 500_000
    runner.timeCourseSelections = ["time", *columns]
    return np.array(runner.simulate(times=list(times)))[:, 1:]


def relative(found: Floats, wanted: Floats) -> Floats:
    """Differences relative to the value or peak of its column; inf where only one is a number."""
    scale = np.maximum(np.maximum(np.abs(wanted), np.nanmax(np.abs(wanted), axis=0)), ZERO)
    difference = np.abs(found - wanted) / scale
    same = np.isnan(found) & np.isnan(wanted)
    return np.where(same, 0.0, np.where(np.isnan(difference), np.inf, difference))


def main() -> int:
    """Print a line a model; 1 if one is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--tsv", type=Path, help="write the table here too")
    chosen = parser.parse_args()
    found = [compare(path) for path in sorted(chosen.folder.glob("*.xml"))]
    lines = ["model\tas expected\tcolumns\tworst\twhere\tlibRoadRunner's own"]
    for each in found:
        verdict = "yes" if each.is_as_expected else "NO"
        told = each.refusal and f"refused: {each.refusal}"
        numbers = f"{each.columns}\t{each.worst:.1e}\t{each.where}\t{each.reference_error:.1e}"
        lines.append(f"{each.model}\t{verdict}\t{told or numbers}")
    table = "\n".join(lines) + "\n"
    sys.stdout.write(table)
    if chosen.tsv is not None:
        chosen.tsv.write_text(table, encoding="utf-8")
    return 0 if found and all(each.is_as_expected for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
