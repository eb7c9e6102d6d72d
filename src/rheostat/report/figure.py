"""Figures: colour-blind safe, told apart by marker and line as well as colour, with ensemble bands."""

import re
from collections.abc import Sequence
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import xarray
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from rheostat.report.wording import treatment_text
from rheostat.studies.demo import Panel
from rheostat.studies.dose_response import DoseResponse
from rheostat.studies.interval import Course, Interval, course_of
from rheostat.studies.rank import TumourRanking

# Okabe and Ito's colours, which people with colour-blindness can tell apart (jfly.uni-koeln.de/color).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
SMALL, LARGE = 10, 11
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))


def time_course_figure(dataset: xarray.Dataset, condition: str) -> Figure:
    """One panel a readout: median, 5-95 % band and the untreated arm against hours."""
    readouts = [str(name) for name in dataset["readout"].values]
    columns = min(3, len(readouts))
    rows = -(-len(readouts) // columns)
    figure = Figure(figsize=(3.6 * columns, 2.6 * rows), layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns, squeeze=False)).ravel()
    for axis, readout in zip(axes, readouts, strict=False):
        course = course_of(dataset, condition, readout)
        _band(axis, course, "treated", 0)
        axis.plot(course.t_h, _floats(course.untreated), color="#666666", linestyle=":", label="untreated")
        axis.set_title(readout, fontsize=9)
        axis.set_ylabel(_axis_unit(course.unit), fontsize=9)
        axis.set_xlabel("time (h)", fontsize=9)
        axis.set_ylim(bottom=min(0.0, axis.get_ylim()[0]))
    for axis in axes[len(readouts) :]:
        axis.set_axis_off()
    axes[0].legend(fontsize=9, frameon=False)
    return figure


def rebound_figure(dataset: xarray.Dataset, panels: Sequence[Panel], readout: str) -> Figure:
    """A grid of panels on one scale with one legend; bands only where they do not hide each other."""
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(4.8 * columns, 3.2 * rows + 0.5), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    highest: list[float] = [0.5]
    for axis, panel in zip(axes.ravel(), panels, strict=False):
        for i, (label, condition) in enumerate(panel.arms):
            course = course_of(dataset, condition, readout)
            _band(axis, course, label, i, shaded=i in (0, len(panel.arms) - 1))
            highest += [value for value in course.median if value is not None]
        axis.set_title(panel.title, fontsize=LARGE)
        axis.set_xticks(range(0, int(course.t_h[-1]) + 1, 12))
        axis.tick_params(labelsize=SMALL, labelbottom=True)
        axis.grid(visible=True, color="#E5E5E5", linewidth=0.6)
    # wide bands would flatten the medians: the axis ends at twice the highest, and the caption says so
    axes[0, 0].set_ylim(0.0, 2.0 * max(highest))
    for axis in axes[-1]:
        axis.set_xlabel("time after the drug (h)", fontsize=SMALL)
    for row in axes:
        row[0].set_ylabel(f"{readout}\n({_axis_unit(course.unit)})", fontsize=SMALL)
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=SMALL,
        frameon=False, handlelength=4.0,
    )  # fmt: skip
    return figure


def score_limits(tumours: Sequence[TumourRanking]) -> tuple[float, float]:
    """Limits that hold every score and selectivity of all tumours."""
    ends = [
        end
        for tumour in tumours
        for line in tumour.treatments
        for each in (line.score, line.selectivity)
        for end in (each.p05, each.p95)
        if end is not None
    ]
    low, high = min([0.0, *ends]), max([1.0, *ends])
    margin = 0.04 * (high - low)
    return low - margin, high + margin


