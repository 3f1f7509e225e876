"""The responses of a session: one at a time in the conversation, and a few beside it (`conversation: none`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.errors import CallerError
from orchestrator.local.items import Conversation, Entry
from orchestrator.local.listening import Spawn
from orchestrator.local.parts import Parts
from orchestrator.local.plan import make_plan, voice
from orchestrator.local.response import Response
from orchestrator.local.session_object import check_schemas, check_voice
from orchestrator.protocol.items import new_item
from orchestrator.providers.outlet import Outlet

MOST_OUT_OF_BAND = 8  # responses beside the conversation at a time
UNSEEN = ("input_image",)  # content that no part of this provider can take


class Responses:
    """Starts and cancels a session's responses."""

    def __init__(
        self,
        parts: Parts,
        outlet: Outlet,
        conversation: Conversation,
        spawn: Spawn,
        finished: Callable[[Response], None],
    ) -> None:
        # The models.
        self._parts = parts
        # Where server events go.
        self._outlet = outlet
        # The items.
        self._conversation = conversation
        # Starts a task that ends with the session.
        self._spawn = spawn
        # Told of each response of the conversation that has ended by itself.
        self._finished = finished
        # The response of the conversation that is running or ran last.
        self._active: Response | None = None
        # Running responses out of band.
        self._out_of_band: list[Response] = []
        # What the brain remembers between responses.
        self._memory: dict[str, Any] = {}
        # Whether assistant audio exists, which fixes the voice.
        self.has_spoken = False

    def create(self, session: Mapping[str, Any], wanted: Mapping[str, Any], line: str | None = None) -> bool:
        """Start a response with checked fields; return whether it belongs to the conversation. Raises `CallerError`.

        `line` is what it must say when the session itself asks for it.
        """
        out_of_band = wanted.get("conversation") == "none"
        self._check_room(out_of_band=out_of_band)
        check_voice(voice(session, wanted), self._parts.speaker.voices, "response.audio.output.voice")
        check_schemas(wanted.get("tools", []), "response.tools")
        entries = self._given(wanted["input"]) if "input" in wanted else self._conversation.entries()
        plan = make_plan(session, wanted, entries, line)
        response = Response(plan, self._outlet, None if out_of_band else self._conversation)
        if out_of_band:
            self._out_of_band.append(response)
        else:
            self._active = response
        self.has_spoken = self.has_spoken or plan.spoken
        response.task = self._spawn(self._run(response, out_of_band=out_of_band), response.id)
        return not out_of_band

    def interrupt(self) -> None:
        """Cancel the response of the conversation because the caller speaks."""
        if self._active is not None:
            self._active.cancel("turn_detected")

    def cancel(self, response_id: str | None) -> None:
        """Cancel a response for the client, by default that of the conversation; raises `CallerError`."""
        running = [one for one in (self._active, *self._out_of_band) if one is not None and not one.done]
        chosen = [one for one in running if (one.id == response_id if response_id else one is self._active)]
        if not chosen:
            raise CallerError("Cancellation failed: no active response found.", code="response_cancel_not_active")
        chosen[0].cancel("client_cancelled")

    def _check_room(self, *, out_of_band: bool) -> None:
        self._out_of_band = [response for response in self._out_of_band if not response.done]
        if out_of_band and len(self._out_of_band) >= MOST_OUT_OF_BAND:
            raise CallerError("Too many responses out of band are running.", code="rate_limit_exceeded")
        if not out_of_band and self._active is not None and not self._active.done:
            message = f"Conversation already has an active response in progress: {self._active.id}."
            raise CallerError(message, code="conversation_already_has_active_response")

    async def _run(self, response: Response, *, out_of_band: bool) -> None:
        memory: dict[str, Any] = {} if out_of_band else self._memory
        await response.run(self._parts.brain, memory, self._parts.speaker)
        if not out_of_band:
            self._finished(response)

    def _given(self, items: list[Mapping[str, Any]]) -> list[Entry]:
        """Return the items that a response brings along as its context."""
        entries = []
        for at, item in enumerate(items):
            if item.get("type") == "item_reference":
                entries.append(self._conversation.find(item["id"], "item_reference_invalid_item_id"))
            else:
                entries.append(Entry(new_item(item, f"response.input[{at}]", without=UNSEEN)))
        return entries
