"""A network as plain tables: the only form in which the engine knows a model."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
# Arguments of the compiled right side after t and y.
Call = tuple[Any, ...]


class Opcode(IntEnum):
    """What one line of the op table computes from its operands a, b, c."""

    ADD = 0
    SUBTRACT = 1
    MULTIPLY = 2
    DIVIDE = 3
    POWER = 4
    NEGATE = 5
    EXP = 6
    LN = 7
    LOG10 = 8
    SQRT = 9
    ABS = 10
    MIN = 11
    MAX = 12
    LT = 13
    LE = 14
    GT = 15
    GE = 16
    EQ = 17
    NE = 18
    AND = 19
    OR = 20
    NOT = 21
    SELECT = 22
    SIN = 23
    COS = 24
    TAN = 25
    TANH = 26
    FLOOR = 27
    CEIL = 28
    XOR = 29
    ASIN = 30
    ACOS = 31
    ATAN = 32
    SINH = 33
    COSH = 34
    FACTORIAL = 35


@dataclass(frozen=True, eq=False)
class Kernel:
    """Tables of one model over registers [species | parameters | inputs | time | constants | temporaries].

    Line ``i`` of ``operations`` writes temporary ``i``, so its target is not stored. Lines come in three
    stages: those that depend on parameters only (evaluated once a restart), those that the rates need
    (evaluated at each right side), and those that only observables need.

    Parameters
    ----------
    species, parameters, inputs, observables : tuple of str
        Names of the axes; inputs are sorted.
    initial : (species,), kilocopy
    values : (parameter,)
        Nominal values of the parameters.
    operations : (operation, 4)
        Opcode and operand registers a, b, c; unused operands are 0.
    stages : (2,)
        Number of lines up to the end of the parameter-only stage, and up to the end of the rate stage.
    constants : (constant,)
    rate_registers : (reaction,)
        Register of each reaction's rate, kilocopy per minute.
    observable_registers : (observable,)
    stoichiometry_start, stoichiometry_reaction, stoichiometry_coefficient
        CSR rows over species: dy_i/dt = sum of coefficient * rate of reaction.
    derivative_rows : (register,)
        Row of each register in the Jacobian workspace; row 0 stands for "depends on no species".
    derivative_start, derivative_species
        CSR over those rows: the species that the register depends on.
    """

    species: tuple[str, ...]
    parameters: tuple[str, ...]
    inputs: tuple[str, ...]
    observables: tuple[str, ...]
    initial: Floats
    values: Floats
    operations: Indices
    stages: Indices
    constants: Floats
    rate_registers: Indices
    observable_registers: Indices
    stoichiometry_start: Indices
    stoichiometry_reaction: Indices
    stoichiometry_coefficient: Floats
    derivative_rows: Indices
    derivative_start: Indices
    derivative_species: Indices

    @property
    def first_parameter(self) -> int:
        """Register of the first parameter."""
        return len(self.species)

    @property
    def first_input(self) -> int:
        """Register of the first input."""
        return self.first_parameter + len(self.parameters)

    @property
    def time_register(self) -> int:
        """Register of time, minutes."""
        return self.first_input + len(self.inputs)

    @property
    def first_constant(self) -> int:
        """Register of the first constant."""
        return self.time_register + 1

    @property
    def first_temporary(self) -> int:
        """Register that line 0 of the op table writes."""
        return self.first_constant + len(self.constants)

    @property
    def register_count(self) -> int:
        """Number of registers."""
        return self.first_temporary + len(self.operations)
