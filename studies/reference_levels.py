"""Set every fixed reference level (``SYMBOL_r``) to what ``SYMBOL`` is in the untreated reference cell.

A parameter whose note starts with "nominal reference value" is no knowledge of its own: it is the steady
level, at nominal values, of the species or expression that its name gives without ``_r``, in any case of
letters. Run after a change of the mechanisms::

    python -m studies.reference_levels [--write]

The levels act on the state that sets them (activity relative to the reference drives the rates). So each is
replaced by its symbol: the steady state of that network is the one in which level and symbol agree.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from rheostat.atlas.load import Atlas, load_atlas
from rheostat.engine.compile import compile_kernel
from rheostat.engine.integrate import integrate
from rheostat.engine.steady import find_steady_state
from rheostat.engine.trajectory import ResultCode
from rheostat.network.formula import Formula, substitute

_NOTE = "nominal reference value"
_CLOSE = 2e-5


def reference_parameters(atlas: Atlas) -> dict[str, tuple[float, Path]]:
    """Value and file of each parameter that stands for a reference level."""
    return {
        parameter.id: (parameter.value, Path(parameter.place.file))
        for parameter in atlas.mechanisms.parameters
        if parameter.note.startswith(_NOTE)
    }


def closed_levels(atlas: Atlas, names: Iterable[str]) -> dict[str, float]:
    """Levels at which every ``SYMBOL_r`` equals its ``SYMBOL`` in the reference cell at nominal values."""
    network = atlas.network
    known = {
        symbol.lower(): symbol for symbol in (*network.species, *(rule.variable for rule in network.rules))
    }
    formulas: dict[str, Formula] = {name: ("id", known[name.removesuffix("_r").lower()]) for name in names}
    closed = replace(
        network,
        reactions=tuple(replace(one, rate=substitute(one.rate, formulas)) for one in network.reactions),
        rules=tuple(replace(one, formula=substitute(one.formula, formulas)) for one in network.rules),
    )
    kernel = compile_kernel(closed, formulas)
    parameters, start = network.values[None, :], network.initial[None, :]
    # Not from the start, where a level is 0 and its ratio to itself is nothing.
    start = find_steady_state(compile_kernel(network, {}), parameters, start).species
    steady = find_steady_state(kernel, parameters, start, atol=1e-9)
    if steady.result[0] != ResultCode.ok:
        raise SystemExit(f"no steady state: {ResultCode(steady.result[0]).name}")
    read = integrate(kernel, parameters, steady.species, None, [0.0], rtol=1e-8, atol=1e-9)
    return dict(zip(formulas, (float(level) for level in read.observables[0, 0]), strict=True))


def main() -> None:
    """Print, and with ``--write`` set, the levels that differ from those in the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the levels into the mechanism files")
    write = parser.parse_args().write
    atlas = load_atlas()
    given = reference_parameters(atlas)
    for name, level in closed_levels(atlas, given).items():
        value, path = given[name]
        if abs(level / value - 1.0) > _CLOSE:
            print(f"{name}: {value:g} -> {level:.5g}  {path.name}")
            if write:
                _write(path, name, level)


def _write(path: Path, name: str, level: float) -> None:
    text = path.read_text(encoding="utf-8")
    pattern = re.compile(rf"^(\s*{name}: \{{value: )[^,]+,", re.MULTILINE)
    text, found = pattern.subn(rf"\g<1>{level:.5g},", text)
    if found != 1:
        raise SystemExit(f"{path.name}: found {found} lines of {name}")
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
