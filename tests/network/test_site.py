"""Mutated sites: what a pool with a mutant share does, and which sites a model has."""

from pathlib import Path

import pytest

from rheostat.engine.compile import compile_kernel
from rheostat.engine.steady import find_steady_state
from rheostat.knowledge.mechanism import read_mechanisms
from rheostat.network.assemble import Assembled, assemble
from rheostat.network.diagnose import diagnostics

K_ON, K_OFF, TOTAL = 0.3, 0.1, 80.0
MODEL = """\
compartments:
  cytosol: {volume: 2.5e-12, unit: litre}
species:
  K: {agent: AKT1|AKT2, shares: {AKT1: 0.7, AKT2: 0.3}, compartment: cytosol, initial: 80, unit: kilocopy,
    source: x, grade: C}
  K_p: {agent: AKT1|AKT2, shares: {AKT1: 0.7, AKT2: 0.3}, state: p@S473+S477, compartment: cytosol,
    initial: 0}
  Y: {agent: TSC1.TSC2, state: bare, compartment: cytosol, initial: 10, unit: kilocopy, source: x, grade: C}
  Y_p: {agent: TSC1.TSC2, state: p@T1462, compartment: cytosol, initial: 0}
  Y_in: {agent: TSC1.TSC2, state: inside, compartment: cytosol, initial: 0}
  B: {agent: EIF4E.EIF4EBP1, compartment: cytosol, initial: 5, unit: kilocopy, source: x, grade: C}
  E: {agent: EIF4E, compartment: cytosol, initial: 0}
  P: {agent: EIF4EBP1, state: p@T37, compartment: cytosol, initial: 0}
  M: {agent: MYC, compartment: cytosol, initial: 5, unit: kilocopy, source: x, grade: C}
  M_p: {agent: MYC, state: p@S62, compartment: cytosol, initial: 0}
  F: {agent: FOXO3, compartment: cytosol, initial: 5, unit: kilocopy, source: x, grade: C}
  F_p: {agent: FOXO3, state: p@T32, compartment: cytosol, initial: 0}
mechanisms:
- id: all-steps
  says: every kind of step
  statement: {type: Phosphorylation, agents: [AKT1, TSC2], residue: T, position: 1462}
  evidence: [{source: x, finding: f}]
  reactions: |
    k_on: K -> K_p; c_on*K
    k_off: K_p -> K; c_off*K_p
    y_on: Y -> Y_p; c_on*Y
    y_off: Y_p -> Y; c_off*Y_p
    y_in: Y_p -> Y_in; c_on*Y_p
    b_on: B -> E + P; c_on*B
    m_on: M -> M_p; michaelis(K, M, c_on, c_km)
    m_off: M_p -> M; c_off*M_p
    f_on: F -> F_p; c_on*F
    f_made: -> F_p; c_made
    f_lost: F_p -> ; c_off*F_p
  parameters:
    c_on: {value: 0.3, unit: 1/min, source: x, grade: C}
    c_off: {value: 0.1, unit: 1/min, source: x, grade: C}
    c_km: {value: 5, unit: kilocopy, source: x, grade: C}
    c_made: {value: 1, unit: kilocopy/min, source: x, grade: C}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Assembled:
    path = tmp_path_factory.mktemp("model") / "model.yaml"
    path.write_text(MODEL, encoding="utf-8")
    return assemble(read_mechanisms([Path(path)]), {})


def steady(model: Assembled, species: str, **shares: float) -> float:
    """Steady amount, kilocopy, with these shares of mutants."""
    network = model.network
    kernel = compile_kernel(network, {})
    initial = network.initial.copy()
    for name, share in shares.items():
        initial[network.species.index(name)] = share
    found = find_steady_state(kernel, network.values[None], initial[None])
    return float(found.species[0, network.species.index(species)])


def test_units_of_the_rewritten_rates_agree(model: Assembled) -> None:
    assert diagnostics(model.network.sbml) == []


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
def test_a_share_of_molecules_is_never_or_always_phosphorylated(model: Assembled, share: float) -> None:
    # The wild-type part of the pool comes to the rest of its own kinase and phosphatase.
    wild = (1.0 - share) * TOTAL * K_ON / (K_ON + K_OFF)
    assert steady(model, "K_p", dead_AKT1_S473_S477=share) == pytest.approx(wild, rel=1e-4, abs=1e-3)
    mimics = share * TOTAL + wild
    assert steady(model, "K_p", mimic_AKT1_S473_S477=share) == pytest.approx(mimics, rel=1e-4)


def test_a_bound_protein_that_cannot_be_phosphorylated_stays_bound(model: Assembled) -> None:
    assert steady(model, "B", dead_EIF4EBP1_T37=1.0) == pytest.approx(5.0)
    assert steady(model, "B") == pytest.approx(0.0, abs=1e-3)


def test_which_sites_can_be_mutated(model: Assembled) -> None:
    agents = model.network.agents
    switches = {name: agents[name].agent for name in agents if name.startswith(("dead_", "mimic_"))}
    assert switches == {
        "dead_AKT1_S473_S477": "AKT1|AKT2",
        "mimic_AKT1_S473_S477": "AKT1|AKT2",
        # The statement says which part of the complex has the site; going inside is no dephosphorylation.
        "dead_TSC2_T1462": "TSC2",
        "mimic_TSC2_T1462": "TSC2",
        "dead_EIF4EBP1_T37": "EIF4EBP1",
        # A saturated kinase is not first order in MYC, and FOXO3 is made with its phosphate.
        "mimic_MYC_S62": "MYC",
    }


def test_nothing_is_left_of_a_site_that_is_not_mutated(model: Assembled) -> None:
    rates = {reaction.id: reaction.rate for reaction in model.network.reactions}
    assert "dead_AKT1_S473_S477" in str(rates["k_on"])
    assert "mimic_TSC2_T1462" not in str(rates["y_in"])
    assert "MYC" not in str(rates["m_on"])
