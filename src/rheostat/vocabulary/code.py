"""Every error code with what it means and what to do; ``rheostat doctor CODE`` shows an entry.

E1xx files and YAML, E2xx mechanisms and network, E3xx units, E4xx items, E5xx atlas look-ups, E6xx claims,
E7xx command line, N1xx numerical.  The entries stand in ``codes.tsv`` beside this module.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class CodeHelp:
    """Title, explanation and remedy of one code."""

    title: str
    explanation: str
    remedy: str


def _read() -> dict[str, CodeHelp]:
    text = resources.files("rheostat.vocabulary").joinpath("codes.tsv").read_text(encoding="utf-8")
    rows = csv.reader(text.splitlines()[1:], delimiter="\t", quoting=csv.QUOTE_NONE)
    return {code: CodeHelp(title, explanation, remedy) for code, title, explanation, remedy in rows}


CODES: dict[str, CodeHelp] = _read()
