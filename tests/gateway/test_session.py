"""The caller's session object: complete, merged by key, refused whole, and the team keeps its own."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.gateway.session import SessionView
from tests.wire import validate

LOGPROBS = "item.input_audio_transcription.logprobs"


def view(**agent: Any) -> SessionView:
    made = SessionView(session_id="sess_1", model="helpdesk", expires_at=99, reserved=frozenset({"find_order"}))
    made.has_caller({"audio": {"output": {"voice": "cedar"}, "input": {"transcription": {"model": "m"}}}, **agent})
    return made


def update(session: SessionView, **fields: Any) -> Any:
    return session.update({"type": "realtime", **fields})


def test_the_session_is_complete() -> None:
    """All keys of the golden frame are there, with the team's voice and transcription in force."""
    echo = view().echo()

    validate({"type": "session.created", "event_id": "e", "session": echo})
    assert echo == {
        "type": "realtime", "object": "realtime.session", "id": "sess_1", "model": "helpdesk", "expires_at": 99,
        "output_modalities": ["audio"], "instructions": "", "tools": [], "tool_choice": "auto",
        "max_output_tokens": "inf", "tracing": None, "truncation": "auto", "prompt": None, "include": None,
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24000}, "transcription": {"model": "m"},
                "noise_reduction": None,
                "turn_detection": {
                    "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
                    "idle_timeout_ms": None, "create_response": True, "interrupt_response": True,
                },
            },
            "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "cedar", "speed": 1.0},
        },
    }  # fmt: skip


