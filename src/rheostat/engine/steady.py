"""Find the steady state that a system reaches by itself."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import ODEintWarning

from rheostat.engine.compiled import BUDGET, STATUS_SIZE, derivative, derivative_jacobian, solve_linear
from rheostat.engine.evaluate import arguments, fresh_workspace, prepare
from rheostat.engine.integrate import DEFAULT_STEP_BUDGET
from rheostat.engine.kernel import Call, Floats, Kernel
from rheostat.engine.lsoda import Tolerance, advance
from rheostat.engine.trajectory import ResultCode
from rheostat.vocabulary.error import InputError

# Ends of the stages, min; after each the state is tested.
STAGES = (1e4, 1e5, 1e6)
# A state is steady if no species would change by more than this share in TAU min at its present rate.
STEADY_CHANGE = 1e-6
TAU = 1e3
# Pseudo-steps of the polish, min. Longer ones drift along conserved directions through rounding.
_PSEUDO_STEPS = (1e2, 1e3, 1e4, *(1e5,) * 17)
_POLISHED = 1e-3 * STEADY_CHANGE
# The polish may remove the integrator's error, not move the state elsewhere.
_POLISH_REACH = 1e-3


@dataclass(frozen=True, eq=False)
class Steady:
    """Steady states of a batch.

    Parameters
    ----------
    species : (batch, species), kilocopy
        NaN in rows that are not ok.
    result : (batch,), ResultCode
    residual : (batch,)
        max |dy/dt| * 1000 min / (|y| + atol).
    """

    species: Floats
    result: NDArray[np.int8]
    residual: Floats


def find_steady_state(
    kernel: Kernel,
    parameters: Floats,
    initial: Floats,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-6,
    step_budget: int = DEFAULT_STEP_BUDGET,
) -> Steady:
    """Steady states reached from the initial states: LSODA to at most 1e6 min, then implicit Euler polish.

    Ends at 1e4 or 1e5 min already if the state is steady by then.

    Parameters
    ----------
    kernel : Kernel
        Without cuts.
    parameters : (batch, parameter)
    initial : (batch, species), kilocopy
    rtol, atol, step_budget
        As for ``integrate``.

    Raises
    ------
    InputError
        N114 the kernel has inputs.
    """
    if kernel.inputs:
        names = ", ".join(kernel.inputs)
        raise InputError.one(
            "N114", "steady state", f"the kernel is cut (inputs {names})", "use the kernel without cuts"
        )
    batch = len(parameters)
    found = Steady(np.full((batch, len(kernel.species)), np.nan), np.zeros(batch, np.int8), np.zeros(batch))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ODEintWarning)
        for row in range(batch):
            values = np.ascontiguousarray(parameters[row], dtype=np.float64)
            y = np.array(initial[row], dtype=np.float64)
            state, code, residual = _find_row(kernel, values, y, Tolerance(rtol, atol), step_budget)
            found.result[row], found.residual[row] = code, residual
            if code == ResultCode.ok:
                found.species[row] = state
    return found


def _find_row(
    kernel: Kernel, parameters: Floats, y: Floats, tolerance: Tolerance, step_budget: int
) -> tuple[Floats, ResultCode, float]:
    status = np.zeros(STATUS_SIZE)
    status[BUDGET] = step_budget
    call = arguments(
        kernel, prepare(kernel, parameters), np.zeros(1), np.zeros((1, 0)), status, fresh_workspace(kernel)
    )
    floor = -max(1e-6, 1e3 * tolerance.atol)
    start, residual = 0.0, np.inf
    if len(y) == 0:
        return y, ResultCode.ok, 0.0
    for end in STAGES:
        stretch = advance(y, np.array([start, end]), call, tolerance, stop_at_end=False)
        if stretch.code != ResultCode.ok:
            return y, stretch.code, _residual(end, stretch.states[-1], call, tolerance.atol)
        y = stretch.states[-1]
        if y.min() < floor:
            return y, ResultCode.negative, _residual(end, y, call, tolerance.atol)
        polished, residual = _polish(end, y, call, tolerance.atol)
        if residual <= STEADY_CHANGE and polished.min() >= floor:
            return polished, ResultCode.ok, residual
        start = end
    return y, ResultCode.not_steady, residual


def _residual(t: float, y: Floats, call: Call, atol: float) -> float:
    return float(np.max(np.abs(derivative(t, y, *call)) * TAU / (np.abs(y) + atol)))


def _polish(t: float, y: Floats, call: Call, atol: float) -> tuple[Floats, float]:
    """State with the integrator's error removed by linearised implicit Euler steps, and its residual.

    Such steps keep linear conservation laws exactly and, unlike Newton's, do not need a regular Jacobian.
    """
    best, residual = y, _residual(t, y, call, atol)
    state = y
    for step in _PSEUDO_STEPS:
        matrix = np.eye(len(y)) - step * derivative_jacobian(t, state, *call).T
        change = step * derivative(t, state, *call)
        if not (np.all(np.isfinite(matrix)) and np.all(np.isfinite(change))):
            break
        state = state + solve_linear(matrix, change)
        far = np.abs(state - y) > _POLISH_REACH * np.abs(y) + 1e2 * atol
        if np.any(far) or not np.all(np.isfinite(state)):
            break
        new = _residual(t, state, call, atol)
        if new < residual:
            best, residual = state, new
        if residual <= _POLISHED:
            break
    return best, residual
