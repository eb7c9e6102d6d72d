"""How the engine's loops are compiled: once for all models, and kept on disk between processes."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numba
from platformdirs import user_cache_path


def _cache_folder() -> Path:
    # Numba looks for changes in a function's own file only, so the code is kept by the text of them all.
    texts = (path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    digest = sha256(b"".join(texts)).hexdigest()[:16]
    return user_cache_path("rheostat", "rheostat") / "compiled" / digest


if "NUMBA_CACHE_DIR" not in os.environ:
    numba.config.CACHE_DIR = str(_cache_folder())


def allocating(function: Callable[..., Any]) -> Any:
    """Compiled form of a function that makes arrays; like all of them it runs without Python's lock."""
    return numba.njit(cache=True, nogil=True, error_model="numpy")(function)


def loop(function: Callable[..., Any]) -> Any:
    """Compiled form of a function that only works on the arrays it is given.

    Without counting references to them, which costs an atomic operation whenever an array is named.
    """
    return numba.njit(cache=True, nogil=True, error_model="numpy", _nrt=False)(function)


def inlined(function: Callable[..., Any]) -> Any:
    """The same for glue between loops: put into its caller, so that no tuple of arrays is passed."""
    return numba.njit(cache=True, nogil=True, error_model="numpy", _nrt=False, forceinline=True)(function)
