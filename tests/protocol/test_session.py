"""The session object: what real clients send is accepted, what the service refuses is refused, updates are merged."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.protocol.session import check, merge, new_session, update


def audio(side: str, **said: Any) -> dict[str, Any]:
    return {"audio": {side: said}}


@pytest.mark.parametrize(
    "said",
    [
        {"model": "gpt-realtime-2.1", "tracing": "auto", "parallel_tool_calls": True},
        {"tracing": {"workflow_name": "desk", "group_id": "1", "metadata": {"a": 1}}},
        {"tracing": None, "prompt": None, "reasoning": {"effort": "low"}, "include": None},
        {"prompt": {"id": "pmpt_1", "version": "2", "variables": {"name": "x"}}},
        audio("output", voice={"id": "voice_1"}, speed=1),
        audio("output", voice="ash", speed=1.5),
        audio("input", noise_reduction=None, transcription=None, turn_detection=None),
        audio("input", turn_detection={"type": "semantic_vad", "eagerness": "low", "interrupt_response": True}),
        {"tools": [{"type": "function", "name": "a-b_c", "parameters": {}}], "tool_choice": "required"},
    ],
)
def test_what_clients_send_is_accepted(said: dict[str, Any]) -> None:
    """Also what is the team's and not put in force: these updates are no mistakes."""
    check({"type": "realtime", **said})


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"type": "transcription"}, "session.type"),
        ({"output_modalities": ["audio", "text"]}, "session.output_modalities"),
        ({"voice": "ash"}, "session.voice"),
        ({"model": 7}, "session.model"),
        ({"tracing": "never"}, "session.tracing"),
        ({"tracing": {"metadata": []}}, "session.tracing.metadata"),
        ({"parallel_tool_calls": 1}, "session.parallel_tool_calls"),
        ({"reasoning": {"effort": "huge"}}, "session.reasoning.effort"),
        ({"tools": [{"type": "mcp", "server_label": "x"}]}, "session.tools[0].type"),
        ({"tools": [{"type": "function", "name": "a", "parameters": {"a": 1e999}}]}, "session.tools[0].parameters"),
        ({"prompt": {"id": "p", "variables": {"a": float("nan")}}}, "session.prompt.variables"),
        ({"tools": [{"type": "custom"}]}, "session.tools[0].type"),
        ({"tool_choice": {"type": "mcp", "server_label": "x"}}, "session.tool_choice.type"),
        ({"tool_choice": {"type": "function"}}, "session.tool_choice.name"),
        ({"include": ["item.logprobs"]}, "session.include[0]"),
        ({"prompt": {}}, "session.prompt.id"),
        ({"prompt": "pmpt_1"}, "session.prompt"),
        ({"max_output_tokens": 4097}, "session.max_output_tokens"),
        (audio("output", speed=9), "session.audio.output.speed"),
        (audio("output", voice=7), "session.audio.output.voice"),
        (audio("input", format={"type": "audio/pcm", "rate": 8000}), "session.audio.input.format.rate"),
    ],
)
def test_what_is_wrong_is_named(said: dict[str, Any], param: str) -> None:
    """The place of the first mistake."""
    with pytest.raises(CallerError) as refused:
        check({"type": "realtime", **said})
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"type": "transcription"}, "conversations only"),
        ({"type": "realtime", "tools": [{"type": "mcp", "server_label": "x"}]}, "Declare functions"),
    ],
    ids=["transcription", "mcp"],
)
def test_what_the_service_has_and_this_server_has_not(said: dict[str, Any], words: str) -> None:
    """The error says what to do instead."""
    with pytest.raises(CallerError, match=words) as refused:
        check(said)
    assert refused.value.code == "invalid_value"


def changed(session: dict[str, Any] | None = None, *, spoken: bool = False, **fields: Any) -> dict[str, Any]:
    return update(session or new_session("sess_1", "m"), {"type": "realtime", **fields}, spoken=spoken)


def turns(**said: Any) -> dict[str, Any]:
    return audio("input", turn_detection=said)


