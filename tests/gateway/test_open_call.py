"""One open call as its transports see it: frames in, events for the running call out."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import structlog

from orchestrator.core.events import (
    CallerCommitted,
    CallerConfigured,
    CallerLeft,
    CallerSettings,
    CallerSpoke,
    Ending,
    Event,
)
from orchestrator.errors import CallerError
from orchestrator.gateway import calls as calls_module
from orchestrator.gateway.caller import Transport
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.open_call import OpenCall, without_formats
from orchestrator.gateway.outbox import Close, Outbox
from orchestrator.settings import Settings
from tests.gateway.serving import ScriptedCall, helpdesk, serving_only
from tests.patience import PATIENCE

PCMU = {"type": "audio/pcmu"}
TENTH = base64.b64encode(bytes(4800)).decode()  # 100 ms of PCM16 at 24 kHz


class Ear(Transport):
    """A transport that remembers what it is told."""

    def __init__(self) -> None:
        self.stops = 0
        self.ends: list[tuple[int, str]] = []

    def stop(self) -> None:
        self.stops += 1

    def end(self, code: int, reason: str) -> None:
        self.ends.append((code, reason))


@contextmanager
def opened(
    monkeypatch: pytest.MonkeyPatch, media: Mapping[str, Any] | None = None, **settings: Any
) -> Iterator[OpenCall]:
    """Open a call that the test runs."""
    monkeypatch.setattr(calls_module, "RunningCall", ScriptedCall)
    calls = Calls(teams=serving_only(helpdesk()), settings=Settings(**settings))
    with calls.open("rtc_", media=media) as call:
        yield call


def caused(call: OpenCall) -> list[Event]:
    """Take the events that the running call was fed."""
    assert isinstance(call.running, ScriptedCall)
    queue = call.running.events
    return [queue.get_nowait() for _ in range(queue.qsize())]


def frames(outbox: Outbox) -> list[dict[str, Any]]:
    """Return what an outbox holds."""
    return [json.loads(frame) for frame in outbox._frames]


def outbox() -> Outbox:
    return Outbox(on_full=lambda: None)


def test_audio_is_passed_on_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its duration; the same fields in another order are written anew."""
    frame = f'{{"type":"input_audio_buffer.append","audio":"{TENTH}"}}'
    with opened(monkeypatch) as call:
        call.received(frame)
        call.received(json.dumps({"audio": TENTH, "type": "input_audio_buffer.append"}))
        call.spoke(TENTH, 100.0)

        assert caused(call) == [CallerSpoke(frame, 100.0)] * 3


def test_every_reader_is_told_from_when_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """`session.created` first; one that left is told nothing more."""
    first, second = outbox(), outbox()
    with opened(monkeypatch) as call:
        call.caller.listen(first, frozenset())
        call.received("{")
        call.caller.listen(second, frozenset())
        call.caller.ignore(first)
        call.received("[]")

    assert [event["type"] for event in frames(first)] == ["session.created", "error"]
    assert [event["type"] for event in frames(second)] == ["session.created", "error"]


def test_what_a_caller_may_send_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each wrong frame is one error, and the next right one is heard."""
    told = outbox()
    with opened(monkeypatch) as call:
        call.caller.listen(told, frozenset())
        for frame in (None, "", "[" * 50_000, '{"type":7}', '{"type":"session.update","session":{"type":"x"}}'):
            call.received(frame)
        call.received('{"type":"input_audio_buffer.commit"}')

        assert caused(call) == [CallerCommitted()]
    assert [event["type"] for event in frames(told)] == ["session.created", *["error"] * 5]


def test_a_frame_that_is_too_long_ends_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 1009; it is not parsed."""
    with opened(monkeypatch, max_frame=65_536) as call:
        call.received("x" * 65_537)

        (left,) = caused(call)
    assert isinstance(left, CallerLeft)
    assert left.ending is Ending.TOO_BIG


def test_p13_audio_beside_the_events_keeps_its_format(monkeypatch: pytest.MonkeyPatch) -> None:
    """P13: the telephone's format is in force whatever a session object says; the rest of that object is."""
    wanted = {"type": "audio/pcm", "rate": 24000}
    audio = {"input": {"format": wanted, "turn_detection": None}, "output": {"format": wanted}}
    with opened(monkeypatch, media=PCMU) as call:
        call.configure({"audio": audio})
        call.received(json.dumps({"type": "session.update", "session": {"type": "realtime", "audio": audio}}))
        (configured,) = caused(call)

    assert isinstance(configured, CallerConfigured)
    heard = configured.settings.session["audio"]
    assert (heard["input"], heard["output"]) == ({"format": PCMU, "turn_detection": None}, {"format": PCMU})


@pytest.mark.parametrize("session", [None, 7, {}, {"audio": 7}, {"audio": {"input": 7}}])
def test_what_is_no_session_object_is_left_to_the_check(session: Any) -> None:
    """It is refused there, with the path of what is wrong."""
    assert without_formats(session) == session


def test_a_wrong_session_object_is_refused_before_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """And changes nothing."""
    with opened(monkeypatch) as call:
        with pytest.raises(CallerError):
            call.configure({"instructions": 7})

        assert call.view.settings().instructions == ""


