"""Synthetic stiff signalling networks of any size, and what a model and a trajectory cost as they grow."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

import numpy as np

from benchmarks.ours import run_engine
from benchmarks.problem import Problem, species_kernel
from rheostat.engine.kernel import Kernel
from rheostat.engine.program import program_of
from rheostat.network.network import Network
from rheostat.network.sbml import read_network, to_sbml

SIZES = (50, 100, 200, 400, 800)
SPECIES_A_MODULE = 5
SPREAD = 0.3


@dataclass(frozen=True)
class Size:
    """Costs at one size; a new model is SBML text to tables, a trajectory is 48 h with 50 outputs."""

    species: int
    reactions: int
    new_model_seconds: float
    milliseconds: float
    steps: float


def signalling_text(modules: int) -> str:
    """Antimony text of a tree of modules, each with two phosphorylations, a scaffold and its complex.

    Module ``i`` is switched on by module ``(i - 1) // 3``, module 0 by a ligand; the last one inhibits it.
    Binding takes milliseconds to seconds and slow changes take hours, so the system is stiff.
    """
    lines = ["model synthetic", "compartment cell = 1;"]
    draw = np.random.default_rng(20261125)
    last = modules - 1
    for i in range(modules):
        drive = f"ligand / (1 + C{last} / 20)" if i == 0 else f"(S{(i - 1) // 3}_pp + C{(i - 1) // 3})"
        rates = dict(zip(("k1", "k2", "k3", "k4", "on", "off", "turn"), (
            draw.lognormal(np.log(middle), 0.7) for middle in (0.02, 0.3, 0.03, 0.2, 1.0, 20.0, 0.005)
        ), strict=True))  # fmt: skip
        lines += [f"{name}_{i} = {value:.6g};" for name, value in rates.items()]
        lines += [f"species {name} in cell;" for name in (f"S{i}", f"S{i}_p", f"S{i}_pp", f"F{i}", f"C{i}")]
        lines += [f"S{i} = 100; S{i}_p = 0; S{i}_pp = 0; F{i} = 40; C{i} = 0;"]
        lines += [
            f"S{i} -> S{i}_p; cell * k1_{i} * {drive} * S{i} / (20 + S{i});",
            f"S{i}_p -> S{i}; cell * k2_{i} * 20 * S{i}_p / (10 + S{i}_p);",
            f"S{i}_p -> S{i}_pp; cell * k3_{i} * {drive} * S{i}_p;",
            f"S{i}_pp -> S{i}_p; cell * k4_{i} * S{i}_pp;",
            f"S{i}_pp + F{i} -> C{i}; cell * (on_{i} * S{i}_pp * F{i} - off_{i} * C{i});",
            f"C{i} -> S{i} + F{i}; cell * turn_{i} * C{i};",
        ]
    return "\n".join([*lines, "ligand = 50;", "end"])


def compile_model(sbml: str) -> tuple[Network, Kernel]:
    """All that a new model needs before its first integration."""
    network = read_network(sbml)
    kernel = species_kernel(network)
    program_of(kernel)
    return network, kernel


def synthetic_problem(species: int, rows: int) -> tuple[Problem, float]:
    """Rows of a synthetic network with spread parameters, and the seconds that its SBML took to load."""
    sbml = to_sbml(signalling_text(species // SPECIES_A_MODULE))
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        network, kernel = compile_model(sbml)
        taken.append(time.perf_counter() - start)
    spread = np.exp(SPREAD * np.random.default_rng(1).standard_normal((rows, len(kernel.parameters))))
    initial = np.repeat(kernel.initial[None], rows, axis=0)
    times = np.linspace(0.0, 2880.0, 51)
    return Problem(network, kernel, kernel.values * spread, initial, times), median(taken)


def measure_sizes(rows: int, repeats: int, sizes: tuple[int, ...] = SIZES) -> list[Size]:
    """Costs at each size at rtol 1e-5; the sizes take turns."""
    problems = {species: synthetic_problem(species, rows) for species in sizes}
    taken: dict[int, list[float]] = {species: [] for species in sizes}
    steps: dict[int, float] = {}
    for _ in range(repeats):
        for species, (problem, _) in problems.items():
            start = time.process_time()
            found = run_engine(problem, 1e-5, 1e-5)
            taken[species].append(time.process_time() - start)
            if found.result.any():
                raise ValueError(f"{np.count_nonzero(found.result)} rows fail at {species} species")
            steps[species] = float(np.mean(found.steps))
    milliseconds = {species: 1e3 * median(times) / rows for species, times in taken.items()}
    return [
        Size(species, len(problem.network.reactions), load, milliseconds[species], steps[species])
        for species, (problem, load) in problems.items()
    ]


def growth_exponent(sizes: list[Size]) -> float:
    """Exponent of the time of a step in the number of reactions; 1 is linear."""
    reactions = np.log([size.reactions for size in sizes])
    times = np.log([size.milliseconds / size.steps for size in sizes])
    return float(np.polyfit(reactions, times, 1)[0])
