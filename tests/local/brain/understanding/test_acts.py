"""What callers do with a sentence."""

from __future__ import annotations

import pytest

from orchestrator.local.brain import language
from orchestrator.local.brain.understanding.acts import Act, acts, agreement, only

ENGLISH = language.load("en")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("What did you say?", {Act.REPEAT}),
        ("sorry?", {Act.REPEAT}),
        ("Pardon?", {Act.REPEAT}),
        ("Could you repeat that, please?", {Act.REPEAT}),
        ("can you repeat the order number", set()),
        ("Are you a robot?", {Act.WHO}),
        ("Am I talking to a real person?", {Act.WHO}),
        ("Just give me a real person", {Act.PERSON}),
        ("I want to speak to a manager", {Act.PERSON}),
        ("operator", {Act.PERSON}),
        ("I want to talk to someone in billing", set()),
        ("I do not want to talk to a machine", {Act.PERSON, Act.DENY}),
        ("this is ridiculous", {Act.ANGER}),
        ("never mind", {Act.FORGET, Act.DENY}),
        ("hold on a second", {Act.WAIT}),
        ("I waited for an hour", set()),
        ("why do you need that?", {Act.WHY}),
        ("what are my options", {Act.HELP}),
        ("good morning", {Act.GREETING}),
        ("my internet drops once a minute", set()),
    ],
)
def test_acts(text: str, found: set[Act]) -> None:
    """Each is recognised by its words, and other sentences are not taken for it."""
    assert acts(text, ENGLISH) == found


@pytest.mark.parametrize(
    ("text", "agreed"),
    [
        ("Yes.", True),
        ("yes, I don't want it any more", True),
        ("well, sure", True),
        ("That's right", True),
        ("Please go ahead", True),
        ("No.", False),
        ("no, that's not right", False),
        ("I do not want that", False),
        ("Please stop", False),
        ("my cat is blue", None),
        ("", None),
    ],
)
def test_agreement(text: str, agreed: bool | None) -> None:
    """The first of a yes and a no decides."""
    assert agreement(text, ENGLISH) is agreed


@pytest.mark.parametrize(
    ("text", "kinds", "alone"),
    [
        ("thanks, bye", (Act.THANKS, Act.GOODBYE), True),
        ("okay, thank you", (Act.THANKS,), True),
        ("thanks, and cancel my order", (Act.THANKS,), False),
        ("one moment please", (Act.WAIT,), True),
        ("hello", (Act.GREETING,), True),
        ("order 5", (Act.GREETING,), False),
    ],
)
def test_only(text: str, kinds: tuple[Act, ...], alone: bool) -> None:
    """A sentence that says more does more."""
    assert only(text, kinds, ENGLISH) is alone
