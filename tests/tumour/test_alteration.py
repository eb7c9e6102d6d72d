"""Alterations scale what holds the gene, and forms change what their table says."""

import numpy as np
import pytest

from rheostat.network.network import Network, SpeciesAgent
from rheostat.problem.item import parse_items
from rheostat.problem.unknown import UnknownNameError
from rheostat.tumour.alteration import Form, alteration_changes, alteration_effects

AGENTS = {
    "TSC": SpeciesAgent("TSC1.TSC2.TBC1D7"),
    "TSC_p": SpeciesAgent("TSC2"),
    "S6K": SpeciesAgent("RPS6KB1|RPS6KB2", {"RPS6KB1": 0.7, "RPS6KB2": 0.3}),
    "PTEN": SpeciesAgent("PTEN"),
    "RHEB": SpeciesAgent("RHEB"),
}
NETWORK = Network(
    sbml="",
    species=tuple(AGENTS),
    initial=np.array([20.0, 0.0, 60.0, 49.0, 30.0]),
    parameters=("n_PTEN", "k", "ras_mut"),
    values=np.array([1.0, 2.0, 0.0]),
    reactions=(),
    rules=(),
    compartments={"cytosol": 2.5e-12},
)
FORMS = {
    "ca:RHEB": (Form("ca:RHEB", "k", "set", 0.9, "+k"),),
    "mut:KRAS_G12D": (Form("mut:KRAS_G12D", "ras_mut", "set", 0.85, "+ras_mut"),),
    "mut:RHEB_D": (
        Form("mut:RHEB_D", "RHEB", "factor", 0.5, "-RHEB"),
        Form("mut:RHEB_D", "k", "multiply", 3.0, "+k"),
    ),
    "mut:BAD_X": (Form("mut:BAD_X", "nowhere", "set", 1.0),),
}


def changes(text: str) -> dict[str, tuple[str, float]]:
    found = alteration_changes(parse_items(text), FORMS, AGENTS, NETWORK)
    return {change.target: (change.operation, pytest.approx(change.value)) for change in found}


def test_knock_out_acts_on_synthesis_and_on_the_total_that_is_present() -> None:
    assert changes("ko:PTEN") == {"n_PTEN": ("multiply", 0.0), "PTEN": ("multiply", 0.0)}


def test_complex_follows_its_scarcest_part() -> None:
    assert changes("kd:TSC1@0.5; kd:TSC2@0.2") == {"TSC": ("multiply", 0.2)}
    assert changes("oe:TSC2@5") == {}
    assert changes("oe:TSC1@5;oe:TSC2@5;oe:TBC1D7@3") == {"TSC": ("multiply", 3.0)}


def test_pool_follows_its_shares() -> None:
    assert changes("ko:RPS6KB1") == {"S6K": ("multiply", 0.3)}
    assert changes("ko:RPS6KB1/2") == {"S6K": ("multiply", 0.0)}
    assert changes("oe:RPS6KB2") == {"S6K": ("multiply", 0.7 + 1.5)}


def test_factors_of_one_gene_multiply() -> None:
    assert changes("kd:RHEB@0.5; oe:RHEB@4") == {"RHEB": ("multiply", 2.0)}


def test_forms_act_as_their_rows_say() -> None:
    assert changes("ca:RHEB") == {"k": ("set", 0.9)}
    assert changes("mut:RHEB_D") == {"RHEB": ("multiply", 0.5), "k": ("multiply", 3.0)}


def test_loss_without_a_row_is_no_abundance() -> None:
    assert changes("mut:TSC2_loss") == {"TSC": ("multiply", 0.0)}


def test_every_unknown_name_is_reported_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as caught:
        changes("ko:TSC9; mut:KRAS_G12E; mut:FOO_loss; mut:BAD_X; context:x; ko:PTEN")
    assert caught.value.missing == ("TSC9", "mut:KRAS_G12E", "FOO", "mut:BAD_X", "context:x")
    assert "did you mean 'mut:KRAS_G12D'" in str(caught.value)
    assert [issue.code for issue in caught.value.issues] == ["E503", "E504", "E503", "E504", "E507"]


@pytest.mark.parametrize(
    ("text", "effects"),
    [
        ("ko:TSC2", {("TSC", -1), ("TSC_p", -1)}),
        ("oe:PTEN", {("PTEN", 1)}),
        ("ca:RHEB", {("RHEB", 1)}),
        ("mut:KRAS_G12D", {("ras_mut", 1)}),
        ("mut:PTEN_loss", {("PTEN", -1)}),
        ("mut:RHEB_D", {("RHEB", -1), ("k", 1)}),
    ],
)
def test_start_in_the_influence_graph(text: str, effects: set[tuple[str, int]]) -> None:
    (item,) = parse_items(text)
    assert set(alteration_effects(item, FORMS, AGENTS, NETWORK)) == effects
