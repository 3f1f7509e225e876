"""YAML as it was written: plain values by YAML 1.2, where each stands, and what is wrong with the writing."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.team.marks import AROUND, Marks, Reader

MARKS = Marks("t.yaml", {("agents", "a"): (2, 3), ("agents", "a", "voice"): (3, 5), ("defaults", "voice"): (9, 3)})


def told(text: str) -> list[str]:
    """Return what is wrong with a text."""
    reader = Reader("t.yaml")
    reader.read(text)
    return [str(problem) for problem in reader.problems]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *[(word, word) for word in ("no", "on", "Yes", "off", "y", "tRUE", "12:30", "1_000", "0b1", ".inf", "1e", "-")],
        *[(word, word) for word in ("2026-11-23", "0o8", "0xG", "+", ".", "1.2.3", "+49 117", "<<")],
        *[(word, None) for word in ("", "~", "null", "Null", "NULL")],
        *[("true", True), ("True", True), ("TRUE", True), ("false", False)],
        *[("7", 7), ("-7", -7), ("+7", 7), ("007", 7), ("0o17", 15), ("0x1F", 31)],
        *[("1.5", 1.5), (".5", 0.5), ("2.", 2.0), ("-1e3", -1000.0), ("1.5E-1", 0.15)],
        *[("'5'", "5"), ('"no"', "no"), ("'~'", "~"), ("''", "")],
    ],
)
def test_p42_a_scalar_is_what_yaml_1_2_says(written: str, value: Any) -> None:
    """P42: words that older YAML reads as switches, times or dates stay text; what is quoted is text."""
    read = Reader("t.yaml").read(f"key: {written if written != '-' else chr(39) + '-' + chr(39)}\n")["key"]

    assert read == value
    assert type(read) is type(value)


def test_blocks_of_text_are_text() -> None:
    """Also when they look like a number."""
    assert Reader("t.yaml").read("a: |\n  5\nb: >-\n  one\n  line\n") == {"a": "5\n", "b": "one line"}


def test_a_number_too_long_for_python_is_a_float() -> None:
    """Reading never raises."""
    assert isinstance(Reader("t.yaml").read(f"a: {'1' * 5000}")["a"], float)


def test_every_value_has_a_place() -> None:
    """Keys are found where the key stands, entries of a list where they begin; both count from 1."""
    reader = Reader("t.yaml")
    reader.read("team: t\nlist:\n  - one\n  - two: 2\n")

    assert reader.marks.at == {
        (): (1, 1),
        ("team",): (1, 1),
        ("list",): (2, 1),
        ("list", 0): (3, 5),
        ("list", 1): (4, 5),
        ("list", 1, "two"): (4, 5),
    }


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("agents", "a", "voice"), "t.yaml:3:5 agents.a.voice"),
        (("agents", "a", "tools", 0), "t.yaml:2:3 agents.a.tools.0"),
        (("agents", "b", "voice"), "t.yaml:9:3 defaults.voice"),
        (("agents", "b", "speed"), "t.yaml:1:1 agents.b.speed"),
        ((), "t.yaml:1:1"),
    ],
    ids=["itself", "nearest", "defaults", "nowhere", "file"],
)
def test_a_place_is_that_of_the_key_or_what_is_around_it(path: tuple[str | int, ...], place: str) -> None:
    """What an agent has from `defaults` is found there."""
    assert MARKS.place(path) == place


def test_own_keys_go_before_those_of_defaults() -> None:
    """An agent's own list is not looked up in the list that it replaced."""
    marks = Marks("t.yaml", {("agents", "a", "handoffs"): (3, 5), ("defaults", "handoffs", "b"): (9, 3)})

    assert marks.written(("agents", "a", "handoffs", "b")) == ("agents", "a", "handoffs", "b")
    assert marks.written(("agents", "z", "handoffs", "b")) == ("defaults", "handoffs", "b")


def test_p43_a_key_that_stands_twice_is_told_at_both_places() -> None:
    """P43: every repetition, at any depth; the first stays."""
    reader = Reader("t.yaml")

    assert reader.read("a:\n  b: 1\n  b: 2\n  'b': 3\na: 4\n") == {"a": {"b": 1}}
    assert [str(problem) for problem in reader.problems] == [
        "t.yaml:3:3 a.b: the key stands twice, first in line 2. Keep one of them.",
        "t.yaml:4:3 a.b: the key stands twice, first in line 2. Keep one of them.",
        "t.yaml:5:1 a: the key stands twice, first in line 1. Keep one of them.",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: *b\n", f"t.yaml:1:4: cannot be read as YAML: found undefined alias 'b'. {AROUND}"),
        ("a: 1\n---\nb: 2\n", f"t.yaml:2:1: cannot be read as YAML: but found another document. {AROUND}"),
        ("a: \x01\n", f"t.yaml: cannot be read as YAML: a character in it is not text. {AROUND}"),
        ("{a: b}: c\n", "t.yaml:1:1: a key must be plain text. Write `name: value`."),
    ],
    ids=["alias", "documents", "control character", "key"],
)
def test_what_is_no_plain_yaml_is_told(text: str, problem: str) -> None:
    """With its place, where there is one."""
    assert told(text) == [problem]


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "a: " + "[" * 3000], ids=["itself", "depth"])
def test_what_has_no_bottom_is_told(text: str) -> None:
    """An alias inside itself, or thousands of brackets, end in one line."""
    assert told(text) == [
        "t.yaml: something stands inside itself, or too deep inside other things. "
        "Check the aliases (`*name`) and the brackets."
    ]


def test_aliases_repeat_what_they_name() -> None:
    """They are how a file says something once."""
    assert Reader("t.yaml").read("a: &x {b: 1}\nc: *x\n") == {"a": {"b": 1}, "c": {"b": 1}}


def test_an_empty_text_is_nothing() -> None:
    """No value, and nothing wrong with the writing."""
    reader = Reader("t.yaml")

    assert reader.read("# only a comment\n") is None
    assert reader.problems == []
