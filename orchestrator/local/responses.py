"""The responses of a session: one at a time in the conversation, and a few beside it (`conversation: none`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.local.items import Conversation
from orchestrator.local.listening import Spawn
from orchestrator.local.parts import Parts
from orchestrator.local.plan import make_plan, voice
from orchestrator.local.response import Response
from orchestrator.local.session_object import check_schemas, check_voice, spoken_language
from orchestrator.protocol import response as protocol
from orchestrator.providers.event_queue import EventQueue

MOST_OUT_OF_BAND = 8  # responses beside the conversation at a time


class Responses(protocol.Responses[Response]):
    """Starts and cancels a session's responses."""

    def __init__(
        self,
        parts: Parts,
        events: EventQueue,
        conversation: Conversation,
        spawn: Spawn,
        finished: Callable[[Response], None],
        language: str | None = None,
    ) -> None:
        super().__init__(MOST_OUT_OF_BAND)
        # The models.
        self._parts = parts
        # Where server events go.
        self._events = events
        # The items.
        self._conversation = conversation
        # Starts a task that ends with the session.
        self._spawn = spawn
        # Told of each response of the conversation that has ended by itself.
        self._finished = finished
        # The team's language, if it has said so.
        self._language = language
        # What the brain remembers between responses.
        self._memory: dict[str, Any] = {}
        # Whether assistant audio exists, which fixes the voice.
        self.has_spoken = False

    def create(self, session: Mapping[str, Any], wanted: Mapping[str, Any], line: str | None = None) -> bool:
        """Start a response with checked fields; return whether it belongs to the conversation. Raises `CallerError`.

        `line` is what it must say when the session itself asks for it.
        """
        aside = wanted.get("conversation") == "none"
        self.check_room(aside=aside)
        check_voice(voice(session, wanted), self._parts.speaker.voices, "response.audio.output.voice")
        check_schemas(wanted.get("tools", []), "response.tools")
        entries = self._conversation.context(wanted.get("input"), "item_reference_invalid_item_id")
        plan = make_plan(session, wanted, entries, line, spoken_language(session, self._language))
        response = Response(plan, self._events, self._conversation, aside=aside, today=self._parts.today)
        self.add(response)
        self.has_spoken = self.has_spoken or plan.spoken
        response.task = self._spawn(self._run(response), response.id)
        return not aside

    def interrupt(self) -> None:
        """Cancel the response of the conversation because the caller speaks."""
        if self.active is not None:
            self.active.cancel("turn_detected")

    async def _run(self, response: Response) -> None:
        memory: dict[str, Any] = {} if response.aside else self._memory
        await response.run(self._parts.brain, memory, self._parts.speaker)
        if not response.aside:
            self._finished(response)
