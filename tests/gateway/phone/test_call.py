"""A phone call at the gateway, with a call behind it that the test drives."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from orchestrator.core.events import (
    CallerAsked,
    CallerLeft,
    CallerPressed,
    CallerSpoke,
    CallerTruncated,
    CallerTyped,
    Ending,
)
from orchestrator.gateway.phone import line, stream_socket
from tests.gateway.serving import Gateway, ScriptedCall, serve
from tests.patience import PATIENCE
from tests.phone import CALL, FRAME, STREAM, Phone, audio, dialled, ringing

PCMU = {"type": "audio/pcmu"}


@asynccontextmanager
async def calling(
    monkeypatch: pytest.MonkeyPatch, *, plays: str = "by hand", **said: Any
) -> AsyncIterator[tuple[Phone, ScriptedCall]]:
    """Serve, call by telephone, and have the call asked for the first words."""
    async with serve(monkeypatch, **said) as gateway, dialled(ws(gateway), plays=plays) as phone:
        call = await begun(gateway)
        yield phone, call


def ws(gateway: Gateway) -> str:
    """Return the address of the server for sockets."""
    return f"ws://127.0.0.1:{gateway.port}"


async def begun(gateway: Gateway) -> ScriptedCall:
    """Wait for the call, which is there when the stream has started, to be asked for the first words."""
    await asyncio.wait_for(gateway.news.wait(), PATIENCE)
    call = gateway.calls[-1]
    assert await call.next() == CallerAsked()
    return call


def say(call: ScriptedCall, item_id: str, ms: int, *, done: bool = True, number: int = 1) -> None:
    """Let an agent speak: a response of one item, in deltas of 100 ms."""
    item = {"id": item_id, "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    response = {"id": f"resp_{item_id}", "status": "in_progress", "output": []}
    call.caller.tell({"type": "response.created", "response": response})
    place = {"response_id": response["id"], "output_index": 0}
    call.caller.tell({"type": "response.output_item.added", **place, "item": item})
    for _ in range(ms // 100):
        call.caller.play(item_id, delta(item_id, bytes([number]) * 800))
    if done:
        ended = {"item_id": item_id, "content_index": 0}
        call.caller.tell({"type": "response.output_audio.done", **place, **ended})


def delta(item_id: str, sound: bytes) -> str:
    """Write a frame of an agent's audio."""
    told = {"response_id": f"resp_{item_id}", "item_id": item_id, "output_index": 0, "content_index": 0}
    event = {"type": "response.output_audio.delta", "event_id": "event_x", **told}
    return json.dumps({**event, "delta": base64.b64encode(sound).decode()})


# --- in ---


async def test_the_caller_is_heard_in_the_format_of_the_telephone(monkeypatch: pytest.MonkeyPatch) -> None:
    """P13: µ-law both ways is said before the call begins; audio goes through as it came, whatever its numbers."""
    async with calling(monkeypatch) as (phone, call):
        assert call.settings is not None
        sides = call.settings.session["audio"]
        assert (sides["input"]["format"], sides["output"]["format"]) == (PCMU, PCMU)

        for chunk in (7, 3, 3, -1):
            await phone.speak(chunk=chunk)
        for _ in range(4):
            spoken = await call.next()
            assert isinstance(spoken, CallerSpoke)
            assert json.loads(spoken.frame) == {"type": "input_audio_buffer.append", "audio": FRAME}
            assert spoken.ms == 20.0


async def test_nothing_that_twilio_sends_ends_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """What means nothing is ignored, and said in the log once."""
    with capture_logs() as logs:
        async with calling(monkeypatch) as (phone, call):
            for payload in ("A", "AAA", "????", "", None):
                await phone.send("media", media={"payload": payload})
            await phone.socket.send(b"\0\1")
            await phone.socket.send("[" * 5000)
            await phone.start(From="again")
            await phone.send("mark", mark={"name": "never sent"})
            await phone.send("news")
            await phone.speak()

            assert isinstance(await call.next(), CallerSpoke)

    ignored = [log for log in logs if log["event"] == "invalid phone message ignored"]
    assert [(log["reason"], log["call"]) for log in ignored] == [("audio is not base64", call.call_id)]


async def test_what_comes_before_the_start_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only `start` begins the call; it is logged with Twilio's name for it."""
    with capture_logs() as logs:
        async with serve(monkeypatch) as gateway, ringing(ws(gateway)) as phone:
            await phone.speak()
            await phone.press("1")
            await phone.start()
            call = await begun(gateway)
            await phone.hang_up()

            assert await call.next() == CallerLeft("hang-up")

    (line,) = [log for log in logs if log["event"] == "phone call"]
    assert (line["call"], line["call_sid"], line["stream_sid"]) == (call.call_id, CALL, STREAM)
    assert call.call_id.startswith("rtc_")


