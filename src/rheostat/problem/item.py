"""One thing that is done to a cell, and the grammar in which users write it.

kind:what[@amount][@tA-B]      joined by ';' or in a list; times in hours
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.name import did_you_mean
from rheostat.vocabulary.unit import CONCENTRATION_UNITS

KINDS: Final[dict[str, str]] = {
    "drug": "drug:everolimus@20nM",
    "ko": "ko:TSC2",
    "kd": "kd:RPTOR@0.2",
    "oe": "oe:DEPTOR@5",
    "ca": "ca:AKT1",
    "kinase_dead": "kinase_dead:MTOR",
    "mut": "mut:PIK3CA_H1047R",
    "env": "env:leu@0",
    "cut": "cut:s6k1-inhibits-irs1",
    "context": "context:resistant",
}

#: Kinds that may carry a time window; all others act before t = 0.
TIMED_KINDS: Final = frozenset({"drug", "env"})

#: Remaining fraction of a knock-down and fold of an over-expression that give none.
DEFAULT_AMOUNT: Final[dict[str, float]] = {"kd": 0.2, "oe": 5.0}


@dataclass(frozen=True)
class Item:
    """One thing that is done to a cell.

    Parameters
    ----------
    kind : str
        A key of ``KINDS``.
    what : str
        Drug, gene, variant, factor of the environment, mechanism or context, as written.
    amount : float or None
        Concentration or level in ``unit``; remaining fraction (kd) or fold (oe).
    unit : str or None
        Concentration unit (micro written ``u``) or ``%``; None for levels, fractions and folds.
    start_h, end_h : float or None, h
        Window of a timed item; ``start_h`` None = untimed, ``end_h`` None = to the end.  A drug starts at 0.
    text : str
        The item as the user wrote it.
    """

    kind: str
    what: str
    amount: float | None = None
    unit: str | None = None
    start_h: float | None = None
    end_h: float | None = None
    text: str = ""


class _Refused(Exception):
    """Carries one issue out of the reading of one item, so that all items are reported together."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.remedy = code, message, remedy


_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TIME = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_WINDOW = re.compile(rf"t\s*({_TIME})\s*-\s*({_TIME})?\s*h?\Z")
_LOOSE_AMOUNT = re.compile(r"(.*\S)\s+([+-]?[0-9.][0-9.,eE+-]*\s*[^\W0-9]\S*|[+-]?[0-9.,]+\s*%)\Z")
_MICRO = str.maketrans({"\u00b5": "u", "\u03bc": "u"})
_UNITS = tuple(dict.fromkeys(unit.translate(_MICRO) for unit in CONCENTRATION_UNITS))
_UNITS_TEXT = " ".join(_UNITS)
_NOT_FINITE = frozenset({"nan", "inf", "infinity"})


def parse_items(text: str | Sequence[str]) -> tuple[Item, ...]:
    """Items of a text joined by ``;`` or of a list of such texts, in the order written.

    ``drug:`` may be left out where a dose with its unit follows (``everolimus 20 nM``).

    Raises
    ------
    InputError
        E401 to E410, the problems of all items together.

    Examples
    --------
    >>> [(i.kind, i.what, i.amount, i.unit) for i in parse_items("ko:TSC2; everolimus 20 nM")]
    [('ko', 'TSC2', None, None), ('drug', 'everolimus', 20.0, 'nM')]
    >>> parse_items("env:AA@1@t0.83-")[0].start_h
    0.83
    """
    lines = [text] if isinstance(text, str) else list(text)
    parts = [part.strip() for line in lines for part in line.split(";")]
    items: list[Item] = []
    issues: list[Issue] = []
    for part in parts:
        if not part:
            continue
        try:
            items.append(_parse_item(part))
        except _Refused as refused:
            issues.append(Issue(refused.code, f"'{part}'", refused.message, refused.remedy))
    if issues:
        raise InputError(issues)
    return tuple(items)


def _parse_item(text: str) -> Item:
    kind, body = _split_kind(text)
    what, *segments = [segment.strip() for segment in body.split("@")]
    amount_text, window_text = _sort_segments(segments)
    if amount_text is None and kind in (None, "drug", "env", "kd", "oe"):
        loose = _LOOSE_AMOUNT.match(what)
        if loose is not None:
            what, amount_text = loose.group(1), loose.group(2)
    if kind is None:
        kind = _guess_kind(what, amount_text)
    if not what:
        raise _Refused("E402", "nothing stands after the colon", f"write for example {KINDS[kind]}")
    start_h, end_h = _read_window(kind, window_text)
    amount, unit = _read_amount(kind, what, amount_text)
    return Item(kind, what, amount, unit, start_h, end_h, text)


def _split_kind(text: str) -> tuple[str | None, str]:
    head, colon, body = text.partition(":")
    if not colon:
        return None, text
    kind = head.strip().casefold().replace("-", "_")
    if kind in KINDS:
        return kind, body.strip()
    hint = did_you_mean(kind, KINDS)
    raise _Refused("E401", f"unknown kind '{head.strip()}'{hint}", f"write one of {' '.join(KINDS)}")


def _guess_kind(what: str, amount_text: str | None) -> str:
    if what.casefold() in KINDS:
        example = KINDS[what.casefold()]
        raise _Refused("E402", f"no colon after '{what}'", f"write for example {example}")
    if amount_text is not None and re.search(r"[^\W0-9]", amount_text.lstrip("+-.0123456789")):
        return "drug"
    if amount_text is not None:
        raise _Refused(
            "E403", f"'{what}' has neither a kind nor a unit", f"write drug:{what}@20nM or env:{what}@0"
        )
    remedy = f"write drug:{what}@20nM, or put one of {' '.join(KINDS)} and a colon in front"
    raise _Refused("E402", f"'{what}' has no kind and no dose", remedy)


