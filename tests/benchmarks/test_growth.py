"""The first core, kept as a file, against which the shipped network is measured."""

import numpy as np
from benchmarks.growth import FIRST_CORE_DOSES, first_core_at_start
from benchmarks.ours import run_engine
from benchmarks.problem import dosed


def test_the_first_core_is_the_network_of_85_species() -> None:
    network = first_core_at_start(1).network
    assert (len(network.species), len(network.reactions)) == (85, 105)


def test_its_draws_differ_and_its_doses_change_them() -> None:
    resting = first_core_at_start(len(FIRST_CORE_DOSES))
    treated = dosed(resting, FIRST_CORE_DOSES)
    assert len(np.unique(resting.parameters, axis=0)) == len(FIRST_CORE_DOSES)
    found = run_engine(treated, 1e-6, 1e-6)
    assert not found.result.any()
    moved = np.abs(found.observables[:, -1] - treated.initial).max(axis=1)
    assert (moved > 1.0).all()
