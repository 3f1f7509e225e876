"""YAML text to plain values by YAML 1.2, their positions, and the syntax errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.team import yaml_reader
from orchestrator.team.base import Unquoted
from orchestrator.team.yaml_reader import CHECK_SYNTAX, OPEN_BRACKET, YamlReader


def problems(text: str) -> list[str]:
    """Return the problems of a text."""
    reader = YamlReader("t.yaml")
    reader.read(text)
    return [str(problem) for problem in reader.problems]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *[(word, word) for word in ("no", "on", "Yes", "off", "y", "tRUE", "12:30", "1_000", "0b1", ".inf", "1e", "-")],
        *[(word, word) for word in ("2026-11-23", "0o8", "0xG", "+", ".", "1.2.3", "+49 117", "<<")],
        *[(word, None) for word in ("", "~", "null", "Null", "NULL")],
        *[("true", True), ("True", True), ("TRUE", True), ("false", False)],
        *[("0o17", 15), ("0x1F", 31)],
        *[(number, Unquoted(number)) for number in ("7", "-7", "0", "1.5", "1.50", ".5", "2.", "-1e3", "1.5E-1")],
        *[(word, word) for word in ("+7", "007", "+49301234567", "0301234567", "030.12345", "+49.30", "00")],
        *[("'5'", "5"), ('"no"', "no"), ("'~'", "~"), ("''", "")],
    ],
)
def test_p42_a_scalar_is_what_yaml_1_2_says(written: str, value: Any) -> None:
    """P42, P66: words that YAML 1.1 reads as booleans, times or dates stay text, and so do telephone numbers."""
    read = YamlReader("t.yaml").read(f"key: {written if written != '-' else chr(39) + '-' + chr(39)}\n")["key"]

    assert read == value
    assert type(read) is type(value)


def test_blocks_of_text_are_text() -> None:
    """Also when they look like a number."""
    assert YamlReader("t.yaml").read("a: |\n  5\nb: >-\n  one\n  line\n") == {"a": "5\n", "b": "one line"}


MERGES = """
base: &base {voice: marin, speed: 1}
more: &more {<<: *base, speed: 2, warm: none}
one: {<<: *base, speed: 3}
two: {<<: [*more, *base], tools: []}
three: {<<: *more, again: *more, '<<': text}
"""


def test_p66_a_merge_key_takes_over_the_keys_of_another_mapping() -> None:
    """P66: own keys go first, then the mappings in their order; in quotes it is a key as any other."""
    reader = YamlReader("t.yaml")
    found = reader.read(MERGES)

    more = {"voice": "marin", "speed": "2", "warm": "none"}
    assert found["one"] == {"voice": "marin", "speed": "3"}
    assert found["two"] == {**more, "tools": []}
    assert found["three"] == {**more, "again": more, "<<": "text"}
    assert reader.problems == []
    assert reader.positions.at["one", "voice"] == (2, 14)
    assert reader.positions.at["one", "speed"] == (4, 18)


def test_p66_only_mappings_can_be_merged() -> None:
    """P66: with the place of what is none."""
    remedy = "Write `<<: *name`, and `&name` before the mapping whose keys are taken over."
    assert problems("a: {<<: x}\nb:\n  <<: [{c: d}, 5]\n") == [
        f"t.yaml:1:9: only a mapping can be merged. {remedy}",
        f"t.yaml:3:16: only a mapping can be merged. {remedy}",
    ]


@pytest.mark.parametrize("text", ["\ufeffa: b\n", "a: \ufeffb\n", "# c\n\ufeffa: b\n", 'a: "\ufeffb"\n'])
def test_p66_a_byte_order_mark_is_no_text(text: str) -> None:
    """P66: files that were put together have it anywhere."""
    assert YamlReader("t.yaml").read(text) == {"a": "b"}


def test_every_value_has_a_position() -> None:
    """That of its key, or the start of a list item; lines and columns are counted from 1."""
    reader = YamlReader("t.yaml")
    reader.read("team: t\nlist:\n  - one\n  - two: 2\n")

    assert reader.positions.at == {
        (): (1, 1),
        ("team",): (1, 1),
        ("list",): (2, 1),
        ("list", 0): (3, 5),
        ("list", 1): (4, 5),
        ("list", 1, "two"): (4, 5),
    }


def test_p43_a_duplicate_key_is_reported_with_both_lines() -> None:
    """P43: every repetition, at any depth; the first value is kept."""
    reader = YamlReader("t.yaml")

    assert reader.read("a:\n  b: 1\n  b: 2\n  'b': 3\na: 4\n") == {"a": {"b": "1"}}
    assert [str(problem) for problem in reader.problems] == [
        "t.yaml:3:3 a.b: duplicate key, first used on line 2. Remove one of them.",
        "t.yaml:4:3 a.b: duplicate key, first used on line 2. Remove one of them.",
        "t.yaml:5:1 a: duplicate key, first used on line 1. Remove one of them.",
    ]


MARKED = "Write `&name` before the value that `*name` repeats."
ONE = "A team is one document: remove the line `---`."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: *b\n", f"t.yaml:1:4: invalid YAML: there is no `&name` for this alias. {MARKED}"),
        ("a: 1\n---\nb: 2\n", f"t.yaml:2:1: invalid YAML: a second document begins here. {ONE}"),
        ("b: 1\na: \x01\n", f"t.yaml:2:4: invalid YAML: a character that YAML does not allow. {CHECK_SYNTAX}"),
        ("{a: b}: c\n", "t.yaml:1:1: a key must be plain text. Write `name: value`."),
        ('a: ["b"\nc: d\n', f"t.yaml:1:4: invalid YAML: {OPEN_BRACKET.what}. {OPEN_BRACKET.remedy}"),
    ],
    ids=["alias", "documents", "control character", "key", "open bracket before a key"],
)
def test_syntax_errors_are_reported(text: str, problem: str) -> None:
    """With their position, if PyYAML gives one."""
    assert problems(text) == [problem]


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "a: " + "[" * 3000], ids=["itself", "depth"])
def test_endless_nesting_is_reported(text: str) -> None:
    """An alias to itself, or thousands of brackets, give one problem."""
    assert problems(text) == [
        "t.yaml: nested too deeply, or an alias refers to itself. Check the aliases (`*name`) and the brackets."
    ]


@pytest.mark.parametrize(
    "text",
    [
        (Path(__file__).parents[2] / "agents.yaml").read_text(encoding="utf-8"),
        "a: Grüße # an alle\n'b': [1, {c: x}]\n",
        "a: [what?, b]\n",
        "a: " + "[" * 210 + "]" * 210,
        "a: \ud800\n",
        "a: [b\n",
    ],
    ids=["team", "comment", "question mark", "depth", "half a character", "mistake"],
)
def test_either_parser_reads_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values, positions and problems, whether PyYAML has the fast one or not."""
    fast, slow = YamlReader("t.yaml"), YamlReader("t.yaml")
    value = fast.read(text)
    monkeypatch.setattr(yaml_reader, "FAST", None)

    assert slow.read(text) == value
    assert (slow.positions.at, slow.problems) == (fast.positions.at, fast.problems)


