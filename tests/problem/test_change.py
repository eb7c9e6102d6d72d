"""Changes, and the times at which overlapping segments take effect."""

import numpy as np
import pytest

from rheostat.problem.change import Change, restarts


def values_over_time(segments: list[Change], base: float) -> list[tuple[float, float]]:
    return [(time, change.value) for time, changes in restarts(segments, {"x": base}) for change in changes]


@pytest.mark.parametrize(("operation", "expected"), [("set", 2.0), ("multiply", 6.0), ("add", 5.0)])
def test_change_applies_to_every_draw(operation: str, expected: float) -> None:
    change = Change("x", operation, 2.0)  # type: ignore[arg-type]
    np.testing.assert_array_equal(change.apply(np.array([3.0, 3.0])), [expected, expected])


def test_segment_ends_at_the_base() -> None:
    assert values_over_time([Change("x", "set", 20.0, 0.0, 72.0)], 0.0) == [(0.0, 20.0), (72.0, 0.0)]


def test_later_line_wins_where_segments_overlap_and_the_earlier_comes_back() -> None:
    segments = [Change("x", "set", 20.0, 0.0, 72.0), Change("x", "set", 100.0, 24.0, 48.0)]
    assert values_over_time(segments, 0.0) == [(0.0, 20.0), (24.0, 100.0), (48.0, 20.0), (72.0, 0.0)]


def test_medium_is_not_refilled_at_the_time_of_another_item() -> None:
    segments = [Change("x", "set", 20.0, 0.0, None), Change("y", "set", 1.0, 5.0, None)]
    times = [
        (time, [change.target for change in changes])
        for time, changes in restarts(segments, {"x": 0.0, "y": 0.0})
    ]
    assert times == [(0.0, ["x"]), (5.0, ["y"])]


def test_second_dose_of_the_same_amount_refills_the_medium() -> None:
    segments = [Change("x", "set", 20.0, 0.0, 24.0), Change("x", "set", 20.0, 24.0, 48.0)]
    assert values_over_time(segments, 0.0) == [(0.0, 20.0), (24.0, 20.0), (48.0, 0.0)]
