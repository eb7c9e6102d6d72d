"""Steady states against closed forms; systems without one."""

from __future__ import annotations

import numpy as np
import pytest

from rheostat.engine.compile import compile_kernel
from rheostat.engine.steady import find_steady_state
from rheostat.engine.trajectory import ResultCode
from rheostat.vocabulary.error import InputError


def _find(kernel):
    return find_steady_state(kernel, kernel.values[None], kernel.initial[None])


def test_conserved_cycle_with_fast_and_slow_parts(build):
    kernel = compile_kernel(
        build(
            {"x": 100.0, "xp": 0.0, "g": 0.0},
            {"on": 300.0, "off": 100.0, "make": 1e-3, "lose": 2e-5},
            {"p": "x -> xp; on*x", "q": "xp -> x; off*xp", "make": "-> g; make*xp", "lose": "g -> ; lose*g"},
        ),
        {},
    )
    found = _find(kernel)
    assert found.result[0] == ResultCode.ok
    # g has a time constant of 5e4 min, so the first stage must not pass.
    assert found.species[0] == pytest.approx([25.0, 75.0, 3750.0], rel=1e-6)
    assert found.residual[0] <= 1e-6


def test_empty_species_stay_empty(build):
    kernel = compile_kernel(
        build(
            {"x": 1.0, "none": 0.0},
            {"k": 0.1, "n": 1.5},
            {"a": "none -> ; k*none^n", "b": "x -> ; k*x", "c": "-> x; k"},
        ),
        {},
    )
    assert _find(kernel).species[0] == pytest.approx([1.0, 0.0], abs=1e-9)


def test_growing_and_oscillating_systems_are_not_steady(build):
    growing = compile_kernel(build({"x": 1.0}, {"k": 1.0}, {"m": "-> x; k"}), {})
    found = _find(growing)
    assert found.result[0] == ResultCode.not_steady and np.all(np.isnan(found.species))
    lotka_volterra = {
        "born": "-> prey; k*prey",
        "eaten": "prey -> hunter; k*prey*hunter",
        "die": "hunter -> ; k*hunter",
    }
    cycle = compile_kernel(build({"prey": 2.0, "hunter": 1.0}, {"k": 1e-3}, lotka_volterra), {})
    assert _find(cycle).result[0] == ResultCode.not_steady


def test_failing_row_leaves_the_other_alone(build):
    kernel = compile_kernel(
        build({"x": 1.0}, {"k": 0.1, "grow": 0.0}, {"out": "x -> ; k*x", "in": "-> x; k + grow*x^2"}), {}
    )
    parameters = np.array([[0.1, 0.0], [0.1, 1.0]])
    found = find_steady_state(kernel, parameters, np.ones((2, 1)))
    assert found.result[0] == ResultCode.ok and found.species[0, 0] == pytest.approx(1.0)
    assert found.result[1] in (ResultCode.not_finite, ResultCode.solver_error, ResultCode.step_limit)


def test_cut_kernel_is_refused(build):
    kernel = compile_kernel(build({"x": 1.0, "m": 1.0}, {}, {"z": "x -> ; m*x"}), {}, frozenset({"z"}))
    with pytest.raises(InputError, match="N114"):
        _find(kernel)
