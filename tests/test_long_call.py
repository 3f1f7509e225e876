"""An hour on the telephone, in simulated time: sessions grow old, a provider fails, the caller notices nothing."""

from __future__ import annotations

import array
import asyncio
import base64

from orchestrator.testing import Prompt, Reply, say
from orchestrator.trials.simulated_time import SimulatedLoop
from tests.calls import CallerClient, Desk, desk

TEAM = """
team: helpdesk
providers:
  service: {{url: "{url}"}}
  second: {{url: "{url}", api_key: right}}
agents:
  front:
    model: service/front
    fallback: [second/spare]
    instructions: Listen.
    handoffs: [billing]
  billing: {{model: service/billing, instructions: Explain., handoffs: [front]}}
"""
SESSION_SECONDS = 1500.0  # that the service lets a session live
HOUR, FAILURE = 3600, 3000  # seconds of the call; when the provider fails
EVERY, WORDS = 30, 8  # seconds between two sentences; their words
FRAME_MS = 200  # of the microphone: as long as a word
LONG_MS = 1000  # of it, between two sentences
QUIET_MS = 800  # after a sentence, so that turn detection ends the turn
LOUD = 1000  # the amplitude that stands for the first word of the first sentence


def sentence(number: int) -> list[bytes]:
    """Return a sentence, a frame for each word: each is a loudness of its own."""
    words = [LOUD + number * WORDS + word for word in range(WORDS)]
    return [array.array("h", [word] * 24 * FRAME_MS).tobytes() for word in words]


def ears(pcm: bytes) -> str:
    """Tell the words of what was heard."""
    samples = array.array("h", pcm)
    return " ".join(str(word - LOUD) for word in sorted(set(samples)) if word >= LOUD)


def brain(prompt: Prompt) -> Reply:
    """Answer with what was heard last."""
    return Reply((say(f"You said {prompt.words}.", ms=1500),))


async def pause(caller: CallerClient, ms: int, frame_ms: int = FRAME_MS) -> None:
    """Let the caller be silent for a while, as a microphone is."""
    frame = base64.b64encode(bytes(48 * frame_ms)).decode()
    for _ in range(ms // frame_ms):
        await caller.send("input_audio_buffer.append", audio=frame)
        await asyncio.sleep(frame_ms / 1000)


async def hour(told: list[float]) -> Desk:
    """Hold the call; `told` gets the seconds from each sentence's end to the first audio of its answer."""
    loop = asyncio.get_running_loop()
    async with desk(TEAM) as desk_:
        desk_.service.script.ears, desk_.service.script.brain = ears, brain
        desk_.service.faults.lasts = SESSION_SECONDS
        async with desk_.caller() as caller:
            await caller.until("team.call.started")
            for number in range(HOUR // EVERY):
                begun = loop.time()
                if number == FAILURE // EVERY:
                    await fail(desk_)
                for frame in sentence(number):
                    await caller.send("input_audio_buffer.append", audio=base64.b64encode(frame).decode())
                    await asyncio.sleep(FRAME_MS / 1000)
                ended, heard = loop.time(), len(caller.of("response.output_audio.delta"))
                await pause(caller, QUIET_MS)
                await caller.until("response.output_audio.delta", heard + 1)
                told.append(loop.time() - ended)
                await pause(caller, int((begun + EVERY - loop.time()) * 1000), LONG_MS)
            check(caller, desk_)
    return desk_


async def fail(desk_: Desk) -> None:
    """Let the first provider fail for good: the caller's session drops and its key is taken no more."""
    desk_.service.faults.key = "right"
    for session in desk_.service.sessions:
        if session.model == "front":
            session.drop()


def check(caller: CallerClient, desk_: Desk) -> None:
    """Check what the caller's application and the services have seen."""
    sentences = HOUR // EVERY
    said = [" ".join(str(number * WORDS + word) for word in range(WORDS)) for number in range(sentences)]
    heard = [event["transcript"] for event in caller.of("conversation.item.input_audio_transcription.completed")]
    answers = [event["transcript"] for event in caller.of("response.output_audio_transcript.done")]
    assert heard == said, "a word was lost, or heard twice"
    assert answers == [f"You said {words}." for words in said]
    ours = [event for event in caller.events if event["type"].startswith("team.") and event["agent"] == "front"]
    names = [event["type"].removeprefix("team.") for event in ours if event["type"] != "team.response.started"]
    lost = ["session.lost"] * 2  # it drops, and is not let in again
    renewed = ["session.renewed"] * 2
    assert names == ["call.started", *renewed, *lost, "session.fallback", "session.restored"]
    ids = [event["item"]["id"] for event in caller.of("conversation.item.done")]
    before = [event["previous_item_id"] for event in caller.of("conversation.item.done")]
    assert before == [None, *ids[:-1]], "the caller's history is one line"
    last = next(session for session in reversed(desk_.service.sessions) if session.model == "spare")
    words = " ".join(str(part) for entry in last.session.conversation.entries() for part in entry.item["content"])
    assert all(f"You said {each}." in words for each in said), "its agent knows the call"


def test_p31_an_hour_crosses_renewals_and_a_failure_and_nothing_is_lost() -> None:
    """P31: no gap longer than a response, no word lost, history intact."""
    told: list[float] = []
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        runner.run(hour(told))

    assert len(told) == HOUR // EVERY
    assert max(told) < 1.5, "seconds until an answer: as long as a response at the most"
