"""Any supported SBML model, simulated as it is: one run, or one for each row of a table of parameters."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import xarray
from numpy.typing import NDArray

from rheostat import __version__
from rheostat.engine.batch import Progress
from rheostat.engine.compile import compile_kernel
from rheostat.engine.integrate import DEFAULT_STEP_BUDGET, integrate
from rheostat.engine.schedule import Schedule
from rheostat.engine.trajectory import ResultCode
from rheostat.network.formula import Formula, evaluate, symbols
from rheostat.network.guard import check_xml
from rheostat.network.sbml import Model, read_model
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.name import did_you_mean

Table = Mapping[str, Sequence[float] | float] | str | Path
Floats = NDArray[np.float64]
DEFAULT_STEPS = 100
COMPARISONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})
# Tighter than for our own model: nothing is known of the scale of a foreign model.
RTOL, ATOL = 1e-8, 1e-12


@dataclass(frozen=True, eq=False)
class SbmlRun:
    """Courses of a model.

    Parameters
    ----------
    dataset : xarray.Dataset
        ``value`` (row, time, column), ``result`` (row), the code of each row; time in the unit of the file.
    """

    dataset: xarray.Dataset

    @property
    def results(self) -> list[str]:
        """How each row ended: ``ok`` or the name of its result code."""
        return [ResultCode(int(code)).name for code in self.dataset["result"].values]


@dataclass(frozen=True, eq=False)
class SbmlModel:
    """An SBML model that the engine can run; ``name`` is that of its file."""

    name: str
    model: Model

    @property
    def hash(self) -> str:
        """Hash of the SBML text."""
        return sha256(self.model.network.sbml.encode()).hexdigest()[:12]

    @property
    def default_columns(self) -> tuple[str, ...]:
        """Every species as formulas see it (``S`` amount, ``[S]`` concentration), then what rules give."""
        network, starts = self.model.network, self.model.start.species
        shown = [name if start.as_amount else f"[{name}]" for name, start in starts.items()]
        ruled = [rule.variable for rule in network.rules if rule.variable not in starts]
        shown += ruled
        return tuple(shown + [name for name in network.species if name not in starts])

    def simulate(
        self,
        parameters: Table | None = None,
        *,
        end: float | None = None,
        times: Sequence[float] | None = None,
        columns: Sequence[str] | None = None,
        rtol: float = RTOL,
        atol: float = ATOL,
        progress: Progress | None = None,
    ) -> SbmlRun:
        """Courses of the model from its start at time 0, one row for each row of the table.

        Parameters
        ----------
        parameters : mapping, path or None
            Values by id of a parameter or species (as formulas see it); a path is that of a TSV or CSV
            table. What initial assignments compute from them follows.
        end : float, optional
            Last time, in the unit of the file; 101 times from 0 on. Default 100.
        times : sequence of float, optional
            Output times instead.
        columns : sequence of str, optional
            ``S`` amount of a species, ``[S]`` its concentration, or the id of a parameter, compartment
            or reaction.
        rtol, atol : float
        progress : callable, optional
            Called with rows done and rows in all.

        Raises
        ------
        InputError
            E705 times, E110, E111, E109 the table, E714 a name that cannot be set or shown.
        """
        grid = _times(end, times)
        names = tuple(self.default_columns if columns is None else columns)
        changes = _rows(parameters, self.name)
        self._check_names(changes)
        kernel = compile_kernel(self.model.network, self._formulas(names))
        values, initial = self._starts(changes)
        # The start is time 0 whatever is asked for.
        wanted = np.concatenate([[0.0], grid])
        trajectory = integrate(
            kernel, values, initial, self._switches(values, wanted[-1]), wanted,
            rtol=rtol, atol=atol, step_budget=10 * DEFAULT_STEP_BUDGET, allow_negative=True,
            progress=progress,
        )  # fmt: skip
        dataset = xarray.Dataset(
            {
                "value": (("row", "time", "column"), trajectory.observables[:, 1:]),
                "result": (("row",), trajectory.result),
            },
            coords={"row": np.arange(len(changes)), "time": grid, "column": list(names)},
            attrs={"version": __version__, "model": self.hash, "file": self.name, "rtol": rtol, "atol": atol},
        )
        return SbmlRun(dataset)

    def _switches(self, values: Floats, end: float) -> Schedule:
        """A hard restart wherever a comparison with time switches, so that no pulse is stepped over."""
        network = self.model.network
        formulas = [*(r.rate for r in network.reactions), *(rule.formula for rule in network.rules)]
        formulas = [formula for formula in formulas if _depends_on_time(formula)]
        times = []
        for row in values if formulas else ():
            known = dict(zip(network.parameters, row.tolist(), strict=True))
            found = {time for formula in formulas for time in switch_times(formula, known)}
            times.append(sorted(time for time in found if 0.0 < time < end))
        first = np.zeros(len(values) + 1, dtype=np.int64)
        first[1 : len(times) + 1] = np.cumsum([len(row) for row in times])
        restarts = np.array([time for row in times for time in row], dtype=np.float64)
        nothing = np.zeros(len(restarts) + 1, dtype=np.int64)
        return Schedule(first, restarts, nothing, np.zeros(0, dtype=np.int32), np.zeros(0))

    def _starts(self, changes: Sequence[Mapping[str, float]]) -> tuple[Floats, Floats]:
        """Values at time 0: (row, parameter) and amounts (row, species)."""
        network = self.model.network
        names = (*network.parameters, *network.species)
        table = np.empty((len(changes), len(names)))
        first, _ = self.model.start.values(changes[0])
        table[:] = [first[name] for name in names]
        if self._followers(changes[0]).isdisjoint(names):
            # Evaluating a start takes longer than integrating a row of a small model.
            for name in changes[0]:
                table[:, names.index(name)] = [change[name] for change in changes]
        else:
            for row, change in enumerate(changes):
                values, _ = self.model.start.values(change)
                table[row] = [values[name] for name in names]
        volumes = [network.concentration_species.get(name, 1.0) for name in network.species]
        count = len(network.parameters)
        return table[:, :count], table[:, count:] * np.array(volumes)

    def _followers(self, changed: Iterable[str]) -> set[str]:
        """Symbols whose start is computed from these ones."""
        needs = {name: symbols(formula) for name, formula in self.model.start.formulas.items()}
        reached, found = set(changed), set[str]()
        while new := {name for name in needs if name not in reached and not reached.isdisjoint(needs[name])}:
            reached |= new
            found |= new
        return found

    def _check_names(self, changes: Sequence[Mapping[str, float]]) -> None:
        network, fixed = self.model.network, self.model.fixed
        free = [name for name in (*network.parameters, *network.species) if name not in fixed]
        issues = []
        for name in changes[0]:
            if name in fixed:
                message = f"'{name}' sets a volume, which is part of the formulas"
                issues.append(Issue("E714", self.name, message, "change it in the file"))
            elif name not in free:
                message = f"'{name}' is nothing that can be set{did_you_mean(name, free)}"
                issues.append(Issue("E714", self.name, message, "use a parameter or species without a rule"))
        if issues:
            raise InputError(issues)

    def _formulas(self, names: Iterable[str]) -> dict[str, Formula]:
        known = self._known()
        issues = [
            Issue("E714", self.name, f"the model has no '{name}' to show{did_you_mean(name, list(known))}",
                  "use S, [S] or the id of a parameter, compartment or reaction")
            for name in names if name not in known
        ]  # fmt: skip
        if issues:
            raise InputError(issues)
        return {name: known[name] for name in names}

    def _known(self) -> dict[str, Formula]:
        """Formula over the network's symbols of everything that can be a column."""
        network = self.model.network
        known: dict[str, Formula] = {r.id: r.rate for r in network.reactions if " " not in r.id}
        names = (*network.compartments, *network.parameters, *network.species)
        known.update({name: ("id", name) for name in (*names, *(rule.variable for rule in network.rules))})
        states = set(network.species)
        for name, start in self.model.start.species.items():
            volume: Formula = ("num", self.model.species[name])
            if start.as_amount or name in states:
                known[f"[{name}]"] = ("/", ("id", name), volume)
            else:
                known[name], known[f"[{name}]"] = ("*", ("id", name), volume), ("id", name)
        return known


