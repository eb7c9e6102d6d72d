"""Time at equal achieved error, and the error itself."""

import math

import numpy as np
import pytest
from benchmarks.work_precision import SCALE, Curve, Point, row_errors, time_at_error


def test_time_at_an_error_between_two_points_is_linear_in_the_logarithms() -> None:
    assert time_at_error(1e-4, [1e-3, 1e-5], [1.0, 100.0]) == pytest.approx(10.0)


def test_time_at_the_error_of_a_point_is_the_time_of_that_point() -> None:
    assert time_at_error(1e-5, [1e-3, 1e-5, 1e-6], [1.0, 2.0, 3.0]) == pytest.approx(2.0)


def test_an_error_that_no_tolerance_brackets_has_no_time() -> None:
    assert math.isnan(time_at_error(1e-9, [1e-3, 1e-5], [1.0, 2.0]))
    assert math.isnan(time_at_error(1e-2, [math.inf, 1e-3], [1.0, 2.0]))


def test_a_curve_that_goes_back_and_forth_gets_its_best_time() -> None:
    assert time_at_error(1e-4, [1e-3, 1e-5, 1e-3, 1e-5], [1.0, 1.0, 5.0, 5.0]) == pytest.approx(1.0)


def test_a_curve_answers_by_its_worst_row_unless_asked_for_the_median() -> None:
    points = (Point(1e-3, 1.0, 1e-4, 1e-3, 0), Point(1e-5, 3.0, 1e-6, 1e-4, 0))
    curve = Curve("tool", points)
    assert curve.milliseconds_at(1e-4) == pytest.approx(3.0)
    assert curve.milliseconds_at(1e-4, of_median=True) == pytest.approx(1.0)


def test_error_of_a_row_is_relative_to_the_largest_value_of_the_species() -> None:
    reference = np.array([[[1.0, 0.0], [4.0, 0.0]]])
    states = reference + np.array([[[0.0, 0.0], [0.4, 0.0]]])
    assert row_errors(states, reference)[0] == pytest.approx(0.4 / (4.0 + SCALE))


def test_error_of_a_row_that_failed_is_infinite() -> None:
    reference = np.ones((2, 2, 1))
    states = np.array([[[1.0], [np.nan]], [[1.0], [1.0]]])
    assert row_errors(states, reference).tolist() == [math.inf, 0.0]
