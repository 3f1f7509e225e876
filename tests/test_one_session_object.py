"""Team file, gateway, `local`, text sessions and the scripted server agree on each field of the session object.

What the team file or the gateway accepts and an agent's session then refuses is fatal for that agent, and shows only
when the session opens, in the middle of a call. So every field and bound of the one table is tried on all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import pytest
from pydantic import ValidationError

from orchestrator.errors import CallerError
from orchestrator.gateway.session import SessionView
from orchestrator.local.session_object import update
from orchestrator.protocol import session as protocol
from orchestrator.protocol.frames import client_frame
from orchestrator.protocol.session import DETECTIONS, FIELDS, Number, Table
from orchestrator.team import Agent
from orchestrator.testing import ScriptedSession
from orchestrator.testing.script import Script
from orchestrator.text.session import TextSession

Session = dict[str, Any]
INPUT, OUTPUT, TURNS = "audio.input.", "audio.output.", "audio.input.turn_detection."
# Keys of an agent in the team file that are fields of the session object, and where they are there.
TEAM_KEYS = {
    "turn_detection": INPUT, "transcription": INPUT, "noise_reduction": INPUT, "voice": OUTPUT, "speed": OUTPUT,
    "reasoning": "", "max_output_tokens": "", "tool_choice": "",
}  # fmt: skip
TOOL = {"type": "function", "name": "find", "parameters": {"type": "object"}}
PCM = {"type": "audio/pcm", "rate": 24000}
LONG = "x" * (protocol.LONGEST_NAME + 1)
# Field → what it takes, what it does not take. Fields with bounds are tried at their bounds.
SAMPLES: Mapping[str, tuple[list[Any], list[Any]]] = {
    "type": (["realtime"], ["transcription", "call", None]),
    "model": (["m"], [7, LONG]),
    "output_modalities": ([["audio"], ["text"]], [["audio", "text"], [], "audio", None]),
    "instructions": (["", "Be brief."], [None, 7, ["x"]]),
    "tools": ([[], [TOOL]], [None, [7], [{**TOOL, "type": "mcp"}], [{**TOOL, "strict": True}], [{"type": "function"}]]),
    "tool_choice": (["none", "auto", "required", {"type": "function", "name": "find"}],
                    ["some", {"type": "function"}, {"type": "mcp"}, {"type": "function", "name": "x" * 65}]),
    "parallel_tool_calls": ([True, False, None], [1, "yes"]),
    "reasoning": ([{"effort": one} for one in ("minimal", "low", "medium", "high", "xhigh")],
                  [{"effort": "huge"}, {"summary": "auto"}, "low"]),
    "max_output_tokens": ([1, 4096, "inf"], [0, 4097, "many", 1.5]),
    "truncation": (["auto", "disabled", {"type": "retention_ratio", "retention_ratio": 0.5}],
                   ["never", {"type": "retention_ratio"}, None]),
    "tracing": (["auto", None, {"workflow_name": "desk"}], ["never", {"name": "x"}]),
    "prompt": ([None, {"id": "pmpt_1"}], [{}, "pmpt_1"]),
    "include": ([None, ["item.input_audio_transcription.logprobs"]], [["item.logprobs"], "all"]),
    INPUT + "format": ([PCM, {"type": "audio/pcm"}, {"type": "audio/pcmu"}, {"type": "audio/pcma"}],
                       [{"type": "audio/pcm", "rate": 8000}, {"type": "audio/opus"}, "pcm16", None]),
    INPUT + "noise_reduction": ([None, {"type": "near_field"}, {"type": "far_field", "strength": 1}],
                                [{"type": "no_field"}, {"type": "near_field", "strength": 1.1},
                                 {"type": "near_field", "strength": -0.1}, {"strength": 1}]),
    INPUT + "transcription": ([None, {"model": "m", "language": "en", "languages": ["en", "de"], "prompt": "A bank.",
                                      "keywords": ["PIN"], "delay": "low"}],
                              [{"model": ""}, {"model": LONG}, {"model": "m", "language": "x" * 21},
                               {"model": "m", "delay": "none"}, {"model": "m", "keywords": [LONG]},
                               {"model": "m", "colour": "red"}, "m"]),
    INPUT + "turn_detection": ([None, {"type": "server_vad"}, {"type": "semantic_vad"}],
                               [{"type": "none"}, {}, "server_vad", {"type": "semantic_vad", "threshold": 0.5}]),
    TURNS + "eagerness": (["auto", "low", "medium", "high"], ["slow", 1, None]),
    TURNS + "create_response": ([True, False], [7, "perhaps", None]),
    TURNS + "interrupt_response": ([True, False], [7, "perhaps", None]),
    OUTPUT + "format": ([PCM, {"type": "audio/pcmu"}], [{"type": "audio/pcm", "rate": 16000}, "g711_ulaw"]),
    OUTPUT + "voice": (["marin", {"id": "voice_1"}], ["", LONG, 7, {}, {"id": ""}]),
}  # fmt: skip
# Role and field where the role takes less, by design.
LESS = {
    ("local", "model"),  # of one session it is fixed
    ("local", OUTPUT + "voice"),  # has no custom voices
    ("text", "output_modalities"),  # has no audio
    ("gateway", "tool_choice"),  # of a function: only of one that the caller declares
}


@dataclass(frozen=True)
class Trial:
    """A session object that says one thing."""

    field: str
    value: Any
    said: Session
    right: bool


def nested(path: str, value: Any) -> Session:
    """Return a session object with a value at a place."""
    for key in reversed(path.split(".")):
        value = {key: value}
    return cast(Session, value)


def tried(field: str, rule: Any) -> tuple[list[Any], list[Any]]:
    """Return what a field takes, and what it does not take."""
    if not isinstance(rule, Number):
        return SAMPLES[field]
    step = 1 if isinstance(rule.low, int) else 0.01
    off: list[Any] = [None] if rule.default is None else []
    return [rule.low, rule.high, *off], [rule.low - step, rule.high + step, "fast"]


def trials(table: Table, path: str = "", kind: str = "") -> Iterator[Trial]:
    """Yield a trial for every value of every field; `kind` is that of a turn detection."""
    for name, rule in table.items():
        field = path + name
        if isinstance(rule, Mapping):
            yield from trials(rule, f"{field}.")
            continue
        if kind and name == "type":
            continue  # tried with the turn detection as a whole
        for right, values in zip((True, False), tried(field, rule), strict=True):
            for value in values:
                said = nested(INPUT + "turn_detection", {"type": kind, name: value}) if kind else nested(field, value)
                yield Trial(field, value, {"type": "realtime", **said}, right)


ROLES = {"gateway", "local", "testing", "text"}
TRIALS = [*trials(FIELDS), *(trial for kind, table in DETECTIONS.items() for trial in trials(table, TURNS, kind))]


def agent_of(said: Session) -> Agent | None:
    """Return the agent of a team file that says the same; None when that cannot be said there."""
    for key, where in TEAM_KEYS.items():
        here: Any = said
        for step in [*where.split(".")[:-1], key]:
            here = here.get(step, said) if isinstance(here, Mapping) else said
        if here is not said:
            return Agent.model_validate({"name": "a", "instructions": "x", key: here})
    return None


def by_gateway(said: Session) -> None:
    """Take an update as the gateway does from a caller."""
    SessionView(session_id="sess_1", model="m", expires_at=9, reserved=frozenset()).update(said)


def by_local(said: Session) -> None:
    """Take an update as the embedded provider does."""
    update(protocol.new_session("sess_1", "m"), said, voices=None, spoken=False)


async def by_text(said: Session) -> None:
    """Take an update as a text session does."""
    session = TextSession(cast(Any, None), "m")
    events: list[Session] = []
    session.send(client_frame("session.update", session=said))

    def take(frame: str) -> bool:
        events.append(json.loads(frame))
        return len(events) == 2

    await session.read(take)
    if events[1]["type"] == "error":
        raise CallerError(events[1]["error"]["message"], code=events[1]["error"]["code"])


def by_scripted(said: Session) -> None:
    """Take an update as the scripted server of our tests does."""
    session = ScriptedSession(1, "m", Script())
    session.receive({"type": "session.update", "session": said})
    event = json.loads(str(session.next_frame(0.0)))
    if event["type"] == "error":
        raise CallerError(event["error"]["message"], code=event["error"]["code"])


async def takers(said: Session) -> set[str]:
    """Return who takes an update."""
    taken = set()
    for role, take in (("gateway", by_gateway), ("local", by_local), ("testing", by_scripted)):
        try:
            take(said)
        except CallerError:
            continue
        taken.add(role)
    try:
        await by_text(said)
    except CallerError:
        return taken
    return taken | {"text"}


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: f"{trial.field}={str(trial.value)[:40]}")
async def test_each_role_takes_and_refuses_the_same(trial: Trial) -> None:
    """At both ends of each bound, just beyond them, and for every word."""
    less = {role for role, field in LESS if field == trial.field}

    assert await takers(trial.said) - less == (ROLES - less if trial.right else set())


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: f"{trial.field}={str(trial.value)[:40]}")
async def test_what_a_team_file_says_every_session_takes(trial: Trial) -> None:
    """`orchestrator check` refuses what the agent's session would refuse, and nothing else."""
    try:
        agent = agent_of(trial.said)
    except ValidationError:
        assert not trial.right
        return
    if agent is not None:
        less = {role for role, field in LESS if field == trial.field}
        assert trial.right
        assert await takers({"type": "realtime", **agent.session_fields()}) | less == ROLES


def test_every_field_is_tried() -> None:
    """A field that is added to the table has to be tried too."""
    assert {trial.field for trial in TRIALS} >= SAMPLES.keys()
    assert len(TRIALS) > 100


def test_twenty_milliseconds_of_silence_are_taken_by_all() -> None:
    """The team file and the gateway took them; `local` refused the whole session, which was fatal for the agent."""
    detection = {"type": "server_vad", "silence_duration_ms": 20}
    agent = Agent.model_validate({"name": "a", "instructions": "x", "turn_detection": detection})
    said = {"type": "realtime", **agent.session_fields()}

    by_gateway(said)
    by_local(said)
