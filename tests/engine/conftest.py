"""Small networks from arrow notation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from rheostat.network.formula import parse_formula
from rheostat.network.network import Network, Reaction, Rule

Build = Callable[..., Network]


def _side(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for term in filter(None, (part.strip() for part in text.split("+"))):
        amount, _, name = term.rpartition(" ")
        found[name] = found.get(name, 0.0) + (float(amount) if amount else 1.0)
    return found


def _build(
    initial: Mapping[str, float],
    parameters: Mapping[str, float],
    reactions: Mapping[str, str],
    rules: Mapping[str, str] | None = None,
) -> Network:
    """Reactions are ``{"mechanism": "a + 2 b -> c; rate"}``, rules ``{"variable": "formula"}``."""
    made = []
    for mechanism, text in reactions.items():
        arrow, rate = text.split(";")
        left, right = arrow.split("->")
        made.append(Reaction(f"r_{mechanism}", _side(left), _side(right), parse_formula(rate), mechanism))
    return Network(
        sbml="",
        species=tuple(initial),
        initial=np.array(list(initial.values()), dtype=float),
        parameters=tuple(parameters),
        values=np.array(list(parameters.values()), dtype=float),
        reactions=tuple(made),
        rules=tuple(Rule(name, parse_formula(text), f"rule_{name}") for name, text in (rules or {}).items()),
        compartments={},
    )


@pytest.fixture
def build() -> Build:
    """Maker of networks."""
    return _build


@pytest.fixture(scope="session")
def build_network() -> Build:
    """The same, for tests that draw many examples."""
    return _build
