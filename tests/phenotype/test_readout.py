"""Ratios to the reference, and times of peaks."""

import numpy as np
import pytest

from rheostat.phenotype.readout import half_time, peak_time, relative, split_derived


def test_relative_takes_the_cells_own_state_where_the_reference_lacks_the_readout() -> None:
    values = np.full((1, 1, 3), 6.0)
    ratio = relative(values, np.array([[2.0, 0.0, 0.0]]), np.array([[9.0, 3.0, 0.0]]))
    assert ratio[0, 0, :2].tolist() == [3.0, 2.0]
    assert np.isnan(ratio[0, 0, 2])


def test_peak_of_a_pulse_is_where_it_comes_within_a_percent() -> None:
    hours = np.linspace(0.0, 24.0, 2401)
    pulse = hours * np.exp(-hours / 2.0)
    # x e^(1-x) = 0.99 at x = 0.8657, with x = t/2.
    assert peak_time(hours, pulse, 0.0, 24.0) == pytest.approx(2 * 0.8657, abs=0.02)


def test_fall_has_a_half_time_too() -> None:
    hours = np.linspace(0.0, 24.0, 2401)
    fall = np.exp(-hours)
    assert half_time(hours, fall, 0.0, 24.0) == pytest.approx(np.log(2.0), abs=0.01)


def test_times_count_from_the_start_of_the_segment() -> None:
    hours = np.linspace(0.0, 30.0, 3001)
    course = np.where(hours < 16.0, 0.0, np.minimum(hours - 16.0, 1.0))
    assert half_time(hours, course, 16.0, 24.0) == pytest.approx(0.5, abs=0.01)
    assert peak_time(hours, course, 16.0, 24.0) == pytest.approx(0.99, abs=0.02)


def test_failed_course_has_no_peak() -> None:
    assert np.isnan(peak_time(np.array([0.0, 1.0]), np.array([1.0, np.nan]), 0.0, 24.0))


def test_names_of_derived_readouts() -> None:
    assert split_derived("t_half_pERK") == ("t_half_", "pERK")
    assert split_derived("pERK") == ("", "pERK")
