"""Find the totals that no reaction changes."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from fractions import Fraction
from math import gcd, lcm

import numpy as np

from rheostat.engine.kernel import Floats

# A sparse vector of integers: index to a coefficient that is not 0.
Row = dict[int, int]

# A coefficient such as 1/3 is taken for the fraction whose nearest float it is, if one this simple is.
_LARGEST_DENOMINATOR = 10_000
# Beyond it float64 does not hold every integer.
_LARGEST_INTEGER = 2**53
# Terms of sums that are tried to simplify laws, about 0.1 s: enough for moieties, not for random networks.
_SIMPLIFICATION_BUDGET = 300_000


def conserved_totals(stoichiometry: Floats) -> Floats:
    """Basis of the weights w of species with w @ stoichiometry = 0: each row is a conserved total w @ y.

    The arithmetic is exact for coefficients that are simple fractions or their nearest floats. The weights
    are integers without common factor, save where those would be too large for float64. As far as sums of two
    rows reach, they are positive and few: the total of a kinase is the sum of its forms and complexes. A
    species that no reaction changes is a total of its own. Rows stand in the order of their first species.

    Parameters
    ----------
    stoichiometry : (species, reaction), dimensionless
        Net change of each species by one event of each reaction.

    Returns
    -------
    (law, species), dimensionless

    Examples
    --------
    >>> conserved_totals(np.array([[-1.0], [-1.0], [1.0]]))  # a + b -> ab
    array([[1., 0., 1.],
           [0., 1., 1.]])
    """
    changes = _integer_changes(stoichiometry)
    laws = [_normalised(law) for law in _left_null_space(changes)]
    laws = sorted(_simplified(laws), key=lambda law: sorted(law.items()))
    totals = np.zeros((len(laws), len(stoichiometry)))
    for number, law in enumerate(laws):
        largest = max(map(abs, law.values()))
        divisor = largest if largest > _LARGEST_INTEGER else 1
        for species, weight in law.items():
            totals[number, species] = weight / divisor
    return totals


def _integer_changes(stoichiometry: Floats) -> list[Row]:
    """Each species' changes by reaction, the coefficients of each reaction scaled to integers."""
    changes: list[Row] = [{} for _ in range(len(stoichiometry))]
    species, reactions = np.nonzero(stoichiometry)
    columns: dict[int, list[tuple[int, Fraction]]] = {}
    for one, reaction in zip(species.tolist(), reactions.tolist(), strict=True):
        columns.setdefault(reaction, []).append((one, _rational(float(stoichiometry[one, reaction]))))
    for reaction, column in columns.items():
        scale = lcm(*(coefficient.denominator for _, coefficient in column))
        for one, coefficient in column:
            changes[one][reaction] = int(coefficient * scale)
    return changes


def _rational(coefficient: float) -> Fraction:
    """The simple fraction that this float is nearest to, else the float itself."""
    simple = Fraction(coefficient).limit_denominator(_LARGEST_DENOMINATOR)
    return simple if float(simple) == coefficient else Fraction(coefficient)


def _left_null_space(changes: list[Row]) -> list[Row]:
    """Basis by elimination of one reaction after the other, first those that change the fewest species.

    ``changes`` is used up. Row i starts as species i; what is left without any change is a law.
    """
    laws: list[Row] = [{species: 1} for species in range(len(changes))]
    members: dict[int, set[int]] = {}
    for species, row in enumerate(changes):
        for reaction in row:
            members.setdefault(reaction, set()).add(species)
    waiting = [(len(rows), reaction) for reaction, rows in members.items()]
    heapq.heapify(waiting)
    while waiting:
        size, reaction = heapq.heappop(waiting)
        rows = members[reaction]
        if size != len(rows):
            heapq.heappush(waiting, (len(rows), reaction))
            continue
        if not rows:
            continue
        pivot = _choose_pivot(reaction, sorted(rows), changes, laws)
        for other in sorted(rows - {pivot}):
            _eliminate(reaction, pivot, other, changes, laws, members)
        for touched in changes[pivot]:
            members[touched].discard(pivot)
        changes[pivot], laws[pivot] = {}, {}
    return [law for law in laws if law]


