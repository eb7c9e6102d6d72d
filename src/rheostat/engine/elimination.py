"""Plan the sparse LU factorisation of a model's matrices: order, fill and list of operations.

The pattern of I / (h gamma) - J is the same at each step of each row, so what Gaussian elimination without
pivoting touches is found once a model. Compiled loops then walk these lists over the numbers.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheostat.engine.kernel import Indices

Keys = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Elimination:
    """Sparse LU without pivoting of one pattern, as lists of indices into the values of L and U.

    L (its unit diagonal left out) and U share one array of values, ``entry``, in CSR over permuted rows. With
    the matrix in that array, zero where fill will come, it is factorised in place by

        step = 0
        for row i, for pair p from elimination_start[i] to elimination_start[i + 1]:
            k = lower_pivot[p]
            values[lower_entry[p]] /= values[diagonal[k]]
            for u from diagonal[k] + 1 to start[k + 1]:
                values[target[step]] -= values[lower_entry[p]] * values[u]
                step += 1

    The pairs of row i are its entries from ``start[i]`` to ``diagonal[i]``, in that order. All arrays are
    int32.

    Parameters
    ----------
    order : (row,)
        Original index of the row and column at each position.
    position : (row,)
        Position of each original index: the inverse of ``order``.
    start : (row + 1,)
        Bounds of each row among the entries.
    column : (entry,)
        Position of each entry's column, rising within a row.
    diagonal : (row,)
        Entry on the diagonal of each row.
    elimination_start : (row + 1,)
        Bounds of each row among the pairs.
    lower_entry : (pair,)
        Entry (i, k), k < i, that is eliminated.
    lower_pivot : (pair,)
        Position k of the row that is subtracted.
    target : (multiply-add,)
        Entry (i, column[u]) for each pair and each entry u of row k behind its diagonal.
    """

    order: Indices
    position: Indices
    start: Indices
    column: Indices
    diagonal: Indices
    elimination_start: Indices
    lower_entry: Indices
    lower_pivot: Indices
    target: Indices

    def entry_index(self, row: ArrayLike, column: ArrayLike) -> Indices:
        """Entry of each pair of original indices, the shape of ``row`` broadcast with ``column``.

        Raises
        ------
        KeyError
            If a pair is not in the filled pattern.
        """
        rows, columns = np.asarray(row, dtype=np.int32), np.asarray(column, dtype=np.int32)
        return _find(self._keys(), self._key(self.position[rows], self.position[columns]))

    def _keys(self) -> Keys:
        """(entry,): row and column of each entry as one rising number."""
        rows = np.repeat(np.arange(len(self.order)), np.diff(self.start))
        return self._key(rows, self.column)

    def _key(self, row: NDArray[np.integer], column: NDArray[np.integer]) -> Keys:
        return row.astype(np.int64) * len(self.order) + column


def plan_elimination(count: int, rows: ArrayLike, columns: ArrayLike) -> Elimination:
    """Plan of the elimination of a matrix with entries at ``(rows, columns)`` and on the diagonal.

    The pivots stay on the diagonal, each time the one with the least product of other entries in its row and
    column (Markowitz), on a tie the first.

    Parameters
    ----------
    count : int
        Rows of the matrix.
    rows, columns : (pair,)
        Original indices of entries, in any order; repeats are allowed.

    References
    ----------
    Markowitz HM, Management Science 3, 255 (1957), doi:10.1287/mnsc.3.3.255.
    """
    order, lower, upper = _choose_order(count, np.asarray(rows).tolist(), np.asarray(columns).tolist())
    position = np.empty(count, dtype=np.int64)
    position[order] = np.arange(count)
    pivots = np.arange(count)
    # Pivot k leaves its row to U and its column to L, fill included; nothing is added to them later.
    below = position[_joined(lower)]
    behind = position[_joined(upper)]
    pivot_of_below = np.repeat(pivots, [len(indices) for indices in lower])
    pivot_of_behind = np.repeat(pivots, [len(indices) for indices in upper])
    keys = np.sort(
        np.concatenate(
            [below * count + pivot_of_below, pivots * (count + 1), pivot_of_behind * count + behind]
        )
    )
    entry_row, column = np.divmod(keys, max(count, 1))
    start = np.searchsorted(entry_row, np.arange(count + 1))
    diagonal = np.searchsorted(keys, pivots * (count + 1))

    lower_entry = np.flatnonzero(column < entry_row)
    lower_pivot = column[lower_entry]
    pair_row = entry_row[lower_entry]
    # For each pair, the entries behind the diagonal of its pivot's row, one after the other.
    lengths = start[lower_pivot + 1] - diagonal[lower_pivot] - 1
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    source = np.repeat(diagonal[lower_pivot] + 1, lengths) + within
    target = _find(keys, np.repeat(pair_row, lengths) * count + column[source])
    return Elimination(
        order=np.asarray(order, dtype=np.int32),
        position=position.astype(np.int32),
        start=start.astype(np.int32),
        column=column.astype(np.int32),
        diagonal=diagonal.astype(np.int32),
        elimination_start=np.searchsorted(pair_row, np.arange(count + 1)).astype(np.int32),
        lower_entry=lower_entry.astype(np.int32),
        lower_pivot=lower_pivot.astype(np.int32),
        target=target,
    )


def _choose_order(
    count: int, rows: list[int], columns: list[int]
) -> tuple[list[int], list[set[int]], list[set[int]]]:
    """Pivots in order and, for each, the original indices left below it and behind it when it is taken."""
    behind: list[set[int]] = [set() for _ in range(count)]
    below: list[set[int]] = [set() for _ in range(count)]
    for row, column in zip(rows, columns, strict=True):
        if row != column:
            behind[row].add(column)
            below[column].add(row)
    waiting = [(len(behind[index]) * len(below[index]), index) for index in range(count)]
    costs: list[int | None] = [cost for cost, _ in waiting]
    heapq.heapify(waiting)
    order: list[int] = []
    while waiting:
        cost, pivot = heapq.heappop(waiting)
        if costs[pivot] != cost:
            continue  # Taken before, or its cost has changed and a newer line waits.
        costs[pivot] = None
        order.append(pivot)
        for row in below[pivot]:
            behind[row] |= behind[pivot]
            behind[row] -= {row, pivot}
        for column in behind[pivot]:
            below[column] |= below[pivot]
            below[column] -= {column, pivot}
        for index in below[pivot] | behind[pivot]:
            cost = len(behind[index]) * len(below[index])
            if costs[index] != cost:
                costs[index] = cost
                heapq.heappush(waiting, (cost, index))
    return order, [below[pivot] for pivot in order], [behind[pivot] for pivot in order]


def _joined(sets: list[set[int]]) -> Keys:
    """Members of all the sets, one set after the other."""
    return np.fromiter((member for members in sets for member in members), dtype=np.int64)


def _find(keys: Keys, wanted: Keys) -> Indices:
    """Index of each wanted key among the rising keys; KeyError if one is missing."""
    found = np.searchsorted(keys, wanted)
    if wanted.size and (found.max() == len(keys) or (keys[found] != wanted).any()):
        raise KeyError("a pair of row and column is not in the pattern")
    return np.asarray(found, dtype=np.int32)
