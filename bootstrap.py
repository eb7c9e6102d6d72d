"""Make .venv with the locked dependencies and rheostat: `python3 bootstrap.py [--dev | --bench]`.

Needs Python >= 3.11 and pip, nothing else; does nothing when .venv is up to date.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
STAMP = VENV / "bootstrap.stamp"
# What is installed; each level holds those before it.
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock", "bench": "requirements-bench.lock"}
INPUTS = ("bootstrap.py", "pyproject.toml", *LOCKS.values())


def run(*command: object, quiet: bool = False) -> bool:
    return subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=quiet).returncode == 0


def create_environment() -> list[object]:
    """Make .venv afresh and return the pip that installs into it."""
    if run(sys.executable, "-m", "venv", "--clear", VENV, quiet=True):
        return [PYTHON, "-m", "pip"]
    # Debian's python3 comes without ensurepip, so venv cannot put a pip inside: lend it ours.
    if run(sys.executable, "-m", "venv", "--clear", "--without-pip", VENV):
        return [sys.executable, "-m", "pip", "--python", PYTHON]
    sys.exit(f"bootstrap: cannot create {VENV}")


def main() -> None:
    level = next((name for name in ("bench", "dev") if f"--{name}" in sys.argv[1:]), "run")
    content = b"".join((ROOT / name).read_bytes() for name in INPUTS)
    digest = hashlib.sha256(content + f"{ROOT}{sys.version}".encode()).hexdigest()
    stamp = STAMP.read_text().split() if STAMP.exists() and PYTHON.exists() else []
    enough = list(LOCKS)[list(LOCKS).index(level) :]
    if stamp in [[digest, name] for name in enough]:
        return
    lock = LOCKS[level]
    print(f"bootstrap: installing {lock} into .venv (minutes the first time)", flush=True)
    pip = create_environment()
    install = [*pip, "install", "--quiet", "--disable-pip-version-check"]
    locked = run(*install, "--require-hashes", "--only-binary", ":all:", "-r", lock)
    if not (locked and run(*install, "--no-deps", "--no-build-isolation", "--editable", ".")):
        sys.exit("bootstrap: the installation failed; pip's message is above")
    STAMP.write_text(f"{digest} {level}\n")


if __name__ == "__main__":
    if sys.version_info < (3, 11):
        sys.exit("bootstrap: rheostat needs Python 3.11 or newer; call it as: python3.11 bootstrap.py")
    main()
