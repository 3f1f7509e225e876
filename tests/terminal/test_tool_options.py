"""The options of `orchestrator tools`: a list of all tools, or one of them tried."""

from __future__ import annotations

import argparse

import pytest

from orchestrator.terminal.tool_options import add_options, assignment


def read(*words: str) -> argparse.Namespace:
    """Read a command line."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_options(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize(
    ("words", "team", "tool", "arguments"),
    [
        ([], None, None, "{}"),
        (["shop.yaml"], "shop.yaml", None, "{}"),
        (["call", "find"], None, "find", "{}"),
        (["call", "find", '{"a": 1}', "--team", "shop.yaml"], "shop.yaml", "find", '{"a": 1}'),
        (["--team", "shop.yaml", "call", "find"], "shop.yaml", "find", "{}"),
    ],
)
def test_a_team_or_a_call(words: list[str], team: str | None, tool: str | None, arguments: str) -> None:
    """The first word says which."""
    options = read(*words)

    assert (options.team, options.tool, options.arguments) == (team, tool, arguments)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["call"], "write the name of the tool"),
        (["call", "a", "{}", "b"], "write the name"),
        (["a", "b"], "unknown words: b"),
    ],
)
def test_other_words_are_refused(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to write."""
    with pytest.raises(SystemExit):
        read(*words)

    assert said in capsys.readouterr().err


def test_variables_are_set_one_by_one() -> None:
    """What is behind the first `=` is the value."""
    assert read("call", "find", "--set", "a=1", "--set", "b==x").set == [("a", "1"), ("b", "=x")]


@pytest.mark.parametrize("text", ["a", "=1", " =1"])
def test_what_sets_no_variable_is_refused(text: str) -> None:
    """With how to write it."""
    with pytest.raises(argparse.ArgumentTypeError, match="write customer=7"):
        assignment(text)
