"""Evaluate a kernel for one row: rates, right side, exact Jacobian, observables, sensitivities."""

from __future__ import annotations

import math

import numpy as np

from rheostat.engine.compiled import (
    BUDGET,
    STATUS_SIZE,
    derivative,
    derivative_jacobian,
    load_state,
    observe_course,
    propagate,
    run_lines,
)
from rheostat.engine.kernel import Call, Floats, Indices, Kernel


def prepare(kernel: Kernel, parameters: Floats) -> Floats:
    """Register vector of one row with parameters, constants and the parameter-only lines in place."""
    registers = np.zeros(kernel.register_count)
    registers[kernel.first_parameter : kernel.first_input] = parameters
    registers[kernel.first_constant : kernel.first_temporary] = kernel.constants
    run_lines(registers, kernel.operations, 0, int(kernel.stages[0]))
    return registers


def arguments(
    kernel: Kernel, registers: Floats, times: Floats, course: Floats, status: Floats, workspace: Floats
) -> Call:
    """What ``derivative`` and ``derivative_jacobian`` take after t and y."""
    return (
        registers, layout_of(kernel), kernel.operations, kernel.stages, kernel.rate_registers,
        kernel.stoichiometry_start, kernel.stoichiometry_reaction, kernel.stoichiometry_coefficient,
        times, course, status, kernel.derivative_rows, kernel.derivative_start, kernel.derivative_species,
        workspace,
    )  # fmt: skip


def layout_of(kernel: Kernel) -> Indices:
    """Registers of the first input and of time."""
    return np.array([kernel.first_input, kernel.time_register], dtype=np.int32)


def fresh_workspace(kernel: Kernel) -> Floats:
    """Jacobian workspace: zero but for the unit rows of the species."""
    count = len(kernel.species)
    workspace = np.zeros((len(kernel.derivative_start) - 1, count))
    workspace[1 : count + 1] = np.eye(count)
    return workspace


def _evaluated(kernel: Kernel, t: float, y: Floats, parameters: Floats, inputs: Floats | None) -> Floats:
    registers = prepare(kernel, parameters)
    load_state(t, _vector(y), registers, layout_of(kernel), np.zeros(1), _single_course(kernel, inputs))
    run_lines(registers, kernel.operations, int(kernel.stages[0]), len(kernel.operations))
    return registers


def _vector(y: Floats) -> Floats:
    return np.ascontiguousarray(y, dtype=np.float64)


def _single_course(kernel: Kernel, inputs: Floats | None) -> Floats:
    if inputs is None:
        return np.zeros((1, len(kernel.inputs)))
    return np.asarray(inputs, dtype=np.float64).reshape(1, len(kernel.inputs))


def rates(kernel: Kernel, t: float, y: Floats, parameters: Floats, inputs: Floats | None = None) -> Floats:
    """Rate of each reaction, shape (reaction,), kilocopy/min."""
    return _evaluated(kernel, t, y, parameters, inputs)[kernel.rate_registers]


def _call_arguments(kernel: Kernel, parameters: Floats, inputs: Floats | None) -> Call:
    status = np.zeros(STATUS_SIZE)
    status[BUDGET] = math.inf
    course = _single_course(kernel, inputs)
    return arguments(
        kernel, prepare(kernel, parameters), np.zeros(1), course, status, fresh_workspace(kernel)
    )


def right_side(
    kernel: Kernel, t: float, y: Floats, parameters: Floats, inputs: Floats | None = None
) -> Floats:
    """Right side dy/dt, shape (species,), kilocopy/min."""
    result: Floats = derivative(float(t), _vector(y), *_call_arguments(kernel, parameters, inputs))
    return result


def jacobian(kernel: Kernel, t: float, y: Floats, parameters: Floats, inputs: Floats | None = None) -> Floats:
    """Exact Jacobian, shape (species, species), per minute; element [i, j] is d(dy_i/dt)/dy_j."""
    result: Floats = derivative_jacobian(float(t), _vector(y), *_call_arguments(kernel, parameters, inputs))
    return result.T


def observe(
    kernel: Kernel, times: Floats, species: Floats, parameters: Floats, inputs: Floats | None = None
) -> Floats:
    """Observables of one row at the given states, shape (time, observable).

    Parameters
    ----------
    times : (time,), min
    species : (time, species), kilocopy
    parameters : (parameter,)
    inputs : (input,)
        Held constant; ``integrate`` observes with their course instead.
    """
    result: Floats = observe_course(
        _vector(times), _vector(species), prepare(kernel, parameters), layout_of(kernel), kernel.operations,
        kernel.stages, kernel.observable_registers, np.zeros(1), _single_course(kernel, inputs),
    )  # fmt: skip
    return result


def sensitivity(
    kernel: Kernel,
    t: float,
    y: Floats,
    parameters: Floats,
    names: tuple[str, ...],
    inputs: Floats | None = None,
) -> Floats:
    """Derivative of the right side by the named parameters, shape (species, name); exact, forward mode."""
    registers = _evaluated(kernel, t, y, parameters, inputs)
    tangents = np.zeros((kernel.register_count, len(names)))
    for column, name in enumerate(names):
        tangents[kernel.first_parameter + kernel.parameters.index(name), column] = 1.0
    propagate(registers, kernel.operations, tangents)
    by_rate = tangents[kernel.rate_registers]
    result = np.zeros((len(kernel.species), len(names)))
    bounds = kernel.stoichiometry_start
    for species in range(len(kernel.species)):
        entries = slice(bounds[species], bounds[species + 1])
        coefficients = kernel.stoichiometry_coefficient[entries]
        result[species] = coefficients @ by_rate[kernel.stoichiometry_reaction[entries]]
    return result
