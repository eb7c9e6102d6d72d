"""The exported SBML under libRoadRunner gives our readouts: an independent engine on every step."""

import pytest
from studies.second_engine import CELLS, TREATMENTS, largest_differences

from rheostat.atlas.load import load_atlas

TOLERANCE = 1e-5


def test_independent_engine_agrees_on_draws_cells_and_treatments() -> None:
    """20 draws x 3 cells x 3 treatments, both at rtol 1e-10 and atol 1e-12."""
    pytest.importorskip("roadrunner", reason="the independent engine is not installed")
    treatments = (TREATMENTS[0], TREATMENTS[2], TREATMENTS[6])
    found = largest_differences(load_atlas(), range(20), CELLS[:3], treatments)
    assert found[0].size <= TOLERANCE, f"largest difference {found[0]}"
