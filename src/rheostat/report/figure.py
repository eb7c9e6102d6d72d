"""Figures: colour-blind safe, told apart by marker and line as well as colour, with ensemble bands."""

from collections.abc import Sequence
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from rheostat.studies.dose_response import DoseResponse
from rheostat.studies.interval import Course, Interval, course_of
from rheostat.studies.rank import TumourRanking

# Okabe and Ito's colours, which people with colour-blindness can tell apart (jfly.uni-koeln.de/color).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
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
        axis.set_ylabel(_axis_unit(course.unit), fontsize=8)
        axis.set_xlabel("time (h)", fontsize=8)
        axis.set_ylim(bottom=min(0.0, axis.get_ylim()[0]))
    for axis in axes[len(readouts) :]:
        axis.set_axis_off()
    axes[0].legend(fontsize=7, frameon=False)
    return figure


def rebound_figure(
    dataset: xarray.Dataset, panels: Sequence[tuple[str, Sequence[tuple[str, str]]]], readout: str
) -> Figure:
    """One panel a title with several arms (label, condition) of one readout, all on one scale."""
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(5.0 * columns, 3.2 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
    for axis, (title, arms) in zip(axes, panels, strict=False):
        for i, (label, condition) in enumerate(arms):
            course = course_of(dataset, condition, readout)
            _band(axis, course, label, i)
        axis.set_title(title, fontsize=9)
        axis.set_xlabel("time (h)", fontsize=8)
        axis.set_ylabel(f"{readout}\n({_axis_unit(course.unit)})", fontsize=8)
        axis.set_ylim(bottom=0.0)
        axis.legend(fontsize=7, frameon=False)
    return figure


def ranking_figure(tumour: TumourRanking) -> Figure:
    """Score (circle) and selectivity (square) of each treatment with 5-95 % bars, best at the top."""
    lines = tumour.treatments
    figure = Figure(figsize=(7.0, 0.9 + 0.34 * len(lines)), layout="constrained")
    axis = figure.subplots()
    for place, line in enumerate(lines):
        _point(axis, line.score, place - 0.12, 0, "score" if place == 0 else None)
        _point(axis, line.selectivity, place + 0.12, 1, "selectivity" if place == 0 else None)
    axis.set_yticks(
        range(len(lines)), [f"{line.treatment.name}\n{line.treatment.dose_text}" for line in lines]
    )
    axis.tick_params(axis="y", labelsize=7)
    axis.invert_yaxis()
    axis.axvline(0.0, color="#999999", linewidth=0.8)
    axis.set_xlabel("growth inhibition 1 - GR at 72 h (dimensionless)", fontsize=8)
    axis.set_title(tumour.id, fontsize=9)
    axis.legend(fontsize=7, frameon=False)
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
    axis.set_xlabel(f"{found.drug} (nM)", fontsize=8)
    label = "GR" if found.readout == "gr" else f"{found.readout} / drug-free"
    axis.set_ylabel(f"{label} at {found.t_h:g} h (dimensionless)", fontsize=8)
    return figure


def svg_text(figure: Figure) -> str:
    """The figure as an SVG element to stand inside HTML."""
    buffer = StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


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


def _band(axis: Axes, course: Course, label: str, i: int) -> None:
    k = i % len(COLOURS)
    low, high = _floats(course.p05), _floats(course.p95)
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