def test_aliases_repeat_what_they_name() -> None:
    """An alias stands for the value that its anchor names."""
    assert YamlReader("t.yaml").read("a: &x {b: 1}\nc: *x\n") == {"a": {"b": "1"}, "c": {"b": "1"}}


def test_an_empty_text_has_no_value() -> None:
    """It has no value and no problems."""
    reader = YamlReader("t.yaml")

    assert reader.read("# only a comment\n") is None
    assert reader.problems == []


@pytest.mark.parametrize("tag", ["!include", "!ENV", "!!python/name:os.system", "!!binary", "!<x>", "!!set"])
def test_p66_a_tag_that_would_mean_something_else_is_refused(tag: str) -> None:
    """P66: without it the value would be another one."""
    (problem,) = problems(f"a:\n  b: {tag} front.md\n")
    assert problem.startswith(
        f"t.yaml:2:3 a.b: the tag `{tag.strip('!<>') if '<' in tag else tag}` has no meaning here."
    )


@pytest.mark.parametrize("value", ["!!str text", "!!int 5", "!!map {a: b}", "!!seq [a]", "!!null ~", "! text"])
def test_p66_tags_of_what_a_value_is_are_taken(value: str) -> None:
    """P66: they say what is there."""
    assert problems(f"a: {value}\n") == []


@pytest.mark.parametrize("value", ["Press #1", "Ask for item #2 or #3", "Say \u00e4h #now"])
def test_p66_text_that_is_cut_by_a_comment_is_warned_of(value: str) -> None:
    """P66: a `#` begins one after a space."""
    (problem,) = problems(f"a:\n  b: {value}\n")
    cut = value[value.index("#") :]
    assert problem.startswith(f"t.yaml:2:3 a.b: `{cut}` is a comment, and no part of the text before it.")


@pytest.mark.parametrize(
    "line", ["b: Say it # a note", "b: local #azure/desk", "b: 'Press #1'", "b: x#1 y", "b: 5  # 1"]
)
def test_p66_other_comments_are_no_mistake(line: str) -> None:
    """P66: a note, or a word in place of another."""
    assert problems(f"a:\n  {line}\n") == []
