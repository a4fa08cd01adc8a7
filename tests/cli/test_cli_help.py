"""The help of the command line: whole sentences, on every command and option."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from bot.cli import main


def commands_of(group: click.Group, *before: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below a group, groups too, with the words that one types."""
    for name, command in group.commands.items():
        yield (*before, name), command
        if isinstance(command, click.Group):
            yield from commands_of(command, *before, name)


COMMANDS = dict(commands_of(main))
GROUPS = [(), *(words for words, command in COMMANDS.items() if isinstance(command, click.Group))]


def listed(words: tuple[str, ...]) -> dict[str, str]:
    """What the help of a group says of each of its commands, in a terminal of 80 columns."""
    result = CliRunner().invoke(main, [*words, "--help"], terminal_width=80)
    assert result.exit_code == 0
    lines = result.output.partition("Commands:\n")[2].splitlines()
    return dict(line.strip().split(None, 1) for line in lines)


@pytest.mark.parametrize("words", GROUPS, ids=" ".join)
def test_a_group_says_of_each_command_what_it_does(words: tuple[str, ...]) -> None:
    """Each command has a line that stands whole, a sentence that begins with what the command does."""
    said = listed(words)
    assert set(said) == {found[-1] for found in COMMANDS if found[:-1] == words}
    assert {name: line for name, line in said.items() if line.endswith("...") or not line.endswith(".")} == {}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_option_is_explained(words: tuple[str, ...]) -> None:
    """Each option of a command says what it is for."""
    options = [option for option in COMMANDS[words].params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_the_commands_are_found() -> None:
    """The search sees commands of groups, and groups."""
    assert {("run",), ("promises",), ("promises", "due"), ("staff", "add")} <= set(COMMANDS)
