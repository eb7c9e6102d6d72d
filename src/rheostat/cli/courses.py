"""Time courses as text tables."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill
from typing import TYPE_CHECKING

from rheostat.cli.table import WIDTH, heading, number, table

if TYPE_CHECKING:
    from rheostat.studies.interval import Course
    from rheostat.studies.simulate import Draws

_PER_TABLE = 3  # this many "median [5-95 %]" columns fit 80 characters


def courses_text(title: str, courses: Mapping[str, Course], draws: Draws, *, all_times: bool) -> str:
    """Tables readout x time; without ``all_times`` only 1 h, 24 h and the end (or the nearest to them)."""
    hours = next(iter(courses.values())).t_h
    picks = list(range(len(hours))) if all_times else _pick(hours)
    number_of_draws = len(draws.coordinate)
    sentence = f"{title}; median [5-95 %] of {number_of_draws} draws, seed {draws.seed}, {draws.ensemble}"
    lines = [heading(fill(sentence, WIDTH, break_on_hyphens=False))]
    for start in range(0, len(picks), _PER_TABLE):
        part = picks[start : start + _PER_TABLE]
        header = ["readout", *(f"{hours[i]:g} h" for i in part), "untreated"]
        rows = [
            [name, *(_cell(course, i) for i in part), number(course.untreated[part[-1]])]
            for name, course in courses.items()
        ]
        lines += [table(header, rows), ""]
    lines.append(_units_line(courses))
    if len(picks) < len(hours):
        lines.append(f"{len(picks)} of {len(hours)} times shown; all are in the CSV file")
    return "\n".join(lines)


def _pick(hours: list[float]) -> list[int]:
    nearest = [min(range(len(hours)), key=lambda i: abs(hours[i] - t)) for t in (1.0, 24.0, hours[-1])]
    if len(set(nearest)) < _PER_TABLE:
        return list(range(len(hours)))[-_PER_TABLE:]
    return sorted(set(nearest))


def _cell(course: Course, i: int) -> str:
    middle, low, high = (_short(values[i]) for values in (course.median, course.p05, course.p95))
    joiner = " to " if "-" in (low[:1], high[:1]) else "-"
    return f"{middle} [{low}{joiner}{high}]"


def _short(value: float | None) -> str:
    return number(None if value is None else float(f"{value:.2g}"))


def _units_line(courses: Mapping[str, Course]) -> str:
    by_unit: dict[str, list[str]] = {}
    for name, course in courses.items():
        by_unit.setdefault(course.unit, []).append(name)
    relative = by_unit.pop("relative", [])
    parts = [f"{', '.join(names)} in {unit}" for unit, names in by_unit.items()]
    parts += ["the rest relative to the untreated reference cell"] if relative else []
    return fill(f"units: {'; '.join(parts)}", WIDTH)
