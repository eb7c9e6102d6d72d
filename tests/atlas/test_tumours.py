"""The shipped tumours: each is read, acts on the network, is at rest untreated and grows; genotypes show."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rheostat.atlas.load import Atlas, load_atlas
from rheostat.problem.arm import Arm
from rheostat.problem.item import parse_items
from rheostat.studies.simulate import Draws, simulate
from rheostat.tumour.alteration import known_symbols
from rheostat.vocabulary.error import InputError

#: Cells with a form that comes with another block of the model.
NAMED = [
    *("reference", "normal", "CCSC", "CD8_T", "breast", "breast_HR_HER2neg", "HCC", "NSCLC_KRAS", "CRC"),
    "RCC",
    *("PC-3", "LNCaP", "786-O", "A498", "ACHN", "Caki-1", "RCC_TSC", "RCC_TSC1", "RCC_TSC2", "PDAC"),
    *("PDAC_KRAS_PTEN", "PDAC_KRAS_TP53", "A375", "melanoma_BRAF", "endometrial", "endometrial_PTEN"),
    *("TOV-21G", "HCT116", "HT-29", "MDA-MB-468", "BT-474", "T47D", "HepG2", "U87MG", "SK-OV-3"),
    *("MIA PaCa-2", "BxPC-3", "SK-BR-3"),
]
READOUTS = ["growth_rate", "death_rate", "PIP3", "RAS_GTP", "pERK", "RHEB_GTP", "pHER2", "pEGFR", "HIF1A"]
Untreated = Callable[[str, str], float]


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return load_atlas()


def _resolves(atlas: Atlas, cell: str) -> bool:
    try:
        atlas.changes(Arm(cell, cell, ()))
    except InputError:
        return False
    return True


@pytest.fixture(scope="module")
def untreated(atlas: Atlas) -> Untreated:
    """Nominal untreated readout of a cell, relative to the reference cell but for rates."""
    arms = [Arm(cell, cell, ()) for cell in atlas.tumours if _resolves(atlas, cell)]
    found = simulate(atlas, arms, [0.0], Draws(None), readouts=READOUTS)
    assert found.failures() == []
    values = found.dataset["value"].isel(draw=0, time=0)
    return lambda cell, readout: float(values.sel(condition=cell, readout=readout))


def _with(atlas: Atlas, *starts: str) -> list[str]:
    """Cells with an alteration whose item starts so."""
    return [
        cell
        for cell, tumour in atlas.tumours.items()
        if any(one.item.startswith(starts) for one in tumour.alterations)
    ]


@pytest.mark.parametrize("name", NAMED)
def test_cells_that_facts_and_people_name_are_found(atlas: Atlas, name: str) -> None:
    assert atlas.tumour(name).id in atlas.tumours


def test_every_tumour_acts_on_the_network(atlas: Atlas) -> None:
    refused = {cell for cell in atlas.tumours if not _resolves(atlas, cell)}
    assert refused == set()


def test_every_tumour_grows_untreated(atlas: Atlas, untreated: Untreated) -> None:
    rates = {cell: untreated(cell, "growth_rate") for cell in atlas.tumours if _resolves(atlas, cell)}
    slow = {cell: rate for cell, rate in rates.items() if not 0.005 < rate < 0.06}
    assert slow == {}


def test_no_tumour_has_a_drug_or_an_unsourced_number(atlas: Atlas) -> None:
    for tumour in atlas.tumours.values():
        kinds = {item.kind for one in tumour.alterations for item in parse_items(one.item)}
        assert kinds <= {"mut", "ko"}, tumour.id
        assert all(one.source and one.source != ("estimate",) for one in tumour.expression), tumour.id


def test_what_is_ignored_is_not_held_by_the_model(atlas: Atlas) -> None:
    held = known_symbols(atlas.agents, atlas.network)
    # Shares of patients are kept even for genes that the model holds; so is what nobody has measured.
    lost = [
        (tumour.id, text)
        for tumour in atlas.tumours.values()
        for text in tumour.ignored
        if text.split()[0] in held and "%" not in text and "unknown" not in text
    ]
    assert lost == []


def test_cells_without_pten_have_more_pip3(atlas: Atlas, untreated: Untreated) -> None:
    cells = _with(atlas, "mut:PTEN_loss")
    assert len(cells) >= 8
    assert min(untreated(cell, "PIP3") for cell in cells) > 2


def test_mutant_ras_is_loaded_and_drives_erk(atlas: Atlas, untreated: Untreated) -> None:
    cells = _with(atlas, "mut:KRAS_", "mut:NRAS_")
    assert len(cells) >= 7
    assert min(untreated(cell, "RAS_GTP") for cell in cells) > 1.5
    assert min(untreated(cell, "pERK") for cell in cells) > 1.2


def test_mutant_braf_drives_erk_and_unloads_ras(atlas: Atlas, untreated: Untreated) -> None:
    cells = _with(atlas, "mut:BRAF_")
    assert len(cells) >= 4
    assert min(untreated(cell, "pERK") for cell in cells) > 1.2
    assert max(untreated(cell, "RAS_GTP") for cell in cells) < 1


def test_cells_without_tsc_hold_more_rheb_gtp(atlas: Atlas, untreated: Untreated) -> None:
    cells = _with(atlas, "mut:TSC1_loss", "mut:TSC2_loss")
    assert len(cells) >= 4
    assert min(untreated(cell, "RHEB_GTP") for cell in cells) > 1.5


def test_cells_without_vhl_keep_hif1a_unless_they_make_none(atlas: Atlas, untreated: Untreated) -> None:
    assert untreated("RCC", "HIF1A") > 3
    assert untreated("786-O", "HIF1A") == untreated("A498", "HIF1A") == 0


def test_amplified_receptors_signal_more(untreated: Untreated) -> None:
    assert min(untreated(cell, "pHER2") for cell in ("BT-474", "SK-BR-3", "SK-OV-3")) > 5
    assert untreated("MDA-MB-468", "pEGFR") > 3


def test_genotype_decides_which_drug_acts(atlas: Atlas) -> None:
    pairs = [("MCF-7", "alpelisib 1 uM"), ("PC-3", "alpelisib 1 uM"), ("BxPC-3", "vemurafenib 1 uM")]
    arms = [Arm(f"{cell} {drug}", cell, parse_items(drug)) for cell, drug in pairs]
    found = simulate(atlas, arms, [0.0, 72.0], Draws(None), readouts=["gr"])
    mcf7, pc3, bxpc3 = (float(value) for value in found.dataset["value"].isel(draw=0, time=-1, readout=0))
    # Without PTEN p110 beta makes the PIP3, which alpelisib spares.
    assert mcf7 < 0.8 * pc3
    # The deletion in BRAF acts as a dimer, which vemurafenib does not stop.
    assert bxpc3 > 0.9
