"""Fits of dose-response curves against curves of known parameters."""

import numpy as np
import pytest

from rheostat.studies.dose_response import dose_ladder, fit_hill, viability_from_gr


@pytest.mark.parametrize(("emax", "ec50", "hill"), [(0.1, 20.0, 1.0), (-0.3, 3.0, 2.0)])
def test_fit_gives_back_the_curve(emax: float, ec50: float, hill: float) -> None:
    doses = dose_ladder(1.0, 100.0)
    curve = fit_hill(doses, emax + (1 - emax) / (1 + (doses / ec50) ** hill))
    assert curve is not None
    # least squares on exact data; 1e-3 is far above its tolerance of 1e-8
    np.testing.assert_allclose([curve.emax, curve.ec50, curve.hill], [emax, ec50, hill], rtol=1e-3)
    assert emax + (1 - emax) / (1 + (curve.dose_for(0.5) / ec50) ** hill) == pytest.approx(0.5, abs=1e-3)


def test_half_is_not_reached_by_a_weak_drug() -> None:
    doses = dose_ladder(1.0, 100.0)
    curve = fit_hill(doses, 0.8 + 0.2 / (1 + doses / 20.0))
    assert curve is not None
    assert curve.dose_for(0.5) == float("inf")


def test_ladder_has_at_least_12_doses_beyond_the_range() -> None:
    doses = dose_ladder(1.0, 100.0)
    assert len(doses) >= 12
    assert doses[0] < 1.0 < 100.0 < doses[-1]


def test_cytostasis_leaves_the_cells_that_were_there() -> None:
    # gr 0 = no net growth: over one doubling time of the control the count is half of the control's
    rate = np.log(2.0) / 24.0
    assert viability_from_gr(np.array([0.0]), np.array([rate]), 24.0)[0] == pytest.approx(0.5)
