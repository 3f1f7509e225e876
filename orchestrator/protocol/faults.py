"""What a caller is told about an error of a service: its type, its code, and a sentence of ours.

The service's own words stay here: they may hold paths, hosts, once a key. They are for the log.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LONGEST = 200  # characters of a code or a param
# Words, or the status of an HTTP answer: no key, no path, no host.
CODE = re.compile(r"[A-Za-z]+(?:_(?:[A-Za-z]+|[0-9]{1,4}))*|[0-9]{3}")
PARAM = re.compile(r"(?:audio|content|item|previous_item|response|session|type)(?:_[a-z_]+)?(?:[.\[][\].a-z0-9_\[]*)?")
TYPES = frozenset({"invalid_request_error", "server_error", "rate_limit_error", "authentication_error"})
UNKNOWN = "unknown_error"
SENTENCES: Mapping[str, str] = {
    "conversation_already_has_active_response": "Conversation already has an active response in progress.",
    "input_audio_buffer_commit_empty": "There is too little audio in the buffer: a turn needs 100 ms at least.",
    "item_create_duplicate_item_id": "An item with this id already exists.",
    "item_create_invalid_previous_item_id": "The previous item does not exist.",
    "item_retrieve_invalid_item_id": "The item was not found.",
    "rate_limit_exceeded": "The agent's service has too much to do. Try again in a moment.",
}
OTHERWISE = "The agent's service reported an error. The server's log has its words."


def code_of(error: Mapping[str, Any]) -> str:
    """Return the code of a service's error object, else its type: one word, whatever the service wrote there."""
    given = (str(error.get(key)) for key in ("code", "type") if error.get(key) is not None)
    return next((code for code in given if len(code) <= LONGEST and CODE.fullmatch(code)), UNKNOWN)


def param_of(error: Mapping[str, Any]) -> str | None:
    """Return the place in the client's event that an error is about; None when it names no such place."""
    param = error.get("param")
    fits = isinstance(param, str) and len(param) <= LONGEST and PARAM.fullmatch(param)
    return param if fits else None


def type_of(error: Mapping[str, Any]) -> str:
    """Return the type of a service's error object."""
    kind = error.get("type")
    return kind if isinstance(kind, str) and kind in TYPES else "server_error"


def sentence(code: str) -> str:
    """Return what a caller is told of an error with this code."""
    return SENTENCES.get(code, OTHERWISE)


def plain(error: Mapping[str, Any]) -> dict[str, str]:
    """Return a service's error object as a caller gets it."""
    code = code_of(error)
    return {"type": type_of(error), "code": code, "message": sentence(code)}
