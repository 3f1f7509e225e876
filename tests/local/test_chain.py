"""The whole chain with the real models: a voice calls, and what is said comes back to its ears."""

from __future__ import annotations

import asyncio
import base64
import json

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from orchestrator.local import LocalProvider
from orchestrator.local.speech.speaking import hibari_speaker
from orchestrator.local.speech.transcription import whisper
from orchestrator.local.speech.turns import Change
from orchestrator.local.speech.voices import VOICES
from orchestrator.protocol.audio import PCM_RATE
from tests.evaluation import voices
from tests.evaluation.spoken import FRAME, Pace
from tests.local.scene import Script, Talk, echo, silence, word_for_word

pytestmark = pytest.mark.speech


async def call() -> Talk:
    """Open a session with the real speech models and a brain that repeats."""
    session = await LocalProvider(None, brain=Script(echo)).open("router")
    client = Talk(session)
    await client.until("session.created")
    return client


@pytest.mark.parametrize("format_type", ["audio/pcm", "audio/pcmu", "audio/pcma"])
async def test_a_spoken_turn(format_type: str) -> None:
    """A voice says a sentence; it is heard as one turn and spoken back, in every format of the wire."""
    from orchestrator.local.speech.audio import Encoder

    client = await call()
    form = {"type": format_type}
    await client.update(
        audio={"input": {"format": form, "transcription": {"model": "any"}}, "output": {"format": form}}
    )
    said = hibari_speaker().synthesize("Could I speak to somebody in technical support?", VOICES["ash"], 1.0)
    quiet = np.zeros(PCM_RATE, np.int16)
    data = Encoder(format_type).encode(np.concatenate((quiet, said, quiet)))
    for at in range(0, len(data), 960):
        client.hear(base64.b64encode(data[at : at + 960]).decode())
    events = await client.until("response.done")
    completed = next(event for event in events if event["type"].endswith("transcription.completed"))
    assert completed["transcript"] == "Could I speak to somebody in technical support?"
    assert [event["type"] for event in events].count("input_audio_buffer.speech_started") == 1
    audio = b"".join(
        base64.b64decode(event["delta"]) for event in events if event["type"] == "response.output_audio.delta"
    )
    assert _heard(audio, format_type) == completed["transcript"]
    await client.session.close()


@pytest.mark.parametrize(
    ("first", "pause_ms", "second"),
    [
        ("One more thing,", 700, "when do you open tomorrow?"),
        ("My order number is,", 700, "four eight two one three."),
        ("I would like to,", 600, "cancel my appointment."),
    ],
)
async def test_nobody_is_cut_off(first: str, pause_ms: int, second: str) -> None:
    """Whoever pauses in the middle of a sentence is waited for."""
    client, pace = await call(), Pace()
    quiet = [np.zeros(PCM_RATE // 1000 * ms, np.int16) for ms in (300, pause_ms, 900)]
    said = [voices.say(text, "man") for text in (first, second)]
    audio = np.concatenate((quiet[0], said[0], quiet[1], said[1], quiet[2]))
    changes: list[Change] = []

    async def send(samples: NDArray[np.int16]) -> None:
        client.hear(base64.b64encode(samples.tobytes()).decode())

    with pace.kept():
        for at in range(0, len(audio), FRAME):
            changes += await pace.after(send(audio[at : at + FRAME]))
    assert changes == [Change.STARTED, Change.STOPPED]
    await client.session.close()


async def test_noise_is_no_turn() -> None:
    """Silence and steady noise start nothing."""
    client = await call()
    noise = (np.random.default_rng(0).standard_normal(3 * PCM_RATE) * 500).astype("<i2")
    client.hear(silence(1000), base64.b64encode(noise.tobytes()).decode())
    client.send("input_audio_buffer.clear")
    assert [event["type"] for event in await client.until("input_audio_buffer.cleared")] == [
        "input_audio_buffer.cleared"
    ]
    await client.session.close()


async def test_speech_interrupts_speech() -> None:
    """A caller who speaks while a long reply is made cancels it."""
    client = await call()
    said = hibari_speaker().synthesize("No, wait, let me look for the invoice.", VOICES["verse"], 1.0)
    client.send("response.create", response=word_for_word("This is a long story. " * 60))
    await client.until("response.output_audio.delta")
    client.hear(base64.b64encode(said.tobytes()).decode())
    response = (await client.last("response.done"))["response"]
    assert response["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    await client.session.close()


async def test_eight_at_once() -> None:
    """Eight sessions share the workers; each gets its own answer."""
    clients = await asyncio.gather(*(call() for _ in range(8)))
    for at, client in enumerate(clients):
        client.session.send(json.dumps({"type": "response.create", "response": word_for_word(f"Caller {at}.")}))
    done = await asyncio.gather(*(client.last("response.done") for client in clients))
    said = [event["response"]["output"][0]["content"][0]["transcript"] for event in done]
    assert said == [f"Caller {at}." for at in range(8)]
    for client in clients:
        await client.session.close()


def _heard(data: bytes, format_type: str) -> str:
    from orchestrator.local.speech.audio import Decoder

    return whisper(None).recognize(np.ascontiguousarray(Decoder(format_type).decode(data, last=True)))


def test_resampling_back_is_faithful() -> None:
    """The transcriber's 16 kHz keeps a voice that the speaker made at 24 kHz."""
    said = hibari_speaker().synthesize("Transfer me to billing, please.", VOICES["marin"], 1.0)
    heard = whisper(None).recognize(soxr.resample(said, PCM_RATE, 16000).astype(np.int16))
    assert heard == "Transfer me to billing, please."
