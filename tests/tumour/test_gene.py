"""Gene names old and new, and variants as oncologists write them."""

import pytest

from rheostat.tumour.gene import current_symbol, expand_symbols, normalise_alteration


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("PIK3CA:p.His1047Arg", "mut:PIK3CA_H1047R"),
        ("PIK3CA:p.H1047R", "mut:PIK3CA_H1047R"),
        ("PIK3CA H1047R", "mut:PIK3CA_H1047R"),
        ("PIK3CA:H1047R", "mut:PIK3CA_H1047R"),
        ("KRAS:p.(Gly12Asp)", "mut:KRAS_G12D"),
        ("PTEN:loss", "mut:PTEN_loss"),
        ("PTEN:deletion", "mut:PTEN_loss"),
        ("PTEN:p.R233*", "mut:PTEN_loss"),
        ("PTEN:p.Arg233Ter", "mut:PTEN_loss"),
        ("TSC1:p.Q516fs*12", "mut:TSC1_loss"),
        ("LKB1:loss", "mut:STK11_loss"),
        ("MTOR:p.R233*", "mut:MTOR_R233*"),
        ("EGFR:amplification", "oe:EGFR"),
        ("ko:LKB1", "ko:STK11"),
        ("kd:raptor@0.3", "kd:RPTOR@0.3"),
        ("oe:REDD1", "oe:DDIT4"),
        ("mut:FRAP1_S2215Y", "mut:MTOR_S2215Y"),
        ("ko:TSC2", "ko:TSC2"),
        ("mut:PTEN_loss", "mut:PTEN_loss"),
        ("drug:everolimus@20nM", "drug:everolimus@20nM"),
        ("env:leu@0", "env:leu@0"),
    ],
)
def test_spelling_becomes_an_item(text: str, item: str) -> None:
    assert normalise_alteration(text)[0] == item


def test_translation_is_noted_and_plain_items_are_not() -> None:
    assert normalise_alteration("ko:GbL") == ("ko:MLST8", "GbL is read as MLST8")
    assert normalise_alteration("ko:TSC2")[1] is None
    note = normalise_alteration("PTEN:p.R233*")[1]
    assert note is not None
    assert "mut:PTEN_loss" in note


def test_aliases_of_the_atlas_count_and_a_family_has_no_form() -> None:
    assert current_symbol("p21", {"p21": "CDKN1A"})[0] == "CDKN1A"
    assert normalise_alteration("ca:AKT", {"AKT": "AKT1/2/3"}) == ("ca:AKT", None)
    assert normalise_alteration("ko:AKT", {"AKT": "AKT1/2/3"})[0] == "ko:AKT1/2/3"


@pytest.mark.parametrize(
    ("name", "symbols"),
    [
        ("TSC2", ("TSC2",)),
        ("RPS6KB1/2", ("RPS6KB1", "RPS6KB2")),
        ("RRAGA/B/C/D", ("RRAGA", "RRAGB", "RRAGC", "RRAGD")),
        ("FOXO1/3", ("FOXO1", "FOXO3")),
        ("MIOS/WDR59", ("MIOS", "WDR59")),
        ("PPP2R1A/PPP2R2B", ("PPP2R1A", "PPP2R2B")),
    ],
)
def test_names_of_several_genes(name: str, symbols: tuple[str, ...]) -> None:
    assert expand_symbols(name) == symbols
