"""Events and effects through JSON and back."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, get_args

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.away.events import Reach, Status
from orchestrator.core.ids import SessionId, SessionKind, Timer, TimerKind
from orchestrator.core.people.events import PersonNoted, Purpose, When
from orchestrator.records.format.values import CLASSES, from_json, session_named, timer_named, to_json, typed

BESIDE = SessionId("billing", SessionKind.CONSULT, 3)
# What stands for a field of each type, none of them its default.
VALUES: dict[str, Any] = {
    "Json": {"a": [1, {"b": None}], "c": 0.5},
    "SessionId": BESIDE,
    "Timer": Timer(TimerKind.OWED, BESIDE),
    "CallerSettings": ev.CallerSettings({"x": 1}, ({"name": "t"},), "be brief", ("text",)),
    "Ending": ev.Ending.TOO_SLOW,
    "Purpose": Purpose.SAY,
    "When": When.INTERRUPT,
    "Reach": Reach.CLIENT,
    "Status": Status.BUSY,
    "str": "words",
    "str | None": "or none",
    "int": 7,
    "float": 1.5,
    "float | None": 2.5,
    "bool": True,
    "CallerReferred | None": ev.CallerReferred("front", "why"),
    "Mapping[str, Mapping[str, str]]": {"front": {"find": "mcp:crm"}},
    "tuple[str, ...]": ("front", "tech"),
    "Parting | None": ev.Parting("Bye.", result=True),
}


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES)
def test_every_event_and_effect_comes_back(kind: type[Any]) -> None:
    """With every field set to something; only a frame is another one."""
    value = kind(**{field.name: VALUES[str(field.type)] for field in fields(kind)})
    again = from_json(json.loads(json.dumps(typed(value))))

    assert type(again) is kind
    kept = [field.name for field in fields(kind) if field.name != "frame"]
    assert {name: getattr(again, name) for name in kept} == {name: getattr(value, name) for name in kept}
    assert "words" not in json.dumps(typed(value).get("frame", ""))


def test_all_that_the_core_knows_is_among_them() -> None:
    """A new event or effect is tested above without anybody thinking of it."""
    assert set(CLASSES.values()) == {*get_args(ev.Event), *get_args(do.Effect)}


def test_defaults_are_left_out() -> None:
    """Most fields of most events are not written."""
    assert typed(ev.CallerAsked()) == {"type": "CallerAsked"}
    assert typed(PersonNoted("hi")) == {"type": "PersonNoted", "text": "hi"}
    assert typed(ev.CallerJoined()) == {"type": "CallerJoined"}


def test_words_that_were_not_kept_are_empty() -> None:
    """Except where None means something of its own, or the field is a mapping."""
    assert from_json({"type": "ToolReturned", "call_id": "c", "output": None}) == ev.ToolReturned("c", "")
    heard = from_json({"type": "TurnTranscribed", "session": "front", "item_id": "i", "text": None})
    assert heard == ev.TurnTranscribed(SessionId("front"), "i", None)
    assert from_json({"type": "CallerAsked", "options": None}) == ev.CallerAsked()


def test_frames_differ_from_each_other() -> None:
    """One that is the same over and over would be a muted microphone."""
    spoke = {"type": "CallerSpoke", "ms": 20}

    assert from_json(spoke).frame != from_json(spoke).frame


@pytest.mark.parametrize("session", [SessionId("a-b_c"), BESIDE, SessionId("x", SessionKind.SUCCESSOR, 12)], ids=str)
def test_a_session_is_found_by_its_name(session: SessionId) -> None:
    """Also one that is beside the agent's own."""
    assert session_named(str(session)) == session


@pytest.mark.parametrize(
    "timer",
    [
        Timer(TimerKind.CALL),
        Timer(TimerKind.FILLER, "call_1"),
        Timer(TimerKind.LOOK, "billing"),
        Timer(TimerKind.ANSWER, SessionId("billing")),
        Timer(TimerKind.CONSULT, BESIDE),
    ],
    ids=str,
)
def test_a_timer_is_found_by_its_name(timer: Timer) -> None:
    """What is about an agent, a session or a function call stays so."""
    again = timer_named(to_json(timer))

    assert again == timer
    assert type(again.about) is type(timer.about)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ({"type": "Sneezed"}, "no event or effect 'Sneezed'"),
        ({"type": "CallerTruncated", "ms": 3}, "CallerTruncated lacks one of: item_id"),
        ({"type": "TimerExpired", "timer": "tea"}, "not a valid TimerKind"),
    ],
    ids=["unknown", "incomplete", "another timer"],
)
def test_what_is_not_known_is_refused(written: dict[str, Any], why: str) -> None:
    """A later version may know it."""
    with pytest.raises(ValueError, match=why):
        from_json(written)


def test_what_json_cannot_hold_is_written_as_text() -> None:
    """A tool may have announced anything."""
    assert to_json({"a": (1, object)}) == {"a": [1, "<class 'object'>"]}
