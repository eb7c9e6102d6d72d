"""Text tables that fit 80 columns."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rheostat.studies.interval import Interval


WIDTH = 80
_LEAST = 8
_GIVES_WAY = 12


def table(header: Sequence[str], rows: Sequence[Sequence[str]], width: int = WIDTH) -> str:
    """Lines of a table; columns that do not fit are wrapped, the widest first; numbers are right-aligned."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(header), *cells]) for i in range(len(header))]
    while sum(widths) + 2 * (len(widths) - 1) > width and max(widths) > _LEAST:
        # ids in the first column stay whole as long as another column can give way
        tail = max(widths[1:], default=0)
        i = widths.index(tail, 1) if tail > _GIVES_WAY else widths.index(max(widths))
        widths[i] -= 1
    numeric = [bool(cells) and all(_is_number(row[i]) for row in cells) for i in range(len(header))]
    lines = _lines(header, widths, numeric) + ["  ".join("-" * w for w in widths)]
    for row in cells:
        lines += _lines(row, widths, numeric)
    return "\n".join(line.rstrip() for line in lines)


def heading(text: str) -> str:
    """A heading, bold only on a terminal that wants colour (``NO_COLOR`` unset)."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    return text if plain else f"\x1b[1m{text}\x1b[0m"


def number(value: float | None) -> str:
    """A number with three significant digits, ``-`` where there is none."""
    if value is None:
        return "-"
    if value != 0 and (abs(value) < 0.001 or abs(value) >= 10000):
        return f"{value:.2g}"
    return f"{value:.3g}" if abs(value) >= 1 else f"{value:.3f}".rstrip("0").rstrip(".") or "0"


def interval(each: Interval) -> str:
    """``median [p05-p95]``."""
    if each.median is None and each.p05 is None:
        return "-"
    low, high = number(each.p05), number(each.p95)
    joiner = " to " if low.startswith("-") or high.startswith("-") else "-"
    return f"{number(each.median)} [{low}{joiner}{high}]"


def _lines(row: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> list[str]:
    pieces = [wrap(cell, w, break_long_words=True) or [""] for cell, w in zip(row, widths, strict=True)]
    height = max(len(piece) for piece in pieces)
    lines = []
    for i in range(height):
        texts = [piece[i] if i < len(piece) else "" for piece in pieces]
        aligned = [
            text.rjust(w) if right else text.ljust(w)
            for text, w, right in zip(texts, widths, numeric, strict=True)
        ]
        lines.append("  ".join(aligned))
    return lines


def _is_number(text: str) -> bool:
    return text == "-" or text[:1].isdigit() or (text[:1] in "+-" and text[1:2].isdigit())
