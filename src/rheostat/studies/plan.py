"""What has to be computed for a set of arms: each distinct steady state and course once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from rheostat.engine.compile import compile_kernel
from rheostat.engine.kernel import Kernel
from rheostat.knowledge.observable import Observable
from rheostat.network.formula import Formula, symbols
from rheostat.phenotype.readout import SEARCH_H, split_derived
from rheostat.problem.arm import Arm, ArmChanges
from rheostat.problem.change import Change
from rheostat.problem.draw import Prior
from rheostat.problem.unknown import UnknownNameError
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.name import did_you_mean

if TYPE_CHECKING:
    from rheostat.atlas.load import Atlas

Floats = NDArray[np.float64]

REFERENCE_CELL: Final = "reference"
RELATIVE: Final = "relative"
GROWTH: Final = "growth_rate"
GR: Final = "gr"
INHIBITION: Final = "growth_inhibition"
MINUTES: Final = 60.0

#: Kinds whose effect ``growth_inhibition`` counts like that of a drug, in arms without drugs.
DOSED_GENES: Final = frozenset({"ko", "kd", "oe"})


@dataclass(frozen=True)
class Task:
    """One distinct course: what is done, the kernel, and the cut kernel's source of inputs.

    ``source`` are the changes of the arm without drugs, timed items and cuts, whose course the cut modifiers
    stay at; None without a cut.
    """

    changes: ArmChanges
    kernel: int
    source: ArmChanges | None = None


@dataclass(frozen=True)
class ArmPlan:
    """Which tasks an arm needs: its own, that without drugs, and what its growth inhibition counts from."""

    own: int
    untreated: int
    inhibition_base: int
    cell: tuple[Change, ...]
    window: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything that has to be known besides the values of the draws.

    Parameters
    ----------
    kernels : tuple of Kernel
        The first is without cuts; their observables are ``names``.
    recorders : tuple of Kernel
        One a kernel; its observables are the inputs of that kernel.
    names : tuple of str
        Observables that are computed.
    readouts : tuple of str
        What is asked for, derived readouts included.
    is_relative : (observable,)
    times_min : (time,), min
    horizon_min : float, min
        Where courses end; later than the last time where a derived readout needs it.
    dense : bool
        Whether means, peaks or cuts need a fine grid.
    """

    prior: Prior
    kernels: tuple[Kernel, ...]
    recorders: tuple[Kernel, ...]
    names: tuple[str, ...]
    readouts: tuple[str, ...]
    is_relative: NDArray[np.bool_]
    times_min: Floats
    horizon_min: float
    dense: bool
    tasks: tuple[Task, ...]
    arms: tuple[ArmPlan, ...]
    reference: tuple[Change, ...]
    rtol: float
    atol: float


def observables_of(atlas: Atlas) -> dict[str, Observable]:
    """Observables of the atlas by id."""
    listed: Iterable[Observable]
    listed = atlas.observables.values() if isinstance(atlas.observables, Mapping) else atlas.observables
    return {observable.id: observable for observable in listed}


def known_readouts(atlas: Atlas) -> tuple[str, ...]:
    """Readouts that need no prefix: the observables and, where there is a growth rate, what comes of it."""
    names = tuple(observables_of(atlas))
    return (*names, GR, INHIBITION) if GROWTH in names else names


def unit_of_readout(atlas: Atlas, readout: str) -> str:
    """Unit text of a readout, h for times and dimensionless for gr."""
    prefix, base = split_derived(readout)
    if prefix:
        return "h"
    observables = observables_of(atlas)
    return observables[base].unit if base in observables else "dimensionless"


def check_readouts(atlas: Atlas, readouts: Sequence[str]) -> None:
    """Refuse readouts that the atlas cannot compute.

    Raises
    ------
    UnknownNameError
        E506, all unknown readouts together.
    """
    known = known_readouts(atlas)
    issues = [
        Issue("E506", readout, f"unknown readout '{readout}'{did_you_mean(split_derived(readout)[1], known)}",
              "see `rheostat atlas list observables`")
        for readout in dict.fromkeys(readouts)
        if split_derived(readout)[1] not in known
    ]  # fmt: skip
    if issues:
        raise UnknownNameError(issues)


