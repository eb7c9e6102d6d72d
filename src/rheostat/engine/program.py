"""The lane program of a kernel: straight runs of equal operations, exact Jacobian, elimination order.

A kernel's op table says what a row computes, one line after the other. For rows side by side the same is
wanted in long runs of one operation, with multiply-adds joined, and with the derivatives as more lines of
the same kind. All of this happens once a model, in Python; the compiled loops of ``lane_loops`` then run
any model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from rheostat.engine.derivative import differentiate
from rheostat.engine.elimination import Elimination, plan_elimination
from rheostat.engine.graph import DIFFERENCE_TIMES, FMA, FMS, FNMA, MULTIPLY3, SUM_TIMES, Graph
from rheostat.engine.kernel import Floats, Kernel, Opcode
from rheostat.engine.reduction import Reduction, reduce_species
from rheostat.engine.runs import in_runs
from rheostat.engine.solve_plan import Factors, plan_solve, run_bounds

Unsigned = NDArray[np.uint32]


class Lines(NamedTuple):
    """Lines of one purpose.

    Parameters
    ----------
    runs : (run, 3)
        Opcode, first line, end.
    operands : (line, 3)
        Registers read; unused ones are 0.
    target : int
        Register that line 0 writes; line ``i`` writes ``target + i``.
    """

    runs: Unsigned
    operands: Unsigned
    target: int


class Sums(NamedTuple):
    """Weighted sums of registers, those with equally many terms together.

    Parameters
    ----------
    groups : (group, 4)
        Number of terms, first sum, end, first term.
    entry : (sum,)
        Place of each sum in the result.
    register, weight : (term,)
    """

    groups: Unsigned
    entry: Unsigned
    register: Unsigned
    weight: Floats


class Parts(NamedTuple):
    """Weighted sums of species, CSR; species in the program's order.

    Parameters
    ----------
    start : (sum + 1,)
    species, weight : (part,)
    """

    start: Unsigned
    species: Unsigned
    weight: Floats


class Tables(NamedTuple):
    """What the compiled loops need to know of a model.

    Species stand in the program's order: independent ones in order of elimination, then dependent ones.
    Registers are [independent species | totals of the dependent ones | parameters | inputs | slopes of the
    inputs | time | constants | lines]; ``layout`` holds the first parameter, the first input, the first slope
    and time.

    Parameters
    ----------
    setup, rates, derivatives, observables : Lines
        To be run once a restart; at each right side; for the Jacobian (after rates); for the observables.
    right_side : Sums
        dy/dt of each independent species.
    matrix : Sums
        Minus the Jacobian at each entry of the LU pattern.
    time_slope : Sums
        Partial derivative of dy/dt by time at fixed state; no term if the system is autonomous.
    autonomous : bool
        Whether no rate reads time or an input.
    factors : Factors
    observable_registers : (observable,)
    dependents : Parts
        Of each dependent species what is to be added to its total.
    totals : Parts
        All conserved totals.
    """

    layout: NDArray[np.int64]
    setup: Lines
    rates: Lines
    derivatives: Lines
    observables: Lines
    right_side: Sums
    matrix: Sums
    time_slope: Sums
    autonomous: bool
    factors: Factors
    observable_registers: Unsigned
    dependents: Parts
    totals: Parts


@dataclass(frozen=True, eq=False)
class Program:
    """Lane program of a kernel.

    Parameters
    ----------
    tables : Tables
    order : (species,)
        Species of the kernel in the program's order.
    independent : int
        Number of independent species, which come first.
    register_count : int
    constant_registers, constant_values : (constant,)
    totals : (total, species)
        Weights of conserved totals, species in the kernel's order.
    """

    tables: Tables
    order: NDArray[np.int64]
    independent: int
    register_count: int
    constant_registers: Unsigned
    constant_values: Floats
    totals: Floats


_known: WeakKeyDictionary[Kernel, Program] = WeakKeyDictionary()


def program_of(kernel: Kernel) -> Program:
    """Program of a kernel, made once."""
    if kernel not in _known:
        _known[kernel] = _make(kernel)
    return _known[kernel]


def _make(kernel: Kernel) -> Program:
    reduction = reduce_species(kernel)
    graph = Graph(kernel, reduction)
    by_species, by_time = differentiate(graph, kernel, reduction.independent)
    rates = [int(register) for register in kernel.rate_registers]
    outputs = [int(register) for register in kernel.observable_registers]
    terms = _terms(kernel, rates, reduction.independent)
    elimination, factors, matrix_terms = _jacobian(terms, by_species, reduction.independent)
    slope_terms = [[(by_time[rate], weight) for rate, weight in row if rate in by_time] for row in terms]
    rate_lines = schedule(graph, rates, frozenset())
    wanted = [node for row in (*matrix_terms, *slope_terms) for node, _ in row]
    derivative_lines = schedule(graph, wanted, rate_lines.made)
    output_lines = schedule(graph, outputs, frozenset())
    used = [*rates, *wanted, *outputs]
    used += [node for part in (rate_lines, derivative_lines, output_lines) for node in part.read]
    setup_lines = schedule(graph, used, frozenset(), varying=False)
    order = [*(reduction.independent[place] for place in elimination.order), *reduction.members]
    layout = _Layout(graph, kernel, order)
    setup = layout.place(setup_lines, layout.registers)
    # Observables come at another state than the step's, so they share no line with the rates.
    seen = dict(layout.registers)
    shared = layout.registers
    tables = Tables(
        layout=layout.summary,
        setup=setup,
        rates=layout.place(rate_lines, shared),
        derivatives=layout.place(derivative_lines, shared),
        observables=layout.place(output_lines, seen),
        right_side=_sums([terms[species] for species in elimination.order], shared),
        matrix=_sums([[(node, -weight) for node, weight in row] for row in matrix_terms], shared),
        autonomous=not any(rate in by_time for rate in rates) and not _timed(kernel) & rate_lines.read,
        time_slope=_sums([slope_terms[species] for species in elimination.order], shared),
        factors=factors,
        observable_registers=_unsigned([seen[node] for node in outputs]),
        dependents=_dependents(reduction, order),
        totals=_total_table(reduction.totals, order),
    )
    return Program(
        tables=tables,
        order=np.array(order, dtype=np.int64),
        independent=len(reduction.independent),
        register_count=layout.count,
        constant_registers=_unsigned([layout.registers[node] for node in graph.constant_of]),
        constant_values=np.array(list(graph.constant_of.values()), dtype=np.float64),
        totals=reduction.totals,
    )


_Terms = list[list[tuple[int, float]]]
"""Of each entry of a vector: nodes and weights of a sum."""


def _timed(kernel: Kernel) -> set[int]:
    return set(range(kernel.first_input, kernel.time_register + 1))


def _terms(kernel: Kernel, rates: Sequence[int], independent: Sequence[int]) -> _Terms:
    """Rates and coefficients that make up the right side of each independent species."""
    start, reaction = kernel.stoichiometry_start, kernel.stoichiometry_reaction
    return [
        [
            (rates[reaction[entry]], float(kernel.stoichiometry_coefficient[entry]))
            for entry in range(start[species], start[species + 1])
        ]
        for species in independent
    ]


def _jacobian(
    right_side: _Terms, by_species: dict[int, dict[int, int]], independent: Sequence[int]
) -> tuple[Elimination, Factors, _Terms]:
    """Elimination order, its lists, and the terms of the Jacobian at each entry of the factors."""
    entries: dict[tuple[int, int], list[tuple[int, float]]] = {}
    place = {species: number for number, species in enumerate(independent)}
    for number, row in enumerate(right_side):
        for rate, weight in row:
            for species, slope in by_species.get(rate, {}).items():
                entries.setdefault((number, place[species]), []).append((slope, weight))
    pairs = np.array(list(entries), dtype=np.int32).reshape(-1, 2)
    elimination = plan_elimination(len(independent), pairs[:, 0], pairs[:, 1])
    factors = plan_solve(elimination)
    places = factors.entry[elimination.entry_index(pairs[:, 0], pairs[:, 1])]
    terms: _Terms = [[] for _ in range(len(elimination.column))]
    for number, found in zip(places, entries.values(), strict=True):
        terms[number] = found
    return elimination, factors, terms


@dataclass(frozen=True, eq=False)
class Scheduled:
    """Lines in order, before they have registers.

    Parameters
    ----------
    lines : list of (opcode, operands)
    nodes : list of int
        Node that each line computes.
    made : frozenset
        The same nodes.
    read : frozenset
        Nodes that the lines read.
    """

    lines: list[tuple[int, tuple[int, ...]]]
    nodes: list[int]
    made: frozenset[int]
    read: frozenset[int]


def schedule(graph: Graph, roots: Sequence[int], made: frozenset[int], *, varying: bool = True) -> Scheduled:
    """Lines that compute the roots from what is ``made`` already, in long runs of one operation.

    Of the nodes that vary between restarts, or only of the others.
    """
    closure = graph.closure(roots, made, varying=varying)
    lines = _joined(graph, closure, roots)
    order = in_runs(
        {node: opcode for node, (opcode, _) in lines.items()},
        {node: operands for node, (_, operands) in lines.items()},
    )
    read = frozenset(operand for _, operands in lines.values() for operand in operands)
    return Scheduled([lines[node] for node in order], order, frozenset(order), read)


def _joined(
    graph: Graph, closure: Sequence[int], roots: Sequence[int]
) -> dict[int, tuple[int, tuple[int, ...]]]:
    """Lines by node, with an operation that is read once joined into the one that reads it."""
    operations = {node: operation for node in closure if (operation := graph.operation[node]) is not None}
    uses = Counter(operand for _, operands in operations.values() for operand in operands)
    uses.update(roots)
    lines: dict[int, tuple[int, tuple[int, ...]]] = {}
    absorbed: set[int] = set()
    for node in reversed(closure):
        if node in absorbed:
            continue
        opcode, operands = lines[node] = operations[node]
        for place, inner, joined in _JOINS.get(opcode, ()):
            operand = operands[place]
            if uses[operand] == 1 and operand in operations and operations[operand][0] == inner:
                absorbed.add(operand)
                lines[node] = joined, (*operations[operand][1], operands[1 - place])
                break
    return dict(reversed(lines.items()))


_ADD, _SUBTRACT, _MULTIPLY = int(Opcode.ADD), int(Opcode.SUBTRACT), int(Opcode.MULTIPLY)
# By opcode: which operand may be which operation of its own, and what the two are joined to.
_JOINS: dict[int, tuple[tuple[int, int, int], ...]] = {
    _MULTIPLY: (
        (0, _MULTIPLY, MULTIPLY3), (1, _MULTIPLY, MULTIPLY3), (0, _SUBTRACT, DIFFERENCE_TIMES),
        (1, _SUBTRACT, DIFFERENCE_TIMES), (0, _ADD, SUM_TIMES), (1, _ADD, SUM_TIMES),
    ),
    _ADD: ((0, _MULTIPLY, FMA), (1, _MULTIPLY, FMA)),
    _SUBTRACT: ((0, _MULTIPLY, FMS), (1, _MULTIPLY, FNMA)),
}  # fmt: skip


class _Layout:
    """Registers of the lane program."""

    def __init__(self, graph: Graph, kernel: Kernel, order: Sequence[int]) -> None:
        inputs = len(kernel.inputs)
        first_slope = kernel.first_input + inputs
        time = first_slope + inputs
        self.summary = np.array(
            [kernel.first_parameter, kernel.first_input, first_slope, time], dtype=np.int64
        )
        self.registers: dict[int, int] = {
            **{graph.total_of.get(species, species): place for place, species in enumerate(order)},
            **{node: node for node in range(kernel.first_parameter, kernel.time_register)},
            **{node: first_slope + place for place, node in enumerate(graph.slope_of_input)},
            kernel.time_register: time,
            **{node: time + 1 + place for place, node in enumerate(graph.constant_of)},
        }
        self.count = time + 1 + len(graph.constant_of)

    def place(self, part: Scheduled, known: dict[int, int]) -> Lines:
        """Give each line a register, entered in ``known``, which has those of what it reads."""
        target = self.count
        for node in part.nodes:
            known[node] = self.count
            self.count += 1
        operands = np.zeros((len(part.lines), 3), dtype=np.uint32)
        for line, (_, nodes) in enumerate(part.lines):
            operands[line, : len(nodes)] = [known[node] for node in nodes]
        opcodes = np.array([opcode for opcode, _ in part.lines], dtype=np.int64)
        return Lines(run_bounds(opcodes).astype(np.uint32), operands, target)


def _unsigned(values: Iterable[int]) -> Unsigned:
    return np.array(list(values), dtype=np.uint32)


def _sums(rows: _Terms, registers: dict[int, int]) -> Sums:
    order = sorted(range(len(rows)), key=lambda entry: len(rows[entry]))
    lengths = np.array([len(rows[entry]) for entry in order], dtype=np.int64)
    bounds = run_bounds(lengths)
    first_terms = np.concatenate([[0], np.cumsum(lengths)])[bounds[:, 1]]
    terms = [(registers[node], weight) for entry in order for node, weight in rows[entry]]
    return Sums(
        np.column_stack([bounds, first_terms]).astype(np.uint32),
        _unsigned(order),
        _unsigned(register for register, _ in terms),
        np.array([weight for _, weight in terms], dtype=np.float64),
    )


def _dependents(reduction: Reduction, order: Sequence[int]) -> Parts:
    position = {species: place for place, species in enumerate(order)}
    return _parts(
        [[(position[member], weight) for member, weight in row] for row in reduction.members.values()]
    )


def _total_table(totals: Floats, order: Sequence[int]) -> Parts:
    position = {species: place for place, species in enumerate(order)}
    return _parts(
        [[(position[part], float(total[part])) for part in np.flatnonzero(total).tolist()]
         for total in totals]
    )


def _parts(rows: Sequence[Sequence[tuple[int, float]]]) -> Parts:
    flat = [part for row in rows for part in row]
    return Parts(
        _unsigned(np.cumsum([0, *(len(row) for row in rows)])),
        _unsigned(species for species, _ in flat),
        np.array([weight for _, weight in flat], dtype=np.float64),
    )
