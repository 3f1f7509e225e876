"""Times of day as people say them."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.language import speaking
from orchestrator.local.brain.understanding import times


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("at half past six", "18:30"),
        ("half three", "15:30"),
        ("a quarter to nine in the evening", "20:45"),
        ("ten past two p.m.", "14:10"),
        ("at seven thirty tonight", "19:30"),
        ("at 730", "07:30"),
        ("730 pm please", "19:30"),
        ("8 p.m.", "20:00"),
        ("7 o'clock", "07:00"),
        ("at noon", "12:00"),
        ("at midnight", "00:00"),
        ("12 am", "00:00"),
        ("at 10.15", "10:15"),
        ("at nine oh five", "09:05"),
        ("tomorrow afternoon at three", "15:00"),
        ("a table for four at seven thirty", "19:30"),
        ("wake me at six", "06:00"),
        ("16:45", "16:45"),
        ("not before eleven", "11:00"),
        ("nine at the earliest", "09:00"),
        ("after two weeks", None),
        ("from 2 to 4", None),
        ("a table for four", None),
        ("at ninety nine", None),
        ("two nights", None),
    ],
)
def test_times_are_found(text: str, value: str | None) -> None:
    """A time needs a cue; which half of the day is meant, the words around tell."""
    found = times.find(text)

    assert (found[0].resolved(text) if found else None) == value


def test_lone_number_is_a_time_when_it_was_asked_for() -> None:
    """Asked "at what time?", "nine" is nine o'clock."""
    assert [time.resolved("") for time in times.find("nine, please", bare=True)] == ["09:00"]
    assert times.find("forty", bare=True) == []


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [
        ("de", "um halb vier", "15:30"),
        ("de", "fünf vor halb vier", "15:25"),
        ("de", "Viertel nach drei", "15:15"),
        ("de", "dreiviertel vier", "15:45"),
        ("de", "um sechzehn Uhr dreißig", "16:30"),
        ("de", "halb eins", "12:30"),
        ("de", "um ein Uhr", "13:00"),
        ("de", "morgen früh um acht", "08:00"),
        ("de", "um acht Uhr abends", "20:00"),
        ("de", "um einen Termin zu vereinbaren", None),
        ("de", "seit drei Tagen", None),
        ("fr", "à trois heures et demie", "15:30"),
        ("fr", "quatre heures moins le quart", "15:45"),
        ("fr", "à 15h30", "15:30"),
        ("fr", "à trois heures de l'après-midi", "15:00"),
        ("fr", "demain à midi", "12:00"),
        ("fr", "parler à une personne", None),
        ("es", "a las tres y media", "15:30"),
        ("es", "las cuatro menos cuarto", "15:45"),
        ("es", "a las tres y diez", "15:10"),
        ("es", "a la una", "13:00"),
        ("es", "a las diez de la mañana", "10:00"),
        ("it", "le tre e mezza", "15:30"),
        ("it", "alle quattro meno un quarto", "15:45"),
        ("it", "alle tre e dieci", "15:10"),
        ("it", "all'una", "13:00"),
        ("it", "domani alle dieci di mattina", "10:00"),
        ("zh", "下午三点半", "15:30"),
        ("zh", "三点一刻", "15:15"),
        ("zh", "差一刻四点", "15:45"),
        ("zh", "晚上八点", "20:00"),
        ("zh", "上午十点零五分", "10:05"),
        ("zh", "中午十二点", "12:00"),
        ("zh", "有一点问题", None),
    ],
)
def test_times_of_other_languages(code: str, text: str, value: str | None) -> None:
    """German counts the half hour to the next; in Chinese the part of the day comes first."""
    with speaking(code):
        found = times.find(text)

        assert (found[0].resolved("") if found else None) == value


def test_a_greeting_tells_no_time() -> None:
    """Whatever the hour it is said at."""
    text = "Good evening, could you wake me at five?"
    assert times.find(text)[0].resolved(f"wake up call {text}") == "05:00"
    assert times.find("Tomorrow evening at five")[0].resolved("") == "17:00"
