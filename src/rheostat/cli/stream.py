"""Writing to stdout and stderr, whatever stands at the other end."""

import codecs
import os
import sys
from typing import TextIO

_ASCII = {
    "µ": "u",
    "μ": "u",
    "–": "-",
    "—": "-",
    "≥": ">=",
    "≤": "<=",
    "×": "x",
    "→": "->",
    "…": "...",
    "·": "-",
}


def write(stream: TextIO, text: str) -> None:
    """Write a text with one line end; a reader that went away (``| head``) is no error."""
    try:
        stream.write(text if text.endswith("\n") else f"{text}\n")
        stream.flush()
    except BrokenPipeError:
        silence(stream)


def silence(stream: TextIO) -> None:
    """Point a broken stream at the null device, so that Python's own flush at exit stays quiet."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def make_streams_safe() -> None:
    """Let stdout and stderr spell in ASCII what their encoding cannot write (``LC_ALL=C``)."""
    codecs.register_error("rheostat-ascii", _spell)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="rheostat-ascii")


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    piece = error.object[error.start : error.end]
    return "".join(_ASCII.get(letter, "?") for letter in piece), error.end