def ranking_figure(tumour: TumourRanking, limits: tuple[float, float] | None = None) -> Figure:
    """Score (circle) and selectivity (square) of each treatment with 5-95 % bars, best at the top."""
    lines = tumour.treatments
    figure = Figure(figsize=(9.6, 1.4 + 0.42 * len(lines)), layout="constrained")
    axis = figure.subplots()
    for place, line in enumerate(lines):
        _point(axis, line.score, place - 0.14, 0, "score" if place == 0 else None)
        _point(axis, line.selectivity, place + 0.14, 1, "selectivity" if place == 0 else None)
    axis.set_yticks(range(len(lines)), [treatment_text(line.treatment) for line in lines])
    axis.tick_params(labelsize=SMALL)
    axis.invert_yaxis()
    axis.set_xlim(limits or score_limits([tumour]))
    for value in (0.0, 1.0):
        axis.axvline(value, color="#777777", linewidth=0.9, linestyle=(0, (2, 2)))
    axis.grid(visible=True, axis="y", color="#E5E5E5", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.set_xlabel("score = 1 - GR at 72 h (0 grows as untreated, 1 no net growth)", fontsize=SMALL)
    axis.set_title(tumour.id, fontsize=LARGE)
    figure.legend(loc="outside lower center", ncols=2, fontsize=SMALL, frameon=False)
    return figure


def dose_figure(found: DoseResponse) -> Figure:
    """Response against dose: median with 5-95 % bars on a logarithmic dose axis."""
    figure = Figure(figsize=(5.0, 3.4), layout="constrained")
    axis = figure.subplots()
    middle, low, high = (
        _floats([getattr(each, name) for each in found.response]) for name in ("median", "p05", "p95")
    )
    axis.fill_between(found.doses, low, high, color=COLOURS[0], alpha=0.2, linewidth=0)
    axis.plot(found.doses, middle, color=COLOURS[0], marker=MARKERS[0], markersize=4)
    axis.axhline(0.5, color="#999999", linestyle=":", linewidth=0.8)
    axis.set_xscale("log")
    axis.set_xlabel(f"{found.drug} (nM)", fontsize=9)
    label = "GR" if found.readout == "gr" else f"{found.readout} / drug-free"
    axis.set_ylabel(f"{label} at {found.t_h:g} h (dimensionless)", fontsize=9)
    return figure


def svg_text(figure: Figure, name: str = "") -> str:
    """The figure as an SVG element to stand inside HTML; a name keeps its ids apart from other figures'."""
    buffer = StringIO()
    with rc_context({"svg.hashsalt": "rheostat"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text) if name else text


def png_bytes(figure: Figure) -> bytes:
    """The figure as PNG at 150 dots an inch."""
    buffer = BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(buffer, format="png", dpi=150)
    return buffer.getvalue()


def save_figure(figure: Figure, folder: str | Path, name: str) -> dict[str, str]:
    """Write NAME.png and NAME.svg into a folder; their paths come back by format."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    png, svg = place / f"{name}.png", place / f"{name}.svg"
    png.write_bytes(png_bytes(figure))
    svg.write_text('<?xml version="1.0" encoding="utf-8"?>\n' + svg_text(figure), encoding="utf-8")
    return {"png": str(png), "svg": str(svg)}


def _band(axis: Axes, course: Course, label: str, i: int, *, shaded: bool = True) -> None:
    k = i % len(COLOURS)
    low, high = _floats(course.p05), _floats(course.p95)
    if shaded:
        axis.fill_between(course.t_h, low, high, color=COLOURS[k], alpha=0.15, linewidth=0)
    axis.plot(
        course.t_h, _floats(course.median), color=COLOURS[k], marker=MARKERS[k], markersize=3.5,
        linestyle=LINES[k], linewidth=1.4, label=label,
    )  # fmt: skip


def _point(axis: Axes, each: Interval, height: float, i: int, label: str | None) -> None:
    if each.median is None or each.p05 is None or each.p95 is None:
        return
    axis.plot([each.p05, each.p95], [height, height], color=COLOURS[i], linewidth=1.6)
    axis.plot([each.median], [height], color=COLOURS[i], marker=MARKERS[i], linestyle="none", label=label)


def _axis_unit(unit: str) -> str:
    return "ratio to untreated reference" if unit == "relative" else unit


def _floats(values: Sequence[float | None]) -> list[float]:
    return [np.nan if value is None else value for value in values]
