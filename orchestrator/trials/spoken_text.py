"""Models that are asked for text, and heard as if they spoke it: so a test needs no speech, and runs the whole call.

To the core, and to whoever looks at the call, an agent speaks: its words come with silence that lasts as long as they
would. So playback, farewells, interruptions and all times are those of a spoken call. A model sees text:
`output_modalities` is changed on its way out, and an answer that is cut is put into its conversation once more, as far
as it was heard.
"""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any

from orchestrator.core.response import BUSY
from orchestrator.protocol.audio import bytes_per_ms
from orchestrator.protocol.frames import client_frame
from orchestrator.protocol.ids import make_id
from orchestrator.providers.port import Provider, Session, Take
from orchestrator.trials.simulated_time import SimulatedLoop

FORMAT = "audio/pcmu"  # of the silence: the one with the fewest bytes
MS_PER_LETTER = 65.0  # of speech: some 150 words a minute
LONGEST_MS = 120_000.0  # of one piece of text
WRITTEN = "response.output_text.delta"


def spoken_ms(text: str) -> float:
    """Return how long it takes to say something."""
    return min(len(text) * MS_PER_LETTER, LONGEST_MS)


class SpokenText(Provider):
    """A provider whose sessions are asked for text; `loop` says that they are outside this process."""

    def __init__(self, provider: Provider, loop: SimulatedLoop | None = None) -> None:
        # Who runs the models.
        self._provider = provider
        # Whose clock waits for them, if it has to.
        self._loop = loop

    async def open(self, model: str) -> Session:
        """Open a session that is heard."""
        return await self._opened(self._provider.open(model))

    async def open_text(self, model: str) -> Session:
        """Open a session that is only asked in text."""
        return await self._opened(self._provider.open_text(model))

    async def _opened(self, opening: Awaitable[Session]) -> Session:
        with self._loop.outside() if self._loop is not None else nullcontext():
            return SpokenSession(await opening, self._loop)


class SpokenSession:
    """A session whose text is heard."""

    def __init__(self, session: Session, loop: SimulatedLoop | None = None) -> None:
        # The session, and whose clock waits for it.
        self._session, self._loop = session, loop
        # What is held open of the clock: the connection first, then what is awaited.
        self._held: list[ExitStack] = []
        self._hold(SimulatedLoop.connected)
        # Whether what it writes is to be heard, but for these responses, which are beside the conversation.
        self._heard, self._aside = False, set[str]()
        # Item → its words so far, and the item before it.
        self._said: dict[str, str] = {}
        self._before: dict[str, str | None] = {}
        # Frames that nobody has taken yet.
        self._left: deque[str] = deque()

    @property
    def max_age(self) -> float | None:
        """Seconds that such a session lives."""
        return self._session.max_age

    def send(self, frame: str) -> None:
        """Send a client event, as one that asks for text."""
        event = json.loads(frame)
        match event["type"]:
            case "session.update":
                self._await()
                self._heard = event["session"].get("output_modalities") == ["audio"]
                self._session.send(client_frame(**_kind(event), session=_in_text(event["session"])))
            case "response.create":
                self._await()
                self._session.send(json.dumps({**event, "response": _in_text(event.get("response") or {})}))
            case "conversation.item.truncate" if event["item_id"] in self._said:
                self._cut(str(event["item_id"]), float(event["audio_end_ms"]))
            case _:
                self._session.send(frame)

    async def read(self, take: Take) -> None:
        """Hand each server event to `take`, as one of a session that speaks."""

        def heard(frame: str) -> bool:
            self._left.extend(self._spoken(frame))
            return self._taken(take)

        if not self._taken(take):
            await self._session.read(heard)

    def _taken(self, take: Take) -> bool:
        while self._left:
            if take(self._left.popleft()):
                return True
        return False

    async def close(self) -> None:
        """End the session."""
        while self._held:
            self._held.pop().close()
        await self._session.close()

    def _await(self) -> None:
        self._hold(SimulatedLoop.outside)

    def _hold(self, kind: Callable[[SimulatedLoop], AbstractContextManager[None]]) -> None:
        if self._loop is not None:
            stack = ExitStack()
            stack.enter_context(kind(self._loop))
            self._held.append(stack)

    def _has_come(self) -> None:
        if len(self._held) > 1:
            self._held.pop().close()

    def _cut(self, item_id: str, ms: float) -> None:
        """Put an item into the conversation once more, with the words that were heard of it."""
        words = self._said[item_id].split()
        length = spoken_ms(self._said[item_id])
        heard = " ".join(words[: round(len(words) * min(1.0, ms / length))]) + " …" if length else ""
        self._said[item_id] = heard
        content = [{"type": "output_text", "text": heard}]
        item = {"id": item_id, "type": "message", "role": "assistant", "content": content}
        before = self._before.get(item_id)
        self._session.send(client_frame("conversation.item.delete", item_id=item_id))
        place = {"previous_item_id": before} if before else {}
        self._session.send(client_frame("conversation.item.create", item=item, **place))

    def _spoken(self, frame: str) -> Iterator[str]:
        event = json.loads(frame)
        match event.get("type"):
            case "session.updated" | "response.done":
                self._has_come()
            case "error" if refuses(event.get("error") or {}):
                self._has_come()
            case "response.created":
                response = event["response"]
                if "conversation_id" in response and response["conversation_id"] is None:
                    self._aside.add(response["id"])
            case "conversation.item.added":
                self._before[event["item"]["id"]] = event.get("previous_item_id")
            case "response.output_text.delta" if self._heard and event["response_id"] not in self._aside:
                yield from self._aloud(event)
                return
        yield frame

    def _aloud(self, event: Mapping[str, Any]) -> Iterator[str]:
        """Turn words into words that are said, and the time that this takes."""
        text = str(event["delta"])
        self._said[event["item_id"]] = self._said.get(event["item_id"], "") + text
        place = {key: event[key] for key in ("response_id", "item_id", "output_index", "content_index")}
        yield _frame("response.output_audio_transcript.delta", place, text)
        silence = base64.b64encode(b"\xff" * round(bytes_per_ms(FORMAT) * spoken_ms(text))).decode()
        yield _frame("response.output_audio.delta", place, silence)


def refuses(error: Mapping[str, Any]) -> bool:
    """Return whether an error means that a session object, or a response, was not accepted."""
    return error.get("code") == BUSY or str(error.get("param") or "").startswith(("session", "response"))


def _kind(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": event["type"], **{key: event[key] for key in ("event_id",) if key in event}}


def _in_text(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return a session object, or the options of a response, that asks for text."""
    return {**asked, "output_modalities": ["text"]} if "output_modalities" in asked else dict(asked)


def _frame(kind: str, place: Mapping[str, Any], delta: str) -> str:
    return json.dumps({"type": kind, "event_id": make_id("event_"), **place, "delta": delta})
