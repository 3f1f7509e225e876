"""One open call as its transports see it: they pass it the frames they receive, and it speaks the Realtime protocol.

A WebSocket, a WebRTC connection and a phone call each bring a `Transport`, through which the caller hears the team.
Whoever reads the call's events brings an `Outbox`: the caller's own socket, and every sideband socket that joined with
`?call_id=`.

Audio takes the hot path: an `input_audio_buffer.append` frame with no other field is recognised by its first and last
bytes, its milliseconds are counted, and it is passed on unchanged. Every other frame is parsed and checked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from time import thread_time
from typing import Any

import structlog

from orchestrator.core.caller import OPTIONS
from orchestrator.core.events import CallerConfigured, CallerLeft, CallerSpoke, Ending, Event
from orchestrator.errors import CallerError
from orchestrator.gateway import closing, hosted_tools
from orchestrator.gateway.caller import RealtimeCaller, Transport
from orchestrator.gateway.caller_events import check, to_core
from orchestrator.gateway.resuming.checkpoint import checkpoint
from orchestrator.gateway.resuming.holding import Holding
from orchestrator.gateway.session import not_in_force
from orchestrator.gateway.teams.version import Version
from orchestrator.protocol.audio import bytes_per_ms, decoded
from orchestrator.protocol.audio_frames import append_ms
from orchestrator.protocol.beta import BETA_SHAPE
from orchestrator.protocol.bounds import read_event
from orchestrator.runner import Place, RunningCall

log = structlog.get_logger("orchestrator")


def without_formats(session: Any) -> Any:
    """Return a session object without its audio formats; anything that is not shaped like one is returned unchanged."""
    if not isinstance(session, Mapping) or not isinstance(session.get("audio"), Mapping):
        return session
    audio = {
        side: {key: value for key, value in given.items() if key != "format"} if isinstance(given, Mapping) else given
        for side, given in session["audio"].items()
    }
    return {**session, "audio": audio}


class OpenCall:
    """One caller and its running call."""

    def __init__(
        self,
        version: Version,
        place: Place,
        caller: RealtimeCaller,
        running: RunningCall,
        *,
        largest_frame: int,
        media: Mapping[str, Any] | None = None,
        holding: Holding | None = None,
    ) -> None:
        # The id for the caller, the log and the team's tools: made by this server, never chosen by a caller.
        self.call_id = place.call
        # What it is a call of, to its end.
        self.version = version
        # Whom the caller shares the call with, on which seat.
        self.place = place
        # The caller as the running call sees it, and the caller's session object.
        self.caller, self.view = caller, caller.view
        # The call that the runner holds.
        self.running = running
        # What holds it for the fleet; None: there is none. Whether it goes on elsewhere.
        self.holding, self.left = holding, False
        # The longest frame of a client event, in characters.
        self._largest_frame = largest_frame
        # The format of audio that travels outside the events, which no event can change then.
        self._media = media
        if media is not None:
            self.view.update({"type": "realtime", "audio": {"input": {"format": media}, "output": {"format": media}}})
        # What the caller asked for and did not get, as far as the log says so.
        self._not_taken: set[str] = set()
        # Bytes per millisecond of the caller's audio.
        self._rate = bytes_per_ms(self.view.input_format["type"])

    def configure(self, session: Mapping[str, Any]) -> None:
        """Apply a session object before the call begins; raises `CallerError`."""
        self._update({"type": "realtime", **session})

    async def run(self, transport: Transport, variables: Mapping[str, Any] | None = None) -> None:
        """Run the call to its end; `variables` are what is known about the caller."""
        self.caller.connected(transport)
        taken_over = None
        if self.holding is not None:
            taken_over = self.holding.taken_over
            self.holding.begin(self, self._known)
        try:
            await self.running.run(self.view.settings, variables or {}, taken_over)
        except Exception:
            log.exception("call failed", call=self.call_id)
            self.caller.end(Ending.FAILED, "internal error")
        finally:
            self.caller.end(Ending.LEFT, "the call is over")
            if self.holding is not None and not self.left:
                self.holding.over()

    def end_keeping(self, ended: float) -> None:
        """Let what is kept of the call end with it, in unix seconds, or go on where the call does."""
        if self.left:
            self.version.keeping.leave(self.place)
        else:
            self.version.keeping.left(self.place, ended, self.forget)

    def forget(self) -> None:
        """Let the fleet forget the call, all of which is kept: until then another node could finish it."""
        if self.holding is not None and not self.left:
            self.holding.end()

    def _known(self) -> dict[str, Any]:
        """Return what another node has to know of the caller's side before the first event."""
        conversation = self.caller.projection.conversation_id
        return {"session": self.view.kept(), "conversation": conversation, "media": self._media}

    def disconnected(self, *, lost: bool) -> None:
        """Note that the caller has gone: a call goes on whose connection was `lost` and whose caller can come back."""
        if lost and self.resumable:
            self.release("the connection was lost")
        else:
            self.feed(CallerLeft("hang-up"))

    @property
    def resumable(self) -> bool:
        """Whether the caller can come back to the call."""
        return not self.left and self.holding is not None and self.holding.resumable and self.caller.comes_back

    def release(self, reason: str) -> None:
        """Leave the call, for its caller to come back to another node or connection."""
        if self.holding is not None:
            self.holding.release()
        self.let_go(reason)

    def let_go(self, reason: str) -> None:
        """Do nothing more for the call here; it goes on elsewhere."""
        if not self.left:
            self.left = True
            self.caller.tell_of_resuming("moved", {"reason": reason})
            self.caller.close(closing.MOVED, reason)
            self.running.let_go(reason)

    def strand(self) -> None:
        """Let nobody take the call over any more: others have joined it, and they cannot come back together."""
        if self.holding is not None:
            self.holding.strand()

    def checkpoint(self) -> bytes | None:
        """Return all that is known of the call; None when this is no moment for it. Raises `CheckpointError`."""
        return checkpoint(self.running, self.caller, self.version)

    def tell_of_resuming(self, name: str, fields: Mapping[str, Any]) -> None:
        """Send the caller a `team.call.*` event, if they said that they can come back."""
        turn = {"last_turn": self.caller.projection.last_turn} if name == "resumed" else {}
        self.caller.tell_of_resuming(name, {**fields, **turn})

    def hang_up(self, ending: Ending, reason: str) -> None:
        """End the call from the server's side."""
        self.feed(CallerLeft(reason, ending))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    def _too_old(self) -> None:
        self.hang_up(Ending.BETA, "the client speaks the beta version of the Realtime API")

    def too_slow(self) -> None:
        """End a call whose caller does not read; deferred: its queue overflows while an event is handled."""
        log.warning("caller too slow", call=self.call_id)
        asyncio.get_running_loop().call_soon(self.feed, CallerLeft("too slow", Ending.TOO_SLOW))

    def feed(self, event: Event) -> None:
        """Pass the call an event that a transport noticed itself."""
        if self.caller.recording is not None:
            self.caller.recording.told(event)
        self.running.feed(event)

    def spoke(self, audio: str, ms: float) -> None:
        """Pass the call base64 audio in the session's input format."""
        self._heard(f'{{"type":"input_audio_buffer.append","audio":"{audio}"}}', ms)

    def _heard(self, frame: str, ms: float) -> None:
        if self.caller.recording is not None:
            self.caller.recording.heard(frame, self.view.input_format["type"], ms)
        self.running.feed(CallerSpoke(frame, ms))
        if self.caller.entry.listeners:
            self.caller.entry.overhear("caller", frame)

    def received(self, frame: str | None, leave: Callable[[], None] | None = None) -> float:
        """Handle one frame of a client event; None stands for a binary one. Never raises, whatever is in it.

        `leave` closes the connection of a client that cannot be served; the caller's own has none, and its call ends.
        Returns the seconds that it took, for the share of who sent it; audio takes none to speak of.
        """
        event: Mapping[str, Any] = {}
        began = 0.0
        try:
            if frame is None:
                message = "Binary frames are not accepted. Send one JSON event per text frame."
                self.caller.refuse("invalid_event", message, None, None)
                return 0.0
            if len(frame) > self._largest_frame:
                self.hang_up(Ending.TOO_BIG, f"a frame is larger than {self._largest_frame} bytes")
                return 0.0
            ms = append_ms(frame, self._rate)
            if ms is not None:
                self._heard(frame, ms)
                return 0.0
            began = thread_time()
            event = read_event(frame)
            check(event, media=self._media is not None)
            self._accepted(event)
        except CallerError as error:
            self.caller.refuse_event(error, event)
            if event.get("type") == "session.update":
                self._note_refused(error)
            if error.code == BETA_SHAPE:
                (leave or self._too_old)()
        except Exception:  # a bug of ours: this event is lost, and the call goes on
            log.exception("event failed", call=self.call_id, type=event.get("type"))
            self.caller.fail_event(event)
        return thread_time() - began

    def _accepted(self, event: Mapping[str, Any]) -> None:
        match event["type"]:
            case "session.update":
                known = self.view.mcp_servers.values()
                self._update(event["session"])
                if self.holding is not None:
                    self.holding.journal.session(self.view.kept(), self._now())
                self.feed(CallerConfigured(self.view.settings()))
                self.caller.session_updated(one for one in self.view.mcp_servers.values() if one not in known)
                return
            case "conversation.item.retrieve" if label := self.view.mcp_label(event["item_id"]):
                item = hosted_tools.item(event["item_id"], label)
                self.caller.send({"type": "conversation.item.retrieved", "item": item})
                return
            case "input_audio_buffer.append":
                self._append(event["audio"])
                return
            case "output_audio_buffer.clear":
                self.caller.stop_playback()
                return
            case "conversation.item.create":
                self._check_place(event)
            case "response.create":
                response = event.get("response") or {}
                self.view.check_response(response if self._media is None else without_formats(response))
                kept = {key: value for key, value in response.items() if key not in (*OPTIONS, "instructions")}
                self._note_not_taken(not_in_force(kept, self.view.echo(), "response"))
        caused = to_core(event)
        if event["type"] == "conversation.item.create":
            item_id, after = caused.item["id"], event.get("previous_item_id")  # type: ignore[union-attr]
            self.caller.projection.own_item(item_id, after)
            if self.holding is not None:
                self.holding.journal.own_item(item_id, after, self._now())
        self.feed(caused)

    def _update(self, session: Any) -> None:
        self.view.update(session if self._media is None else without_formats(session))
        self._note_not_taken(not_in_force(session, self.view.echo(), "session"))
        self.caller.projection.own_tools(self.view.tool_names)
        self._rate = bytes_per_ms(self.view.input_format["type"])

    def _note_not_taken(self, paths: Iterable[str]) -> None:
        """Log, once for each field, that the team sets it."""
        if new := set(paths) - self._not_taken:
            self._not_taken |= new
            log.info("fields not taken", call=self.call_id, fields=sorted(new))

    def _note_refused(self, error: CallerError) -> None:
        """Log, once for each code, that a session object was refused: some clients go on as if it were in force."""
        if error.code not in self._not_taken:
            self._not_taken.add(error.code)
            log.warning("session update refused", call=self.call_id, reason=str(error))

    def _append(self, audio: str) -> None:
        self.spoke(audio, len(decoded(audio, "audio")) / self._rate)

    def _check_place(self, event: Mapping[str, Any]) -> None:
        self.view.check_item(event["item"], "item")
        item_id, after, known = event["item"].get("id"), event.get("previous_item_id"), self.caller.projection.knows
        if item_id is not None and known(item_id):
            message = f"An item with the id {item_id!r} already exists."
            raise CallerError(message, code="item_create_duplicate_item_id", param="item.id")
        if after not in (None, "root") and not known(after):
            message = f"The previous item {after!r} does not exist."
            raise CallerError(message, code="item_create_invalid_previous_item_id", param="previous_item_id")
