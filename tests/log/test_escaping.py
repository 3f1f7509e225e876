"""Control characters in the log."""

from __future__ import annotations

import json

import pytest

from orchestrator.log.escaping import escape_fields, escape_json, escaped


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, größer, 汉字, 😀, नमस्ते", "plain, größer, 汉字, 😀, नमस्ते"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x1b[31m", r"\u001b[31m"),
        ("\x9b\x7f", r"\u009b\u007f"),
        ("\u202e", r"\u202e"),
        ("\udc80", r"\udc80"),
        ("\U000e0041", r"\udb40\udc41"),
    ],
)
def test_p55_control_characters_are_written_as_json_writes_them(text: str, shown: str) -> None:
    """P55: letters of every script and emoji stay as they are."""
    assert escaped(text) == shown


def test_p55_json_stays_json() -> None:
    """P55: what it may hold unescaped is escaped, and reads as before."""
    sent = {"text": "\x9b \u2028 \ud800 \n \U000e0041"}
    line = escape_json(None, "info", json.dumps(sent, ensure_ascii=False))

    assert line.isprintable()
    assert json.loads(line) == sent


def test_p55_fields_are_escaped_but_for_the_lines_of_a_traceback() -> None:
    """P55: those are indented, so that none passes for a line of the log."""
    shown = escape_fields(None, "info", {"event": "a\nb", "x\n": 1, "exception": "Traceback\nforged\x1b"})

    assert shown == {"event": r"a\nb", r"x\n": 1, "exception": "    Traceback\n    forged\\u001b"}
