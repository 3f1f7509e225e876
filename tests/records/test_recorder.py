"""The recorder: what a call writes is enough to run it again, and nothing is in it that must not be."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId, TimerKind
from orchestrator.core.memory.shared import Shared
from orchestrator.core.tools.rules import ToolRules
from orchestrator.observe.facts import CallBegan, CallerTurn
from orchestrator.records.recorder import Recorder
from orchestrator.replay.exact import replay
from orchestrator.team.limits import Record
from tests.core.people.desks import WARD, WARD_TOOLS
from tests.core.scene import (
    BILLING,
    FRONT,
    HELPDESK,
    SERVED_TOOLS,
    TEAMWORK,
    TEAMWORK_TOOLS,
    TOOLS,
    Scene,
    expired,
    team,
)
from tests.core.walk import CARD
from tests.records.recorded import Memory, recorder
from tests.records.walks import walk, walk_on_seats, watch

WALKS = 6


@pytest.mark.parametrize(
    ("said", "tools"),
    [(HELPDESK, TOOLS), (TEAMWORK, TEAMWORK_TOOLS), (WARD, WARD_TOOLS), (TEAMWORK, SERVED_TOOLS)],
    ids=["ways", "teamwork", "people", "servers"],
)
def test_a_record_runs_again(said: str, tools: ToolRules) -> None:
    """Thousands of events: each brings about what it did then, whatever secrets were hidden in it."""
    events = 0
    for seed in range(WALKS):
        done = replay(walk(said, tools, seed).lines)
        assert done.first is None, f"seed {seed}"
        events += done.events

    assert events > 1000


def test_a_record_with_an_event_too_few_does_not() -> None:
    """What is compared would notice."""
    memory = walk(TEAMWORK, TEAMWORK_TOOLS, 1)
    without = [line for line in memory.lines if '"in":{"type":"ResponseStarted"' not in line]
    assert len(without) < len(memory.lines)

    assert replay([line for line in without if '"type":"Announce","name":"response.started"' not in line]).differences


def test_a_record_of_several_seats_runs_again() -> None:
    """They share one record, and what one caller does is seen by the others in the same order."""
    done = replay(walk_on_seats(5).lines)

    assert done.first is None
    assert done.events > 300


def scene(policy: Record | None = None, text: str = HELPDESK) -> tuple[Scene, Memory, Recorder]:
    """Begin a call that is recorded."""
    one, memory = Scene(text), Memory()
    kept = recorder(memory, team(text), one.call.state.shared, seed="test", tools=TOOLS, policy=policy, now=one.now)
    watch(one.call, kept.seat("caller").observe)
    return one, memory, kept


def talk(one: Scene, *events: ev.Event) -> None:
    """Let things happen, 20 ms apart."""
    for event in events:
        one.now += 0.02
        one.feed(event)


def said(session: SessionId, item: str, text: str) -> ev.TurnTranscribed:
    """The words of a caller's turn."""
    return ev.TurnTranscribed(session, item, text, {"type": "x", "transcript": text})


def test_audio_and_words_are_one_line_for_each_source() -> None:
    """As long as nothing else happens, and up to a second."""
    one, memory, kept = scene()
    talk(one, ev.CallerJoined(), ev.SessionOpened(FRONT), ev.ResponseStarted(FRONT, "r1"))
    for number in range(60):
        sound = ev.AudioProduced(FRONT, "r1", "i1", 40.0, f"a{number}")
        word = ev.TranscriptProduced(FRONT, "r1", "i1", f" w{number}", frame="{}")
        talk(one, ev.CallerSpoke(f"c{number}", 20.0), sound, word)
    kept.close(9.0)

    spoke, heard = memory.all("CallerSpoke"), memory.all("AudioProduced")
    assert 4 <= len(spoke) <= 8
    assert (sum(line["frames"] for line in spoke), sum(line["ms"] for line in spoke)) == (60, 1200)
    assert (sum(line["frames"] for line in heard), sum(line["ms"] for line in heard)) == (60, 2400)
    words = "".join(line["text"] for line in memory.all("TranscriptProduced"))
    assert words == "".join(f" w{number}" for number in range(60))
    assert replay(memory.lines).first is None


def test_a_record_holds_no_words_where_the_team_file_wants_none() -> None:
    """Neither those of callers and agents, nor arguments and outputs; that they were there is kept."""
    memory = walk(TEAMWORK, TEAMWORK_TOOLS, 3, Record(transcript=False))
    text = "\n".join(memory.lines[1:])

    assert "FunctionCalled" in text
    assert "TurnTranscribed" in text
    assert [line for line in memory.all("FunctionCalled") if line["arguments"] is not None] == []
    for word in ("my words", "hello", "fine", "what of", " word", "Please wait"):
        assert f'"{word}' not in text, word
    assert memory.text == ""


