"""What an integration returns, with a result code for every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from rheostat.engine.kernel import Floats


class ResultCode(IntEnum):
    """How the integration of one row ended.

    Examples
    --------
    >>> ResultCode.step_limit.sentence.split(";")[0]
    'The budget of right-side calls was used up'
    """

    ok = 0
    step_limit = 1
    not_finite = 2
    negative = 3
    not_steady = 4
    solver_error = 5

    @property
    def sentence(self) -> str:
        """What happened and what to try."""
        return _SENTENCES[self]


_SENTENCES = {
    ResultCode.ok: "The row was integrated to the end.",
    ResultCode.step_limit: (
        "The budget of right-side calls was used up; the row oscillates or is very stiff: raise step_budget"
        " or loosen rtol."
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
    species : (batch, time, species), kilocopy
    result : (batch,), ResultCode
    failure_time : (batch,), min
        NaN in rows that are ok.
    steps : (batch,)
        Steps taken by the solver.
    minimum : (batch,), kilocopy
        Lowest value of any species at the requested and restart times; states are never clipped.
    """

    times: Floats
    observables: Floats
    species: Floats
    result: NDArray[np.int8]
    failure_time: Floats
    steps: NDArray[np.int64]
    minimum: Floats


def join(parts: Sequence[Trajectory]) -> Trajectory:
    """One trajectory of all rows of the parts, in order; the parts share times."""
    return Trajectory(
        times=parts[0].times,
        observables=np.concatenate([part.observables for part in parts]),
        species=np.concatenate([part.species for part in parts]),
        result=np.concatenate([part.result for part in parts]),
        failure_time=np.concatenate([part.failure_time for part in parts]),
        steps=np.concatenate([part.steps for part in parts]),
        minimum=np.concatenate([part.minimum for part in parts]),
    )
