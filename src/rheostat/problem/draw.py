"""Draws of the uncertain values: each depends on seed, draw number and id alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

#: Draw number that stands for the nominal values.
NOMINAL: Final = -1


@dataclass(frozen=True)
class Prior:
    """Lognormal prior of the values of a network.

    Parameters
    ----------
    ids : tuple of str
        Parameters, and species for their initial amounts.
    nominal : (id,), unit of each
    sigma : (id,), dimensionless
        Standard deviation of the logarithm; 0 = known.
    """

    ids: tuple[str, ...]
    nominal: NDArray[np.float64]
    sigma: NDArray[np.float64]


def sample(prior: Prior, seed: int, draw_numbers: Sequence[int] | None) -> NDArray[np.float64]:
    """Values of the given draws, (draw, id), in the unit of each id.

        value = nominal * exp(sigma * z),   z = ndtri(u),   u from blake2b("seed/draw/id")

    so that adding an id, a draw or a worker never moves another value.

    Parameters
    ----------
    prior : Prior
    seed : int
    draw_numbers : sequence of int or None
        None, or the number ``NOMINAL``, gives nominal values.

    Examples
    --------
    >>> prior = Prior(("k",), np.array([2.0]), np.array([0.1]))
    >>> sample(prior, 1, None)
    array([[2.]])
    """
    numbers = [NOMINAL] if draw_numbers is None else [int(number) for number in draw_numbers]
    nominal = np.asarray(prior.nominal, dtype=np.float64)
    values = np.repeat(nominal[None, :], len(numbers), axis=0)
    uncertain = np.flatnonzero(np.asarray(prior.sigma) > 0)
    drawn = [row for row, number in enumerate(numbers) if number != NOMINAL]
    if not drawn or not uncertain.size:
        return values
    names = [prior.ids[column].encode() for column in uncertain]
    digests = bytearray()
    for row in drawn:
        prefix = f"{seed}/{numbers[row]}/".encode()
        for name in names:
            digests += blake2b(prefix + name, digest_size=8).digest()
    # The upper 53 bits, shifted to the middle of their cells: never 0 or 1, where ndtri is infinite.
    uniform = ((np.frombuffer(digests, dtype="<u8") >> 11).astype(np.float64) + 0.5) * 2.0**-53
    normal = ndtri(uniform).reshape(len(drawn), len(names))
    sigma = np.asarray(prior.sigma, dtype=np.float64)[uncertain]
    values[np.asarray(drawn)[:, None], uncertain[None, :]] = nominal[uncertain] * np.exp(sigma * normal)
    return values
