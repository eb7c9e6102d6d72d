"""The expressions of a kernel as a graph that can grow: every distinct operation is one node."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rheostat.engine.kernel import Kernel, Opcode
from rheostat.engine.reduction import Reduction

# Operations that only lanes have: joined ones, and the partial derivatives of a power.
# a b c; a b + c; a b - c; c - a b; (a + b) c; (a - b) c.
MULTIPLY3, FMA, FMS, FNMA, SUM_TIMES, DIFFERENCE_TIMES = range(64, 70)
POWER_BY_BASE, POWER_BY_EXPONENT = 70, 71

_ADD, _SUBTRACT, _MULTIPLY, _DIVIDE = (
    int(Opcode[name]) for name in ("ADD", "SUBTRACT", "MULTIPLY", "DIVIDE")
)
_NEGATE = int(Opcode.NEGATE)
_COMMUTATIVE = frozenset({_ADD, _MULTIPLY})
_BINARY = frozenset(
    {int(Opcode[name]) for name in (
        "ADD", "SUBTRACT", "MULTIPLY", "DIVIDE", "POWER", "MIN", "MAX", "LT", "LE", "GT", "GE", "EQ", "NE",
        "AND", "OR", "XOR",
    )}
) | {POWER_BY_BASE, POWER_BY_EXPONENT}  # fmt: skip


def arity(opcode: int) -> int:
    """Number of operands of an operation."""
    if opcode == int(Opcode.SELECT) or MULTIPLY3 <= opcode <= DIFFERENCE_TIMES:
        return 3
    return 2 if opcode in _BINARY else 1


class Graph:
    """Nodes: first one for each register of the kernel that is no line, then its lines, then new ones.

    Attributes
    ----------
    operation : list
        Opcode and operand nodes of each node, or None for a register.
    varies : list of bool
        Whether a node can change between restarts: it depends on a species, an input or time.
    constants : list of float
        Those of the kernel and the new ones; ``constant_of`` maps nodes to values.
    slope_of_input : list of int
        Node of the time derivative of each input.
    total_of : dict
        Node of the total of each dependent species.
    dependent_nodes : list of int
        Nodes that compute dependent species, in order.
    """

    def __init__(self, kernel: Kernel, reduction: Reduction) -> None:
        leaves = kernel.first_temporary
        self.operation: list[tuple[int, tuple[int, ...]] | None] = [None] * leaves
        self.varies = [
            node < kernel.first_parameter or kernel.first_input <= node <= kernel.time_register
            for node in range(leaves)
        ]
        self.constants: list[float] = kernel.constants.tolist()
        self.constant_of: dict[int, float] = {
            kernel.first_constant + place: value for place, value in enumerate(self.constants)
        }
        self._constant_node = {value: node for node, value in self.constant_of.items()}
        self._seen: dict[tuple[int, tuple[int, ...]], int] = {}
        constant_species = [species for species, members in reduction.members.items() if not members]
        for species in constant_species:
            self.varies[species] = False
        for line in kernel.operations.tolist():
            opcode = line[0]
            operands = tuple(line[1 : 1 + arity(opcode)])
            self._seen.setdefault(_key(opcode, operands), len(self.operation))
            self._append(opcode, operands)
        self._invert_settled(kernel.first_temporary)
        self.total_of: dict[int, int] = {}
        self.dependent_nodes: list[int] = []
        for species, members in reduction.members.items():
            self._express(species, members)
        self.slope_of_input = [self._leaf(varies=True) for _ in kernel.inputs]

    def _append(self, opcode: int, operands: tuple[int, ...]) -> int:
        self.operation.append((opcode, operands))
        self.varies.append(any(self.varies[operand] for operand in operands))
        return len(self.operation) - 1

    def _leaf(self, *, varies: bool) -> int:
        self.operation.append(None)
        self.varies.append(varies)
        return len(self.operation) - 1

    def _invert_settled(self, first: int) -> None:
        """Divide by what does not vary between restarts once a restart, and multiply instead."""
        for node in range(first, len(self.operation)):
            operation = self.operation[node]
            if operation is None or operation[0] != _DIVIDE or not self.varies[node]:
                continue
            above, below = operation[1]
            if not self.varies[below]:
                inverse = self.emit(_DIVIDE, self.constant(1.0), below)
                self.operation[node] = _MULTIPLY, (above, inverse)

    def _express(self, species: int, members: Sequence[tuple[int, float]]) -> None:
        """Make the node of a dependent species an operation on its total and other species."""
        if not members:
            # The species is its total.
            self.total_of[species] = species
            return
        value = self.total_of[species] = self._leaf(varies=False)
        for number, (member, weight) in enumerate(members, start=1):
            opcode, operands = _SUBTRACT, (value, member)
            if weight != -1.0:
                scaled = self.emit(_MULTIPLY, member, self.constant(weight))
                opcode, operands = _ADD, (value, scaled)
                self.dependent_nodes.append(scaled)
            if number == len(members):
                self.operation[species] = opcode, operands
                value = species
            else:
                value = self._append(opcode, operands)
            self.dependent_nodes.append(value)

    def constant(self, value: float) -> int:
        """Node of a constant."""
        if value not in self._constant_node:
            node = self._leaf(varies=False)
            self._constant_node[value] = node
            self.constant_of[node] = value
            self.constants.append(value)
        return self._constant_node[value]

    def emit(self, opcode: int, *operands: int) -> int:
        """Node of an operation, simplified where an operand is 0 or 1.

        Only derivatives are built with this, where 0 means "does not depend": such a product is 0 even
        beside an infinite factor.
        """
        simple = self._simplified(opcode, operands)
        if simple is not None:
            return simple
        key = _key(opcode, operands)
        if key not in self._seen:
            self._seen[key] = self._append(opcode, operands)
        return self._seen[key]

    def _simplified(self, opcode: int, operands: tuple[int, ...]) -> int | None:
        values = [self.constant_of.get(operand) for operand in operands]
        if opcode == _MULTIPLY:
            return self._product(operands, values)
        if opcode == _ADD:
            return operands[1] if values[0] == 0.0 else operands[0] if values[1] == 0.0 else None
        if opcode == _SUBTRACT:
            if values[1] == 0.0:
                return operands[0]
            return self.emit(_NEGATE, operands[1]) if values[0] == 0.0 else None
        if opcode == _DIVIDE:
            return operands[0] if values[0] == 0.0 or values[1] == 1.0 else None
        if opcode == _NEGATE:
            return self._negative(operands[0], values[0])
        return None

    def _product(self, operands: tuple[int, ...], values: list[float | None]) -> int | None:
        if 0.0 in values:
            return self.constant(0.0)
        for one, other in ((0, 1), (1, 0)):
            if values[one] == 1.0:
                return operands[other]
            if values[one] == -1.0:
                return self.emit(_NEGATE, operands[other])
        return None

    def _negative(self, operand: int, value: float | None) -> int | None:
        if value is not None:
            return self.constant(-value)
        operation = self.operation[operand]
        return operation[1][0] if operation is not None and operation[0] == _NEGATE else None

    def closure(self, roots: Iterable[int], made: frozenset[int], *, varying: bool) -> list[int]:
        """Nodes to be computed for the roots, operands first, without those ``made`` already.

        Of the nodes that vary between restarts, or of the others.
        """
        found: list[int] = []
        seen: set[int] = set(made)
        stack = [(root, False) for root in roots]
        while stack:
            node, done = stack.pop()
            if done:
                found.append(node)
                continue
            operation = self.operation[node]
            if node in seen or operation is None or self.varies[node] != varying:
                continue
            seen.add(node)
            stack.append((node, True))
            stack.extend((operand, False) for operand in operation[1])
        return found


def _key(opcode: int, operands: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    return opcode, tuple(sorted(operands)) if opcode in _COMMUTATIVE else operands
