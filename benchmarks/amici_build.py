"""Build AMICI in an environment of its own, build/amici; one line if it does not build.

It needs a C++ compiler, CMake and a BLAS with headers, and minutes. ``AMICI_PYTHON`` names an interpreter
that has it already.
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks.peers import AMICI_FOLDER, amici_python

# The models must be wrapped by the SWIG that AMICI was built with, and pip builds it with this one.
PACKAGES = ("amici==1.0.1", "swig==4.5.1")
MOST_SECONDS = 1200


def build() -> str:
    """Build it, unless it is there; the reason in one line if that fails, else nothing."""
    if amici_python() is not None:
        return ""
    python = AMICI_FOLDER / "bin" / "python"
    commands = (
        [sys.executable, "-m", "venv", "--clear", AMICI_FOLDER],
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES],
    )
    try:
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_SECONDS, check=False)
            if done.returncode != 0:
                python.unlink(missing_ok=True)
                lines = [line for line in done.stderr.splitlines() if "rror" in line] or ["no message"]
                return lines[-1].strip()
    except subprocess.TimeoutExpired:
        python.unlink(missing_ok=True)
        return f"not done after {MOST_SECONDS} s"
    return ""


if __name__ == "__main__":
    reason = build()
    if reason:
        sys.stdout.write(f"AMICI is left out, it does not build: {reason}\n")
