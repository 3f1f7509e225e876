"""Nonsense from a service, into a whole call: real codec, core, runner and projection, without a socket.

The sessions of the agents say what a service says, in its order, with fields missing, of another type, huge or deep,
events left out, said twice or cut, and frames that are none. The call goes on, what the caller is told is what strict
clients take, and the log hears of each kind of nonsense once. `FUZZ_SEED=2 FUZZ_CALLS=500 pytest
tests/test_service_fuzz.py` rolls other dice, for longer; a failure says its seed.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import structlog

from orchestrator.core.events import (
    CallerAnswered,
    CallerAsked,
    CallerInterrupted,
    CallerLeft,
    CallerSettings,
    CallerTyped,
)
from orchestrator.core.events import (
    Event as CoreEvent,
)
from orchestrator.core.memory.shared import FIRST
from orchestrator.core.state import Phase
from orchestrator.gateway.caller import RealtimeCaller
from orchestrator.gateway.desk.board import Board
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.session import SessionView
from orchestrator.people.desk import Desk
from orchestrator.providers.choosing import Choice
from orchestrator.runner import Party, RunningCall
from orchestrator.runner.backends import Backends
from orchestrator.tools import FunctionTool
from tests.core.scene import team
from tests.odd import VALUES, Event, places, replaced
from tests.patience import PATIENCE
from tests.runner.fakes import Provider, QuietSession
from tests.wire import read, validate

SEED, CALLS = (int(os.environ.get(name, usual)) for name, usual in (("FUZZ_SEED", "1"), ("FUZZ_CALLS", "12")))
ROUNDS = 40  # of a call: each is a turn of the caller, or a response
ODD = [*VALUES, 10**400, -(10**400), float("nan"), float("inf"), [1], "0", "‮", "\ud83d\ud83d"]
STRANGE = ["item", "item_id", "response", "part", "error", "usage", "surprise", "previous_item_id"]
NO_EVENTS = [
    "",
    "{",
    "[]",
    "null",
    "NaN",
    '{"type":7}',
    '{"type":"x"' + "[" * 990,
    "9" * 5000,
    "\0",
    '{"type":"\\ud800"}',
]
TEAM = team("""
team: t
variables: {known: null}
agents:
  front: {instructions: Hi, warm: all, handoffs: [back], consult: [planner]}
  back: {instructions: Hi, handoffs: [front]}
  planner: {kind: text, instructions: Hi}
