"""A voice at the gateway: audio both ways, and the interruption."""

from __future__ import annotations

import base64
import json

import pytest
from structlog.testing import capture_logs

from orchestrator.core.events import CallerLeft, CallerSpoke, CallerTruncated, Ending
from tests.gateway.mahilo.clients import begin, client, play

BLOCK = base64.b64encode(bytes(2048)).decode()
SECOND = base64.b64encode(bytes(48_000)).decode()


async def test_blocks_go_on_as_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """PCM16 both ways is said before the call begins."""
    async with client(monkeypatch, voice=True) as (one, call):
        await one.speak()
        spoken = await call.next()
        assert isinstance(spoken, CallerSpoke)
        assert json.loads(spoken.frame) == {"type": "input_audio_buffer.append", "audio": BLOCK}
        assert spoken.ms == pytest.approx(2048 / 48)
        assert call.settings is not None
        sides = call.settings.session["audio"]
        assert sides["input"]["format"] == sides["output"]["format"] == {"type": "audio/pcm", "rate": 24_000}


async def test_nothing_that_a_client_sends_ends_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """mahilo's server ends on a frame without `event`; here it is logged, once."""
    with capture_logs() as logs:
        async with client(monkeypatch, voice=True) as (one, call):
            for frame in ("{}", "hello", b"\0", '{"event": "start"}', '{"event": "media", "media": {"payload": "?"}}'):
                await one.socket.send(frame)
            await one.speak()
            assert isinstance(await call.next(), CallerSpoke)

    ignored = [log["reason"] for log in logs if log["event"] == "invalid frame ignored"]
    assert ignored == ["incomplete frame (KeyError)"]


async def test_an_answer_is_sent_at_its_pace_and_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not sent is dropped, the client is told, and the item is cut to what was heard."""
    async with client(monkeypatch, voice=True) as (one, call):
        begin(call, "1")
        for _ in range(10):
            play(call, "1", SECOND)
        await one.event("media")
        call.caller.stop_playback()
        await one.event("clear")
        cut = await call.next()
        play(call, "1", BLOCK)
        await one.event("media", 2)

        assert isinstance(cut, CallerTruncated)
        assert cut.item_id == "item_1"
        assert cut.ms < 10_000
        assert len(one.heard()) < 480_000


async def test_what_was_heard_needs_no_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client prints events that it does not know, so it gets none for nothing."""
    async with client(monkeypatch, voice=True) as (one, call):
        call.caller.stop_playback()
        begin(call, "1")
        play(call, "1", BLOCK)
        await one.event("media")

        assert len(one.frames) == 1


async def test_the_last_words_go_before_the_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, at once: nobody interrupts any more."""
    async with client(monkeypatch, voice=True) as (one, call):
        begin(call, "1")
        for _ in range(5):
            play(call, "1", SECOND)
        call.end(Ending.FINISHED, "goodbye")

        assert await one.closed() == 1000
        assert len(one.heard()) == 240_000


async def test_audio_that_cannot_be_read_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an agent's service sends is not ours."""
    async with client(monkeypatch, voice=True) as (one, call):
        begin(call, "1")
        call.caller.play("item_1", '{"type":"response.output_audio.delta"}')
        play(call, "1", BLOCK)
        await one.event("media")

        assert len(one.heard()) == 2048


async def test_a_microphone_that_is_gone_ends_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client sends blocks all the time; none for too long means that nobody is there."""
    async with client(monkeypatch, voice=True, idle=0.05) as (one, call):
        assert await call.next() == CallerLeft("idle", Ending.IDLE)
        assert await one.closed() == 4408
