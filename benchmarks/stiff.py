"""Correct digits of our engine on six stiff reference problems, at rtol 1e-8.

References
----------
Hairer and Wanner, Solving Ordinary Differential Equations II (1996), section IV.10; Mazzia and Magherini,
Test Set for Initial Value Problem Solvers, release 2.4 (2008): ROBER, OREGO, HIRES, E5, POLLU, VDPOL.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from rheostat.engine.compile import compile_kernel
from rheostat.engine.integrate import integrate
from rheostat.network.sbml import read_network, to_sbml

REFERENCES = Path(__file__).resolve().parents[1].parent / "shared" / "suites" / "ivp_reference.json"
WANTED = {"ROBER": 6.0, "OREGO": 5.5, "HIRES": 6.0, "E5": 2.5, "POLLU": 6.0, "VDPOL": 6.0}

# Right sides by state, in the order of the references.
EQUATIONS: dict[str, tuple[str, ...]] = {
    "ROBER": (
        "-0.04*y0 + 1e4*y1*y2",
        "0.04*y0 - 1e4*y1*y2 - 3e7*y1^2",
        "3e7*y1^2",
    ),
    "OREGO": (
        "77.27*(y1 + y0*(1 - 8.375e-6*y0 - y1))",
        "(y2 - (1 + y0)*y1)/77.27",
        "0.161*(y0 - y2)",
    ),
    "HIRES": (
        "-1.71*y0 + 0.43*y1 + 8.32*y2 + 0.0007",
        "1.71*y0 - 8.75*y1",
        "-10.03*y2 + 0.43*y3 + 0.035*y4",
        "8.32*y1 + 1.71*y2 - 1.12*y3",
        "-1.745*y4 + 0.43*y5 + 0.43*y6",
        "-280*y5*y7 + 0.69*y3 + 1.71*y4 - 0.43*y5 + 0.69*y6",
        "280*y5*y7 - 1.81*y6",
        "-280*y5*y7 + 1.81*y6",
    ),
    # Its states keep y1 - y2 - y3 = 0 while they fall by 13 powers of ten. Summed up in time that is lost to
    # rounding, so y2 is taken from this law.
    "E5": (
        "-7.89e-10*y0 - 1.1e7*y0*y2",
        "7.89e-10*y0 - 1.13e9*y1*y2",
        ":= y1 - y3",
        "1.1e7*y0*y2 - 1.13e3*y3",
    ),
    "VDPOL": ("y1", "1000*(1 - y0^2)*y1 - y0"),
}  # fmt: skip

# POLLU as reactions: constant, reactants, net change of the states.
_POLLU = (
    (0.35, (0,), {0: -1, 1: 1, 2: 1}), (26.6, (1, 3), {0: 1, 1: -1, 3: -1}),
    (1.23e4, (4, 1), {0: 1, 1: -1, 4: -1, 5: 1}), (8.6e-4, (6,), {6: -1, 7: 1, 4: 2}),
    (8.2e-4, (6,), {6: -1, 7: 1}), (1.5e4, (6, 5), {6: -1, 5: -1, 7: 1, 4: 1}),
    (1.3e-4, (8,), {8: -1, 9: 1, 7: 1, 4: 1}), (2.4e4, (8, 5), {8: -1, 5: -1, 10: 1}),
    (1.65e4, (10, 1), {10: -1, 1: -1, 0: 1, 9: 1, 11: 1}), (9.0e3, (10, 0), {10: -1, 0: -1, 12: 1}),
    (0.022, (12,), {12: -1, 10: 1, 0: 1}), (1.2e4, (9, 1), {9: -1, 1: -1, 0: 1, 13: 1}),
    (1.88, (13,), {13: -1, 6: 1, 4: 1}), (1.63e4, (0, 5), {0: -1, 5: -1, 14: 1}),
    (4.8e6, (2,), {2: -1, 3: 1}), (3.5e-4, (3,), {3: -1, 15: 1}), (0.0175, (3,), {3: -1, 2: 1}),
    (1.0e8, (15,), {15: -1, 5: 2}), (4.44e11, (15,), {15: -1, 2: 1}),
    (1.24e3, (16, 5), {16: -1, 5: -1, 17: 1, 4: 1}), (2.1, (18,), {18: -1, 1: 1}),
    (5.78, (18,), {18: -1, 0: 1, 2: 1}), (0.0474, (0, 3), {0: -1, 3: -1, 18: 1}),
    (1.78e3, (18, 0), {18: -1, 0: -1, 19: 1}), (3.12, (19,), {19: -1, 18: 1, 0: 1}),
)  # fmt: skip


def _right_sides(name: str) -> tuple[str, ...]:
    if name != "POLLU":
        return EQUATIONS[name]
    terms: list[list[str]] = [[] for _ in range(20)]
    for constant, reactants, changes in _POLLU:
        rate = "*".join([repr(constant), *(f"y{each}" for each in reactants)])
        for state, change in changes.items():
            terms[state].append(f"({change})*{rate}")
    return tuple(" + ".join(each) or "0" for each in terms)


def _line(name: str, text: str) -> str:
    """Antimony of a state, or of a variable that a formula gives."""
    return f"{name} {text}" if text.startswith(":=") else f"{name}' = {text}; {name} = 0"


def correct_digits(rtol: float = 1e-8) -> dict[str, tuple[float, float]]:
    """Correct digits at the end and digits wanted, by problem; empty where the references are missing."""
    if not REFERENCES.exists():
        return {}
    digits = {}
    for name, facts in json.loads(REFERENCES.read_text(encoding="utf-8")).items():
        equations = _right_sides(name)
        names = [f"y{place}" for place in range(len(equations))]
        network = read_network(to_sbml("\n".join(map(_line, names, equations))))
        kernel = compile_kernel(network, {each: ("id", each) for each in names})
        initial = np.array([[facts["y0"][names.index(species)] for species in kernel.species]])
        found = integrate(
            kernel, kernel.values[None], initial, None, np.array([0.0, facts["T"]]), rtol=rtol,
            atol=facts["atol"], allow_negative=True, threads=1,
        )  # fmt: skip
        reference = np.array(facts["ref"])
        scored = facts.get("score", range(len(names)))
        error = np.abs(found.observables[0, -1] - reference)[scored] / np.abs(reference[scored])
        label = f"{name} (a state from its conservation law)" if name == "E5" else name
        digits[label] = (float(-np.log10(max(error.max(), 1e-16))), WANTED[name])
    return digits
