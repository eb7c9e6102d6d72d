"""All that a run has measured, as the report reads it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from dataclasses import dataclass
from pathlib import Path

from benchmarks.growth import Growth
from benchmarks.operations import Part
from benchmarks.resources import BatchCost, Start, SteadyCost
from benchmarks.scaling import Size
from benchmarks.study import Study
from benchmarks.work_precision import Curve


@dataclass(frozen=True)
class Tool:
    """A solver as it was used; ``load_seconds`` is the time of getting the model ready."""

    name: str
    version: str
    configuration: str
    atol_share: float
    load_seconds: float


@dataclass(frozen=True)
class Machine:
    """Where it was measured."""

    cpu: str
    cpus: int
    python: str
    numba: str


def this_machine() -> Machine:
    """The machine that this process runs on."""
    cpu = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
                break
    return Machine(cpu, os.cpu_count() or 1, platform.python_version(), importlib.metadata.version("numba"))


@dataclass(frozen=True, eq=False)
class Measurements:
    """Results of one run.

    Parameters
    ----------
    rows, batch : int
        Distinct rows, and rows of a batch of our engine (the same ones repeated).
    reference_difference : float
        Largest error of one reference against the other.
    amici_missing : str
        Why AMICI is left out, or nothing.
    fma_rate : float
        Floating-point operations a second of the micro-benchmark.
    peak_fraction : float
        Rate of the engine over that, at ``rtol``.
    rtol : float
        Tolerance of the costs that are measured at one tolerance only.
    steps, step_microseconds, output_microseconds, step_operations
        Of a row at that tolerance: steps, time of a step of all lanes, what of it goes to the 50 outputs,
        operations of one lane.
    threads2 : float
        Time of one thread over that of two.
    study : Study
    stiff : problem -> (digits at rtol 1e-8, digits wanted)
        Empty where the references are not at hand.
    """

    machine: Machine
    species: int
    reactions: int
    rows: int
    batch: int
    repeats: int
    reference_difference: float
    tools: tuple[Tool, ...]
    amici_missing: str
    curves: tuple[Curve, ...]
    fma_rate: float
    vector_bits: int
    peak_fraction: float
    rtol: float
    lanes: int
    steps: float
    parts: tuple[Part, ...]
    step_microseconds: float
    output_microseconds: float
    step_operations: int
    threads2: float
    batches: tuple[BatchCost, ...]
    steady: SteadyCost
    sizes: tuple[Size, ...]
    growth_exponent: float
    start: Start
    growth: tuple[Growth, Growth]
    study: Study
    stiff: dict[str, tuple[float, float]]

    def curve(self, name: str) -> Curve | None:
        """Curve of a tool, if it took part."""
        return next((curve for curve in self.curves if curve.name == name), None)