def load_sbml(path: str | Path) -> SbmlModel:
    """SBML model of a file.

    Raises
    ------
    InputError
        E101 no such file, E251 no SBML or a hostile file, E250 every feature that is not
        supported, E252, E253.

    Examples
    --------
    >>> load_sbml("model.xml").simulate({"k1": [0.1, 0.2]}, end=10).results  # doctest: +SKIP
    ['ok', 'ok']
    """
    file = Path(path)
    try:
        content = file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError.one("E101", str(path), f"cannot be read: {reason}", "check the path") from error
    check_xml(content, str(path))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError.one("E102", str(path), "is not UTF-8 text", "save it as UTF-8") from error
    return SbmlModel(file.name, read_model(text))


def switch_times(formula: Formula, known: Mapping[str, float]) -> list[float]:
    """Times at which comparisons of time with a constant switch.

    Parameters
    ----------
    formula : Formula
    known : mapping
        Values of the parameters; a comparison with anything else has no fixed time and is left out.

    Examples
    --------
    >>> switch_times(("gt", ("time",), ("id", "t_on")), {"t_on": 5.0})
    [5.0]
    """
    found = [time for part in formula[1:] if isinstance(part, tuple) for time in switch_times(part, known)]
    if formula[0] in COMPARISONS and symbols(formula) <= set(known) | {"time"}:
        at_0, at_1 = (evaluate(("-", formula[1], formula[2]), {**known, "time": time}) for time in (0.0, 1.0))
        if at_1 != at_0:
            found.append(at_0 / (at_0 - at_1))
    return found


