"""Factorisation and substitution of a pattern as flat lists of sums, without a branch in between.

Inner loops of one to three turns, as a sparse matrix has them, cost a processor more for guessing their end
than for their arithmetic, and a value that is stored and loaded again costs more than both. So every entry of
the factors and of the solution is one sum of products, and sums of equally many products follow each other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rheostat.engine.elimination import Elimination
from rheostat.engine.runs import in_runs

Unsigned = NDArray[np.uint32]

# What a sum of products becomes. Factorisation, with s = matrix[target] + sum of matrix[left] * matrix[right]
# one for each kind: matrix[target] = s;matrix[target] = -s * inverse[other]; inverse[other] = 1 / s.
ENTRY_ABOVE, ENTRY_BELOW, PIVOT = range(3)
# Substitution: x[target] += sum of matrix[left] * x[right]; x[target] = (x[target] - sum) * inverse[target].
# It reads the entries off the diagonal once each, in the order of their numbers: left is 0, 1, 2 and so on.
FORWARD, BACKWARD = range(2)


# More than any sum has products: kind and length in one number.
_LENGTHS = 1 << 40


class Sweep(NamedTuple):
    """Sums of products in order.

    Parameters
    ----------
    runs : (run, 5)
        Kind, products a sum, first sum, end, first product.
    target, other : (sum,)
    left, right : (product,)
    """

    runs: Unsigned
    target: Unsigned
    other: Unsigned
    left: Unsigned
    right: Unsigned


class Factors(NamedTuple):
    """How the matrix of a model is factorised and systems with it are solved.

    Entries are numbered in the order in which substitution reads them, those on the diagonal last.

    Parameters
    ----------
    entry : (entry,)
        Number of each entry of the elimination's pattern.
    row, column : (entry,)
        Of the entries in the order of their numbers; in order of elimination.
    diagonal : (species,)
        Entries on the diagonal.
    factorise, substitute : Sweep
    """

    entry: Unsigned
    row: Unsigned
    column: Unsigned
    diagonal: Unsigned
    factorise: Sweep
    substitute: Sweep


def plan_solve(elimination: Elimination) -> Factors:
    """Flat lists of a pattern."""
    rows = np.repeat(np.arange(len(elimination.diagonal)), np.diff(elimination.start))
    substitute = _substitute(elimination)
    places = np.concatenate([substitute.left, elimination.diagonal]).astype(np.int64)
    entry = np.empty(len(places), dtype=np.uint32)
    entry[places] = np.arange(len(places))
    factorise = _factorise(elimination, rows.tolist())
    return Factors(
        entry,
        rows[places].astype(np.uint32),
        elimination.column[places].astype(np.uint32),
        entry[elimination.diagonal],
        factorise._replace(
            target=entry[factorise.target], left=entry[factorise.left], right=entry[factorise.right]
        ),
        substitute._replace(left=entry[substitute.left]),
    )


class _Sums:
    """Sums under construction; ``written`` maps a place to the sum that gives its last value."""

    def __init__(self) -> None:
        self.sums: list[tuple[int, int, int, list[tuple[int, int]]]] = []
        self.needs: list[list[int]] = []
        self.written: dict[object, int] = {}
        self._readers: dict[object, list[int]] = {}

    def enter(
        self,
        kind: int,
        target: int,
        other: int,
        products: list[tuple[int, int]],
        reads: list[object],
        writes: object,
    ) -> None:
        number = len(self.sums)
        self.sums.append((kind, target, other, products))
        # Whoever wants the value before must have read it before it is overwritten.
        found = [self.written[read] for read in reads if read in self.written]
        self.needs.append([*found, *self._readers.pop(writes, ())])
        self.written[writes] = number
        for read in reads:
            if read != writes:
                self._readers.setdefault(read, []).append(number)

    def sweep(self) -> Sweep:
        """Sums in runs of one kind and length."""
        kinds = {number: each[0] * _LENGTHS + len(each[3]) for number, each in enumerate(self.sums)}
        order = in_runs(kinds, dict(enumerate(self.needs)))
        ordered = [self.sums[number] for number in order]
        bounds = run_bounds(np.array([kinds[number] for number in order], dtype=np.int64))
        kind, length = bounds[:, :1] // _LENGTHS, bounds[:, :1] % _LENGTHS
        products = [product for each in ordered for product in each[3]]
        starts = np.concatenate([[0], np.cumsum([len(each[3]) for each in ordered])]).astype(np.int64)
        first = starts[bounds[:, 1]][:, None]
        return Sweep(
            np.hstack([kind, length, bounds[:, 1:], first]).astype(np.uint32),
            np.array([each[1] for each in ordered], dtype=np.uint32),
            np.array([each[2] for each in ordered], dtype=np.uint32),
            np.array([left for left, _ in products], dtype=np.uint32),
            np.array([right for _, right in products], dtype=np.uint32),
        )


def _factorise(elimination: Elimination, row: list[int]) -> Sweep:
    start, column, diagonal = (
        part.tolist() for part in (elimination.start, elimination.column, elimination.diagonal)
    )
    targets = iter(elimination.target.tolist())
    products: list[list[tuple[int, int]]] = [[] for _ in column]
    for i in range(len(diagonal)):
        for entry in range(start[i], diagonal[i]):
            k = column[entry]
            for upper in range(diagonal[k] + 1, start[k + 1]):
                products[next(targets)].append((entry, upper))
    sums = _Sums()
    for entry, (i, j) in enumerate(zip(row, column, strict=True)):
        reads: list[object] = [("entry", part) for product in products[entry] for part in product]
        if i == j:
            sums.enter(PIVOT, entry, i, products[entry], reads, ("inverse", i))
        elif j < i:
            reads.append(("inverse", j))
            sums.enter(ENTRY_BELOW, entry, j, products[entry], reads, ("entry", entry))
        elif products[entry]:
            sums.enter(ENTRY_ABOVE, entry, 0, products[entry], reads, ("entry", entry))
    return sums.sweep()


def _substitute(elimination: Elimination) -> Sweep:
    start, column, diagonal = (
        part.tolist() for part in (elimination.start, elimination.column, elimination.diagonal)
    )
    sums = _Sums()
    for i in range(len(diagonal)):
        products = [(entry, column[entry]) for entry in range(start[i], diagonal[i])]
        if products:
            sums.enter(FORWARD, i, 0, products, [i, *(source for _, source in products)], i)
    for i in reversed(range(len(diagonal))):
        # The value that was found last comes last, so that the others need not wait for it.
        products = [(entry, column[entry]) for entry in reversed(range(diagonal[i] + 1, start[i + 1]))]
        sums.enter(BACKWARD, i, 0, products, [i, *(source for _, source in products)], i)
    return sums.sweep()


def run_bounds(kinds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Kind, first place and end of each stretch of equal kinds, shape (run, 3).

    Examples
    --------
    >>> run_bounds(np.array([4, 4, 2])).tolist()
    [[4, 0, 2], [2, 2, 3]]
    """
    first = np.flatnonzero(np.diff(kinds, prepend=-1))
    end = np.append(first[1:], len(kinds))[: len(first)]
    return np.stack([kinds[first], first, end], axis=1).reshape(-1, 3)