def test_clearing_the_output_is_for_those_whose_audio_is_played_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A WebSocket client plays by itself, and is told that there is no such event."""
    for media, stops in ((PCMU, 1), (None, 0)):
        ear = Ear()
        with opened(monkeypatch, media=media) as call:
            call.caller.connected(ear)
            call.received('{"type":"output_audio_buffer.clear"}')
        assert ear.stops == stops


async def test_the_end_of_the_call_is_told_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the transport and to every reader, also to one that comes later."""
    ear, told, late = Ear(), outbox(), outbox()
    with opened(monkeypatch) as call:
        call.caller.listen(told, frozenset())
        assert isinstance(call.running, ScriptedCall)
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            group.create_task(call.run(ear), name="call")
            await asyncio.sleep(0)
            call.running.end(Ending.TOO_LONG, "too long")
        call.caller.listen(late, frozenset())

    assert ear.ends == [(4410, "too long")]
    assert told.close == late.close == Close(4410, "too long")
    assert frames(told)[-1]["error"]["code"] == "session_expired"
    assert [event["type"] for event in frames(late)] == ["session.created"]


def test_the_server_hangs_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The running call is told, and ends as it does when the caller leaves."""
    with opened(monkeypatch) as call:
        call.hang_up(Ending.LEFT, "hung up")

        assert caused(call) == [CallerLeft("hung up", Ending.LEFT)]


async def test_a_bug_in_the_call_tells_nothing_of_the_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """1011, and a plain reason."""
    ear = Ear()

    async def fail(call: ScriptedCall, settings: CallerSettings, variables: Mapping[str, Any]) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(ScriptedCall, "run", fail)
    with opened(monkeypatch) as call:
        await call.run(ear)

    assert ear.ends == [(1011, "internal error")]


async def test_a_caller_that_is_too_slow_ends_its_call_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not within the event whose effects filled its queue: the core takes one event at a time."""
    with opened(monkeypatch) as call:
        call.too_slow()
        assert caused(call) == []
        assert isinstance(call.running, ScriptedCall)
        left = await call.running.next()

    assert isinstance(left, CallerLeft)
    assert left.ending is Ending.TOO_SLOW


FLAT = {"modalities": ["audio"], "voice": "alloy", "input_audio_format": "pcm16", "temperature": 0.8}
MCP = {"type": "mcp", "server_label": "deepwiki", "server_url": "https://mcp.example/sse"}
OWN = {"type": "function", "name": "lookup"}


def update(**session: Any) -> str:
    return json.dumps({"type": "session.update", "session": {"type": "realtime", **session}})


def test_p73_a_beta_client_is_told_once_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """P73: one error for all its keys, and the call ends with 4000; a sideband socket only leaves."""
    told, left = outbox(), []
    with opened(monkeypatch) as call:
        call.caller.listen(told, frozenset())
        call.received(json.dumps({"type": "session.update", "session": FLAT}), lambda: left.append(True))
        assert (left, caused(call)) == ([True], [])
        call.received(json.dumps({"type": "session.update", "session": FLAT}))
        (end,) = caused(call)

    assert isinstance(end, CallerLeft)
    assert (end.ending, told.close) == (Ending.BETA, Close(4000, end.reason))
    assert [event["type"] for event in frames(told)] == ["session.created", "error", "error"]


def test_p73_an_mcp_server_costs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """P73: format, transcription and own tools are in force; each server is reported once, also to late readers."""
    told, late = outbox(), outbox()
    session = {"tools": [MCP, OWN], "audio": {"input": {"format": PCMU, "transcription": {"model": "m"}}}}
    with opened(monkeypatch) as call, structlog.testing.capture_logs() as logs:
        call.caller.listen(told, frozenset())
        call.received(update(**session))
        call.received(update(**session))
        call.received(update(instructions="Be brief."))
        call.caller.listen(late, frozenset())
        settings = call.view.settings()
        (item_id,) = call.view.mcp_servers.values()
        call.received(json.dumps({"type": "conversation.item.retrieve", "item_id": item_id}))
        assert frames(late)[-1]["item"] == {
            "id": item_id, "type": "mcp_list_tools", "server_label": "deepwiki", "tools": [],
        }  # fmt: skip

    failed = ["mcp_list_tools.in_progress", "mcp_list_tools.failed"]
    kinds = ["session.created", "session.updated", *failed, "session.updated", "session.updated"]
    assert [event["type"] for event in frames(told)] == [*kinds, "conversation.item.retrieved"]
    assert [event["type"] for event in frames(late)] == ["session.created", *failed, "conversation.item.retrieved"]
    assert settings.tools == (OWN,)
    assert settings.session["audio"]["input"] == {"format": PCMU, "transcription": {"model": "m"}}
    assert [line["fields"] for line in logs if line["event"] == "fields not taken"] == [["session.tools"]]


def test_p73_what_is_not_taken_is_logged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """P73: voice, speed and model of a client, for its session or for one response; what is in force anyway is not."""
    with opened(monkeypatch) as call, structlog.testing.capture_logs() as logs:
        for _ in range(2):
            call.received(update(model="gpt-realtime", audio={"output": {"voice": "ash", "speed": 1.0}}, tracing=None))
        response = {"audio": {"output": {"voice": "ash"}}, "instructions": "Sing.", "metadata": {"a": "b"}}
        call.received(json.dumps({"type": "response.create", "response": response}))
        call.received(update(instructions="Be brief.", output_modalities=["text"], max_output_tokens=5))

    assert [line["fields"] for line in logs if line["event"] == "fields not taken"] == [
        ["session.audio.output.voice", "session.model"],
        ["response.audio.output.voice"],
    ]


def test_p73_a_session_object_that_is_refused_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    """P73: once for each code: the operator hears of a client that goes on without its audio format."""
    with opened(monkeypatch) as call, structlog.testing.capture_logs() as logs:
        for session in ({"temperature": 0.8}, {"temperature": 0.8}, {"frequency": 1}, {"output_modalities": ["video"]}):
            call.received(update(**session))
        call.received(json.dumps({"type": "response.create", "response": {"temperature": 0.8}}))

    reasons = [line["reason"] for line in logs if line["event"] == "session update refused"]
    assert [reason.split("'")[1] for reason in reasons] == ["session.temperature", "session.output_modalities"]
