"""Which language to speak."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.choosing_language import language_of, transcribed_in


@pytest.mark.parametrize(
    ("instructions", "transcribed", "code"),
    [
        ("You are the desk.", "", "en"),
        ("You are the desk.\n\nSpeak German unless the caller asks for another language.", "", "de"),
        ("You are the desk.\n\nSpeak de-AT unless the caller asks for another language.\n\n# More", "en", "de"),
        ("Du bist der Empfang.\n\nWrite Deutsch.", "", "de"),
        ("You are the desk.", "de", "de"),
        ("Speak Klingon unless the caller asks for another language.", "de", "de"),
        ("Speak Klingon unless the caller asks for another language.", "", "en"),
    ],
)
def test_the_teams_language_is_spoken(instructions: str, transcribed: str, code: str) -> None:
    """What the team says comes first, then the transcription; a language that is not known is English."""
    assert language_of(instructions, transcribed) == code


def test_transcription_may_be_off() -> None:
    """A session without it names no language."""
    assert transcribed_in({"audio": {"input": {"transcription": None}}}) == ""
    assert transcribed_in({"audio": {"input": {"transcription": {"language": "de"}}}}) == "de"
