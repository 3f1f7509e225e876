"""What a caller's `session.update` may hold: the GA session object, field by field. Sans-I/O."""

from __future__ import annotations

from typing import Any

from orchestrator.errors import CallerError
from orchestrator.protocol.checks import (
    anything,
    array,
    boolean,
    fields,
    integer,
    mapping,
    nullable,
    number,
    refuse,
    text,
    variants,
    word,
)

LONGEST_TEXT = 200_000  # characters of instructions or of one text part
MOST_TOOLS = 128
NAME = text(64, shortest=1)


FUNCTION = variants(
    "type",
    {"function": fields({"type": anything, "name": NAME}, {"description": text(LONGEST_TEXT), "parameters": mapping})},
)


def no_mcp(value: Any, path: str) -> None:
    """Refuse what the service would do with a server of MCP tools, and nobody does here."""
    if isinstance(value, dict) and value.get("type") == "mcp":
        message = (
            f"Invalid value for '{path}.type': 'mcp' is not served here. "
            "Declare functions and run them in your application, or give the tools to an agent of the team."
        )
        raise CallerError(message, code="invalid_value", param=f"{path}.type")


def function_tool(value: Any, path: str) -> None:
    """Check a function tool: flat, without `strict`."""
    no_mcp(value, path)
    FUNCTION(value, path)
    if not value["name"].replace("_", "a").replace("-", "a").isalnum() or not value["name"].isascii():
        refuse(f"{path}.name", "letters, digits, '_' and '-'", value["name"])


FORMAT = variants(
    "type",
    {
        "audio/pcm": fields({"type": anything}, {"rate": word(24000)}),
        "audio/pcmu": fields({"type": anything}, {"rate": word(8000)}),
        "audio/pcma": fields({"type": anything}, {"rate": word(8000)}),
    },
)
TURNS = variants(
    "type",
    {
        "server_vad": fields(
            {"type": anything},
            {
                "threshold": number(0, 1),
                "prefix_padding_ms": integer(0, 10_000),
                "silence_duration_ms": integer(0, 10_000),
                "idle_timeout_ms": nullable(integer(5_000, 30_000)),
                "create_response": boolean,
                "interrupt_response": boolean,
            },
        ),
        "semantic_vad": fields(
            {"type": anything},
            {
                "eagerness": word("auto", "low", "medium", "high"),
                "create_response": boolean,
                "interrupt_response": boolean,
            },
        ),
    },
)
TRANSCRIPTION = fields(
    {},
    {
        "model": text(200, shortest=1),
        "language": text(20),
        "languages": array(text(20), 50),
        "prompt": text(LONGEST_TEXT),
        "keywords": array(text(200), 1000),
        "delay": word("minimal", "low", "medium", "high", "xhigh"),
    },
)
NOISE_REDUCTION = fields({"type": word("near_field", "far_field")}, {"strength": number(0, 1)})
TRUNCATION_RATIO = fields(
    {"type": word("retention_ratio"), "retention_ratio": number(0, 1)},
    {"token_limits": fields({}, {"post_instructions": integer(0, 1_000_000)})},
)
CUSTOM_VOICE = fields({"id": text(200, shortest=1)}, {})
REASONING = fields({}, {"effort": nullable(word("minimal", "low", "medium", "high", "xhigh"))})
PROMPT = fields({"id": text(200, shortest=1)}, {"version": nullable(text(200)), "variables": nullable(mapping)})
TRACING = fields({}, {"workflow_name": text(200), "group_id": text(200), "metadata": mapping})
TOOL_CHOICE = fields({"type": word("function"), "name": NAME}, {})


def tool_choice(value: Any, path: str) -> None:
    """Check `tool_choice`: a word, or one function."""
    no_mcp(value, path)
    (TOOL_CHOICE if isinstance(value, dict) else word("auto", "none", "required"))(value, path)


def max_output_tokens(value: Any, path: str) -> None:
    """Check `max_output_tokens`: a number or "inf"."""
    (word("inf") if isinstance(value, str) else integer(1, 4096))(value, path)


def truncation(value: Any, path: str) -> None:
    """Check `truncation`: a word, or how much to keep."""
    (TRUNCATION_RATIO if isinstance(value, dict) else word("auto", "disabled"))(value, path)


def modalities(value: Any, path: str) -> None:
    """Check `output_modalities`: exactly one."""
    if value not in (["audio"], ["text"]):
        refuse(path, "['audio'] or ['text']", value)


def voice(value: Any, path: str) -> None:
    """Check `voice`: a name, or a voice of one's own."""
    (CUSTOM_VOICE if isinstance(value, dict) else text(200, shortest=1))(value, path)


def tracing(value: Any, path: str) -> None:
    """Check `tracing`: a word, or how the trace is named."""
    (TRACING if isinstance(value, dict) else word("auto"))(value, path)


def session_type(value: Any, path: str) -> None:
    """Check the session's `type`."""
    if value == "transcription":
        message = f"Invalid value for '{path}': this server holds conversations only, sessions of type 'realtime'."
        raise CallerError(message, code="invalid_value", param=path)
    word("realtime")(value, path)


SESSION = fields(
    {"type": session_type},
    {
        "output_modalities": modalities,
        "instructions": text(LONGEST_TEXT),
        "tools": array(function_tool, MOST_TOOLS),
        "tool_choice": tool_choice,
        "max_output_tokens": max_output_tokens,
        "truncation": truncation,
        "include": nullable(array(word("item.input_audio_transcription.logprobs"), 1)),
        "audio": fields(
            {},
            {
                "input": fields(
                    {},
                    {
                        "format": FORMAT,
                        "noise_reduction": nullable(NOISE_REDUCTION),
                        "transcription": nullable(TRANSCRIPTION),
                        "turn_detection": nullable(TURNS),
                    },
                ),
                "output": fields({}, {"format": FORMAT, "voice": voice, "speed": number(0.25, 1.5)}),
            },
        ),
        # The team's own; accepted and not put in force.
        "model": text(200),
        "reasoning": nullable(REASONING),
        "parallel_tool_calls": nullable(boolean),
        "prompt": nullable(PROMPT),
        "tracing": nullable(tracing),
    },
)