def make_plan(
    atlas: Atlas,
    arms: Sequence[Arm],
    times_h: Sequence[float],
    readouts: Sequence[str],
    rtol: float,
    atol: float,
) -> Plan:
    """Plan of the arms.

    Raises
    ------
    UnknownNameError
        E506 and the atlas's own look-up errors.
    InputError
        E520 a time that is negative or not finite.
    """
    check_readouts(atlas, readouts)
    times = _checked_times(times_h)
    bases = [split_derived(readout) for readout in readouts]
    builder = _Builder(atlas, _observable_names(atlas, [base for _, base in bases]))
    planned = tuple(builder.add(arm) for arm in arms)
    derived = any(prefix for prefix, _ in bases)
    growing = any(base in (GR, INHIBITION) for _, base in bases)
    horizon = max([times[-1], *(end for arm in planned for end in arm.window[1:] if derived)])
    observables = observables_of(atlas)
    return Plan(
        prior=atlas.prior,
        kernels=tuple(builder.kernels.values()),
        recorders=tuple(builder.recorders),
        names=builder.names,
        readouts=tuple(readouts),
        is_relative=np.array([observables[name].unit == RELATIVE for name in builder.names], dtype=bool),
        times_min=np.round(np.array(times) * MINUTES, 9),
        horizon_min=horizon * MINUTES,
        dense=derived or growing,
        tasks=tuple(builder.tasks),
        arms=planned,
        reference=atlas.changes(Arm(REFERENCE_CELL, REFERENCE_CELL)).before,
        rtol=rtol,
        atol=atol,
    )


def _checked_times(times_h: Sequence[float]) -> list[float]:
    times = sorted({float(time) for time in times_h})
    if not times or not all(0.0 <= time < math.inf for time in times):
        raise InputError.one("E520", "times", "no times, or one that is not >= 0", "give hours")
    return times


def _observable_names(atlas: Atlas, bases: Sequence[str]) -> tuple[str, ...]:
    names = [GROWTH if base in (GR, INHIBITION) else base for base in bases]
    return tuple(name for name in observables_of(atlas) if name in set(names))


class _Builder:
    """Collects distinct tasks and kernels while arms are added."""

    def __init__(self, atlas: Atlas, names: tuple[str, ...]) -> None:
        self.atlas = atlas
        self.names = names
        self.tasks: list[Task] = []
        self.recorders: list[Kernel] = []
        self.kernels: dict[tuple[frozenset[str], frozenset[str]], Kernel] = {}
        self._places: dict[Task, int] = {}
        self._formulas: dict[str, Formula] = {name: atlas.formulas[name] for name in names}
        self._parameters = frozenset(atlas.network.parameters)
        self._kernel(frozenset(), frozenset())

    def add(self, arm: Arm) -> ArmPlan:
        """Plan of an arm, with its tasks entered."""
        base = arm.without_drugs()
        if not arm.drugs:
            base = replace(arm, items=tuple(item for item in arm.items if item.kind not in DOSED_GENES))
        return ArmPlan(
            own=self._task(arm),
            untreated=self._task(arm.without_drugs()),
            inhibition_base=self._task(base),
            cell=self.atlas.changes(Arm(arm.cell, arm.cell)).before,
            window=_window(arm),
        )

    def _task(self, arm: Arm) -> int:
        changes = self.atlas.changes(arm)
        # Without timed items a cut arm runs along the very course that its modifiers are held at.
        cuts = changes.cuts if changes.timed else frozenset()
        plain = replace(changes, cuts=frozenset())
        if cuts:
            targets = {change.target for _, timed in changes.timed for change in timed}
            kernel = self._kernel(cuts, frozenset(targets) & self._parameters & self._read_by(cuts))
            source = self.atlas.changes(arm.without_timed().without_cuts())
            task = Task(plain, kernel, source)
        else:
            task = Task(plain, 0)
        if task not in self._places:
            self._places[task] = len(self.tasks)
            self.tasks.append(task)
        return self._places[task]

    def _read_by(self, cuts: frozenset[str]) -> frozenset[str]:
        """Symbols in the formulas of these mechanisms: others make no input, and so no kernel of its own."""
        network = self.atlas.network
        formulas = [each.rate for each in network.reactions if each.mechanism in cuts]
        formulas += [rule.formula for rule in network.rules if rule.mechanism in cuts]
        return frozenset[str]().union(*map(symbols, formulas))

    def _kernel(self, cuts: frozenset[str], varying: frozenset[str]) -> int:
        key = (cuts, varying)
        if key not in self.kernels:
            kernel = compile_kernel(self.atlas.network, self._formulas, cuts, varying_parameters=varying)
            recorded: dict[str, Formula] = {name: ("id", name) for name in kernel.inputs}
            self.kernels[key] = kernel
            self.recorders.append(compile_kernel(self.atlas.network, recorded))
        return list(self.kernels).index(key)


def _window(arm: Arm) -> tuple[float, float]:
    """Where peaks are looked for, h: the timed segment that starts last, or a day of it."""
    if not arm.timed:
        return 0.0, SEARCH_H
    last = max(arm.timed, key=lambda item: item.start_h or 0.0)
    start = last.start_h or 0.0
    return start, last.end_h if last.end_h is not None else start + SEARCH_H