def test_nothing_the_caller_says_is_kept_while_certain_agents_have_them() -> None:
    """Nor what functions are given and return, then or when it is told to others later; agents' words are."""
    one, memory, kept = scene(Record(pause_in=("billing",)))
    talk(one, ev.CallerJoined(), ev.SessionOpened(FRONT), ev.TurnCommitted(FRONT, "t1"), said(FRONT, "t1", "before"))
    talk(one, ev.ResponseStarted(FRONT, "r1"), call(FRONT, "r1", "transfer_to_billing", {"reason": "why so"}))
    talk(one, ev.ResponseFinished(FRONT, "r1", "completed"), ev.SessionOpened(BILLING))
    talk(one, ev.ResponseStarted(BILLING, "r2"), ev.AudioProduced(BILLING, "r2", "i2", 20.0, "a"))
    talk(one, ev.TranscriptProduced(BILLING, "r2", "i2", "agent speaks", frame="{}"))
    assert kept.paused("caller")
    talk(one, call(BILLING, "r2", "find_invoice", {"number": "n-77"}), ev.ResponseFinished(BILLING, "r2", "completed"))
    talk(one, ev.TurnCommitted(BILLING, "t2"), said(BILLING, "t2", "meanwhile"))
    talk(one, ev.CallerTyped({"id": "y", "role": "user", "content": [{"text": "typed words"}]}))
    talk(one, ev.ToolReturned(running(one), "an output"), ev.TurnCommitted(BILLING, "t3"))
    talk(one, ev.CallerReferred("front"), expired(TimerKind.TRANSCRIPT), *back())
    assert not kept.paused("caller")
    talk(one, said(BILLING, "t3", "late words"), ev.TurnCommitted(FRONT, "t4"), said(FRONT, "t4", "after"))
    kept.close(9.0)

    text = "\n".join(memory.lines[1:])
    for kept_word in ("before", "agent speaks", "after"):
        assert kept_word in text, kept_word
    for word in ("meanwhile", "typed words", "n-77", "an output", "late words"):
        assert word not in text, word
    assert memory.text.split("\n") == ["before", "after"]


def call(session: SessionId, response: str, name: str, arguments: dict[str, str]) -> ev.FunctionCalled:
    """A function call."""
    return ev.FunctionCalled(session, response, f"item_{name}", f"call_{name}", name, json.dumps(arguments))


def back() -> Sequence[ev.Event]:
    """The caller is with the front desk again."""
    return ev.ResponseStarted(FRONT, "r9"), ev.AudioProduced(FRONT, "r9", "i9", 20.0, "a")


def running(one: Scene) -> str:
    """Return our id of the tool that runs."""
    return next(iter(one.call.state.functions.open))


def test_what_was_written_is_masked_again_when_more_is_secret() -> None:
    """The number was said long before a tool found out that it is a card."""
    walks = (walk(TEAMWORK, TEAMWORK_TOOLS, seed) for seed in range(46, 200))
    memory = next(memory for memory in walks if memory.remasked)
    text = "\n".join(memory.lines)

    assert "secret:card" in text
    assert not any(CARD[at : at + 6] in text for at in range(len(CARD) - 5))


def test_the_summary_says_what_a_call_amounted_to() -> None:
    """From the facts of all seats; by the end nothing more is recorded."""
    one, memory, kept = scene()
    talk(one, ev.CallerJoined(), ev.CallerLeft(), ev.CallerLeft("again"))
    kept.close(9.0)

    assert memory.summary is not None
    assert memory.summary["ended"] == 9.0
    assert [line["type"] for line in memory.all("CallerLeft")] == ["CallerLeft"]
    assert "again" not in "\n".join(memory.lines)


def test_a_call_is_kept_as_long_as_the_team_file_says() -> None:
    """In seconds after its end."""
    one, memory, _ = scene(Record(keep="2 hours"))
    talk(one, ev.CallerJoined())

    assert memory.keep == 7200


def test_what_a_call_amounts_to_so_far_is_noted_with_each_fact() -> None:
    """For lists of calls that go on; what was noted stays as it is."""
    memory, played = Memory(), team(HELPDESK)
    kept = recorder(memory, played, Shared(played), seed="s", tools=TOOLS)
    kept.take(CallBegan(start=0.0, end=0.0, agent="front"))
    first = memory.so_far
    kept.take(CallerTurn(start=1.0, end=2.0, agent="front", item_id="i", over=False))

    assert first is not None
    assert memory.so_far is not None
    assert (first["agents"], first["turns"]) == (["front"], 0)
    assert (memory.so_far["turns"], memory.so_far["ending"]) == (1, None)