def _depends_on_time(formula: Formula) -> bool:
    return formula[0] == "time" or any(
        _depends_on_time(part) for part in formula[1:] if isinstance(part, tuple)
    )


def _times(end: float | None, times: Sequence[float] | None) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if times is None:
        last = 100.0 if end is None else float(end)
        if not 0 < last < math.inf:
            raise InputError.one("E705", "--end", f"{last:g} is no time after 0", "give a time > 0")
        return np.linspace(0.0, last, DEFAULT_STEPS + 1)
    grid = np.array(sorted(set(times)), dtype=np.float64)
    if not len(grid) or not np.all(np.isfinite(grid)) or grid[0] < 0:
        raise InputError.one("E705", "--times", "a time is negative or not a number", "give times >= 0")
    return grid


def _rows(table: Table | None, where: str) -> list[dict[str, float]]:
    if table is None:
        return [{}]
    if isinstance(table, (str, Path)):
        return _read_table(Path(table))
    columns = {str(name): np.atleast_1d(np.asarray(table[name], dtype=np.float64)) for name in table}
    length = max((len(column) for column in columns.values()), default=1)
    if any(len(column) not in (1, length) for column in columns.values()) or length == 0:
        raise InputError.one(
            "E111", where, "the columns of the table differ in length", "give one value a run"
        )
    if not all(np.all(np.isfinite(column)) for column in columns.values()):
        raise InputError.one("E109", where, "a value of the table is no finite number", "give a number")
    return [
        {name: float(column[i if len(column) > 1 else 0]) for name, column in columns.items()}
        for i in range(length)
    ]


def _read_table(path: Path) -> list[dict[str, float]]:
    """Rows of a TSV or CSV table of numbers; the header tells which."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError.one("E101", str(path), f"cannot be read: {reason}", "check the path") from error
    except UnicodeDecodeError as error:
        raise InputError.one("E102", str(path), "is not UTF-8 text", "save it as UTF-8") from error
    cells = list(csv.reader(lines, delimiter="\t" if lines and "\t" in lines[0] else ","))
    header = [name.strip() for name in cells[0]] if cells else []
    if not header or len(set(header)) < len(header) or "" in header or len(cells) < 2:
        message = "the table needs a header of different ids and at least one row"
        raise InputError.one("E110", f"{path}:1:1", message, "name a parameter or species in each column")
    rows, issues = [], []
    for number, line in enumerate(cells[1:], start=2):
        if not line:
            continue
        if len(line) != len(header):
            message = f"{len(line)} cells where the header has {len(header)}"
            issues.append(Issue("E111", f"{path}:{number}:1", message, "give one cell a column"))
            continue
        found = {name: _number(cell) for name, cell in zip(header, line, strict=True)}
        issues += [
            Issue("E109", f"{path}:{number}:1", f"'{name}' is no finite number", "write it as 0.5 or 1e-3")
            for name, value in found.items()
            if not math.isfinite(value)
        ]
        rows.append(found)
    if issues:
        raise InputError(issues)
    return rows


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
