"""One stretch of one row with LSODA.

References
----------
Petzold 1983, doi:10.1137/0904010 (LSODA); called through ``scipy.integrate.odeint``, which costs far less
a step than ``solve_ivp``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.integrate import odeint

from rheostat.engine.compiled import (
    CALLS,
    EXHAUSTED,
    LAST_TIME,
    NOT_FINITE,
    derivative,
    derivative_jacobian,
)
from rheostat.engine.kernel import Call, Floats
from rheostat.engine.trajectory import ResultCode

# First step after a restart, min. Short enough that the fastest binding is seen even from a state at rest.
FIRST_STEP = 1e-6
_STATUS = 10
_SUCCESS = "Integration successful."


@dataclass(frozen=True)
class Tolerance:
    """Accuracy asked of LSODA: relative, absolute (kilocopy), and the longest step (min, 0 = any)."""

    rtol: float
    atol: float
    longest_step: float = 0.0


@dataclass(frozen=True, eq=False)
class Stretch:
    """States at the grid up to the end or the failure; ``failure_time`` is NaN when ok."""

    states: Floats
    steps: int
    code: ResultCode
    failure_time: float


def advance(y: Floats, grid: Floats, call: Call, tolerance: Tolerance, *, stop_at_end: bool) -> Stretch:
    """States at the strictly rising times ``grid``, the first of which is where ``y`` holds.

    Parameters
    ----------
    y : (species,), kilocopy
    grid : (time,), min
    call : tuple
        Arguments of ``compiled.derivative`` after t and y; holds the status vector.
    tolerance : Tolerance
    stop_at_end : bool
        Never evaluate beyond the last time (a restart follows) instead of interpolating back to it.
    """
    status = call[_STATUS]
    if len(grid) < 2 or len(y) == 0:
        return Stretch(np.repeat(y[None, :], len(grid), axis=0), 0, ResultCode.ok, np.nan)
    status[LAST_TIME] = grid[0]
    status[NOT_FINITE] = 0.0
    start = derivative(float(grid[0]), y, *call)
    if not np.all(np.isfinite(start)):
        return Stretch(y[None, :], 0, _code(status), float(grid[0]))
    calls = status[CALLS]
    stop = grid[-1:] if stop_at_end else None
    states, steps = _odeint(y, grid, call, tolerance, stop)
    if states is not None:
        return Stretch(states, steps, ResultCode.ok, np.nan)
    code, failure_time = _code(status), float(status[LAST_TIME])
    # odeint does not tell how far its output is valid. The steps do not depend on the grid, so the part
    # before the failure can be had again with the same bits.
    end = int(np.searchsorted(grid, failure_time, side="left"))
    while end > 1:
        status[CALLS], status[EXHAUSTED], status[NOT_FINITE] = calls, 0.0, 0.0
        states, steps = _odeint(y, grid[:end], call, tolerance, stop)
        if states is not None:
            return Stretch(states, steps, code, failure_time)
        end -= 1
    return Stretch(y[None, :], 0, code, failure_time)


def _odeint(
    y: Floats, grid: Floats, call: Call, tolerance: Tolerance, stop: Floats | None
) -> tuple[Floats | None, int]:
    """States at the grid, or None if not all of it could be reached, and the number of steps."""
    try:
        states, facts = odeint(
            derivative,
            y,
            grid,
            args=call,
            Dfun=derivative_jacobian,
            col_deriv=True,
            full_output=True,
            rtol=tolerance.rtol,
            atol=tolerance.atol,
            tcrit=stop,
            h0=FIRST_STEP,
            hmax=tolerance.longest_step,
            # The status vector holds the budget; this only must not strike first.
            mxstep=2_000_000_000,
            printmessg=False,
            tfirst=True,
        )
    except FloatingPointError:
        # Raised by the right side to get out of a solver that goes on with NaN; the caller reads the status.
        return None, 0
    if facts["message"] != _SUCCESS or not np.all(np.isfinite(states)):
        return None, 0
    return states, int(facts["nst"][-1])


def _code(status: Floats) -> ResultCode:
    if status[EXHAUSTED]:
        return ResultCode.step_limit
    return ResultCode.not_finite if status[NOT_FINITE] else ResultCode.solver_error
