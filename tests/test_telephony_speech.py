"""A phone call as it is in the world: a voice in µ-law at the pace of speech, the sample team on `local`, an answer."""

from __future__ import annotations

import asyncio
import base64

import pytest

from orchestrator.local.speech.audio import Decoder, Encoder
from orchestrator.local.speech.speaking import hibari_speaker
from orchestrator.local.speech.transcription import Whisper, whisper
from orchestrator.local.speech.voices import VOICES
from tests.phone import Phone, dialled
from tests.test_official_client import serving

pytestmark = pytest.mark.speech
PCMU = "audio/pcmu"
FRAME = 160  # bytes: 20 ms
SILENCE = b"\xff"


async def speak(phone: Phone, sound: bytes) -> None:
    """Say something at the pace of speech, and then be silent until cancelled."""
    clock = asyncio.get_running_loop().time
    due, at = clock(), 0
    while True:
        await phone.speak(base64.b64encode(sound[at : at + FRAME].ljust(FRAME, SILENCE)).decode(), chunk=at // FRAME)
        due, at = due + 0.02, at + FRAME
        await asyncio.sleep(max(0.0, due - clock()))


async def until_heard(ears: Whisper, phone: Phone, word: str, since: int = 0) -> str:
    """Listen to what is said from a byte on until a word of it is understood; returns what was understood."""
    known = 0
    while True:
        await phone.until("mark", known + 1)
        known = len(phone.of("mark"))
        samples = Decoder(PCMU).decode(phone.heard[since:], last=True)
        text = await asyncio.to_thread(ears.recognize, samples)
        if word in text:
            return text


async def test_a_spoken_phone_call() -> None:
    """The caller is greeted, asks, is understood and is answered; nobody decodes anything on the way."""
    question = hibari_speaker().synthesize("What are your opening hours?", VOICES["shimmer"], 1.0)
    sound, ears = Encoder(PCMU).encode(question, last=True), whisper(None)
    with serving() as host:
        async with dialled(f"ws://{host}") as phone:
            greeting = await until_heard(ears, phone, "help")
            since = len(phone.heard)
            speaking = asyncio.ensure_future(speak(phone, sound))
            try:
                answer = await until_heard(ears, phone, "Saturday", since)
            finally:
                speaking.cancel()

    assert "How can I" in greeting
    assert "Monday" in answer
