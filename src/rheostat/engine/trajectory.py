"""What an integration returns, with a result code for every row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from rheostat.engine.kernel import Floats

#: Largest drift of a conserved total that is rounding.
MOST_DRIFT = 1e-9


class ResultCode(IntEnum):
    """How the integration of one row ended.

    Examples
    --------
    >>> ResultCode.step_limit.sentence.split(";")[0]
    'The budget of steps was used up'
    """

    ok = 0
    step_limit = 1
    not_finite = 2
    negative = 3
    not_steady = 4
    solver_error = 5
    not_conserved = 6

    @property
    def sentence(self) -> str:
        """What happened and what to try."""
        return _SENTENCES[self]


_SENTENCES = {
    ResultCode.ok: "The row was integrated to the end.",
    ResultCode.step_limit: (
        "The budget of steps was used up; the row oscillates or is very stiff: raise step_budget or loosen"
        " rtol."
    ),
    ResultCode.not_finite: (
        "A rate or a state became infinite or not a number; look for a division by a species or parameter"
        " that is 0, or a reaction that feeds itself."
    ),
    ResultCode.negative: (
        "A species fell below 0 by more than the tolerance allows; a reaction consumes a species that its"
        " rate does not depend on, or atol is too loose."
    ),
    ResultCode.not_steady: (
        "No steady state was reached in 1,000,000 min; the row oscillates, grows or drifts: look at its"
        " course."
    ),
    ResultCode.solver_error: (
        "The solver could not go on with any step size; tighten rtol or look for a jump in a rate law."
    ),
    ResultCode.not_conserved: (
        "A total that no reaction changes has drifted; the amounts differ too much in size for double"
        " precision: look for a species of extreme size."
    ),
}


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Courses of a batch of rows.

    Parameters
    ----------
    times : (time,), min
    observables : (batch, time, observable)
        NaN from the failure time on in rows that did not finish. An observable may also be undefined by
        itself (0/0 of a knocked-out protein) in a row that is ok.
    final : (batch, species), kilocopy
        State at the last time; NaN in rows that did not finish.
    result : (batch,), ResultCode
    failure_time : (batch,), min
        NaN in rows that are ok.
    steps : (batch,)
        Steps that the solver tried.
    rejected : (batch,)
        Those of them that were not accurate enough and taken again (LSODA: not known, 0).
    minimum : (batch,), kilocopy
        Lowest value of any species; states are never clipped.
    drift : (batch,)
        Largest change of a conserved total between restarts, as a share of the sum of its parts' sizes.
    """

    times: Floats
    observables: Floats
    final: Floats
    result: NDArray[np.int8]
    failure_time: Floats
    steps: NDArray[np.int64]
    rejected: NDArray[np.int64]
    minimum: Floats
    drift: Floats


def empty_trajectory(batch: int, times: Floats, observables: int, species: int) -> Trajectory:
    """Trajectory to be filled: NaN everywhere, every row ok."""
    return Trajectory(
        times=times,
        observables=np.full((batch, len(times), observables), np.nan),
        final=np.full((batch, species), np.nan),
        result=np.zeros(batch, dtype=np.int8),
        failure_time=np.full(batch, np.nan),
        steps=np.zeros(batch, dtype=np.int64),
        rejected=np.zeros(batch, dtype=np.int64),
        minimum=np.full(batch, np.inf),
        drift=np.zeros(batch),
    )
