"""What a worker at the desk may send: each event with its fields, and the right that it takes. Sans-I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.core.people.events import When
from orchestrator.errors import CallerError
from orchestrator.gateway.webrtc.offers import LONGEST
from orchestrator.protocol.checks import Check, boolean, encoded, fields, mapping, nullable, text, word

PREFIX = "team.person."
APPROVE, CREATE = "team.approval.answer", "conversation.item.create"
APPEND = "input_audio_buffer.append"
OFFER, END = "team.audio.offer", "team.audio.end"
LONGEST_AUDIO = 1024 * 1024  # characters of base64
CALL, WORDS, NAME = text(100, shortest=1), text(4000, shortest=1), text(64, shortest=1)
# The Realtime protocol's own shape of an approval, for clients that know it.
RESPONSE = fields(
    {"type": word("mcp_approval_response"), "approval_request_id": NAME, "approve": boolean},
    {"id": NAME, "reason": nullable(WORDS)},
)
COMMON: dict[str, Check] = {"type": text(64), "event_id": text(512), "call": CALL}
WHEN = word(*(when.value for when in When))


def _of(needed: Mapping[str, Check] | None = None, possible: Mapping[str, Check] | None = None) -> Check:
    return fields({"type": COMMON["type"], **(needed or {})}, {**COMMON, **(possible or {})})


# Event → what it holds, and the right that it takes.
EVENTS: dict[str, tuple[Check, str]] = {
    f"{PREFIX}watch": (_of(possible={"on": boolean}), "listen"),
    f"{PREFIX}listen": (_of(possible={"on": boolean}), "listen"),
    f"{PREFIX}note": (_of({"text": WORDS}, {"when": WHEN}), "note"),
    f"{PREFIX}say": (_of({"text": WORDS}, {"when": WHEN}), "note"),
    f"{PREFIX}instruct": (_of({"text": WORDS}, {"when": WHEN}), "note"),
    f"{PREFIX}accept": (_of(), "take"),
    f"{PREFIX}decline": (_of(possible={"reason": WORDS}), "take"),
    f"{PREFIX}take": (_of(possible={"agent": NAME, "reason": WORDS}), "take"),
    f"{PREFIX}give_back": (_of(possible={"to": NAME, "note": WORDS}), "take"),
    f"{PREFIX}run": (_of({"name": NAME}, {"arguments": mapping}), "take"),
    f"{PREFIX}hang_up": (_of(), "take"),
    APPROVE: (_of({"id": NAME, "approve": boolean}, {"reason": WORDS}), "approve"),
    CREATE: (_of({"item": RESPONSE}), "approve"),
    APPEND: (_of({"audio": encoded(LONGEST_AUDIO)}), "take"),
    OFFER: (_of({"sdp": text(LONGEST)}), "take"),
    END: (_of(), "take"),
}


def check(event: Mapping[str, Any], may: frozenset[str]) -> None:
    """Check an event and the right to send it; raises `CallerError`."""
    known = EVENTS.get(str(event.get("type")))
    if known is None:
        listed = ", ".join(sorted(EVENTS))
        raise CallerError(f"Unknown event. Known: {listed}.", code="invalid_value", param="type")
    shape, right = known
    if right not in may:
        message = f"This role may not do that: it lacks {right!r}. Add it to `may` in the team file."
        raise CallerError(message, code="forbidden", param="type")
    shape(event, "")
