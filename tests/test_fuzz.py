"""Nonsense from a caller: every client event, each field missing, null, of another type, huge, in any order.

Over a real socket, into a whole call, among events with which nothing is wrong. Whatever is wrong is answered by one
`error` that names the event and the place, whatever is accepted is valid by the official SDK's types, the call goes on,
and another call notices nothing. Only unknown keys beside those of an event are ignored: clients of tomorrow may send
them. `FUZZ_SEED=2 pytest tests/test_fuzz.py` rolls other dice; a failure says its seed.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from openai.types.realtime import RealtimeClientEvent
from pydantic import TypeAdapter, ValidationError

from tests.calls import CallerClient, desk
from tests.odd import VALUES, Event, Path, as_param, at, places, replaced

CASES = 10_000
RIGHT = 0.2  # of them: events with which nothing is wrong
SEED = int(os.environ.get("FUZZ_SEED", "1"))
BATCH = 100  # cases between two looks at the answers
CLIENT_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeClientEvent)

AUDIO = "AAAA" * 320  # 20 ms
TOOL = {
    "type": "function",
    "name": "show_map",
    "description": "Shows a map.",
    "parameters": {"type": "object", "properties": {"place": {"type": "string"}}},
}
PCM = {"type": "audio/pcm", "rate": 24000}
SESSION = {
    "type": "realtime",
    "model": "gpt-realtime",
    "output_modalities": ["audio"],
    "instructions": "Be brief.",
    "tools": [TOOL],
    "tool_choice": {"type": "function", "name": "show_map"},
    "max_output_tokens": 500,
    "truncation": {"type": "retention_ratio", "retention_ratio": 0.8, "token_limits": {"post_instructions": 1000}},
    "tracing": {"workflow_name": "w", "group_id": "g", "metadata": {"a": "b"}},
    "include": ["item.input_audio_transcription.logprobs"],
    "audio": {
        "input": {
            "format": PCM,
            "noise_reduction": {"type": "near_field"},
            "transcription": {"model": "gpt-transcribe", "language": "en", "prompt": "Names."},
            "turn_detection": {
                "type": "server_vad",
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 500,
                "idle_timeout_ms": 6000,
                "create_response": True,
                "interrupt_response": True,
            },
        },
        "output": {"format": PCM, "voice": "marin", "speed": 1.0},
    },
}
USER = {
    "id": "item_mine",
    "type": "message",
    "object": "realtime.item",
    "status": "completed",
    "role": "user",
    "content": [
        {"type": "input_text", "text": "Hello."},
        {"type": "input_audio", "audio": AUDIO, "transcript": "Hello."},
        {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "low"},
    ],
}
ASSISTANT = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello."}]}
SYSTEM = {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "It is raining."}]}
CALL = {"type": "function_call", "name": "show_map", "arguments": "{}", "call_id": "call_mine", "status": "completed"}
OUTPUT = {"type": "function_call_output", "call_id": "call_mine", "output": "Shown."}
RESPONSE = {
    "conversation": "none",
    "input": [USER],
    "instructions": "Whisper.",
    "output_modalities": ["text"],
    "audio": {"output": {"format": PCM, "voice": "marin"}},
    "tools": [],
    "tool_choice": "auto",
    "max_output_tokens": "inf",
    "metadata": {"topic": "fuzz"},
}
BASE: list[Event] = [
    {"type": "session.update", "session": SESSION},
    {"type": "session.update", "session": {"type": "realtime", "audio": {"input": {"turn_detection": None}}}},
    {"type": "session.update", "session": {"type": "realtime", "tools": [], "tool_choice": "auto"}},
    {"type": "input_audio_buffer.append", "audio": AUDIO},
    {"type": "input_audio_buffer.commit"},
    {"type": "input_audio_buffer.clear"},
    *({"type": "conversation.item.create", "item": item} for item in (USER, ASSISTANT, SYSTEM, CALL, OUTPUT)),
    {"type": "conversation.item.create", "item": SYSTEM, "previous_item_id": "root"},
    {"type": "conversation.item.retrieve", "item_id": "item_mine"},
    {"type": "conversation.item.delete", "item_id": "item_mine"},
    {"type": "conversation.item.truncate", "item_id": "item_mine", "content_index": 0, "audio_end_ms": 100},
    {"type": "response.create", "response": RESPONSE},
    {"type": "response.create"},
    {"type": "response.cancel", "response_id": "resp_1"},
]
# What is refused for the state of the call, not for what the event says: no `param` is due.
STATE = {
    "conversation_already_has_active_response",
    "response_cancel_not_active",
    "input_audio_buffer_commit_empty",
    "item_create_duplicate_item_id",
    "item_create_invalid_previous_item_id",
    "item_delete_invalid_item_id",
    "item_retrieve_invalid_item_id",
    "item_truncate_invalid_item_id",
    "rate_limit_exceeded",
}


def walk(dice: random.Random) -> Iterator[Event]:
    """Yield events with which nothing is wrong, for ever: items are made, read, cut and deleted, answers asked for."""
    made = ["item_mine"]
    while True:
        event: Event = json.loads(json.dumps(dice.choice(BASE)))
        if event["type"] == "conversation.item.create":
            made.append(f"item_{len(made)}")
            event["item"]["id"] = made[-1]
        elif "item_id" in event:
            event["item_id"] = dice.choice(made)
        yield event


def cases(dice: random.Random) -> Iterator[tuple[Event, Path | None]]:
    """Yield events and the place where each was changed; (): nowhere, None: in several places."""
    nonsense, right = broken(dice), walk(dice)
    for _ in range(CASES):
        yield (next(right), ()) if dice.random() < RIGHT else nonsense.pop()


def broken(dice: random.Random) -> list[tuple[Event, Path | None]]:
    """Return every event with every odd value at every place, and events with several odd values, in any order."""
    whole: list[tuple[Event, Path | None]] = []
    for event in BASE:
        for path in places(event):
            whole += [(replaced(event, path, value), path) for value in VALUES]
        for path in [(), *(one for one in places(event) if isinstance(at(event, one), dict))]:
            whole.append((replaced(event, (*path, "surprise"), 1), (*path, "surprise")))
    while len(whole) < CASES:
        event = dice.choice(BASE)
        for _ in range(dice.randint(2, 4)):
            if known := list(places(event)):
                event = replaced(event, dice.choice(known), dice.choice(VALUES))
        whole.append((event, None))
    dice.shuffle(whole)
    return whole


def sort(errors: dict[str, list[Event]], caller: CallerClient) -> None:
    """Sort the errors that have come by the event they name; forget what has come."""
    for event in caller.of("error"):
        errors.setdefault(str(event["error"]["event_id"]), []).append(event["error"])
    caller.events.clear()


def judge(event: Event, path: Path | None, errors: list[Event]) -> str | None:
    """Return what is wrong with the answer to a case."""
    if len(errors) > 1:
        return "answered twice"
    if not errors:
        return None if path == ("surprise",) or valid(event) else "accepted, but the SDK's types refuse it"
    error = errors[0]
    if error["code"] in STATE or "No function call" in error["message"]:
        return None
    if path and path[:2] == ("session", "tools") and error["param"] == "session.tool_choice":
        return None  # it names one of the tools that were changed
    if path == ():
        return f"refused, but nothing is wrong with it: {error}"
    if not error["param"]:
        return f"no param: {error}"
    if path and not related(as_param(path), error["param"]):
        return f"another place is named: {error}"
    return None


def related(path: str, param: str) -> bool:
    """Return whether one of two places lies in the other."""
    short, long = sorted((path, param), key=len)
    return long == short or long.startswith((f"{short}.", f"{short}["))


def valid(event: Event) -> bool:
    """Return whether the official SDK's types take an event."""
    try:
        CLIENT_EVENT.validate_python(event)
    except ValidationError:
        return False
    return True


