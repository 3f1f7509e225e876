"""The grammar of rules: four forms, and a guess at what else was meant."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from orchestrator.team.rules import AtMost, Before, Needs, Rule, RuleText, StaysIn, likely, parse

RULES: list[tuple[str, Rule]] = [
    ("verify before billing", Before("verify", "billing")),
    ("  end-desk   before\tup ", Before("end-desk", "up")),
    ("refund at most 1 per call", AtMost("refund", 1)),
    ("refund needs verified", Needs("refund", "verified")),
    ("card stays in billing", StaysIn("card", ("billing",))),
    ("card stays in billing, verify,tech", StaysIn("card", ("billing", "verify", "tech"))),
    ("before before before", Before("before", "before")),
]


@pytest.mark.parametrize(("text", "rule"), RULES, ids=[row[0] for row in RULES])
def test_the_four_forms(text: str, rule: Rule) -> None:
    """Spaces do not matter; a rule is printed as it is written."""
    assert parse(text) == rule
    assert parse(str(rule)) == rule


@pytest.mark.parametrize(
    "text",
    [
        "",
        "before",
        "a before",
        "a Before b",
        "a at most -1 per call",
        "a at most 9999999 per call",
        "a stays in",
        "1 needs b",
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    """It is not guessed what is meant."""
    with pytest.raises(ValueError, match="not a valid rule"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("verify befor billing", "verify before billing"),
        ("`verify` comes before `billing`.", "verify before billing"),
        ("billing after verify", "verify before billing"),
        ("refund twice", "refund at most 2 per call"),
        ("refund once per call", "refund at most 1 per call"),
        ("refund max 3 times", "refund at most 3 per call"),
        ("refund require verified", "refund needs verified"),
        ("card stay in billing and verify", "card stays in billing, verify"),
        ("card only in billing", "card stays in billing"),
        ("card stasy in billing", "card stays in billing"),
        ("verify before billing and tech", ""),
        ("billing after verify or tech", ""),
        ("refund needs verified and card", ""),
        ("callers are polite", ""),
        ("card stays", ""),
        ("verify", ""),
        ("", ""),
    ],
)
def test_the_rule_that_was_meant_is_suggested(text: str, meant: str) -> None:
    """The closest form, or nothing if several rules or none could be meant."""
    assert likely(text) == meant


def test_a_rule_is_text_in_the_file_and_itself_in_code() -> None:
    """A mapping is refused."""
    adapter: TypeAdapter[Rule] = TypeAdapter(RuleText)
    assert adapter.validate_python("a before b") == adapter.validate_python(Before("a", "b")) == Before("a", "b")
    for value in ({"first": "a", "then": "b"}, 5, None):
        with pytest.raises(ValidationError, match="not a valid rule"):
            adapter.validate_python(value)
