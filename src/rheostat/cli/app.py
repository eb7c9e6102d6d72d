"""The command line's entry and its one error boundary."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from rheostat import __version__
from rheostat.cli import atlas, check, demo, doctor, dose, export, rank, run, schema, simulate
from rheostat.cli.envelope import Answer, emit
from rheostat.cli.failure import INTERRUPTED, interrupted, misused, our_bug, unreadable
from rheostat.cli.stream import make_streams_safe, silence
from rheostat.vocabulary.error import RheostatError

app = typer.Typer(
    name="rheostat",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    help="The mTOR signalling system in cancer, executable. Research use only; not clinical advice.",
    epilog="Start with: rheostat demo",
)
for command in (
    demo.demo,
    run.run,
    dose.dose,
    rank.rank,
    check.check,
    simulate.simulate,
    export.export,
    schema.schema,
    doctor.doctor,
):
    app.command()(command)
app.add_typer(atlas.app, name="atlas")


def _show_version(value: bool) -> None:  # noqa: FBT001 - typer calls it so
    if value:
        typer.echo(f"rheostat {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (0, 1, 2, 3, 4, 70 or 130)."""
    # under LC_ALL=C the micro sign of "1 µM" arrives as two undecoded bytes
    given = sys.argv[1:] if argv is None else argv
    arguments = [each.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") for each in given]
    if argv is None:
        sys.argv[1:] = arguments  # the command line that results store as their provenance
    make_streams_safe()
    answer = _answer(arguments)
    return answer if isinstance(answer, int) else emit(answer, "--json" in arguments)


def _answer(arguments: list[str]) -> Answer | int:
    command = ".".join(arguments[: 2 if arguments[:1] == ["atlas"] else 1]) or "rheostat"
    try:
        outcome = app(args=arguments, prog_name="rheostat", standalone_mode=False)
    except RheostatError as error:
        return Answer(command, {}, "", errors=error.issues, exit_code=error.exit_code)
    except TyperException as error:
        return misused(command, error)
    except (KeyboardInterrupt, Abort):
        outcome = INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # typer turns a broken pipe while it prints help into SystemExit
        silence(sys.stdout)
        return 0
    except OSError as error:
        return unreadable(command, error)
    except Exception as error:  # noqa: BLE001 - the one boundary: whatever is left is our bug
        return our_bug(command, error)
    if outcome == INTERRUPTED:
        return interrupted(command, arguments)
    return outcome if isinstance(outcome, (Answer, int)) else 0
