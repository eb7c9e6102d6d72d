"""Hard restarts of each row at its own times: doses, genotypes and media that change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rheostat.engine.kernel import Floats, Indices


@dataclass(frozen=True, eq=False)
class Restart:
    """From ``time`` on these registers hold these values; integration starts anew.

    Parameters
    ----------
    time : float, min
    targets : (k,)
        Registers of species (``0`` on) and parameters (``kernel.first_parameter`` on).
    values : (batch, k), kilocopy for species, else in the unit of the parameter
    """

    time: float
    targets: Indices
    values: Floats


@dataclass(frozen=True, eq=False)
class Schedule:
    """Restarts of a batch; each row has its own, in order of time.

    Parameters
    ----------
    first : (batch + 1,)
        Row ``r`` has the restarts ``first[r]`` to ``first[r + 1]``.
    times : (restart,), min
    first_write : (restart + 1,)
        Restart ``e`` makes the writes ``first_write[e]`` to ``first_write[e + 1]``.
    targets : (write,)
    values : (write,)
    """

    first: NDArray[np.int64]
    times: Floats
    first_write: NDArray[np.int64]
    targets: Indices
    values: Floats

    @property
    def batch(self) -> int:
        """Number of rows."""
        return len(self.first) - 1

    def rows(self, chosen: NDArray[np.int64]) -> Schedule:
        """Schedule of these rows, in their order."""
        restarts, first = _gather(self.first, chosen)
        writes, first_write = _gather(self.first_write, restarts)
        return Schedule(first, self.times[restarts], first_write, self.targets[writes], self.values[writes])


def make_schedule(batch: int, restarts: Sequence[Restart] = ()) -> Schedule:
    """Schedule of a batch whose rows restart at the same times and set the same targets.

    Examples
    --------
    >>> make_schedule(2, [Restart(5.0, np.array([0]), np.array([[1.0], [2.0]]))]).times
    array([5., 5.])
    """
    widths = np.array([len(restart.targets) for restart in restarts], dtype=np.int64)
    empty = np.zeros((batch, 0))
    return Schedule(
        np.arange(batch + 1, dtype=np.int64) * len(restarts),
        np.tile(np.array([restart.time for restart in restarts], dtype=np.float64), batch),
        np.concatenate([[0], np.cumsum(np.tile(widths, batch))]).astype(np.int64),
        np.tile(np.concatenate([[], *(restart.targets for restart in restarts)]), batch).astype(np.int32),
        np.hstack([empty, *(restart.values for restart in restarts)]).reshape(-1).astype(np.float64),
    )


def stack(schedules: Sequence[Schedule]) -> Schedule:
    """Schedule of all rows of the parts, in order."""
    return Schedule(
        _chain([part.first for part in schedules]),
        np.concatenate([part.times for part in schedules]),
        _chain([part.first_write for part in schedules]),
        np.concatenate([part.targets for part in schedules]),
        np.concatenate([part.values for part in schedules]),
    )


def _chain(bounds: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    counts = np.concatenate([np.diff(each) for each in bounds])
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _gather(
    first: NDArray[np.int64], chosen: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Members of the chosen groups, and where each group starts among them."""
    counts = first[chosen + 1] - first[chosen]
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    members = np.arange(starts[-1]) + np.repeat(first[chosen] - starts[:-1], counts)
    return members.astype(np.int64), starts