def about(event_id: str) -> Callable[[Event], bool]:
    """Tell whether an error is about a client's event."""
    return lambda error: bool(error["error"]["event_id"] == event_id)


async def test_ten_thousand_pieces_of_nonsense() -> None:
    """None crashes the call, each is answered or ignored as the service does it; no other call notices."""
    dice = random.Random(SEED)
    sent: dict[str, tuple[Event, Path | None]] = {}
    errors: dict[str, list[Event]] = {}
    async with desk() as desk_, desk_.caller(query="") as caller, desk_.caller(query="") as other:
        for number, (event, path) in enumerate(cases(dice)):
            name = f"fuzz_{number}"
            sent[name] = (event, path)
            await caller.socket.send(json.dumps({"event_id": name, **event}))
            if number % BATCH == 0:
                await caller.send("nonsense", event_id=f"sync_{number}")
                await caller.until("error", where=about(f"sync_{number}"))
                sort(errors, caller)
                await other.type("Are you there?")
                await other.until("response.done")
                assert other.of("error") == []
                other.events.clear()
        await settled(caller)
        sort(errors, caller)

    assert "None" not in errors, f"seed {SEED}: an error names no event: {errors['None']}"
    found = Counter[str]()
    for name, (event, path) in sent.items():
        wrong = judge(event, path, errors.get(name, []))
        if wrong:
            found[f"{wrong[:160]} … {as_param(path or ())} = {short(event, path)}"] += 1
    assert not found, f"seed {SEED}:\n" + "\n".join(f"{count} × {what}" for what, count in found.most_common(40))