""")
TOOL: Event = {"type": "function", "name": "show_map"}
AUDIO = "AAAA" * 64


class Service:
    """What one session says, in legal order; `events` goes on for ever."""

    def __init__(self, dice: random.Random, number: int) -> None:
        self.dice, self.number, self.count = dice, number, 0

    def id(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_{self.number}_{self.count}"

    def turn(self) -> Iterator[Event]:
        """A turn of the caller."""
        item_id = self.id("item")
        heard = {"item_id": item_id, "content_index": 0}
        content = [{"type": "input_audio", "transcript": None}]
        item = {"id": item_id, "object": "realtime.item", "type": "message", "role": "user", "content": content}
        yield {"type": "input_audio_buffer.speech_started", "item_id": item_id, "audio_start_ms": 10}
        yield {"type": "input_audio_buffer.speech_stopped", "item_id": item_id, "audio_end_ms": 20}
        yield {"type": "input_audio_buffer.committed", "item_id": item_id, "previous_item_id": None}
        for step in ("added", "done"):
            yield {"type": f"conversation.item.{step}", "item": item, "previous_item_id": None}
        heard_as = "conversation.item.input_audio_transcription"
        yield {"type": f"{heard_as}.delta", **heard, "delta": "Hello"}
        if self.dice.random() < 0.2:
            yield {"type": f"{heard_as}.failed", **heard, "error": {"type": "a", "code": "b", "message": "c"}}
        else:
            yield {"type": f"{heard_as}.completed", **heard, "transcript": "Hello", "usage": {"type": "duration"}}

    def response(self) -> Iterator[Event]:
        """A response: some words, perhaps a function call."""
        response_id, output = self.id("resp"), list[Event]()
        response: Event = {"id": response_id, "object": "realtime.response", "status": "in_progress", "output": []}
        response |= {"conversation_id": self.dice.choice(["conv", "conv", "conv", None]), "metadata": {"a": "b"}}
        yield {"type": "response.created", "response": response}
        for index in range(self.dice.randint(1, 2)):
            item = self.call() if self.dice.random() < 0.4 else self.message()
            at = {"response_id": response_id, "output_index": index}
            yield {"type": "response.output_item.added", **at, "item": {**item, "status": "in_progress"}}
            yield {"type": "conversation.item.added", "item": {**item, "status": "in_progress"}}
            yield from self.parts(item, {**at, "item_id": item["id"]})
            yield {"type": "conversation.item.done", "item": item}
            yield {"type": "response.output_item.done", **at, "item": item}
            output.append(item)
        error = {"type": "server_error", "code": "server_error", "message": "no"}
        ends: Event = {"completed": None, "cancelled": {"type": "cancelled", "reason": "turn_detected"}}
        ends |= {"failed": {"type": "failed", "error": error}}
        status = self.dice.choice(["completed", "completed", "completed", "cancelled", "failed"])
        tokens = {"text_tokens": 1, "audio_tokens": 1, "cached_tokens": 1, "cached_tokens_details": {"text_tokens": 1}}
        counted = {"total_tokens": 2, "input_tokens": 1, "output_tokens": 1, "input_token_details": tokens}
        ended = {"status": status, "status_details": ends[status], "output": output, "usage": counted}
        yield {"type": "response.done", "response": {**response, **ended}}
        yield {"type": "rate_limits.updated", "rate_limits": [{"name": "tokens", "limit": 1, "remaining": 1}]}

    def message(self) -> Event:
        content = [{"type": "output_audio", "transcript": "Hello"}]
        said: Event = {"type": "message", "role": "assistant", "status": "completed", "content": content}
        return {"id": self.id("item"), "object": "realtime.item", **said}

    def call(self) -> Event:
        name = self.dice.choice(["find_order", "transfer_to_back", "transfer_to_front", "ask_planner", "show_map", "x"])
        called = {
            "name": name,
            "call_id": self.dice.choice(["call_0", self.id("call")]),
            "arguments": '{"question":"?"}',
        }
        return {
            "id": self.id("item"),
            "object": "realtime.item",
            "type": "function_call",
            "status": "completed",
            **called,
        }

    def parts(self, item: Event, at: Event) -> Iterator[Event]:
        if item["type"] == "function_call":
            called = {**at, "call_id": item["call_id"]}
            yield {"type": "response.function_call_arguments.delta", **called, "delta": "{}"}
            yield {"type": "response.function_call_arguments.done", **called, "name": item["name"], "arguments": "{}"}
            return
        at = {"event_id": "event_1", **at, "content_index": 0}
        part = {"type": "audio", "transcript": ""}
        yield {"type": "response.content_part.added", **at, "part": part}
        for kind, delta in (("audio_transcript", "Hel"), ("audio", AUDIO), ("audio_transcript", "lo"), ("text", "!")):
            yield {"type": f"response.output_{kind}.delta", **at, "delta": delta}
        yield {"type": "response.output_audio.done", **at}
        yield {"type": "response.output_audio_transcript.done", **at, "transcript": "Hello"}
        yield {"type": "response.content_part.done", **at, "part": {**part, "transcript": "Hello"}}

    def frames(self) -> Iterator[str]:
        """A turn or a response as it is sent: with nonsense in it."""
        error = {"type": "invalid_request_error", "code": "invalid_value", "message": "no", "param": "response.x"}
        said = self.dice.choice([self.turn(), self.response(), self.response(), [{"type": "error", "error": error}]])
        for event in said:
            chance = self.dice.random()
            if chance < 0.03:
                continue
            yield frame(broken(self.dice, event) if chance < 0.35 else event)
            if chance > 0.97:
                yield frame(event)
            if chance > 0.95:
                yield self.dice.choice([*NO_EVENTS, frame(event)[: self.dice.randrange(20)]])


def frame(event: Event) -> str:
    return json.dumps(event, separators=(",", ":"))


def broken(dice: random.Random, event: Event) -> Event:
    """Return an event with odd values at one to three places, or with keys that are strange to it."""
    for _ in range(dice.randint(1, 3)):
        known = list(places(event))
        if dice.random() < 0.2:
            name = dice.choice(
                ["item", "item_id", "response", "part", "error", "usage", "surprise", "previous_item_id"]
            )
            event = {**event, name: dice.choice(ODD[1:])}
        elif known:
            event = replaced(event, dice.choice(known), dice.choice(ODD))
    return event


def deed(dice: random.Random, number: int) -> CoreEvent:
    """What the caller does."""
    text = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]}
    output = {"id": f"out_{number}", "type": "function_call_output", "call_id": "call_0", "output": "shown"}
    deeds: list[CoreEvent] = [
        CallerTyped({"id": f"mine_{number}", **text}),
        CallerAsked(),
        CallerAsked({"conversation": "none"}),
    ]
    return dice.choice([*deeds, CallerInterrupted(), CallerAnswered(output)])


async def find_order(number: str = "1") -> str:
    """Find an order."""
    return "found"


class Fuzzed:
    """One call with such services."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.provider, self.told = Provider(), list[Event]()
        view = SessionView(session_id="sess_1", model="t", expires_at=1, reserved=frozenset())
        view.update({"type": "realtime", "tools": [TOOL]})
        self.caller = RealtimeCaller(view=view, agents={}, entry=Board().add("sess_1", "front"))
        self.caller.projection.own_tools(["show_map"])
        self.caller.listen(Outbox(lambda: None, self.take), frozenset())
        self.settings: CallerSettings = view.settings()
        tool = FunctionTool(find_order)
        models = dict.fromkeys(TEAM.agents, (Choice("p", "m", "test"),))
        self.running = RunningCall(
            place=Party("call_1", TEAM).place("call_1", FIRST, TEAM.start),
            team=TEAM,
            tools={"front": (tool,), "back": (tool,), "planner": (tool,)},
            backends=Backends({"p": self.provider}, models, Desk()),
            caller=self.caller,
        )

    def take(self, frame: str) -> bool:
        self.told.append(read(frame))
        return True

    @property
    def state(self) -> Any:
        return self.running._core.state

    async def go(self) -> None:
        """Let the sessions talk."""
        call = asyncio.ensure_future(self.running.run(lambda: self.settings, {}))
        services: dict[QuietSession, Service] = {}
        await asyncio.wait_for(self.provider.opened.wait(), PATIENCE)
        for number in range(ROUNDS):
            self.running.feed(deed(self.dice, number))
            await caught_up(self.provider.sessions)
            assert not call.done(), "the call ended"
            session = self.dice.choice(self.provider.sessions)
            service = services.setdefault(session, Service(self.dice, len(services)))
            for sent in service.frames():
                session.frames.put_nowait(sent)
            await caught_up(self.provider.sessions)
        assert not call.done(), "the call ended"
        assert self.state.phase in (Phase.TALKING, Phase.HANDING_OFF)
        self.running.feed(CallerLeft())
        await asyncio.wait_for(call, PATIENCE)


