"""What callers do with a sentence."""

from __future__ import annotations

import pytest

from orchestrator.local.brain import language
from orchestrator.local.brain.understanding.acts import Act, acts, agreement, only, without_pleasantries

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


@pytest.mark.parametrize(
    ("code", "text", "found"),
    [
        ("de", "Wie bitte?", {Act.REPEAT}),
        ("de", "Was haben Sie gesagt?", {Act.REPEAT}),
        ("de", "Ich möchte mit einem Menschen sprechen", {Act.PERSON}),
        ("de", "Sind Sie ein Roboter?", {Act.WHO}),
        ("de", "ja, genau", {Act.AFFIRM}),
        ("de", "Auf Wiederhören", {Act.GOODBYE}),
        ("fr", "Pardon ?", {Act.REPEAT}),
        ("fr", "Qu'est-ce que vous avez dit ?", {Act.REPEAT}),
        ("fr", "je voudrais parler à une vraie personne", {Act.PERSON}),
        ("fr", "oui, c'est ça", {Act.AFFIRM}),
        ("fr", "au revoir", {Act.GOODBYE}),
        ("es", "qué ha dicho?", {Act.REPEAT}),
        ("es", "quiero hablar con una persona", {Act.PERSON}),
        ("es", "sí, eso es", {Act.AFFIRM}),
        ("es", "adiós", {Act.GOODBYE}),
        ("it", "Come scusi?", {Act.REPEAT}),
        ("it", "vorrei parlare con una persona", {Act.PERSON}),
        ("it", "lei è un robot?", {Act.WHO}),
        ("it", "sì, esatto", {Act.AFFIRM}),
        ("it", "arrivederci", {Act.GOODBYE}),
        ("zh", "你刚才说什么?", {Act.REPEAT}),
        ("zh", "请再说一遍", {Act.REPEAT}),
        ("zh", "我要转人工", {Act.PERSON}),
        ("zh", "你是机器人吗", {Act.WHO}),
        ("zh", "对, 是的", {Act.AFFIRM}),
        ("zh", "你好", {Act.GREETING}),
        ("zh", "你好哦.", {Act.GREETING}),
        ("zh", "帮我查一下", set()),
        ("zh", "再见", {Act.GOODBYE}),
    ],
)
def test_acts_of_other_languages(code: str, text: str, found: set[Act]) -> None:
    """Every language has its own words for them."""
    assert acts(text, language.load(code)) == found


@pytest.mark.parametrize(
    ("code", "yes", "no"),
    [
        ("de", "Ja, das stimmt", "Nein, das stimmt nicht"),
        ("de", "Gut, kein Problem", "Kein Interesse"),
        ("fr", "Pas de problème, d'accord", "Pas du tout"),
        ("es", "No hay problema, vale", "No hay tiempo"),
        ("it", "Nessun problema, va bene", "Nessun interesse"),
        ("fr", "oui, d'accord", "non, pas du tout"),
        ("es", "sí, claro", "no, así no"),
        ("it", "sì, va bene", "no, non va bene"),
        ("zh", "好的, 没问题", "不对, 不是这样"),
    ],
)
def test_yes_and_no_of_other_languages(code: str, yes: str, no: str) -> None:
    """The first of the words decides."""
    assert agreement(yes, language.load(code)) is True
    assert agreement(no, language.load(code)) is False


@pytest.mark.parametrize(
    ("words", "rest"),
    [
        ("Oh good. And the other one?", "And the other one?"),
        ("Good afternoon, do you have sun cream?", "do you have sun cream?"),
        ("Wonderful. Do you sell ladders?", "Do you sell ladders?"),
        ("Thank you.", "Thank you."),
        ("Tom Becker, please", "Tom Becker, please"),
    ],
)
def test_pleasantries_before_what_is_wanted_are_left_out(words: str, rest: str) -> None:
    """A text that is nothing else stays what it is."""
    assert without_pleasantries(words, ENGLISH) == rest