def _choose_pivot(reaction: int, rows: list[int], changes: list[Row], laws: list[Row]) -> int:
    """Row to add to the others: of the side of the reaction with fewer rows, so that few are subtracted."""
    produced = sum(changes[row][reaction] > 0 for row in rows)
    consumed = len(rows) - produced

    def subtractions_and_length(row: int) -> tuple[int, int, int]:
        same_side = produced if changes[row][reaction] > 0 else consumed
        return same_side, len(changes[row]) + len(laws[row]), row

    return min(rows, key=subtractions_and_length)


def _eliminate(
    reaction: int, pivot: int, other: int, changes: list[Row], laws: list[Row], members: dict[int, set[int]]
) -> None:
    """Add the pivot's row to the other one so that the other no longer changes by the reaction."""
    before = changes[other]
    keep, add = _cancelling(before[reaction], changes[pivot][reaction])
    after = _combined(before, keep, changes[pivot], add)
    law = _combined(laws[other], keep, laws[pivot], add)
    common = gcd(*after.values(), *law.values())
    if common > 1:
        after = {index: value // common for index, value in after.items()}
        law = {index: value // common for index, value in law.items()}
    for gone in before.keys() - after.keys():
        members[gone].discard(other)
    for new in after.keys() - before.keys():
        members[new].add(other)
    changes[other], laws[other] = after, law


def _cancelling(value: int, pivot: int) -> tuple[int, int]:
    """(keep, add) without common factor, keep > 0, with keep * value + add * pivot = 0."""
    common = gcd(value, pivot)
    keep, add = pivot // common, -value // common
    return (keep, add) if keep > 0 else (-keep, -add)


def _combined(row: Row, keep: int, other: Row, add: int) -> Row:
    """keep * row + add * other."""
    result = {index: keep * value for index, value in row.items()}
    for index, value in other.items():
        total = result.get(index, 0) + add * value
        if total:
            result[index] = total
        else:
            del result[index]
    return result


def _normalised(law: Row) -> Row:
    """The law without common factor, the sign such that most weights, else the first, are positive."""
    common = gcd(*law.values())
    balance = sum(1 if value > 0 else -1 for value in law.values())
    if balance < 0 or (balance == 0 and law[min(law)] < 0):
        common = -common
    return {species: value // common for species, value in law.items()}


def _cost(law: Row) -> tuple[int, int, int]:
    """What makes a law hard to read, worst first: negative weights, terms, large weights."""
    return sum(value < 0 for value in law.values()), len(law), sum(map(abs, law.values()))


def _simplified(laws: list[Row]) -> list[Row]:
    """The same space, each law replaced by its sum with another as long as one is easier to read.

    It ends since each replacement lowers the cost, and early, with a valid basis, when the budget is used up.
    """
    holders: dict[int, set[int]] = {}
    for number, law in enumerate(laws):
        for species in law:
            holders.setdefault(species, set()).add(number)
    improved = set(range(len(laws)))
    budget = _SIMPLIFICATION_BUDGET
    while improved and budget > 0:
        number = min(improved)
        law = laws[number]
        best = law
        for candidate in _sums(number, laws, holders):
            best = min(best, candidate, key=_cost)
            budget -= len(candidate)
            if budget <= 0:
                break
        if best is law:
            improved.discard(number)
            continue
        for species in law.keys() - best.keys():
            holders[species].discard(number)
        for species in best:
            holders.setdefault(species, set()).add(number)
        laws[number] = best
        improved |= {other for species in best for other in holders[species]}
    return laws


def _sums(number: int, laws: list[Row], holders: dict[int, set[int]]) -> Iterator[Row]:
    """Sums of the law and another one that are rid of a species that both have."""
    law, seen = laws[number], set()
    for species, value in sorted(law.items()):
        for other in sorted(holders[species] - {number}):
            choice = (other, *_cancelling(value, laws[other][species]))
            if choice not in seen:
                seen.add(choice)
                yield _normalised(_combined(law, choice[1], laws[other], choice[2]))
