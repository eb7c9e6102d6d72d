"""The commands that the README and the guides show are commands that exist."""

import re
import shlex
from pathlib import Path

import pytest
from typer.models import CommandInfo

from rheostat.cli.app import app, main

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SHELL_BLOCK = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(rheostat [a-z][^`]*)`")
#: Subcommands that have commands of their own.
GROUPS = {group.name for group in app.registered_groups}


def shown_commands() -> list[str]:
    found: dict[str, None] = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in SHELL_BLOCK.findall(text):
            for part in re.split(r"\n|&&", block):
                words = part.strip().removeprefix(".venv/bin/")
                if words.startswith("rheostat "):
                    found[words.split("  #")[0].strip()] = None
        found.update(dict.fromkeys(INLINE.findall(text)))
    return list(found)


def help_of(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main([*words, "--help"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("command", shown_commands())
def test_a_shown_command_and_its_options_exist(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(command)[1:]
    path = words[: 2 if words[0] in GROUPS and len(words) > 1 else 1]
    text = help_of(path, capsys)
    for option in (word for word in words if word.startswith("-")):
        assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text), f"{option} is no option of {path}"


def test_every_command_is_documented() -> None:
    guide = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    names = {_name(command) for command in app.registered_commands} | GROUPS
    assert names <= set(re.findall(r"^## (\w+)$", guide, re.MULTILINE))


def _name(command: CommandInfo) -> str:
    """Name under which typer registers a command."""
    return command.name or command.callback.__name__
