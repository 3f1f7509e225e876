"""One response of a scripted session: its events in the service's order, also when it is cut short.

The response is a generator that emits events and yields how long to wait before the next ones. It does not wait itself:
the session advances it when its time has come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.protocol.response import Response
from orchestrator.protocol.usage import usage
from orchestrator.testing.hosted import HostedServers
from orchestrator.testing.items import Conversation, Entry
from orchestrator.testing.output import Output
from orchestrator.testing.script import McpCall, Reply, Say

CHUNK_MS = 100  # of audio in one delta
AT_ONCE = 0.0  # a time that has always come
LIMITS = [{"name": "tokens", "limit": 40_000, "remaining": 39_990}]


class ScriptedResponse(Response[Entry]):
    """A response that gives a reply."""

    def __init__(
        self,
        reply: Reply,
        options: Mapping[str, Any],
        session: Mapping[str, Any],
        conversation: Conversation,
        output: Output,
        hosted: HostedServers,
    ) -> None:
        # The reply that is given.
        self._reply = reply
        # The session's format and voice, as they were when the response began.
        self._audio = session["audio"]["output"]
        fields = {
            "output_modalities": options.get("output_modalities") or session["output_modalities"],
            "max_output_tokens": session["max_output_tokens"],
            "audio": {"output": {key: self._audio[key] for key in ("format", "voice")}},
            "metadata": options.get("metadata"),
        }
        super().__init__(conversation, fields, aside=options.get("conversation") == "none")
        # The conversation, which counts the audio, and where the audio is made.
        self._items, self._output = conversation, output
        # Who calls the tools of servers.
        self._hosted = hosted
        # When the next events are due; None: when the response is released, or never because it is over.
        self.due: float | None = AT_ONCE
        # Why the response is cut short, if it is.
        self._cut: str | None = None
        # Whether a held response may go on.
        self._released = False
        # What is left to do.
        self._steps = self._run()

    def advance(self, now: float) -> None:
        """Emit the events that are due, up to the next pause."""
        if self.due is None or now < self.due:
            return
        pause = next(self._steps, None)
        self.due = None if pause is None else now + pause

    def release(self) -> None:
        """Let a held response go on."""
        self._released = True
        self.due = AT_ONCE

    def cancel(self, reason: str) -> None:
        """Cut the response short: emit everything that closes it, and the audio that is late."""
        self._cut = reason
        for _ in self._steps:
            pass  # nothing is waited for any more
        self.due = None

    def usage(self) -> dict[str, Any]:
        """Return a few tokens."""
        return usage(text_in=6, text_out=2, audio_out=2)

    def _run(self) -> Iterator[float | None]:
        """Emit the response, yielding the pauses in it; None is one that lasts until the response is released."""
        self.begin()
        for index, part in enumerate(self._reply.items):
            if self._reply.held and index == len(self._reply.items) - 1 and not self._released:
                yield None
            if self._cut is not None:
                break
            if isinstance(part, Say):
                yield from self._say(part)
            elif isinstance(part, McpCall):
                self._call_server(part)
            else:
                self.call(part.name, part.arguments)
        if self._cut is not None:
            super().cancel(self._cut)
        elif self._reply.fails:
            self.fail(self._reply.fails, "scripted")
        else:
            self.end("completed")
        self._output.emit("rate_limits.updated", rate_limits=LIMITS)
        if self._cut is not None and self._message:
            for _ in range(0, self._reply.late_ms, CHUNK_MS):
                self._play(CHUNK_MS)

    def _call_server(self, part: McpCall) -> None:
        """Ask whether a tool of a server may be called; call it at once if it always may."""
        self.close_message("completed")
        if not self._hosted.asks(part):
            for _ in self._hosted.run(part):
                pass
            return
        entry = self._add(self._hosted.request(part))
        self._finish(entry, "completed")

    def _say(self, said: Say) -> Iterator[float]:
        """Emit a message at the reply's pace, until it is cut short."""
        spoken = self._fields["output_modalities"] != ["text"]
        self.open_message(spoken=spoken)
        self.write(said.text)
        for start in range(0, said.ms if spoken else 0, CHUNK_MS):
            if self._cut is not None:
                break
            piece_ms = min(CHUNK_MS, said.ms - start)
            if not self.aside:
                self._items.add_audio(self.entries[-1], piece_ms)
            self._play(piece_ms)
            yield CHUNK_MS / 1000 / self._reply.pace if self._reply.pace else 0.0
        self.close_message("completed" if self._cut is None else "incomplete")

    def _play(self, ms: int) -> None:
        self.play(self._output.audio(ms, self._audio["format"]))
