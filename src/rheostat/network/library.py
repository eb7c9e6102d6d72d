"""The rate-law functions that mechanisms may call, as Antimony text with their SBO terms.

Free of numeric literals (a literal has no unit that could be checked); each formula may hold one call only,
because libSBML reports false unit errors where two calls meet.
"""

from __future__ import annotations

from dataclasses import dataclass

from rheostat.vocabulary.sbo import RATE_LAW_TERMS


@dataclass(frozen=True)
class LibraryFunction:
    """Name, arguments and body of a rate-law function, with the SBO term of the law."""

    name: str
    arguments: tuple[str, ...]
    body: str
    sbo: str
    says: str


_FUNCTIONS = (
    LibraryFunction(
        "michaelis",
        ("e", "s", "k", "km"),
        "k*e*s/(km + s)",
        RATE_LAW_TERMS["michaelis"],
        "enzyme e turns substrate s over: k e s/(km + s)",
    ),
    LibraryFunction(
        "hill",
        ("x", "k", "n"),
        "(x/k)^n/(k/k + (x/k)^n)",
        RATE_LAW_TERMS["hill"],
        "ratio form of x^n/(k^n + x^n)",
    ),
    LibraryFunction(
        "inhibition",
        ("d", "ki"),
        "ki/(ki + d)",
        RATE_LAW_TERMS["competitive_inhibition"],
        "share of a site that drug d leaves free",
    ),
    LibraryFunction(
        "tight_binding",
        ("total", "drug", "kd"),
        # 2 drug/(S + root), S = total + drug + kd: the quadratic root without cancellation or literals;
        # S^2 - 4 total drug = (total - drug)^2 + kd (2 total + 2 drug + kd).
        "(drug + drug)/(total + drug + kd + sqrt((total - drug)^2 + kd*(total + drug + total + drug + kd)))",
        RATE_LAW_TERMS["rate_law"],
        "share of total bound when drug is used up by binding (Morrison's quadratic)",
    ),
)

#: Rate-law functions by name.
LIBRARY: dict[str, LibraryFunction] = {function.name: function for function in _FUNCTIONS}


def library_antimony() -> str:
    """Antimony text that defines every function of the library.

    Examples
    --------
    >>> print(library_antimony().splitlines()[0])
    function michaelis(e, s, k, km)
    """
    return "".join(f"function {f.name}({', '.join(f.arguments)})\n  {f.body}\nend\n" for f in _FUNCTIONS)
