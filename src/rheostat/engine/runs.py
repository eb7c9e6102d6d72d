"""Put operations into an order in which equal ones follow each other."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


def in_runs(kinds: Mapping[Name, int], needs: Mapping[Name, Sequence[Name]]) -> list[Name]:
    """Names in an order that has each after what it needs, with few changes of kind.

    Of the kinds of which something can be done, that with most to do comes next, and lasts until nothing
    more of it can be done.

    Parameters
    ----------
    kinds : name -> kind
    needs : name -> names
        Names without a kind are there already.

    Examples
    --------
    >>> in_runs({"a": 1, "b": 2, "c": 1}, {"a": [], "b": ["a"], "c": []})
    ['a', 'c', 'b']
    """
    waiting: dict[Name, int] = {}
    readers: dict[Name, list[Name]] = {}
    ready: dict[int, list[Name]] = {}
    for name, kind in kinds.items():
        first = {need for need in needs[name] if need in kinds}
        waiting[name] = len(first)
        for need in first:
            readers.setdefault(need, []).append(name)
        if not first:
            ready.setdefault(kind, []).append(name)
    order: list[Name] = []
    while ready:
        kind = max(ready, key=lambda each: (len(ready[each]), -each))
        run = ready.pop(kind)
        # Grows while it is walked: something may become ready by another of the same run.
        for name in run:
            order.append(name)
            for reader in readers.get(name, ()):
                waiting[reader] -= 1
                if waiting[reader] == 0:
                    other = kinds[reader]
                    (run if other == kind else ready.setdefault(other, [])).append(reader)
    return order
