"""A phone call as it is in the world: a voice in µ-law at the pace of speech, the sample team on `local`, an answer."""

from __future__ import annotations

import asyncio
import base64

import pytest

from orchestrator.local.speech.audio import Decoder, Encoder
from orchestrator.local.speech.speaking import hibari_speaker
from orchestrator.local.speech.transcription import whisper
from orchestrator.local.speech.voices import VOICES
from tests.phone import Phone, dialled
from tests.test_official_client import PATIENCE, serving

pytestmark = pytest.mark.speech
PCMU = "audio/pcmu"
FRAME = 160  # bytes: 20 ms
SILENCE = b"\xff"


async def speak(phone: Phone, text: str) -> None:
    """Say something with a voice, at the pace of speech, and then be silent until cancelled."""
    sound = Encoder(PCMU).encode(hibari_speaker().synthesize(text, VOICES["shimmer"], 1.0), last=True)
    clock = asyncio.get_running_loop().time
    due, at = clock(), 0
    while True:
        await phone.speak(base64.b64encode(sound[at : at + FRAME].ljust(FRAME, SILENCE)).decode(), chunk=at // FRAME)
        due, at = due + 0.02, at + FRAME
        await asyncio.sleep(max(0.0, due - clock()))


async def until_heard(phone: Phone, word: str, since: int = 0) -> str:
    """Listen to what is said from a byte on until a word of it is understood; returns what was understood."""
    known = 0
    async with asyncio.timeout(PATIENCE):
        while True:
            await phone.until("mark", known + 1)
            known = len(phone.of("mark"))
            samples = Decoder(PCMU).decode(phone.heard[since:], last=True)
            text = await asyncio.to_thread(whisper(None).recognize, samples)
            if word in text:
                return text


async def test_a_spoken_phone_call() -> None:
    """The caller is greeted, asks, is understood and is answered; nobody decodes anything on the way."""
    async with serving() as host, dialled(f"ws://{host}") as phone:
        greeting = await until_heard(phone, "help")
        since = len(phone.heard)
        speaking = asyncio.ensure_future(speak(phone, "What are your opening hours?"))
        try:
            answer = await until_heard(phone, "Saturday", since)
        finally:
            speaking.cancel()

    assert "How can I" in greeting
    assert "Monday" in answer
