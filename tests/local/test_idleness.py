"""A caller who says nothing after an answer is asked whether they are there."""

from __future__ import annotations

import pytest

from orchestrator.local.idleness import Idleness
from tests.local.scene import Talk, silence, speech, talk


def detect(client: Talk, limit: int | None) -> None:
    detection = {"type": "server_vad", "silence_duration_ms": 200, "idle_timeout_ms": limit}
    client.send("session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": detection}}})


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each wait would have been; none takes any time."""
    begun: list[float] = []
    begin = Idleness.begin

    def at_once(self: Idleness, seconds: float) -> None:
        begun.append(seconds)
        if len(begun) < 3:
            begin(self, 0.0)

    monkeypatch.setattr(Idleness, "begin", at_once)
    return begun


async def test_silence_after_an_answer(waits: list[float]) -> None:
    """The clock starts at the end of the answer's audio; the silence becomes an item, and a response follows."""
    async with talk() as client:
        detect(client, 5000)
        client.say("Good morning to you.")
        client.send("response.create")
        await client.until("response.done")
        events = await client.until("response.done")

    kinds = [event["type"] for event in events]
    assert kinds[:2] == ["input_audio_buffer.timeout_triggered", "input_audio_buffer.committed"]
    assert kinds.index("conversation.item.done") < kinds.index("response.created")
    said = events[-1]["response"]["output"][0]["content"][0]["transcript"]
    assert said == "Are you still there?"
    assert waits[0] == pytest.approx(5.0 + len("Good morning to you.") * 0.05)


async def test_nothing_happens_unless_it_is_asked_for(waits: list[float]) -> None:
    """Without the limit nobody waits."""
    async with talk() as client:
        client.say("Hello.")
        client.send("response.create")
        await client.until("response.done")
        detect(client, None)
        await client.until("session.updated")

    assert waits == []


async def test_a_caller_who_speaks_is_not_asked() -> None:
    """Speech stops the clock; so does the next answer, until it is over."""
    async with talk() as client:
        detect(client, 5000)
        client.say("Hello.")
        client.send("response.create")
        await client.until("response.done")
        client.hear(speech(200), silence(300))
        await client.until("response.done")
        assert not [event for event in client.log if event["type"] == "input_audio_buffer.timeout_triggered"]
