"""The demo's report: one HTML file that opens offline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from matplotlib.figure import Figure

from rheostat.atlas.trace import Backing
from rheostat.report.figure import ranking_figure, rebound_figure, score_limits, svg_text
from rheostat.report.summary import ranking_sentences, rebound_sentences
from rheostat.report.wording import MARK, MARK_MEANS, change_text, interval_text, percent, treatment_text
from rheostat.studies.demo import Showcase
from rheostat.studies.interval import Interval
from rheostat.studies.rank import TumourRanking

#: A treatment stands in a loop table when the median or an end of the interval of a change is beyond this.
SHOWN_ABOVE = 0.005


@dataclass(frozen=True)
class ReportText:
    """What stands in the report beside the results."""

    title: str
    command: str
    provenance: Mapping[str, Any]
    next_commands: Sequence[str]


@dataclass(frozen=True)
class LoopTable:
    """Changes of the score: one column a loop, one row a treatment that any cut moves."""

    loops: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    left_out: int


def render_showcase(showcase: Showcase, evidence: Sequence[Backing], text: ReportText) -> str:
    """The report as HTML text with its figures inside."""
    environment = Environment(
        loader=PackageLoader("rheostat.report", "template"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["interval"] = interval_text
    environment.filters["doses"] = treatment_text
    ranked = showcase.ranking.tumours
    limits = score_limits(ranked)
    rebound = rebound_figure(showcase.rebound, showcase.panels, showcase.rebound_readout)
    return environment.get_template("report.html").render(
        text=text,
        made=_made(text),
        tumours=ranked,
        records={tumour.id: record for tumour, record in zip(ranked, showcase.tumours, strict=True)},
        says=[(tumour.id, ranking_sentences(tumour)) for tumour in ranked],
        rebound_says=rebound_sentences(showcase),
        figures=[
            _inline(ranking_figure(tumour, limits), f"ranking{i}") for i, tumour in enumerate(ranked, start=1)
        ],
        loop_tables=[loop_table(tumour) for tumour in ranked],
        shown_above=SHOWN_ABOVE,
        mark=MARK,
        mark_means=MARK_MEANS,
        papers={paper.key: paper for each in evidence for paper in each.papers},
        rebound=_inline(rebound, "rebound"),
        showcase=showcase,
        failures=showcase.failures.lines(),
        evidence=evidence,
    )


def loop_table(tumour: TumourRanking) -> LoopTable:
    """The changes of the score with each loop cut; treatments that no cut moves are only counted."""
    loops = tuple(sorted({reason.id for line in tumour.treatments for reason in line.reasons}))
    rows = []
    explained = [line for line in tumour.treatments if line.reasons]
    for line in explained:
        if any(_moves(reason.delta) for reason in line.reasons):
            changes = {reason.id: change_text(reason.delta) for reason in line.reasons}
            rows.append((treatment_text(line.treatment), tuple(changes.get(loop, "-") for loop in loops)))
    return LoopTable(loops, tuple(rows), len(explained) - len(rows))


def _moves(change: Interval) -> bool:
    ends = (change.median, change.p05, change.p95)
    return any(value is not None and abs(value) > SHOWN_ABOVE for value in ends)


def _inline(figure: Figure, name: str) -> Markup:
    # our own SVG: matplotlib escapes the text in it
    return Markup(svg_text(figure, name))  # noqa: S704


def _made(text: ReportText) -> list[tuple[str, str]]:
    """Provenance as label and words; the full hashes are in demo.json."""
    known = dict(text.provenance)
    ensemble = f"{known.pop('ensemble', '-')}: {known.pop('draws', '-')} draws, seed {known.pop('seed', '-')}"
    acceptance = known.pop("acceptance", None)
    if acceptance is not None:
        ensemble += f"; {percent(acceptance)} of the draws of the prior were accepted"
    short = {"model": "model hash", "atlas": "atlas hash"}
    rows = [
        (short.get(key, key), str(value)[:12] if key in short else "-" if value is None else str(value))
        for key, value in known.items()
    ]
    return [("command", text.command), *rows, ("ensemble", ensemble)]


def write_html(path: Path, html: str) -> None:
    """Write the report as UTF-8, whatever the locale."""
    path.write_text(html, encoding="utf-8")
