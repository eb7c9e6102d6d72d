"""The assembled model, and its text for the cache."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from rheostat.network.formula import Formula
from rheostat.network.network import Network, Reaction, Rule, SpeciesAgent


@dataclass(frozen=True)
class Assembled:
    """The model as Antimony text and as network, with who each species is and the formula of each readout."""

    antimony: str
    network: Network
    agents: Mapping[str, SpeciesAgent]
    readouts: Mapping[str, Formula]


def store(made: Assembled) -> str:
    """JSON of everything that was assembled, so that no SBML need be read again."""
    network = {field.name: getattr(made.network, field.name) for field in fields(Network)}
    network["initial"], network["values"] = made.network.initial.tolist(), made.network.values.tolist()
    for name in ("reactions", "rules"):
        network[name] = [asdict(each) for each in network[name]]
    network["agents"] = {name: asdict(agent) for name, agent in made.network.agents.items()}
    return json.dumps({"antimony": made.antimony, "network": network, "readouts": dict(made.readouts)})


def restore(text: str) -> Assembled:
    """What ``store`` wrote.

    Raises
    ------
    ValueError, KeyError, TypeError, AttributeError
        If the text is anything else.
    """
    stored = json.loads(text)
    network: dict[str, Any] = stored["network"]
    for name in ("species", "parameters"):
        network[name] = tuple(network[name])
    for name in ("initial", "values"):
        network[name] = np.array(network[name], dtype=np.float64)
    network["reactions"] = tuple(
        Reaction(**{**each, "rate": _formula(each["rate"])}) for each in network["reactions"]
    )
    network["rules"] = tuple(
        Rule(**{**each, "formula": _formula(each["formula"])}) for each in network["rules"]
    )
    network["agents"] = {name: SpeciesAgent(**agent) for name, agent in network["agents"].items()}
    found = Network(**network)
    readouts = {name: _formula(formula) for name, formula in stored["readouts"].items()}
    return Assembled(stored["antimony"], found, found.agents, readouts)


def _formula(listed: list[Any]) -> Formula:
    """Formula of the nested lists that JSON makes of its tuples."""
    return tuple(_formula(part) if isinstance(part, list) else part for part in listed)