MEBIBYTE = 2**20
FRAMES: list[tuple[str | bytes, str]] = [
    *((frame, "invalid_event") for frame in (b"", b"\xff\x00", b'{"type":"response.create"}', bytes(MEBIBYTE))),
    *(
        (frame, "invalid_json")
        for frame in ("", " ", "\0", "\ufeff{}", "{", "nul", "NaN", "'x'", "[]", "7", '"x"', "null")
    ),
    *((one * MEBIBYTE, "event_too_large") for one in ("x", " ", "[", '"', "9", "\\", "\0")),
    *((one * (MEBIBYTE // 4), "invalid_json") for one in ("x", " ", "[", '"', "9", "\\", "\0")),
    *((many * (MEBIBYTE // 25), "invalid_json") for many in ('{"a":', '"",', "[],", "{},")),
    (json.dumps({"x" * MEBIBYTE: 1}), "event_too_large"),
    (json.dumps({"x" * (MEBIBYTE // 5): 1}), "missing_required_parameter"),
    (json.dumps({"type": "x" * (MEBIBYTE // 5)}), "invalid_value"),
    (json.dumps({"type": "response.cancel", "event_id": "x" * (MEBIBYTE // 5)}), "invalid_value"),
    (json.dumps({"type": "session.update", "session": {"x" * (MEBIBYTE // 5): 1}}), "unknown_parameter"),
    (json.dumps({"type": "session.update", "session": ["x"] * (MEBIBYTE // 55)}), "invalid_value"),
    (json.dumps({"type": "session.update", "session": ["x"] * (MEBIBYTE // 25)}), "invalid_json"),
    (json.dumps({"type": "response.create", "response": {"instructions": "x" * 201_000}}), "invalid_value"),
]


async def test_frames_that_are_no_events() -> None:
    """Binary, empty, cut, a mebibyte of anything: one `error` each, in order; then a normal answer."""
    dice = random.Random(SEED)
    cut = [frame[: dice.randrange(len(frame))] for frame in map(json.dumps, BASE * 20)]
    sent = [*FRAMES, *((frame, "invalid_json") for frame in cut)]
    dice.shuffle(sent)
    async with desk() as desk_, desk_.caller(query="") as caller, desk_.caller(query="") as other:
        for frame, _ in sent:
            await caller.socket.send(frame)
        await caller.send("input_audio_buffer.append", audio="AAAA" * (MEBIBYTE // 4))
        await other.type("Are you there?")
        await other.until("response.done")
        await caller.until("error", len(sent))
        errors = [event["error"] for event in caller.of("error")]
        await settled(caller)

        assert [error["code"] for error in errors] == [code for _, code in sent], f"seed {SEED}"
        assert [error for error in errors if error["event_id"] is not None or len(error["message"]) > 1000] == []
        assert other.of("error") == []


async def test_no_depth_ends_a_call() -> None:
    """Also not one that could just be read: what is nearly too deep to read was too deep to write."""
    async with desk() as desk_, desk_.caller(query="") as caller:
        for depth in range(880, 1020):
            parameters = '{"a":' + "[" * depth + "]" * depth + "}"
            tool = f'{{"type":"function","name":"deep","parameters":{parameters}}}'
            await caller.socket.send(f'{{"type":"session.update","session":{{"type":"realtime","tools":[{tool}]}}}}')
        await caller.until("error", 140)
        codes = [event["error"]["code"] for event in caller.of("error")]
        await settled(caller)

        assert codes == sorted(codes, reverse=True)
        assert set(codes) <= {"invalid_value", "invalid_json"}  # where reading ends is up to Python


def short(event: Event, path: Path | None) -> str:
    """Return what stands at the changed place, or the event."""
    try:
        return repr(at(event, path) if path else event)[:200]
    except (KeyError, IndexError):
        return "(missing)"


async def settled(caller: CallerClient) -> None:
    """The call still does what a call does."""
    plain = {"type": "realtime", "output_modalities": ["audio"], "tools": [], "tool_choice": "auto"}
    await caller.send("session.update", session=plain, event_id="plain")
    await caller.until("session.updated", where=lambda event: event["session"]["tools"] == [])
    await caller.send("response.cancel", event_id="stop")
    text = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello?"}]}
    await caller.send("conversation.item.create", item={**text, "id": "the_end"})
    await caller.send("response.create", response={"metadata": {"is": "the end"}}, event_id="the_end")
    await caller.until("response.done", where=lambda e: (e["response"].get("metadata") or {}).get("is") == "the end")
