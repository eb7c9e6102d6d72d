"""The nearest known name to a word that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Choice most like the word, or None where none is alike.

    Case, blanks, ``-`` and ``_`` do not count; of equally near choices the first in alphabetical order wins.

    Examples
    --------
    >>> nearest("mcf7", ["MCF-7", "HCT116"])
    'MCF-7'
    >>> nearest("zzz", ["MCF-7"]) is None
    True
    """
    known = sorted(set(choices))
    folded = {choice: _fold(choice) for choice in known}
    target = _fold(word)
    best: str | None = None
    best_score = 0.0
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(target)
    for choice in known:
        matcher.set_seq1(folded[choice])
        score = matcher.ratio()
        if score > best_score:
            best, best_score = choice, score
    return best if best_score >= _NEAR else None


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """The hint ``; did you mean 'x'?``, or an empty string where nothing is alike.

    Examples
    --------
    >>> did_you_mean("everolimu", ["everolimus", "sirolimus"])
    "; did you mean 'everolimus'?"
    """
    choice = nearest(word, choices)
    return f"; did you mean '{choice}'?" if choice is not None else ""


# Below this share of common letters a hint misleads more than it helps ("leu" for "FAK").
_NEAR = 0.6


def _fold(word: str) -> str:
    return word.casefold().replace("-", "").replace("_", "").replace(" ", "")
