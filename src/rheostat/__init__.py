"""The mTOR signalling system in cancer, executable: ``import rheostat as rs``.

Names are imported when they are first used, so that ``import rheostat`` and ``rheostat --help`` stay fast.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Cell": "rheostat.api",
    "InputError": "rheostat.vocabulary.error",
    "MissingPartError": "rheostat.vocabulary.error",
    "NumericalError": "rheostat.vocabulary.error",
    "RheostatError": "rheostat.vocabulary.error",
    "cell": "rheostat.api",
    "check": "rheostat.api",
    "dose": "rheostat.api",
    "explain": "rheostat.api",
    "load_sbml": "rheostat.studies.sbml_model",
    "rank": "rheostat.api",
    "simulate": "rheostat.api",
}

__all__ = sorted([*_HOME, "__version__", "atlas"])  # noqa: PLE0605


class _CallableModule(ModuleType):
    """The package ``rheostat.atlas``, which users also call: ``rs.atlas()``."""

    def __call__(self, *overlays: str) -> Any:
        return import_module("rheostat.api").atlas(*overlays)


class _Package(ModuleType):
    """This package; the import system binds ``rheostat.atlas`` here, whoever imports it first."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "atlas" and isinstance(value, ModuleType):
            value.__class__ = _CallableModule
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    """Public object of that name, imported on first use."""
    if name == "atlas":
        return import_module("rheostat.atlas")
    if name not in _HOME:
        raise AttributeError(f"module 'rheostat' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
