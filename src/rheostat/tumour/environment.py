"""What is in the medium: levels relative to rich medium, groups and their members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rheostat.problem.change import Change
from rheostat.problem.item import Item
from rheostat.problem.unknown import UnknownNameError
from rheostat.vocabulary.error import InputError, Issue
from rheostat.vocabulary.name import did_you_mean
from rheostat.vocabulary.unit import CONCENTRATION_UNITS, to_nM


@dataclass(frozen=True)
class Factor:
    """One row of ``environment.tsv``.

    Parameters
    ----------
    id : str
    parameter : str
        Parameter of the network, 1 = rich medium; empty for a group.
    reference : float or None, in ``unit``
        Concentration in rich medium.
    unit : str
    scaled_by : tuple of str
        Groups that this factor belongs to.
    """

    id: str
    parameter: str
    reference: float | None
    unit: str
    scaled_by: tuple[str, ...] = ()
    description: str = ""
    source: tuple[str, ...] = ()
    grade: str = ""


Factors = Mapping[str, Factor]


def level_of(item: Item, factors: Factors) -> float:
    """Level of an item relative to rich medium, dimensionless.

    Raises
    ------
    UnknownNameError
        E505 unknown factor.
    InputError
        E411 the factor has no reference in a unit of that kind.
    """
    factor = factors[_find(item.what, factors)]
    amount = 0.0 if item.amount is None else item.amount
    if item.unit is None:
        return amount
    convertible = item.unit in CONCENTRATION_UNITS and factor.unit in CONCENTRATION_UNITS
    if not factor.reference or not (item.unit == factor.unit or convertible):
        remedy = f"give a level relative to rich medium, such as env:{item.what}@0.5"
        if factor.reference:
            remedy += f", or {factor.unit}"
        raise InputError.one(
            "E411", f"'{item.text}'", f"'{item.what}' cannot be given in {item.unit}", remedy
        )
    if item.unit == factor.unit:
        return amount / factor.reference
    return to_nM(amount, item.unit) / to_nM(factor.reference, factor.unit)


def environment_changes(
    items: Iterable[Item], factors: Factors, parameters: Iterable[str] | None = None
) -> tuple[Change, ...]:
    """Segments of the parameters that the items set; broad ones first, so that a later segment wins.

    A group sets its members (``serum``: insulin, igf1, egf ...); the narrower item wins over the
    broader (``leu`` over ``bcaa`` over ``AA``), then a timed one over an untimed one, then the later line.

    Parameters
    ----------
    items : iterable of Item
        Of kind ``env``, in the order written.
    factors : mapping
        Rows of ``environment.tsv`` by id.
    parameters : iterable of str, optional
        Parameters of the network; a factor whose parameter it lacks is unknown.

    Raises
    ------
    UnknownNameError
        E505, all items together.
    InputError
        E411 as ``level_of``.
    """
    known = None if parameters is None else frozenset(parameters)
    issues: list[Issue] = []
    missing: list[Issue] = []
    ranked: list[tuple[int, bool, int, Change]] = []
    for order, item in enumerate(items):
        try:
            name = _find(item.what, factors)
            level = level_of(item, factors)
            targets = _targets(name, factors, known)
        except UnknownNameError as error:
            missing.extend(error.issues)
            continue
        except InputError as error:
            issues.extend(error.issues)
            continue
        narrowness = len(_groups_of(name, factors))
        timed = item.start_h is not None
        for target in targets:
            change = Change(target, "set", level, item.start_h, item.end_h)
            ranked.append((narrowness, timed, order, change))
    if issues:
        raise InputError([*issues, *missing])
    if missing:
        raise UnknownNameError(missing)
    return tuple(change for *_, change in sorted(ranked, key=lambda entry: entry[:3]))


def _find(name: str, factors: Factors) -> str:
    if name in factors:
        return name
    folded = {one.casefold(): one for one in factors}
    if name.casefold() in folded:
        return folded[name.casefold()]
    message = f"unknown factor of the environment '{name}'{did_you_mean(name, factors)}"
    raise UnknownNameError.one("E505", f"env:{name}", message, f"known: {' '.join(sorted(factors))}")


def _targets(name: str, factors: Factors, known: frozenset[str] | None) -> Sequence[str]:
    members = [
        factor for factor in factors.values() if factor.id == name or name in _groups_of(factor.id, factors)
    ]
    targets = [factor.parameter for factor in members if factor.parameter]
    present = [target for target in targets if known is None or target in known]
    if not present:
        raise UnknownNameError.one("E505", f"env:{name}", f"the network has no input for 'env:{name}'")
    return tuple(dict.fromkeys(present))


def _groups_of(name: str, factors: Factors) -> frozenset[str]:
    """Groups that a factor lies in, directly or through another group."""
    found: set[str] = set()
    open_ = list(factors[name].scaled_by)
    while open_:
        group = open_.pop()
        if group not in found and group != name:
            found.add(group)
            open_.extend(factors[group].scaled_by if group in factors else ())
    return frozenset(found)
