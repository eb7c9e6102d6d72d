"""Schedules: the same restarts for all rows, own ones, picking and stacking."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.engine.schedule import Restart, Schedule, make_schedule, stack


def _listed(schedule: Schedule):
    """Of each row: its restarts as (time, {target: value})."""
    rows = []
    for row in range(schedule.batch):
        restarts = []
        for restart in range(schedule.first[row], schedule.first[row + 1]):
            writes = slice(schedule.first_write[restart], schedule.first_write[restart + 1])
            pairs = zip(schedule.targets[writes].tolist(), schedule.values[writes].tolist(), strict=True)
            restarts.append((float(schedule.times[restart]), dict(pairs)))
        rows.append(restarts)
    return rows


def _made(rows):
    """Schedule of rows as ``_listed`` gives them."""
    return stack(
        [make_schedule(1, [_restart(time, writes) for time, writes in restarts]) for restarts in rows]
    )


def _restart(time, writes):
    return Restart(
        time, np.array(list(writes), dtype=np.int32), np.array([list(writes.values())], dtype=float)
    )


numbers = st.floats(-1e6, 1e6)
own_restarts = st.lists(
    st.tuples(numbers, st.dictionaries(st.integers(0, 20), numbers, max_size=3)), max_size=4
)
batches = st.lists(own_restarts, min_size=1, max_size=6)


def test_all_rows_restart_at_the_same_times_with_their_own_values():
    restarts = [
        Restart(1.0, np.array([3]), np.array([[1.0], [2.0]])),
        Restart(2.5, np.array([], dtype=np.int32), np.zeros((2, 0))),
        Restart(4.0, np.array([0, 7]), np.array([[5.0, 6.0], [7.0, 8.0]])),
    ]
    assert _listed(make_schedule(2, restarts)) == [
        [(1.0, {3: 1.0}), (2.5, {}), (4.0, {0: 5.0, 7: 6.0})],
        [(1.0, {3: 2.0}), (2.5, {}), (4.0, {0: 7.0, 7: 8.0})],
    ]


def test_without_restarts_every_row_is_empty():
    assert _listed(make_schedule(3)) == [[], [], []]
    assert make_schedule(0).batch == 0


@settings(deadline=None)
@given(batches)
def test_stacking_keeps_each_row(rows):
    assert _listed(_made(rows)) == rows


@settings(deadline=None)
@given(batches, st.data())
def test_rows_are_picked_in_any_order_and_as_often_as_wanted(rows, data):
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=8))
    picked = _made(rows).rows(np.array(chosen, dtype=np.int64))
    assert _listed(picked) == [rows[row] for row in chosen]


@settings(deadline=None)
@given(batches)
def test_types_are_always_the_same(rows):
    # Compiled loops are made anew for other types.
    for schedule in (_made(rows), make_schedule(2), _made(rows).rows(np.zeros(1, dtype=np.int64))):
        kinds = [array.dtype for array in vars(schedule).values()]
        assert kinds == [np.int64, np.float64, np.int64, np.int32, np.float64]
