"""A number can be walked back to its papers."""

from pathlib import Path

import pytest

from rheostat.atlas.load import load_atlas
from rheostat.atlas.trace import trace
from rheostat.problem.unknown import UnknownNameError


def test_readout_leads_to_reactions_mechanism_evidence_and_doi(root: Path) -> None:
    steps = trace(load_atlas(root=root), "pTSC2_T1462")
    kinds = [step.kind for step in steps]
    assert kinds[0] == "observable"
    assert {"species", "reaction", "mechanism", "evidence", "reference"} <= set(kinds)
    assert {step.id for step in steps if step.kind == "reaction"} == {"tsc_on", "tsc_off"}
    assert any("10.1000/abc" in step.text for step in steps if step.kind == "reference")


@pytest.mark.parametrize("name", ["k_on", "A", "akt-inactivates-tsc2"])
def test_parameter_species_and_mechanism_lead_to_the_paper(root: Path, name: str) -> None:
    steps = trace(load_atlas(root=root), name)
    assert steps[0].id == name
    assert "tsc.yaml:" in steps[0].where
    assert any(step.reference is not None and step.reference.key == "smith2000" for step in steps)


def test_unknown_name_comes_with_the_nearest(root: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'pTSC2_T1462'"):
        trace(load_atlas(root=root), "pTSC2_T146")


def test_every_shipped_readout_leads_to_a_mechanism() -> None:
    atlas = load_atlas()
    for name in atlas.observables:
        assert any(step.kind == "mechanism" for step in trace(atlas, name)), name
