"""The problem that all solvers are given: a network, rows of its own ensemble, one dose each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rheostat.atlas.load import load_atlas
from rheostat.engine.compile import compile_kernel
from rheostat.engine.kernel import Kernel
from rheostat.engine.steady import find_steady_state
from rheostat.inference.plausible import plausible_draws
from rheostat.network.network import Network
from rheostat.problem.arm import read_arm
from rheostat.problem.draw import Prior, sample
from rheostat.studies.simulate import Draws

Floats = NDArray[np.float64]

DOSES = (
    "drug:sirolimus@20nM",
    "drug:torin1@250nM",
    "drug:alpelisib@1uM",
    "drug:trametinib@20nM",
    "drug:sirolimus@20nM; drug:trametinib@20nM",
)
HOURS, OUTPUTS = 48.0, 50
SHIPPED_DRAWS = 200


@dataclass(frozen=True, eq=False)
class Problem:
    """A network and rows to integrate, in an order that all solvers share.

    Parameters
    ----------
    network : Network
    kernel : Kernel
        Every species is an observable.
    parameters : (row, parameter)
    initial : (row, species), kilocopy
    times : (time,), min
    """

    network: Network
    kernel: Kernel
    parameters: Floats
    initial: Floats
    times: Floats

    def rows(self, chosen: slice) -> Problem:
        """The same problem for some of its rows."""
        return replace(self, parameters=self.parameters[chosen], initial=self.initial[chosen])

    def tiled(self, count: int) -> Problem:
        """The rows repeated to ``count``: the same work a row, in a longer batch."""
        chosen = np.arange(count) % len(self.parameters)
        return replace(self, parameters=self.parameters[chosen], initial=self.initial[chosen])


def species_kernel(network: Network) -> Kernel:
    """Kernel of a network that observes every species."""
    return compile_kernel(network, {name: ("id", name) for name in network.species})


def resting_problem(rows: int) -> Problem:
    """Plausible draws as they start, before their steady state, without a dose."""
    atlas = load_atlas()
    return at_start(atlas.network, atlas.prior, plausible_draws(atlas, min(rows, SHIPPED_DRAWS)), rows)


def dosed_problem(rows: int) -> Problem:
    """Plausible draws from their steady states in rich medium, with the doses in turn at t = 0."""
    return dosed(resting_problem(rows), [_targets(text) for text in DOSES])


def at_start(network: Network, prior: Prior, draws: Draws, rows: int) -> Problem:
    """Draws of a network as they start, repeated where more rows are wanted."""
    values = sample(prior, draws.seed, draws.numbers)
    values = values[np.arange(rows) % len(values)]
    kernel = species_kernel(network)
    parameters = np.repeat(kernel.values[None], rows, axis=0)
    initial = np.repeat(kernel.initial[None], rows, axis=0)
    _write(kernel, parameters, initial, dict(zip(prior.ids, values.T, strict=True)))
    times = np.linspace(0.0, HOURS * 60.0, OUTPUTS + 1)
    return Problem(network, kernel, parameters, initial, times)


def dosed(resting: Problem, doses: Sequence[Mapping[str, float]]) -> Problem:
    """The rows from their steady states, with what each dose sets, the doses in turn.

    Raises
    ------
    ValueError
        If a row has no steady state, or the network lacks what a dose sets.
    """
    kernel, parameters = resting.kernel, resting.parameters.copy()
    unknown = {name for dose in doses for name in dose}.difference(kernel.parameters, kernel.species)
    if unknown:
        raise ValueError(f"the network has no {', '.join(sorted(unknown))}")
    found = find_steady_state(kernel, parameters, resting.initial)
    if found.result.any():
        raise ValueError(f"{np.count_nonzero(found.result)} of {len(parameters)} rows have no steady state")
    initial = found.species.copy()
    for number, dose in enumerate(doses):
        chosen = slice(number, None, len(doses))
        _write(kernel, parameters[chosen], initial[chosen], dose)
    return replace(resting, parameters=parameters, initial=initial)


def _targets(dose: str) -> dict[str, float]:
    """What a dose at t = 0 sets, by id of a parameter or species."""
    changes = load_atlas().changes(read_arm("dosed", "reference", dose))
    return {each.target: each.value for _, timed in changes.timed for each in timed}


def _write(
    kernel: Kernel, parameters: Floats, initial: Floats, values: Mapping[str, Floats] | Mapping[str, float]
) -> None:
    for name, value in values.items():
        if name in kernel.parameters:
            parameters[:, kernel.parameters.index(name)] = value
        elif name in kernel.species:
            initial[:, kernel.species.index(name)] = value
