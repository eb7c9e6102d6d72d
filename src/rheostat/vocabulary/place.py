"""A place in a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Place:
    """File, line and column (both from 1; 0 where unknown) of a value.

    Examples
    --------
    >>> str(Place("atlas/akt.yaml", 41, 13))
    'atlas/akt.yaml:41:13'
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}"
