"""Growth under a drug."""

import numpy as np
import pytest

from rheostat.phenotype.growth import gr, growth_inhibition, mean_rate


def test_gr_of_constant_rates_is_the_formula() -> None:
    hours = np.linspace(0.0, 72.0, 10)
    value = gr(hours, np.full(10, 0.01), np.full(10, 0.03))
    assert value[0] == 1.0
    np.testing.assert_allclose(value[1:], 2.0 ** (1.0 / 3.0) - 1.0, rtol=1e-12)


def test_mean_weighs_an_uneven_grid_by_time() -> None:
    hours = np.array([0.0, 1.0, 10.0])
    assert mean_rate(hours, np.array([0.0, 0.02, 0.02]))[-1] == pytest.approx((0.01 + 9 * 0.02) / 10)


def test_after_a_week_only_the_last_day_counts() -> None:
    hours = np.arange(0.0, 201.0, 10.0)
    rate = np.where(hours <= 150.0, 0.03, 0.0)
    mean = mean_rate(hours, rate)
    assert mean[hours == 160.0][0] > 0.02
    assert mean[hours == 190.0][0] == 0.0


def test_cells_that_do_not_grow_have_no_inhibition() -> None:
    value = gr(np.array([0.0, 72.0]), np.array([-0.01, -0.01]), np.array([0.0, -0.001]))
    assert np.isnan(value[1])


def test_killing_counts_as_full_inhibition() -> None:
    assert growth_inhibition(np.array([-0.7]))[0] == 1.0
