"""Items that mutate sites, as changes of the shares of mutant molecules."""

import numpy as np
import pytest

from rheostat.network.network import Network, SpeciesAgent
from rheostat.problem.item import parse_items
from rheostat.problem.unknown import UnknownNameError
from rheostat.tumour.alteration import Form, alteration_changes, alteration_effects

AKT = {"AKT1": 0.7, "AKT2": 0.3}
AGENTS = {
    "AKT": SpeciesAgent("AKT1|AKT2", AKT),
    "dead_AKT1_T308": SpeciesAgent("AKT1|AKT2", AKT, "unphosphorylatable T308"),
    "mimic_AKT1_T308": SpeciesAgent("AKT1|AKT2", AKT, "mimic T308"),
    "dead_AKT1_S473": SpeciesAgent("AKT1|AKT2", AKT, "unphosphorylatable S473"),
    "RPTOR": SpeciesAgent("RPTOR"),
    "dead_RPTOR_S722_S792": SpeciesAgent("RPTOR", {}, "unphosphorylatable S722+S792"),
    "mimic_RPTOR_S722_S792": SpeciesAgent("RPTOR", {}, "mimic S722+S792"),
    "IRS1": SpeciesAgent("IRS1"),
    "dead_IRS1_Y612": SpeciesAgent("IRS1", {}, "unphosphorylatable Y612"),
    "TSC2": SpeciesAgent("TSC2"),
}
NETWORK = Network(
    "", tuple(AGENTS), np.zeros(len(AGENTS)), ("s",), np.ones(1), (), (), {"cytosol": 2.5e-12}, {}, AGENTS
)
FORMS = {"mut:IRS1_Y612F": [Form("mut:IRS1_Y612F", "s", "set", 0.0)]}


def changed(text: str) -> dict[str, float]:
    return {
        one.target: round(one.value, 6)
        for one in alteration_changes(parse_items(text), FORMS, AGENTS, NETWORK)
    }


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("mut:AKT1_S473A", {"dead_AKT1_S473": 0.7}),
        ("mut:AKT1_S473A;mut:AKT2_S473A", {"dead_AKT1_S473": 1.0}),
        ("mut:AKT1_S473A;ko:AKT2", {"dead_AKT1_S473": 1.0}),
        ("mut:AKT1_S473A;oe:AKT1@3", {"dead_AKT1_S473": 0.875}),
        ("mut:AKT2_T308A_S473A", {"dead_AKT1_T308": 0.3, "dead_AKT1_S473": 0.3}),
        ("mut:AKT1_T308D", {"mimic_AKT1_T308": 0.7}),
        ("mut:AKT1_T308E", {"mimic_AKT1_T308": 0.7}),
        # Sites that one step phosphorylates together are one site.
        ("mut:RPTOR_S722A_S792A", {"dead_RPTOR_S722_S792": 1.0}),
        ("mut:RPTOR_S792A", {"dead_RPTOR_S722_S792": 1.0}),
        ("mut:RPTOR_S722A_S792D", {"dead_RPTOR_S722_S792": 1.0}),
        # What forms.tsv says of a variant wins.
        ("mut:IRS1_Y612F", {"s": 0.0}),
        ("mut:IRS1_Y612A", {"dead_IRS1_Y612": 1.0}),
    ],
)
def test_mutant_share_of_the_pool(text: str, changes: dict[str, float]) -> None:
    assert changed(text) == changes


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("mut:AKT1_S474A", "known sites of AKT1: T308 S473"),
        ("mut:AKT1_T308A_S474A", "no site S474"),
        ("mut:AKT1_S473D", "cannot be mimicked"),
        ("mut:TSC2_T1462A", "known sites of TSC2: none"),
        ("mut:NOSUCH_S1A", "unknown form"),
        ("mut:AKT1_S473G", "unknown form"),
        ("mut:AKT1_S473F", "unknown form"),
    ],
)
def test_unknown_site_names_those_that_are_known(text: str, part: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        changed(text)
    assert caught.value.issues[0].code == "E504"
    assert part in str(caught.value)


def test_graph_starts_at_the_share() -> None:
    (item,) = parse_items("mut:AKT1_T308A_S473A")
    effects = alteration_effects(item, FORMS, AGENTS, NETWORK)
    assert effects == (("dead_AKT1_T308", 1), ("dead_AKT1_S473", 1))