def test_a_new_session_is_complete() -> None:
    """What a client can read in `session.created` is what is in force."""
    assert new_session("sess_1", "m", expires_at=9) == {
        "type": "realtime", "object": "realtime.session", "id": "sess_1", "model": "m", "expires_at": 9,
        "output_modalities": ["audio"], "instructions": "", "tools": [], "tool_choice": "auto",
        "max_output_tokens": "inf", "tracing": None, "truncation": "auto", "prompt": None, "include": None,
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24000}, "transcription": None, "noise_reduction": None,
                "turn_detection": {
                    "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
                    "idle_timeout_ms": None, "create_response": True, "interrupt_response": True,
                },
            },
            "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin", "speed": 1.0},
        },
    }  # fmt: skip


def test_no_two_sessions_share_what_they_hold() -> None:
    """Changing one object leaves the defaults alone."""
    new_session("sess_1", "m")["audio"]["input"]["turn_detection"]["threshold"] = 0.9
    new_session("sess_1", "m")["tools"].append({})
    assert new_session("sess_2", "m")["audio"]["input"]["turn_detection"]["threshold"] == 0.5
    assert new_session("sess_2", "m")["tools"] == []


def test_only_the_keys_of_an_update_change() -> None:
    """At every depth; the session before it is left as it was."""
    before = new_session("sess_1", "m")
    after = changed(before, **audio("output", voice="cedar"))

    assert after["audio"]["output"] == {**before["audio"]["output"], "voice": "cedar"}
    assert after["audio"]["input"] == before["audio"]["input"]
    assert before["audio"]["output"]["voice"] == "marin"


def test_turn_detection_of_the_same_type_is_merged_and_of_another_starts_anew() -> None:
    """Null is manual; the defaults of the type fill in the rest."""
    session = changed(**turns(type="server_vad", silence_duration_ms=400))
    session = changed(session, **turns(type="server_vad", threshold=0.9))
    detection = session["audio"]["input"]["turn_detection"]
    assert (detection["silence_duration_ms"], detection["threshold"], detection["prefix_padding_ms"]) == (400, 0.9, 300)

    session = changed(session, **turns(type="semantic_vad"))
    assert session["audio"]["input"]["turn_detection"] == {
        "type": "semantic_vad", "eagerness": "auto", "create_response": True, "interrupt_response": True,
    }  # fmt: skip
    session = changed(session, **audio("input", turn_detection=None))
    assert session["audio"]["input"]["turn_detection"] is None
    session = changed(session, **turns(type="server_vad"))
    assert session["audio"]["input"]["turn_detection"]["threshold"] == 0.5


def test_a_format_is_replaced_as_a_whole() -> None:
    """G.711 has no rate, and PCM has the one there is."""
    session = changed(**audio("input", format={"type": "audio/pcmu"}))
    assert session["audio"]["input"]["format"] == {"type": "audio/pcmu"}
    session = changed(session, **audio("input", format={"type": "audio/pcm"}))
    assert session["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24000}


def test_what_has_no_parts_is_replaced() -> None:
    """A tool choice of one function leaves nothing of another; a list is not added to."""
    assert merge({"tool_choice": {"type": "function", "name": "a"}}, {"tool_choice": "auto"}) == {"tool_choice": "auto"}
    assert merge({"tools": [1]}, {"tools": []}) == {"tools": []}
    ratio = {"type": "retention_ratio", "retention_ratio": 0.5}
    limited = {**ratio, "token_limits": {}}
    assert merge({"truncation": limited}, {"truncation": ratio}) == {"truncation": ratio}


def test_the_model_of_a_session_stays() -> None:
    """Several clients name another one in every update; that is no error."""
    assert changed(model="gpt-realtime")["model"] == "m"


def test_the_voice_is_locked_once_there_is_audio() -> None:
    """`cannot_update_voice`; the same voice again is fine, and so is anything else."""
    assert changed(spoken=True, instructions="Be brief.", **audio("output", voice="marin"))
    with pytest.raises(CallerError) as refused:
        changed(spoken=True, **audio("output", voice="cedar"))
    assert (refused.value.code, refused.value.param) == ("cannot_update_voice", "session.audio.output.voice")


@pytest.mark.parametrize("said", [None, [], "realtime", {}])
def test_an_update_has_to_say_its_type(said: Any) -> None:
    """`session.type` is required in every update."""
    with pytest.raises(CallerError):
        update(new_session("sess_1", "m"), said, spoken=False)
