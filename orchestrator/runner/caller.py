"""The caller's side of a running call, as the runner needs it; the gateway implements it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from orchestrator.core.away.events import Reach
from orchestrator.core.effects import Dial, TellWords
from orchestrator.core.events import Ending

REQUEST = "invalid_request_error"  # the usual type of an `error` event


class Caller(Protocol):
    """The caller's side of one running call. Every method returns at once; what cannot be sent is queued, bounded."""

    def play(self, item_id: str, frame: str) -> None:
        """Forward a whole `response.output_audio.delta` frame verbatim."""

    def start_hold(self, response_id: str, item_id: str) -> None:
        """Begin the hold sound, as a response with one item; it ends as every response does."""

    def play_hold(self, response_id: str, item_id: str, ms: int) -> None:
        """Play so many milliseconds more of it."""

    def press_keys(self, response_id: str, item_id: str, keys: str) -> None:
        """Begin a response that is the tones of some keys, with one item; it ends as every response does."""

    def stop_playback(self, *, told: bool = False) -> None:
        """Drop audio that is queued on the way to the ear; a client that plays by itself has to be `told`."""

    def tell_words(self, words: TellWords) -> None:
        """Forward a whole `response.output_audio_transcript.delta` frame verbatim."""

    def tell(self, payload: Mapping[str, Any]) -> None:
        """Give any other server event, as an agent's session sent it."""

    def end_response(self, response_id: str, status: str) -> None:
        """Close an open response of which no more will come."""

    def refuse(self, code: str, message: str, param: str | None, event_id: str | None, kind: str = REQUEST) -> None:
        """Send an `error` event; `kind` is its `type`."""

    def announce(self, name: str, fields: Mapping[str, Any]) -> None:
        """Tell what happened in the team, to those who asked to know."""

    @property
    def reach(self) -> Reach:
        """Who can connect the caller to somebody outside."""

    def dial(self, effect: Dial) -> None:
        """Connect the caller to somebody outside."""

    def end(self, ending: Ending, reason: str) -> None:
        """Close the transport, and say how the call ended."""