def _sort_segments(segments: list[str]) -> tuple[str | None, str | None]:
    """Text of the amount and text of the window among what follows ``@``."""
    amount: str | None = None
    window: str | None = None
    for segment in segments:
        if re.match(r"t\s*[-+.0-9]", segment) or segment == "t":
            if window is not None:
                raise _Refused("E407", "two time windows", "write one item for each window")
            window = segment
        elif amount is not None or window is not None:
            raise _Refused("E402", f"'@{segment}' is one too many", "write kind:what@amount@tA-B")
        else:
            amount = segment
    return amount, window


def _read_window(kind: str, text: str | None) -> tuple[float | None, float | None]:
    if text is None:
        return (0.0, None) if kind == "drug" else (None, None)
    if kind not in TIMED_KINDS:
        raise _Refused("E410", f"'{kind}' acts before t = 0 and takes no time window", f"leave out '@{text}'")
    match = _WINDOW.match(text)
    if match is None:
        comma = "; a decimal comma? write a point" if "," in text else ""
        raise _Refused(
            "E407", f"'@{text}' is not a time window{comma}", "write hours as @t0-72, or @t24- to the end"
        )
    start = float(match.group(1))
    end = None if match.group(2) is None else float(match.group(2))
    if not math.isfinite(start) or (end is not None and not math.isfinite(end)):
        raise _Refused("E407", f"the time window '@{text}' overflows", "write hours as @t0-72")
    if end is not None and end <= start:
        raise _Refused(
            "E407", f"the time window '@{text}' ends before it starts", f"write @t{end:g}-{start:g}"
        )
    return start, end


def _read_amount(kind: str, what: str, text: str | None) -> tuple[float | None, str | None]:
    if text is None or not text:
        return _absent_amount(kind, what)
    if kind in ("ko", "ca", "kinase_dead", "mut", "cut", "context"):
        raise _Refused("E408", f"'{kind}' takes no amount, '@{text}' was given", f"write {kind}:{what}")
    if re.fullmatch(r"[ig][cr][0-9]+", text.casefold()):
        raise _Refused(
            "E409",
            f"the dose '@{text}' of {what} is not supported yet by this command",
            "give a concentration",
        )
    value, unit = _read_number(text)
    if kind == "drug":
        return value, _check_unit(unit, what, text, required=True)
    if kind == "env":
        return value, unit if unit == "%" else _check_unit(unit, what, text, required=False)
    return _read_ratio(kind, what, value, unit), None


def _absent_amount(kind: str, what: str) -> tuple[float | None, str | None]:
    if kind == "drug":
        raise _Refused("E403", f"drug '{what}' has no dose", f"write for example drug:{what}@20nM")
    if kind == "env":
        raise _Refused(
            "E403", f"'env:{what}' has no level", f"write env:{what}@0 (none) to env:{what}@1 (rich medium)"
        )
    return DEFAULT_AMOUNT.get(kind), None


def _read_number(text: str) -> tuple[float, str]:
    """Finite number of 0 or more, and the unit text behind it (empty where there is none)."""
    if re.match(r"[+-]?[0-9]*,[0-9]", text):
        point = re.sub(r"([0-9]*),([0-9])", r"\1.\2", text, count=1)
        raise _Refused("E404", f"'{text}' has a decimal comma", f"write a decimal point: {point}")
    match = _NUMBER.match(text)
    if match is None:
        word = re.match(r"[+-]?([^\W0-9]+)", text)
        if word is not None and any(word.group(1).casefold().startswith(bad) for bad in _NOT_FINITE):
            raise _Refused("E404", f"'{text}' is not a finite number", "give a finite number of 0 or more")
        raise _Refused("E404", f"'{text}' does not start with a number", "write for example 20nM or 0.2")
    value = float(match.group())
    if not math.isfinite(value):
        raise _Refused("E404", f"'{text}' overflows", "give a finite number")
    if value < 0:
        raise _Refused("E405", f"'{text}' is negative", "give a number of 0 or more")
    return value, text[match.end() :].strip().translate(_MICRO)


def _check_unit(unit: str, what: str, text: str, *, required: bool) -> str | None:
    if unit in _UNITS:
        return unit
    if not unit:
        if required:
            raise _Refused(
                "E403", f"the dose '{text}' of {what} has no unit", f"write {text}nM, or one of {_UNITS_TEXT}"
            )
        return None
    if unit == "nm":
        raise _Refused("E406", f"'{text}': nm is nanometre; did you mean 'nM'?", "write nM for nanomolar")
    alike = [known for known in _UNITS if known.casefold() == unit.casefold()]
    hint = f"; did you mean '{alike[0]}'?" if alike else did_you_mean(unit, _UNITS)
    raise _Refused("E406", f"'{text}': unknown unit '{unit}'{hint}", f"write one of {_UNITS_TEXT}")


def _read_ratio(kind: str, what: str, value: float, unit: str) -> float:
    if unit == "%":
        value /= 100.0
    elif unit:
        raise _Refused(
            "E406", f"'{kind}:{what}' takes no unit, '{unit}' was given", f"write for example {KINDS[kind]}"
        )
    if kind == "kd" and value > 1.0:
        raise _Refused(
            "E408", f"the remaining fraction {value:g} of a knock-down is above 1", "write 0 to 1, or oe"
        )
    return value
