"""The demo's report: what a reader finds in it."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

import numpy as np
import pytest
import xarray

from rheostat.atlas.trace import Backing
from rheostat.knowledge.reference import Reference
from rheostat.report.html import ReportText, loop_table, render_showcase
from rheostat.report.summary import overlap, ranking_sentences
from rheostat.report.wording import change_text, fixed, signed
from rheostat.studies.demo import Panel, Showcase
from rheostat.studies.explain import Contribution
from rheostat.studies.interval import Failures, Interval
from rheostat.studies.rank import ChosenDose, RankedTreatment, Ranking, Treatment, TumourRanking
from rheostat.vocabulary.place import Place

TIMES = (0.0, 1.0, 8.0, 24.0, 48.0)
VOID = {"meta", "br", "link", "img", "path", "use", "rect"}


@dataclass(frozen=True)
class Record:
    """The part of the atlas's records that the report shows."""

    id: str
    name: str
    grade: str = "C"
    note: str = "Genotype only."
    says: str = "S6K1 restrains IRS1."
    source: tuple[str, ...] = ("harrington2004",)


class Reader(HTMLParser):
    """Checks that elements close in order and collects ids and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[tuple[str, str]] = []
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.handle_startendtag(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(str(value))
            if name in {"src", "href", "xlink:href"}:
                self.addresses.append((tag, str(value)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)


def _line(name: str, place: int, score: float, delta: float, policy: str) -> RankedTreatment:
    doses = tuple(ChosenDose(drug, 12.345, policy) for drug in name.split(" + "))
    reason = Contribution("loop-a", "loop", Interval(delta, delta, delta), None, ("harrington2004",))
    around = Interval(score, score - 0.1, score + 0.1)
    return RankedTreatment(
        Treatment(name, doses), around, Interval(-1e-4, -0.2, 0.1), around, place, (reason,)
    )


def _tumour(name: str) -> TumourRanking:
    return TumourRanking(
        name,
        ("mut:PTEN_loss",),
        (),
        (
            _line("torin1", 1, 0.9, 0.02, "in_vitro_middle"),
            _line("a + b", 2, 0.75, 1.39e-05, "free_caverage"),
            _line("a", 3, 0.2, 0.01, "free_caverage"),
        ),
    )


@pytest.fixture
def html() -> str:
    """A report of two tumours, one rebound panel in which the loop makes all of the rise."""
    arms = (("intact", "c"), ("loop-a cut", "c1"), ("all loops cut", "c2"))
    value = np.ones((3, 4, 5, 1))
    value[0, :, 3] = 2.0
    dims = ("condition", "draw", "time", "readout")
    dataset = xarray.Dataset(
        {
            "value": (dims, value),
            "untreated": (dims, np.ones_like(value)),
            "result": (dims[:2], np.zeros((3, 4), dtype=int)),
        },
        coords={
            "condition": ["c", "c1", "c2"],
            "time": list(TIMES),
            "readout": ["pAKT_S473"],
            "unit": ("readout", ["relative"]),
        },
    )
    shown = Showcase(
        Ranking((_tumour("One"), _tumour("Two")), Failures(0, (), {})),
        dataset,
        (Panel("One", "everolimus 20 nM", arms),),
        (Record("One", "the first"), Record("Two", "the second")),
        (Record("loop-a", "S6K1 brake"),),
    )
    place = Place("references.tsv")
    paper = Reference("harrington2004", "10.1083/x", None, 2004, "Harrington LS", "JCB", "full", place)
    evidence = (Backing("m", "says <this>", "f:1:1", (paper,)),)
    provenance = {
        "version": "1", "model": "0123456789abcdef", "atlas": "fedcba9876543210",
        "ensemble": "plausible", "seed": 1, "draws": 4, "acceptance": 0.147321,
    }  # fmt: skip
    return render_showcase(shown, evidence, ReportText("Title", "rheostat demo", provenance, ["next"]))


def test_report_parses_and_needs_nothing_from_outside(html: str) -> None:
    reader = Reader()
    reader.feed(html)
    assert html.startswith("<!DOCTYPE html>")
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    assert all(tag == "a" or address.startswith("#") for tag, address in reader.addresses)
    assert not re.search(r"<(script|link|iframe|img)\b|@import|url\((?!#)", html)
    assert {"One", "Two", "What it says", "How to read this", "Evidence"} <= set(reader.headings)


def test_report_says_what_was_found_and_how(html: str) -> None:
    assert "Research use only; not clinical advice." in html
    assert 'href="https://doi.org/10.1083/x"' in html
    assert "says &lt;this&gt;" in html
    assert "1.00 [1.00 to 1.00], 100 % [100 to 100 %] of the rise gone" in html
    assert "plausible: 4 draws, seed 1; 14.7 % of the draws of the prior were accepted" in html
    assert "0123456789ab" in html
    assert "0123456789abc" not in html
    assert "the first, grade C. Genotype only." in re.sub(r"\s+", " ", html)


def test_sentences_compare_the_pair_with_the_drug_that_patients_get() -> None:
    says = ranking_sentences(_tumour("One"))
    assert says[0] == "Best treatment: torin1 12.3 nM*, score 0.90 [0.80 to 1.00]."
    assert any("overlaps that of the best single drug, torin1" in each for each in says)
    assert any("does not overlap" in each and "plasma concentration, a 12.3 nM" in each for each in says)


def test_loop_table_counts_what_it_leaves_out() -> None:
    found = loop_table(_tumour("One"))
    assert [row[0] for row in found.rows] == ["torin1 12.3 nM*", "a 12.3 nM"]
    assert found.left_out == 1


def test_numbers_have_fixed_decimals_and_no_minus_zero() -> None:
    assert (fixed(-0.001), fixed(None), fixed(1.005e0 + 0.01)) == ("0.00", "-", "1.01")
    assert (signed(1.39e-05), signed(-0.0123), signed(0.5)) == ("0.000", "-0.012", "+0.500")
    assert change_text(Interval(0.1, None, 0.2)) == "+0.100 [- to +0.200]"


def test_intervals_without_numbers_do_not_overlap() -> None:
    assert not overlap(Interval(None, None, None), Interval(0.5, 0.0, 1.0))
    assert overlap(Interval(0.5, 0.0, 1.0), Interval(1.5, 1.0, 2.0))
