"""What every solver of the comparison offers, ours and the peers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from benchmarks.problem import Floats


@dataclass(frozen=True, eq=False)
class Run:
    """States (row, time, species), kilocopy, with NaN in rows that failed, and the time it took.

    ``bare_seconds`` is what the tool itself says its solver took, where it says so.
    """

    states: Floats
    seconds: float
    bare_seconds: float | None = None


class Solver(Protocol):
    """A tool with a model loaded."""

    name: str
    version: str
    load_seconds: float
    configuration: str
    atol_share: float
    """Absolute tolerance (kilocopy) over relative tolerance that gave the least time at an error of 1e-4."""
    tolerances: tuple[float, ...]
    """Relative tolerances of its curve; the errors reach from above 1e-4 to below 1e-6."""

    def run(self, rtol: float, atol: float, rows: int | None = None) -> Run:
        """Integrate the first rows (all by default)."""
        ...
