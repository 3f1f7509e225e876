"""What models generated: responses, the words in them, and what they cost."""

from __future__ import annotations

from typing import Any, ClassVar

from orchestrator.core import events as ev
from orchestrator.core.goodbye import whole
from orchestrator.core.ids import SessionKind
from orchestrator.observe.facts import Inferred, Said
from orchestrator.observe.story.part import Part, Tell
from orchestrator.observe.words import words

OPEN = 64  # responses that have not ended; the oldest is forgotten
# What tokens are called, and where a `usage` says how many.
TOKENS = {
    "input": ("input_tokens",),
    "input text": ("input_token_details", "text_tokens"),
    "input audio": ("input_token_details", "audio_tokens"),
    "cached text": ("input_token_details", "cached_tokens_details", "text_tokens"),
    "cached audio": ("input_token_details", "cached_tokens_details", "audio_tokens"),
    "output": ("output_tokens",),
    "output text": ("output_token_details", "text_tokens"),
    "output audio": ("output_token_details", "audio_tokens"),
}


class Models(Part):
    """Looks for what models generated."""

    def __init__(self, tell: Tell, seat: str) -> None:
        super().__init__(tell, seat)
        # Responses that have not ended → when they began.
        self._since: dict[str, float] = {}

    def _begins(self, event: ev.ResponseStarted, at: float) -> None:
        self._since[event.response_id] = at
        if len(self._since) > OPEN:
            del self._since[next(iter(self._since))]

    def _done(self, event: ev.ResponseFinished, at: float) -> None:
        session = event.session
        if session.kind is not SessionKind.CONSULT:
            self._said(event, at)
        self.tell(
            Inferred(
                start=self._since.pop(event.response_id, at),
                end=at,
                seat=self.seat,
                agent=session.agent,
                session=str(session),
                response_id=event.response_id,
                status=event.status,
                error=event.error,
                tokens=tokens(event.usage),
                cost=event.cost,
            )
        )

    def _said(self, event: ev.Event, at: float) -> None:
        response_id, typed = getattr(event, "response_id", ""), isinstance(event, ev.CallerTyped)
        for who, item_id, text in words(event):
            about = {"item_id": item_id, "response_id": response_id}
            self.tell(Said(start=at, end=at, seat=self.seat, who=who, text=text, typed=typed, **about))

    takes: ClassVar[Any] = {
        ev.ResponseStarted: _begins,
        ev.ResponseFinished: _done,
        ev.TurnTranscribed: _said,
        ev.CallerTyped: _said,
    }


def tokens(usage: Any) -> dict[str, int]:
    """Return the counts of a Realtime `usage`, flat; what it does not say is left out."""
    found = {}
    for name, path in TOKENS.items():
        inner = usage
        for key in path:
            inner = inner.get(key) if hasattr(inner, "get") else None
        if count := whole(inner):
            found[name] = count
    return found
