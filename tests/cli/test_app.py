"""What a person sees of the command line: messages, exit codes, streams."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rheostat import api
from rheostat.studies import catalogue

SRC = Path(__file__).resolve().parents[2] / "src"


def rheostat(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    known = {**os.environ, "PYTHONPATH": str(SRC), **environment}
    return subprocess.run(
        [sys.executable, "-m", "rheostat", *arguments], capture_output=True, text=True, env=known, timeout=120
    )


@pytest.fixture(scope="session")
def real_atlas() -> None:
    """Skips the test while the shipped atlas does not load."""
    outcome = rheostat("atlas", "list")
    if outcome.returncode != 0:
        pytest.skip(f"the shipped atlas does not load: {outcome.stderr[:200]}")


def test_help_names_every_command() -> None:
    outcome = rheostat("--help")
    assert outcome.returncode == 0
    for command in ("demo", "run", "dose", "rank", "check", "atlas", "export", "schema", "doctor"):
        assert command in outcome.stdout
    assert all(len(line) <= 80 for line in outcome.stdout.splitlines())


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, contextlib, io\n"
        "from rheostat.cli.app import main\n"
        "with contextlib.redirect_stdout(io.StringIO()): main(['run', '--help'])\n"
        "heavy = {'numpy', 'scipy', 'numba', 'xarray', 'matplotlib', 'libsbml', 'antimony'}\n"
        "sys.exit(str(sorted(heavy & set(sys.modules))) if heavy & set(sys.modules) else 0)"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SRC)},
    )
    assert outcome.returncode == 0, outcome.stderr


def test_help_is_fast() -> None:
    rheostat("--help")
    start = time.monotonic()
    rheostat("--help")
    assert time.monotonic() - start < 3.0  # 0.3 s is the target; a shared machine gets ten times that


def test_version() -> None:
    outcome = rheostat("--version")
    assert outcome.returncode == 0
    assert outcome.stdout.startswith("rheostat ")


@pytest.mark.parametrize(("typo", "meant"), [(["rnak"], "rank"), (["run", "--drawz", "3"], "--draws")])
def test_misspelt_command_or_option_is_met_with_the_nearest(typo: list[str], meant: str) -> None:
    outcome = rheostat(*typo)
    assert outcome.returncode == 2
    assert "E701" in outcome.stderr
    assert meant in outcome.stderr
    assert outcome.stdout == ""


def test_json_usage_error_is_one_envelope_on_stdout() -> None:
    outcome = rheostat("run", "--drawz", "3", "--json")
    envelope = json.loads(outcome.stdout)
    assert outcome.returncode == 2
    assert envelope["ok"] is False
    assert envelope["schema"] == "rheostat.run/1"
    assert {"code", "where", "message", "remedy"} == set(envelope["errors"][0])
    assert outcome.stderr == ""


def test_doctor_explains_a_code() -> None:
    outcome = rheostat("doctor", "E701")
    assert outcome.returncode == 0
    assert "What to do" in outcome.stdout


def test_doctor_unknown_code_gets_a_suggestion() -> None:
    outcome = rheostat("doctor", "E7O1")
    assert outcome.returncode == 2
    assert "did you mean" in outcome.stderr


def test_doctor_checks_the_installation_with_a_read_only_home(tmp_path: Path) -> None:
    outcome = rheostat("doctor", HOME=str(tmp_path / "absent"), XDG_CACHE_HOME="/proc/absent")
    assert outcome.returncode == 0
    assert "numpy" in outcome.stdout


def test_schema_is_json() -> None:
    outcome = rheostat("schema", "claim")
    assert outcome.returncode == 0
    assert "$schema" in json.loads(outcome.stdout)


def test_schema_unknown_gets_a_suggestion() -> None:
    outcome = rheostat("schema", "clam")
    assert outcome.returncode == 2
    assert "did you mean 'claim'" in outcome.stderr


def test_broken_pipe_is_quiet() -> None:
    command = f"'{sys.executable}' -m rheostat schema claim | head -1"
    outcome = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(SRC)}
    )
    assert outcome.stderr == ""


def test_ascii_stdout_does_not_fail() -> None:
    outcome = rheostat("doctor", "E301", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert outcome.returncode == 0
    assert outcome.stdout.isascii()


@pytest.mark.usefixtures("real_atlas")
@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["run", "--treat", "everolimis@20nM"], "everolimus"),
        (["run", "--treat", "everolimus@20nm"], "nM"),
        (["run", "--treat", "everolimus@20furlong"], "furlong"),
        (["run", "--treat", "everolimus@0,5uM"], "decimal"),
        (["run", "--treat", "everolimus@-5nM"], "negative"),
        (["run", "--cell", "MCF-8"], "MCF-7"),
        (["run", "--cell", "absent.yaml"], "absent.yaml"),
        (["check", "absent.yaml"], "absent.yaml"),
        (["dose", "--cell", "reference", "--drug", "trametinb"], "trametinib"),
        (["run", "--draws", "0"], "draws"),
        (["run", "--hours", "-3"], "negative"),
        (["run", "--times", "1;2"], "--times"),
        (["run", "--ensemble", "plausble"], "plausible"),
        (["run", "--readout", "pAKT_S437"], "pAKT_S473"),
        (["atlas", "show", "everolimis"], "everolimus"),
        (["check", "--variant", "otud7b:reviw"], "otud7b:review"),
        (["export", "--to", "sbl"], "sbml"),
    ],
)
def test_wrong_input_is_exit_2_with_a_hint(arguments: list[str], part: str, tmp_path: Path) -> None:
    output = ["-o", str(tmp_path)] if arguments[0] in ("run", "dose") else []
    outcome = rheostat(*arguments, *output, "--json")
    envelope = json.loads(outcome.stdout)
    assert outcome.returncode == 2, envelope
    assert envelope["errors"]
    assert part in json.dumps(envelope["errors"])


@pytest.mark.usefixtures("real_atlas")
def test_run_writes_what_it_says(tmp_path: Path) -> None:
    arguments = ["run", "--cell", "MCF7", "--treat", "everolimus 20 nM", "--hours", "2", "--draws", "2"]
    outcome = rheostat(*arguments, "--ensemble", "prior", "--json", "-o", str(tmp_path / "out"))
    envelope = json.loads(outcome.stdout)
    assert outcome.returncode == 0, envelope["errors"]
    course = envelope["data"]["readouts"]["pS6K_T389"]
    assert set(course) == {"t_h", "median", "p05", "p95", "untreated", "unit"}
    assert len(course["t_h"]) == len(course["median"])
    assert all(Path(path).stat().st_size > 0 for path in envelope["data"]["files"].values())
    assert {"version", "model", "atlas", "ensemble", "seed"} <= set(envelope["provenance"])


@pytest.mark.usefixtures("real_atlas")
def test_run_table_fits_80_columns_and_has_no_colour(tmp_path: Path) -> None:
    arguments = ["run", "--hours", "2", "--draws", "2", "--ensemble", "prior", "--no-figure"]
    outcome = rheostat(*arguments, "-o", str(tmp_path), NO_COLOR="1", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert outcome.returncode == 0, outcome.stderr
    table = [line for line in outcome.stdout.splitlines() if not line.startswith(("wrote", "next"))]
    assert max(len(line) for line in table) <= 80
    assert "\x1b" not in outcome.stdout
    assert "next:" in outcome.stdout


@pytest.mark.usefixtures("real_atlas")
@pytest.mark.parametrize("target", ["sbml", "antimony"])
def test_export_to_stdout(target: str) -> None:
    outcome = rheostat("export", "--to", target)
    assert outcome.returncode == 0
    assert ("<sbml" if target == "sbml" else "model") in outcome.stdout


@pytest.mark.usefixtures("real_atlas")
def test_trace_reaches_papers() -> None:
    outcome = rheostat("atlas", "trace", "pAKT_S473", "--json")
    mechanisms = json.loads(outcome.stdout)["data"]["mechanisms"]
    assert any(each["papers"] for each in mechanisms)


@pytest.mark.usefixtures("real_atlas")
def test_a_class_of_drugs_stands_for_its_drug_and_dose() -> None:
    arm = api.cell("reference").arm(treat="mTOR kinase inhibitor; Rapalog@t0-24")
    items = [(item.what, item.amount, item.unit, item.end_h) for item in arm.items]
    assert items == [("azd8055", 300.0, "nM", None), ("everolimus", 20.0, "nM", 24.0)]


@pytest.mark.usefixtures("real_atlas")
def test_a_name_of_a_drug_shows_the_drug_and_not_its_species() -> None:
    kind, _ = catalogue.entry_of(api.atlas(), "everolimus")
    assert kind == "drugs"


def test_a_duration_beyond_a_year_is_refused() -> None:
    outcome = rheostat("run", "--hours", "1e9")
    assert outcome.returncode == 2
    assert "1e+09 h is too long" in outcome.stderr


@pytest.mark.usefixtures("real_atlas")
def test_headings_and_notes_fit_80_columns(tmp_path: Path) -> None:
    outcome = rheostat(
        "run", "--cell", "A549", "--alter", "ko:TSC2;kd:RPTOR@0.2", "--treat", "everolimus@20nM@t0-1;rapalog",
        "--draws", "1", "--hours", "2", "--no-figure", "-o", str(tmp_path),
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stderr
    texts = [line for line in outcome.stdout.splitlines() if not line.startswith("wrote")]
    assert max(map(len, texts)) <= 80


@pytest.mark.usefixtures("real_atlas")
def test_the_micro_sign_is_read_under_the_c_locale(tmp_path: Path) -> None:
    outcome = rheostat(
        "run", "--treat", "everolimus 1\u00b5M", "--draws", "1", "--hours", "1", "--no-figure",
        "-o", str(tmp_path), LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0",
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stderr
