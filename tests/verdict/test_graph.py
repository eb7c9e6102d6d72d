"""Answers of the influence graph."""

from functools import cache

import numpy as np
import pytest

from rheostat.atlas.load import load_atlas
from rheostat.engine.compile import compile_kernel
from rheostat.knowledge.claim import Assertion, Side
from rheostat.network.formula import parse_formula
from rheostat.network.network import Network, Reaction
from rheostat.problem.arm import read_arm
from rheostat.studies.influence import signs_at
from rheostat.verdict.graph import InfluenceGraph, shortest_sign
from rheostat.vocabulary.place import Place


@cache
def graph() -> InfluenceGraph:
    return InfluenceGraph(load_atlas())


def answer(
    left: str, op: str, right: str, readout: str = "pS6K_T389", times: tuple[float, float] = (1.0, 1.0)
) -> str:
    arms = [read_arm("a", "reference", left), read_arm("b", "reference", right)]
    sides = Side("a", readout, times[0]), Side("b", readout, times[1])
    asked = Assertion(sides[0], op, 1.0, sides[1], None, None, Place("f.yaml"))
    return graph().answer(asked, arms[1], *arms)


@pytest.mark.parametrize(
    ("influences", "expected"),
    [
        ({"a": {"b": -1}, "b": {"c": -1}}, 1),
        # The long way round does not count.
        ({"a": {"c": 1, "b": 1}, "b": {"c": -1}}, 1),
        # Two ways of one length that disagree.
        ({"a": {"b": 1, "d": 1}, "b": {"c": 1}, "d": {"c": -1}}, 0),
        ({"c": {"a": 1}}, 0),
    ],
)
def test_shortest_paths(influences: dict[str, dict[str, int]], expected: int) -> None:
    assert shortest_sign(influences, {"c": 1}, [("a", 1)]) == expected


def test_signs_of_a_small_network() -> None:
    rate = parse_formula("k*A/(1 + B)")
    network = Network(
        "",
        ("A", "B", "C"), np.array([1.0, 1.0, 1.0]), ("k",), np.array([2.0]),
        (Reaction("r", {"A": 1.0}, {"C": 1.0}, rate), Reaction("d", {"C": 1.0}, {}, parse_formula("k*C"))),
        (), {},
    )  # fmt: skip
    kernel = compile_kernel(network, {"share": parse_formula("C/(A + C)")})
    influences, readouts = signs_at(kernel, kernel.initial, kernel.values)
    assert influences["B"] == {"A": 1, "C": -1}
    assert influences["A"] == {"C": 1}
    # dA/dk = -A/(1 + B) = -1/2; dC/dk = 1/2 - C = -1/2.
    assert influences["k"] == {"A": -1, "C": -1}
    assert readouts["share"] == {"A": -1, "C": 1}


def test_drug_gene_and_environment() -> None:
    assert answer("drug:torin1@250nM", "<", "") == "right"
    assert answer("drug:torin1@250nM", ">", "") == "wrong"
    assert answer("", ">", "drug:torin1@250nM") == "right"
    assert answer("ko:TSC2", ">", "") == "right"
    assert answer("env:insulin@0", "<", "", "pIRS_Y") == "right"
    assert answer("env:insulin@2", ">", "env:insulin@0.5", "pIRS_Y") == "right"


def test_growth_has_an_answer_only_for_drugs() -> None:
    assert answer("ko:CCND1", "<", "", "gr") == "none"
    assert answer("drug:trametinib@20nM", "<", "", "gr") == "right"
    assert answer("drug:trametinib@20nM", ">", "", "growth_inhibition") == "right"


def test_no_answer_for_two_items_two_times_equality_or_cuts() -> None:
    assert answer("ko:TSC2;drug:torin1@250nM", "<", "") == "none"
    assert answer("drug:torin1@250nM", "<", "", times=(1.0, 2.0)) == "none"
    assert answer("drug:torin1@250nM", "=", "") == "none"
    assert answer("cut:s6k1-inhibits-irs1;drug:torin1@9nM", "<", "drug:torin1@9nM") == "none"
    assert answer("drug:torin1@250nM", "<", "", "t_peak_pS6K_T389") == "none"
