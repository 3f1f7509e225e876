"""Control characters in a line of the log, written so that they control nothing.

A caller, a provider or a tool may send any character. One that moves a terminal's cursor, ends a line early or turns
the direction of writing would let it forge what the operator reads.
"""

from __future__ import annotations

import re
from typing import Any

from structlog.typing import EventDict, WrappedLogger

# C0, DEL, C1; marks and overrides of direction; line separators; halves of surrogate pairs; invisible tags.
CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ud800-\udfff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
TRACES = ("exception", "stack")  # fields that are text of several lines


def escaped(text: str) -> str:
    """Return a text with its control characters as JSON escapes them."""
    return CONTROLS.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return SHORT.get(found[0]) or "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def escape_json(_logger: WrappedLogger, _method: str, line: Any) -> str:
    """Escape what JSON may hold as it is; a processor behind the renderer, which has escaped the rest."""
    return escaped(line)


def escape_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Escape the texts of an event; a processor before the renderer of a terminal, which adds escapes of its own.

    Tracebacks keep their lines, indented: none of them can pass for a line of the log.
    """
    return {
        escaped(key): _indented(value) if key in TRACES else escaped(value) if isinstance(value, str) else value
        for key, value in event.items()
    }


def _indented(trace: object) -> str:
    return "\n".join(f"    {escaped(line)}" for line in str(trace).split("\n"))
