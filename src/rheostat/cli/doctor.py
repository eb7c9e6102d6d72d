"""``rheostat doctor``: explain an error code, or check this installation."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from rheostat.cli.envelope import Answer
from rheostat.cli.options import Json
from rheostat.cli.table import table
from rheostat.vocabulary.error import InputError, Issue

PARTS = (
    "numpy", "scipy", "numba", "xarray", "h5netcdf", "pydantic", "PyYAML", "python-libsbml", "antimony",
    "matplotlib", "typer", "jinja2", "platformdirs",
)  # fmt: skip


def doctor(
    code: Annotated[str | None, typer.Argument(help="An error code such as E107.")] = None,
    json_: Json = False,
) -> Answer:
    """Explain an error code, or check this installation."""
    return _installation() if code is None else _explain(code.upper())


def _explain(code: str) -> Answer:
    from rheostat.vocabulary.code import CODES
    from rheostat.vocabulary.name import did_you_mean

    if code not in CODES:
        hint = did_you_mean(code, CODES)
        raise InputError.one(
            "E706", "doctor", f"unknown code {code!r}{hint}", f"known: {', '.join(sorted(CODES))}"
        )
    entry = CODES[code]
    data = {"code": code, "title": entry.title, "explanation": entry.explanation, "remedy": entry.remedy}
    return Answer(
        "doctor", data, f"{code}  {entry.title}\n\n{entry.explanation}\n\nWhat to do: {entry.remedy}"
    )


def _installation() -> Answer:
    from platformdirs import user_cache_path

    from rheostat import __version__

    found: dict[str, str] = {}
    for part in PARTS:
        try:
            found[part] = version(part)
        except PackageNotFoundError:
            found[part] = "missing"
    cache = user_cache_path("rheostat")
    place = next(path for path in (cache, *cache.parents) if path.exists())
    writable = os.access(place, os.W_OK)
    rows = [("rheostat", __version__), ("python", platform.python_version()), *found.items()]
    rows += [("cache folder", str(cache) if writable else f"{cache} (read-only: nothing is cached)")]
    missing = [part for part, seen in found.items() if seen == "missing"]
    errors = [Issue("E710", "installation", f"{part} is missing", f"pip install {part}") for part in missing]
    data = {"parts": dict(rows), "missing": missing, "cache": str(cache), "cache_writable": writable}
    return Answer(
        "doctor", data, table(["part", "found"], rows), errors=errors, exit_code=4 if missing else 0
    )
