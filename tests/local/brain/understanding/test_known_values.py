"""Tests of values that are known before the caller says one."""

from __future__ import annotations

from datetime import date

import pytest

from orchestrator.local.brain import language
from orchestrator.local.brain.understanding.known_values import by_sound, known_value
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.utterance import Context, Utterance

DOCTOR = Parameter("doctor", {"type": "string", "examples": ["Doctor Okafor", "Doctor Chen"]}, True)


def heard(text: str, *, answer: bool) -> Utterance:
    """Return what a reader is given."""
    return Utterance(DOCTOR, text, answer=answer, context=Context(date(2026, 11, 28)))


def test_a_value_is_known_by_its_sound() -> None:
    """The words are taken out of the text."""
    assert known_value(heard("to Doctor Okaffor please", answer=True)) == ("Doctor Okafor", "to   please")


def test_nothing_sounds_like_it() -> None:
    """Other words are left to the other readers."""
    assert known_value(heard("how much is it", answer=True)) is None


@pytest.mark.parametrize(("answer", "value"), [(True, ("Station Square", "Session Square")), (False, None)])
def test_an_answer_may_sound_less_like_it(answer: bool, value: tuple[str, str] | None) -> None:
    """Where the value was asked for, less is enough."""
    said = "Session Square"

    assert by_sound(heard(said, answer=answer), said, ["Station Square", "Harbour Street"]) == value


def test_sounds_are_english() -> None:
    """In another language nothing is decided by them."""
    with language.speaking("de"):
        assert known_value(heard("Doctor Okaffor", answer=True)) is None