@pytest.mark.parametrize("how", ["late", "closed"])
async def test_a_stream_without_a_start_is_closed(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """And is no call."""
    monkeypatch.setattr(stream_socket, "START_SECONDS", 0.05 if how == "late" else 60.0)
    async with serve(monkeypatch) as gateway:
        async with ringing(ws(gateway)) as phone:
            if how == "closed":
                await phone.socket.close()
            await phone.closed()
        assert gateway.calls == []


@pytest.mark.parametrize("how", ["stop", "closed"])
async def test_hanging_up(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """`stop`, and a socket that is gone, are the same: the caller is not there any more."""
    async with calling(monkeypatch) as (phone, call):
        say(call, "item_1", 400)
        await phone.until("mark")
        await (phone.hang_up() if how == "stop" else phone.socket.close())

        assert await call.next() == CallerLeft("hang-up")
        assert await phone.closed() == 1000


async def test_a_stream_that_says_nothing_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twilio sends 50 messages a second: a line that is dead is not held."""
    async with calling(monkeypatch, idle=0.1) as (phone, call):
        assert await call.next() == CallerLeft("idle", Ending.IDLE)
        assert await phone.closed() == 1000


async def test_keys_are_told_to_the_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    """One message, and the agent is asked to answer it."""
    async with calling(monkeypatch) as (phone, call):
        await phone.press("48213#")
        typed = await call.next()

        assert isinstance(typed, CallerTyped)
        text = "The caller pressed 4 8 2 1 3 # on the keypad."
        assert typed.item["content"] == [{"type": "input_text", "text": text}]
        assert (typed.item["type"], typed.item["role"]) == ("message", "user")
        assert await call.next() == CallerAsked(patient=True)


# --- out ---


async def test_agents_are_heard_as_they_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    """P13: the bytes of a delta go out as they came; two marks a second, and one at the end of an item."""
    async with calling(monkeypatch) as (phone, call):
        say(call, "item_1", 700)
        await phone.until("mark", 2)

        assert [message["event"] for message in phone.messages] == [*["media"] * 5, "mark", *["media"] * 2, "mark"]
        assert b"".join(audio(message) for message in phone.of("media")) == bytes([1]) * 5600


async def test_audio_that_is_none_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that writes something else costs its audio, not the call."""
    async with calling(monkeypatch) as (phone, call):
        say(call, "item_1", 100, done=False)
        call.caller.play("item_1", '{"type":"response.output_audio.delta"}')
        call.caller.play("item_1", delta("item_1", b"").replace('""', '"no base64"'))
        call.caller.tell({"type": "response.done", "response": {"id": "resp_item_1", "output": []}})
        await phone.until("mark")

        assert len(phone.of("media")) == 1


async def test_p27_marks_before_the_clear_are_the_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    """P27: what is cleared was not heard, although its marks come back."""
    now = [100.0]
    monkeypatch.setattr(line, "now", lambda: now[0])
    async with calling(monkeypatch) as (phone, call):
        say(call, "item_1", 1000)
        say(call, "item_2", 1000)
        await phone.until("mark", 4)
        await phone.play(marks=2)
        await phone.speak()  # behind the marks, so that they are known when it is
        assert isinstance(await call.next(), CallerSpoke)
        now[0] += 0.3
        call.caller.stop_playback()
        await phone.until("clear")
        cut = await call.next()
        await phone.speak()  # behind the marks of what was cleared
        assert isinstance(await call.next(), CallerSpoke)
        say(call, "item_3", 400)
        await phone.until("mark", 5)
        now[0] += 0.2
        call.caller.stop_playback()
        again = await call.next()

    assert isinstance(cut, CallerTruncated)
    assert isinstance(again, CallerTruncated)
    assert (cut.item_id, cut.ms) == ("item_2", 300)
    assert (again.item_id, again.ms) == ("item_3", 200)


async def test_a_barge_in_clears_also_what_counts_as_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twilio may have audio whose marks are on their way."""
    async with calling(monkeypatch, plays="at once") as (phone, call):
        say(call, "item_1", 400)
        await phone.until("mark")
        await phone.speak()
        await call.next()
        call.caller.stop_playback()

        await phone.until("clear")
        assert call.events.empty()


# --- the end ---


async def test_the_last_words_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket is closed when the mark of the farewell is back, so that the TwiML behind it goes on then."""
    async with calling(monkeypatch) as (phone, call):
        say(call, "item_1", 5000, done=False)
        call.end(Ending.TOO_LONG, "too long")
        await phone.until("mark", 10)
        assert not phone.reading.done()
        await phone.play(marks=9)
        await phone.send("mark", mark={"name": "unknown"})
        await phone.play()

        assert await phone.closed() == 1000
        assert len(phone.heard) == 5000 * 8


async def test_last_words_without_marks_get_the_time_that_they_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """A telephone that returns no marks is not waited for."""
    monkeypatch.setattr(line, "SLACK_SECONDS", 0.0)
    async with calling(monkeypatch, plays="marks lost") as (phone, call):
        say(call, "item_1", 100, done=False)
        call.end(Ending.LEFT, "goodbye")

        assert await phone.closed() == 1000
        assert phone.of("mark")


async def test_hanging_up_during_the_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for what nobody hears."""
    async with calling(monkeypatch) as (phone, call):
        say(call, "item_1", 20_000)
        call.end(Ending.LEFT, "goodbye")
        await phone.until("mark", 40)
        await phone.hang_up()

        assert await phone.closed() == 1000


async def test_a_telephone_that_does_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen megabytes wait for it then."""
    monkeypatch.setattr("orchestrator.gateway.outbox.LIMIT", 5000)
    async with calling(monkeypatch) as (phone, call):
        say(call, "item_1", 1000)

        left = await call.next()
        assert isinstance(left, CallerLeft)
        assert left.ending is Ending.TOO_SLOW
        assert await phone.closed() == 1000


async def test_p70_a_key_stops_what_is_being_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """P70: each key, as long as something is heard; the number is told as ever."""
    async with calling(monkeypatch) as (phone, call):
        say(call, "item_1", 400)
        await phone.until("mark")
        await phone.press("1#")

        assert [await call.next() for _ in range(2)] == [CallerPressed(), CallerPressed()]
        assert isinstance(await call.next(), CallerTyped)


async def test_p70_a_key_pressed_into_silence_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """P70: all was heard, so there is nothing to stop."""
    async with calling(monkeypatch, plays="at once") as (phone, call):
        say(call, "item_1", 400)
        await phone.until("mark")
        await phone.speak()
        assert isinstance(await call.next(), CallerSpoke)
        await phone.press("1#")

        assert isinstance(await call.next(), CallerTyped)
