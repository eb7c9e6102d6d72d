"""Rate of fused multiply-adds that one thread reaches, with the engine's own vectors."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from benchmarks.problem import Floats
from rheostat.engine.lane import WIDTH, add, fma, load, store

_ROUNDS = 2_000_000


@njit(nogil=True, error_model="numpy")
def _six_chains(rounds: int, values: Floats) -> None:
    x, y = load(values, 0), load(values, 1)
    a, b, c = load(values, 2), load(values, 3), load(values, 4)
    d, e, f = load(values, 5), load(values, 6), load(values, 7)
    for _ in range(rounds):
        a, b, c = fma(a, x, y), fma(b, x, y), fma(c, x, y)
        d, e, f = fma(d, x, y), fma(e, x, y), fma(f, x, y)
    store(values, 2, add(add(a, b), add(add(c, d), add(e, f))))


@njit(nogil=True, error_model="numpy")
def _twelve_chains(rounds: int, values: Floats) -> None:
    x, y = load(values, 0), load(values, 1)
    a, b, c = load(values, 2), load(values, 3), load(values, 4)
    d, e, f = load(values, 5), load(values, 6), load(values, 7)
    g, h, i = load(values, 8), load(values, 9), load(values, 10)
    j, k, m = load(values, 11), load(values, 12), load(values, 13)
    for _ in range(rounds):
        a, b, c = fma(a, x, y), fma(b, x, y), fma(c, x, y)
        d, e, f = fma(d, x, y), fma(e, x, y), fma(f, x, y)
        g, h, i = fma(g, x, y), fma(h, x, y), fma(i, x, y)
        j, k, m = fma(j, x, y), fma(k, x, y), fma(m, x, y)
    total = add(add(add(a, b), add(c, d)), add(add(e, f), add(g, h)))
    store(values, 2, add(total, add(add(i, j), add(k, m))))


# The wider vectors need more chains to hide the latency, the narrower ones have fewer registers for them.
_CHAINS: dict[int, Callable[..., Any]] = {6: _six_chains, 12: _twelve_chains}


def _values() -> Floats:
    values = np.full((14, WIDTH), 1.0)
    values[0], values[1] = 0.5, 0.5
    return values


def fma_rate() -> float:
    """Best of a few runs, in floating-point operations a second; a fused multiply-add counts as two."""
    best = 0.0
    for chains, run in _CHAINS.items():
        run(1, _values())
        for _ in range(5):
            values = _values()
            start = time.process_time()
            run(_ROUNDS, values)
            best = max(best, 2.0 * chains * WIDTH * _ROUNDS / (time.process_time() - start))
    return best


def vector_bits() -> int:
    """Width of the vector registers that the compiler uses for the engine's lanes."""
    _six_chains(1, _values())
    code = "".join(_six_chains.inspect_asm().values())
    return next((bits for name, bits in (("zmm", 512), ("ymm", 256)) if name in code), 128)