async def caught_up(sessions: list[QuietSession]) -> None:
    """Wait until everything that was said has been handled."""
    for turns in range(100_000):
        await asyncio.sleep(0)
        if turns > 4 and all(session.frames.empty() or session.closed for session in sessions):
            return  # what was handled may have opened sessions, or started tools
    raise AssertionError("a session is not read")


async def test_p48_nothing_that_a_service_sends_ends_a_call() -> None:
    """P48: each kind of nonsense is logged once for a session; the caller is told nothing that ends a strict client."""
    told = 0
    for seed in range(SEED * 100_000, SEED * 100_000 + CALLS):
        fuzzed = Fuzzed(seed)
        with structlog.testing.capture_logs() as logs:
            try:
                await fuzzed.go()
                for event in fuzzed.told:
                    validate(event)
            except Exception as error:
                wrong = [line for line in logs if line["log_level"] in ("error", "critical")]
                raise AssertionError(f"seed {seed}: {error}: {wrong}") from error
        assert [line for line in logs if line["log_level"] in ("error", "critical")] == [], f"seed {seed}"
        dropped = Counter((line["agent"], line["reason"]) for line in logs if line["event"] == "event dropped")
        assert max(dropped.values(), default=0) <= len(fuzzed.provider.sessions)
        told += len(fuzzed.told)

    assert told > 20 * CALLS, f"seed {SEED}: so little is told that little is tested"
