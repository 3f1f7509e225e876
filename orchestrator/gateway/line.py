"""One caller's line: the Realtime protocol between a call and whoever listens to it, whatever carries the frames.

A WebSocket, a WebRTC data channel and a telephone socket each bring a `Player`, which is where the caller hears the
team, and feed what they receive. Those who are told of the call's events each bring an `Outbox`: the caller's own
socket, and any sideband socket that joined with `?call_id=`.

Audio takes the hot path: an `input_audio_buffer.append` frame that says nothing else is recognised by its first and
last bytes, its milliseconds are counted, and it goes on as it came. Every other frame is parsed and checked.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Mapping
from typing import Any

import structlog

from orchestrator.core.events import CallerConfigured, CallerLeft, CallerSpoke, Ending, Event
from orchestrator.errors import CallerError
from orchestrator.gateway.caller import Player, RealtimeCaller
from orchestrator.gateway.caller_events import check, parse, to_core
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.outbox import Outbox
from orchestrator.providers.codec import append_ms, bytes_per_ms

log = structlog.get_logger("orchestrator")


def without_formats(session: Any) -> Any:
    """Return a session object that says nothing of audio formats; what is not shaped like one stays as it is."""
    if not isinstance(session, Mapping) or not isinstance(session.get("audio"), Mapping):
        return session
    audio = {
        side: {key: value for key, value in said.items() if key != "format"} if isinstance(said, Mapping) else said
        for side, said in session["audio"].items()
    }
    return {**session, "audio": audio}


class Line:
    """One caller and its call."""

    def __init__(
        self,
        call_id: str,
        calls: Calls,
        *,
        media: Mapping[str, Any] | None = None,
    ) -> None:
        # The call's name for the caller, for the log and for the team's tools: made here, never chosen by a caller.
        self.call_id = call_id
        # The limits it is under.
        self._settings = calls.settings
        # The caller's session object.
        self.view = calls.view(call_id.replace("rtc_", "sess_"))
        # The caller as the call sees it.
        self.caller = RealtimeCaller(
            view=self.view,
            agents={name: agent.session_fields() for name, agent in calls.team.agents.items()},
        )
        # The call.
        self.call = calls.start(call_id, self.caller)
        # The format of audio that travels beside the events; nobody can set another then.
        self._media = media
        if media is not None:
            self.view.update({"type": "realtime", "audio": {"input": {"format": media}, "output": {"format": media}}})
        # Bytes per millisecond of the caller's audio.
        self._rate = bytes_per_ms(self.view.input_format)

    def configure(self, session: Mapping[str, Any]) -> None:
        """Put a session object in force before the call begins; raises `CallerError`."""
        self._update({"type": "realtime", **session})

    async def hold(self, player: Player, variables: Mapping[str, Any] | None = None) -> None:
        """Run the call to its end; the caller hears it at `player`, `variables` are what is known of the caller."""
        self.caller.connected(player)
        try:
            await self.call.run(self.view.settings(), variables or {})
        except Exception:
            log.exception("call failed", call=self.call_id)
            self.caller.end(Ending.FAILED, "internal error")
        finally:
            self.caller.end(Ending.LEFT, "the call is over")

    def listen(self, outbox: Outbox, groups: frozenset[str] = frozenset()) -> None:
        """Tell somebody of the call's events from here on, `session.created` first.

        `groups` are those of additive events that it asked for (`?events=team`).
        """
        self.caller.listen(outbox, groups)

    def ignore(self, outbox: Outbox) -> None:
        """Tell somebody no more."""
        self.caller.ignore(outbox)

    def hang_up(self, ending: Ending, reason: str) -> None:
        """End the call from the server's side."""
        self.feed(CallerLeft(reason, ending))

    def too_slow(self) -> None:
        """End a call whose caller reads nothing; not from within the event whose effects filled its queue."""
        log.warning("caller too slow", call=self.call_id)
        asyncio.get_running_loop().call_soon(self.feed, CallerLeft("too slow", Ending.TOO_SLOW))

    def feed(self, event: Event) -> None:
        """Hand the call what a transport noticed itself."""
        self.call.feed(event)

    def spoke(self, audio: str, ms: float) -> None:
        """Hand the call base64 audio in the session's input format."""
        self.feed(CallerSpoke(f'{{"type":"input_audio_buffer.append","audio":"{audio}"}}', ms))

    def received(self, frame: str | None) -> None:
        """Take one frame of a client event; None is a binary one. Never raises for what it says."""
        event: Mapping[str, Any] = {}
        try:
            if frame is None:
                message = "Binary frames are not accepted: send one JSON event as text."
                self.caller.refuse("invalid_event", message, None, None)
                return
            if len(frame) > self._settings.max_frame:
                self.hang_up(Ending.TOO_BIG, f"a frame is larger than {self._settings.max_frame} bytes")
                return
            ms = append_ms(frame, self._rate)
            if ms is not None:
                self.feed(CallerSpoke(frame, ms))
                return
            event = parse(frame)
            check(event, media=self._media is not None)
            self._accepted(event)
        except CallerError as error:
            self.caller.refuse_event(error, event)
        except Exception:  # a mistake of ours: this event comes to nothing, and the call goes on
            log.exception("event failed", call=self.call_id, type=event.get("type"))
            self.caller.fail_event(event)

    def _accepted(self, event: Mapping[str, Any]) -> None:
        match event["type"]:
            case "session.update":
                self._update(event["session"])
                self.feed(CallerConfigured(self.view.settings()))
                self.caller.session_event("updated")
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
                self._check_response(event.get("response") or {})
        caused = to_core(event)
        if event["type"] == "conversation.item.create":
            self.caller.projection.own_item(caused.item, event.get("previous_item_id"))  # type: ignore[union-attr]
        self.feed(caused)

    def _update(self, session: Any) -> None:
        self.view.update(session if self._media is None else without_formats(session))
        self.caller.projection.own_tools(self.view.tool_names)
        self._rate = bytes_per_ms(self.view.input_format)

    def _append(self, audio: str) -> None:
        try:
            heard = base64.b64decode(audio, validate=True)
        except (binascii.Error, ValueError):
            raise CallerError("Invalid value for 'audio': not base64.", code="invalid_value", param="audio") from None
        self.spoke(audio, len(heard) / self._rate)

    def _check_place(self, event: Mapping[str, Any]) -> None:
        item_id, after, known = event["item"].get("id"), event.get("previous_item_id"), self.caller.projection.knows
        if item_id is not None and known(item_id):
            message = f"An item with the id {item_id!r} exists already."
            raise CallerError(message, code="item_create_duplicate_item_id", param="item.id")
        if after not in (None, "root") and not known(after):
            message = f"There is no item {after!r} to put this one after."
            raise CallerError(message, code="item_create_invalid_previous_item_id", param="previous_item_id")

    def _check_response(self, response: Mapping[str, Any]) -> None:
        wanted = ((response.get("audio") or {}).get("output") or {}).get("format")
        if self._media is None and wanted is not None and wanted != self.view.output_format:
            param = "response.audio.output.format"
            message = "The audio format is that of the call: set it with session.update."
            raise CallerError(message, code="invalid_value", param=param)
        if any(tool["name"] not in self.view.tool_names for tool in response.get("tools", ())):
            message = "Tools are those of the call: declare them with session.update."
            raise CallerError(message, code="invalid_value", param="response.tools")
