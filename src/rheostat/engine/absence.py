"""Leave out of a kernel what is absent from a row and stays so: drugs not given, genes lost.

A species that starts at 0, that no restart sets and no reaction makes is 0 for ever, and with it what is
multiplied by it. So the cost of a row is that of its own drugs, not of all that the model knows. What is left
out follows from the row alone, and so do its bits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from rheostat.engine.graph import arity
from rheostat.engine.kernel import Floats, Indices, Kernel, Opcode
from rheostat.engine.schedule import Schedule

_ADD, _SUBTRACT, _MULTIPLY, _DIVIDE, _NEGATE = (
    int(Opcode[name]) for name in ("ADD", "SUBTRACT", "MULTIPLY", "DIVIDE", "NEGATE")
)


@dataclass(frozen=True, eq=False)
class Group:
    """Rows from which the same species are absent.

    Parameters
    ----------
    rows : (row of the group,)
    present : (species of the restricted kernel,)
        Their indices in the full kernel.
    kernel : Kernel
        Restricted to them; the parameters are those of the full kernel.
    """

    rows: NDArray[np.int64]
    present: NDArray[np.int64]
    kernel: Kernel


def group_rows(kernel: Kernel, initial: Floats, schedule: Schedule) -> list[Group]:
    """Rows by what is absent from them, in order of their first row."""
    is_zero = initial == 0.0
    counts = np.diff(schedule.first_write)
    restart_rows = np.repeat(np.arange(schedule.batch), np.diff(schedule.first))
    write_rows = np.repeat(restart_rows, counts)
    of_species = schedule.targets < len(kernel.species)
    is_zero[write_rows[of_species], schedule.targets[of_species]] = False
    patterns = np.packbits(is_zero, axis=1)
    _, first, inverse = np.unique(patterns, axis=0, return_index=True, return_inverse=True)
    rows_of: dict[frozenset[int], list[NDArray[np.int64]]] = {}
    for pattern in np.argsort(first):
        absent = _absent(kernel, frozenset(np.flatnonzero(is_zero[first[pattern]]).tolist()))
        rows_of.setdefault(absent, []).append(np.flatnonzero(inverse.reshape(-1) == pattern))
    groups = []
    for absent, parts in rows_of.items():
        present = np.setdiff1d(np.arange(len(kernel.species)), sorted(absent)).astype(np.int64)
        groups.append(Group(np.sort(np.concatenate(parts)), present, restrict(kernel, absent)))
    return groups


_absent_of: WeakKeyDictionary[Kernel, dict[frozenset[int], frozenset[int]]] = WeakKeyDictionary()
_restricted: WeakKeyDictionary[Kernel, dict[frozenset[int], Kernel]] = WeakKeyDictionary()


def _absent(kernel: Kernel, zero: frozenset[int]) -> frozenset[int]:
    """Of species that are 0 now those that stay so."""
    known = _absent_of.setdefault(kernel, {})
    if zero not in known:
        known[zero] = _closed(kernel, zero)
    return known[zero]


def _closed(kernel: Kernel, absent: frozenset[int]) -> frozenset[int]:
    start, reaction = kernel.stoichiometry_start, kernel.stoichiometry_reaction
    while absent:
        zero = _zeros(kernel, absent)
        at_rest = [zero[register] for register in kernel.rate_registers.tolist()]
        changed = {
            species
            for species in absent
            if not all(at_rest[reaction[entry]] for entry in range(start[species], start[species + 1]))
        }
        if not changed:
            break
        absent -= changed
    return absent


def _zeros(kernel: Kernel, absent: frozenset[int]) -> list[bool]:
    """Of each register whether it is 0 where these species are."""
    zero = [register in absent for register in range(kernel.register_count)]
    for place, constant in enumerate(kernel.constants.tolist()):
        zero[kernel.first_constant + place] = constant == 0.0
    for register, (opcode, a, b, _) in enumerate(kernel.operations.tolist(), start=kernel.first_temporary):
        if opcode == _MULTIPLY:
            zero[register] = zero[a] or zero[b]
        elif opcode in (_ADD, _SUBTRACT):
            zero[register] = zero[a] and zero[b]
        elif opcode in (_DIVIDE, _NEGATE):
            zero[register] = zero[a]
    return zero


class _Folded:
    """The op table with 0 for absent species; ``value`` maps old registers to new ones.

    New registers are [present species | parameters | inputs | time | constants | lines]; lines keep their
    order, those that fold away are gone.
    """

    def __init__(self, kernel: Kernel, absent: frozenset[int]) -> None:
        shift = len(absent)
        present = [species for species in range(len(kernel.species)) if species not in absent]
        self.constants: list[float] = kernel.constants.tolist()
        if 0.0 not in self.constants:
            self.constants.append(0.0)
        first_constant = kernel.first_constant - shift
        self.zero: int = first_constant + self.constants.index(0.0)
        self.first_line: int = first_constant + len(self.constants)
        self.value: dict[int, int] = {species: place for place, species in enumerate(present)}
        self.value.update(dict.fromkeys(absent, self.zero))
        self.value.update(
            {register: register - shift for register in range(kernel.first_parameter, kernel.first_temporary)}
        )
        self.lines: list[tuple[int, tuple[int, ...]]] = []
        self.stages: list[int] = []
        bounds = kernel.stages.tolist()
        first_temporary = kernel.first_temporary
        for line, row in enumerate(kernel.operations.tolist()):
            self.stages += [len(self.lines)] * bounds.count(line)
            operands = tuple(self.value[operand] for operand in row[1 : 1 + arity(row[0])])
            self.value[first_temporary + line] = self._line(row[0], operands)
        self.stages += [len(self.lines)] * (2 - len(self.stages))

    def _line(self, opcode: int, operands: tuple[int, ...]) -> int:
        zero: int = self.zero
        if opcode == _MULTIPLY and zero in operands or opcode in (_DIVIDE, _NEGATE) and operands[0] == zero:
            return zero
        if opcode == _ADD and zero in operands:
            return operands[1] if operands[0] == zero else operands[0]
        if opcode == _SUBTRACT and operands[1] == zero:
            return operands[0]
        if opcode == _SUBTRACT and operands[0] == zero:
            opcode, operands = _NEGATE, operands[1:]
        self.lines.append((opcode, operands))
        return self.first_line + len(self.lines) - 1


def restrict(kernel: Kernel, absent: frozenset[int]) -> Kernel:
    """Kernel without the absent species and without the reactions whose rates are 0 without them."""
    known = _restricted.setdefault(kernel, {frozenset(): kernel})
    if absent not in known:
        known[absent] = _restrict(kernel, absent)
    return known[absent]


def _restrict(kernel: Kernel, absent: frozenset[int]) -> Kernel:
    folded = _Folded(kernel, absent)
    rates = [folded.value[register] for register in kernel.rate_registers.tolist()]
    kept = [number for number, rate in enumerate(rates) if rate != folded.zero]
    place = {number: position for position, number in enumerate(kept)}
    present = [species for species in range(len(kernel.species)) if species not in absent]
    start, reaction = kernel.stoichiometry_start, kernel.stoichiometry_reaction
    rows = [
        [
            (place[int(reaction[entry])], float(kernel.stoichiometry_coefficient[entry]))
            for entry in range(start[species], start[species + 1])
            if int(reaction[entry]) in place
        ]
        for species in present
    ]
    operations = np.zeros((len(folded.lines), 4), dtype=np.int32)
    for line, (opcode, operands) in enumerate(folded.lines):
        operations[line, 0], operations[line, 1 : 1 + len(operands)] = opcode, operands
    row_of, row_start, row_species = _dependencies(folded, len(present))
    return replace(
        kernel,
        species=tuple(kernel.species[species] for species in present),
        initial=kernel.initial[present],
        operations=operations,
        stages=np.array(folded.stages, dtype=np.int32),
        constants=np.array(folded.constants, dtype=np.float64),
        rate_registers=np.array([rates[number] for number in kept], dtype=np.int32),
        observable_registers=np.array(
            [folded.value[register] for register in kernel.observable_registers.tolist()], dtype=np.int32
        ),
        stoichiometry_start=_bounds([len(row) for row in rows]),
        stoichiometry_reaction=np.array([number for row in rows for number, _ in row], dtype=np.int32),
        stoichiometry_coefficient=np.array([weight for row in rows for _, weight in row], dtype=np.float64),
        derivative_rows=row_of,
        derivative_start=row_start,
        derivative_species=row_species,
    )


def _bounds(lengths: list[int]) -> Indices:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)


def _dependencies(folded: _Folded, species: int) -> tuple[Indices, Indices, Indices]:
    """The three derivative tables of a kernel: which species each register depends on."""
    found: dict[int, frozenset[int]] = {register: frozenset([register]) for register in range(species)}
    row_of = np.zeros(folded.first_line + len(folded.lines), dtype=np.int32)
    row_of[:species] = np.arange(1, species + 1)
    rows: list[list[int]] = [[], *([register] for register in range(species))]
    for line, (_, operands) in enumerate(folded.lines):
        register = folded.first_line + line
        found[register] = frozenset[int]().union(*(found.get(operand, frozenset()) for operand in operands))
        # Derivatives are wanted of lines that rates need.
        if found[register] and folded.stages[0] <= line < folded.stages[1]:
            row_of[register] = len(rows)
            rows.append(sorted(found[register]))
    flat = np.array([each for row in rows for each in row], dtype=np.int32)
    return row_of, _bounds([len(row) for row in rows]), flat
