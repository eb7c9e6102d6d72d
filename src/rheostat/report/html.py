"""The demo's report: one HTML file that opens offline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from rheostat.report.figure import ranking_figure, rebound_figure, svg_text
from rheostat.studies.demo import Showcase
from rheostat.studies.interval import Interval
from rheostat.studies.trace import Evidence


@dataclass(frozen=True)
class ReportText:
    """What stands in the report beside the results."""

    title: str
    command: str
    provenance: Mapping[str, Any]
    next_commands: Sequence[str]


def render_showcase(showcase: Showcase, evidence: Sequence[Evidence], text: ReportText) -> str:
    """The report as HTML text with its figures inside."""
    environment = Environment(
        loader=PackageLoader("rheostat.report", "template"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["interval"] = _interval
    environment.filters["number"] = _number
    rebound = rebound_figure(showcase.rebound, showcase.panels, showcase.rebound_readout)
    return environment.get_template("report.html").render(
        text=text,
        tumours=showcase.ranking.tumours,
        figures={tumour.id: Markup(svg_text(ranking_figure(tumour))) for tumour in showcase.ranking.tumours},  # noqa: S704
        rebound=Markup(svg_text(rebound)),  # noqa: S704 - our own SVG, no user text unescaped by matplotlib
        showcase=showcase,
        failures=showcase.failures.lines(),
        evidence=evidence,
    )


def write_html(path: Path, html: str) -> None:
    """Write the report as UTF-8, whatever the locale."""
    path.write_text(html, encoding="utf-8")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _interval(each: Interval) -> str:
    return f"{_number(each.median)} [{_number(each.p05)} to {_number(each.p95)}]"