def test_updates_are_merged_by_key() -> None:
    """Only the keys said change, at every depth; a list is replaced."""
    session = view()
    update(
        session, instructions="Be brief.", audio={"input": {"turn_detection": {"type": "server_vad", "threshold": 0.9}}}
    )
    update(session, audio={"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 700}}})

    echo = session.echo()
    assert echo["instructions"] == "Be brief."
    assert echo["audio"]["input"]["turn_detection"]["threshold"] == 0.9
    assert echo["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 700


def test_another_kind_of_turn_detection_replaces_the_old() -> None:
    """Keys of the old type do not leak into the new one, which gets its own defaults."""
    session = view()
    update(session, audio={"input": {"turn_detection": {"type": "server_vad", "threshold": 0.9}}})
    settings = update(session, audio={"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "low"}}})

    detection = session.echo()["audio"]["input"]["turn_detection"]
    assert detection == {
        "type": "semantic_vad", "eagerness": "low", "create_response": True, "interrupt_response": True
    }  # fmt: skip
    assert settings.session["audio"]["input"]["turn_detection"] == {"type": "semantic_vad", "eagerness": "low"}


def test_null_switches_off() -> None:
    """Turn detection, transcription and noise reduction can be switched off, and stay off in the echo."""
    off = {"turn_detection": None, "transcription": None, "noise_reduction": None}
    session = view()
    settings = update(session, audio={"input": off})

    assert session.echo()["audio"]["input"] == {"format": {"type": "audio/pcm", "rate": 24000}, **off}
    assert settings.session["audio"]["input"] == {"format": {"type": "audio/pcm", "rate": 24000}, **off}


def test_what_is_empty_clears() -> None:
    """No words, no tools: what was said before is gone, from the echo and from the agents' sessions."""
    session = view()
    update(session, instructions="Be brief.", tools=[{"type": "function", "name": "open_door"}], include=[LOGPROBS])
    settings = update(session, instructions="", tools=[], include=None)

    echo = session.echo()
    assert (echo["instructions"], echo["tools"], echo["include"]) == ("", [], None)
    assert (settings.instructions, settings.tools, settings.session["include"]) == ("", (), None)
    assert session.tool_names == frozenset()


def test_the_team_keeps_what_is_its_own() -> None:
    """Model, voice, speed, reasoning and tracing of an update are no error; the echo says what is in force."""
    session = view()
    settings = update(
        session, model="gpt-realtime-2.1", tracing="auto", reasoning={"effort": "high"}, prompt=None,
        audio={"output": {"voice": "ash", "speed": 1.2}},
    )  # fmt: skip

    echo = session.echo()
    assert (echo["model"], echo["tracing"]) == ("helpdesk", None)
    assert (echo["audio"]["output"]["voice"], echo["audio"]["output"]["speed"]) == ("cedar", 1.0)
    assert settings.session == {
        "audio": {
            "input": {"format": {"type": "audio/pcm", "rate": 24000}},
            "output": {"format": {"type": "audio/pcm", "rate": 24000}},
        }
    }


def test_p13_both_formats_are_always_said() -> None:
    """P13: the formats of the call are explicit for every agent's session, as the caller's transport has them."""
    session = view()
    settings = update(
        session, audio={"input": {"format": {"type": "audio/pcmu"}}, "output": {"format": {"type": "audio/pcma"}}}
    )

    assert settings.session["audio"]["input"]["format"] == {"type": "audio/pcmu"}
    assert settings.session["audio"]["output"]["format"] == {"type": "audio/pcma"}
    assert session.input_format == {"type": "audio/pcmu"}


def test_the_callers_own_words_tools_and_modality() -> None:
    """Instructions, tools and modality become the call's settings; the tools' names are known."""
    session = view()
    tool = {"type": "function", "name": "open_door", "description": "Opens.", "parameters": {"type": "object"}}
    settings = update(session, instructions="x", tools=[tool], output_modalities=["text"], tool_choice="required")

    assert (settings.instructions, settings.tools, settings.modalities) == ("x", (tool,), ("text",))
    assert settings.session["tool_choice"] == "required"
    assert session.tool_names == {"open_door"}


def test_a_custom_voice_is_echoed_as_a_word() -> None:
    """A voice object would end a strict client."""
    assert view(audio={"output": {"voice": {"id": "voice_1"}}}).echo()["audio"]["output"]["voice"] == "voice_1"


MISSING, UNKNOWN, WRONG = "missing_required_parameter", "unknown_parameter", "invalid_value"
TOOL = {"type": "function", "name": "a"}
REFUSED = [
    pytest.param({}, MISSING, "session.type", id="no type"),
    pytest.param({"type": "transcription"}, WRONG, "session.type", id="transcription"),
    pytest.param({"voice": "ash"}, UNKNOWN, "session.voice", id="beta voice"),
    pytest.param({"modalities": ["audio"]}, UNKNOWN, "session.modalities", id="beta modalities"),
    pytest.param({"output_modalities": ["audio", "text"]}, WRONG, "session.output_modalities", id="both"),
    pytest.param({"max_output_tokens": 0}, WRONG, "session.max_output_tokens", id="tokens"),
    pytest.param({"max_output_tokens": "many"}, WRONG, "session.max_output_tokens", id="tokens word"),
    pytest.param({"tool_choice": "some"}, WRONG, "session.tool_choice", id="choice"),
    pytest.param({"truncation": "never"}, WRONG, "session.truncation", id="truncation"),
    pytest.param({"tools": [{"name": "a"}]}, MISSING, "session.tools[0].type", id="tool type"),
    pytest.param({"tools": [{**TOOL, "strict": True}]}, UNKNOWN, "session.tools[0].strict", id="strict"),
    pytest.param({"tools": [{**TOOL, "name": "a b"}]}, WRONG, "session.tools[0].name", id="name"),
    pytest.param({"tools": [{**TOOL, "parameters": 1}]}, WRONG, "session.tools[0].parameters", id="schema"),
    pytest.param({"tools": [TOOL, TOOL]}, WRONG, "session.tools[1].name", id="twice"),
    pytest.param({"tools": [{**TOOL, "name": "find_order"}]}, WRONG, "session.tools[0].name", id="clash"),
    pytest.param({"audio": {"input": {"format": "pcm16"}}}, WRONG, "session.audio.input.format", id="beta format"),
    pytest.param(
        {"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}},
        WRONG, "session.audio.input.format.rate", id="rate",
    ),
    pytest.param(
        {"audio": {"input": {"turn_detection": {"type": "none"}}}},
        WRONG, "session.audio.input.turn_detection.type", id="turns",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "code", "param"), REFUSED)
def test_p40_a_bad_update_is_thrown_away_whole(fields: dict[str, Any], code: str, param: str) -> None:
    """P40: one wrong key refuses the whole update with its path, and nothing has changed."""
    session = view()
    update(session, instructions="before")
    before = copy.deepcopy(session.echo())
    given = fields if "type" in fields or not fields else {"type": "realtime", **fields}

    with pytest.raises(CallerError) as raised:
        session.update({"instructions": "after", **given})

    assert (raised.value.code, raised.value.param) == (code, param)
    assert session.echo() == before


def test_p54_a_session_object_is_bounded_as_a_whole() -> None:
    """P54: several updates together too; what is replaced counts no more, and a refusal changes nothing."""
    session, tool = view(), {"type": "function", "name": "a", "description": "x" * 150_000}
    update(session, tools=[tool])
    before = session.echo()
    with pytest.raises(CallerError) as refused:
        update(session, instructions="x" * 150_000)
    assert (refused.value.code, refused.value.param) == ("event_too_large", "session")
    assert session.echo() == before
    update(session, tools=[], instructions="x" * 150_000)
    update(session, instructions="y" * 150_000)


OWN = [{"type": "function", "name": "show_map"}]


def test_p58_only_the_callers_own_tools_can_be_chosen() -> None:
    """P58: neither in the session nor for one response can a function of the team be; nothing of the update is kept."""
    session = view()
    update(session, tools=OWN, tool_choice={"type": "function", "name": "show_map"})
    session.check_response({"tool_choice": {"type": "function", "name": "show_map"}})
    for name in ("find_order", "transfer_to_billing", "nonsense"):
        chosen = {"type": "function", "name": name}
        with pytest.raises(CallerError) as caught:
            update(session, instructions="x", tool_choice=chosen)
        assert (caught.value.code, caught.value.param) == ("invalid_value", "session.tool_choice")
        with pytest.raises(CallerError) as caught:
            session.check_response({"tool_choice": chosen})
        assert (caught.value.code, caught.value.param) == ("invalid_value", "response.tool_choice")

    assert session.settings().session["tool_choice"] == {"type": "function", "name": "show_map"}
    assert session.settings().instructions == ""


def test_a_choice_goes_with_its_tool() -> None:
    """A service would refuse a session whose choice names a tool that is gone."""
    session = view()
    update(session, tools=OWN, tool_choice={"type": "function", "name": "show_map"})
    settings = update(session, tools=[])

    assert "tool_choice" not in settings.session
    assert session.echo()["tool_choice"] == "auto"


def test_p58_function_calls_of_the_team_cannot_be_added() -> None:
    """P58: neither to the conversation nor to the input of a response; those of the caller's own tools can."""
    session = view()
    for name in ("show_map", "of_an_earlier_session"):
        session.check_response({"input": [{"type": "function_call", "name": name}, {"type": "message"}]})
        session.check_item({"type": "function_call", "name": name}, "item")
    with pytest.raises(CallerError) as caught:
        session.check_response({"input": [{"type": "message"}, {"type": "function_call", "name": "find_order"}]})
    assert caught.value.param == "response.input[1].name"
    with pytest.raises(CallerError) as caught:
        session.check_item({"type": "function_call", "name": "find_order"}, "item")
    assert caught.value.param == "item.name"
