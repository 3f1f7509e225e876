"""One call that this node holds for the fleet: its journal, its token, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import structlog

from orchestrator.core.takeover.checkpoint import CheckpointError
from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.fleet.port import WINDOW, Claimed, Fleet, Held
from orchestrator.gateway.resuming.journal import EVERY, CallJournal

log = structlog.get_logger("orchestrator")
WORTH = 200  # bytes of a checkpoint for which an entry more is waited: it is not to cost more than the entries
SURE_SECONDS = 0.3  # to learn whether another node has the call, before a tool runs that must not run twice
FENCED = "another connection has the call"


class Kept(Protocol):
    """The call, as whoever holds it for the fleet knows it."""

    def let_go(self, reason: str) -> None:
        """Do nothing more for the call here; its caller comes back to another connection."""

    def checkpoint(self) -> bytes | None:
        """Return all that is known of the call; None when this is no moment for it."""

    def tell_of_resuming(self, name: str, fields: Mapping[str, Any]) -> None:
        """Send the caller a `team.call.*` event, if they said that they can come back."""


class Holding:
    """Holds one call."""

    def __init__(
        self,
        fleet: Fleet,
        header: Mapping[str, Any],
        began: float,
        claimed: Claimed | None = None,
        taken_over: CallTakenOver | None = None,
        *,
        alone: bool = True,
    ) -> None:
        # Where it is held, and what is known of it from the start.
        self._fleet, self._header = fleet, header
        # The call as it was taken over, and what the core is told of that; None for one that begins here.
        self._claimed, self.taken_over = claimed, taken_over
        # Whether its caller was not heard since they came back.
        self.awaited = claimed is not None
        # Whether its caller has joined nobody.
        self._alone = alone
        # What holds it; None before it begins.
        self._held: Held | None = None if claimed is None else claimed.held
        # The call itself; None before it begins.
        self._call: Kept | None = None
        # Whether the caller was told that they can come back, or that they cannot; None: neither.
        self._told: bool | None = None
        # What is written down of it.
        self.journal = CallJournal(self._put, self._soon, began, self.strand, self._sum_up_soon)
        if claimed is not None:
            self.journal.due = 0
        # Whether it is about to be looked whether that can be summed up now.
        self._looking = False

    @property
    def seed(self) -> str:
        """What the ids of the call follow from."""
        return str(self._header["seed"])

    @property
    def conversation_id(self) -> str:
        """The id of the caller's conversation; "" for a call that begins here."""
        return str(self._header.get("conversation", ""))

    @property
    def begun(self) -> bool:
        """Whether the call runs here, or has run."""
        return self._call is not None

    @property
    def resumable(self) -> bool:
        """Whether the call could go on elsewhere."""
        return self._held is not None and self._held.resumable

    def begin(self, call: Kept, known: Callable[[], Mapping[str, Any]]) -> None:
        """Hold the call from here on, or go on to; tell the caller how to come back.

        `known` returns what is to be known of the caller's side before the first event.
        """
        self._call = call
        if self._claimed is None:
            self._held = self._fleet.begin(str(self._header["call"]), {**self._header, **known()}, self)
            if not self._alone:
                self._held.strand()
            self._tell()
        else:
            lost = round(self._claimed.silent * 1000)
            call.tell_of_resuming("resumed", {"from": self._claimed.from_node, "lost_ms": lost})
            self._tell()
            self._claimed.held.watch(self)

    def _sum_up_soon(self) -> None:
        """Look whether the journal can be summed up once all is done about what it says last."""
        if not self._looking:
            self._looking = True
            asyncio.get_running_loop().call_soon(self._sum_up)

    def _sum_up(self) -> None:
        """Keep what the journal comes to, if this is a moment for it; else it is looked again after the next line."""
        self._looking = False
        if self._call is None or self._held is None or not self._held.resumable:
            return
        made: bytes | None = b""
        try:
            made = self._call.checkpoint()
        except CheckpointError as error:
            log.warning("no checkpoint of the call", call=self._header["call"], reason=str(error))
        if made is None:
            return
        self.journal.due = self.journal.entries + max(EVERY, len(made) // WORTH)
        if made:
            self.journal.flush()
            self._held.keep(made)

    async def sure(self) -> bool:
        """Return whether this node has the call for certain; while Redis is away, nobody else can have taken it."""
        return self._held is None or await self._held.confirmed(SURE_SECONDS)

    def arrived(self) -> None:
        """Note that the caller was heard after they came back: they have the new token."""
        self.awaited = False
        if self._held is not None:
            self._held.arrived()

    def release(self) -> None:
        """Give the call up for whoever comes with its token."""
        if self._held is not None:
            self.journal.flush()
            self._held.release()

    def strand(self) -> None:
        """Let nobody come back to the call any more: it goes on here."""
        if self._held is not None:
            self._held.strand()
            self._tell()

    def over(self) -> None:
        """Say that nobody comes back to the call."""
        if self._held is not None:
            self.journal.flush()
            self._held.over()

    def end(self) -> None:
        """Say that the call is over, and all of it kept."""
        if self._held is not None:
            self._held.end()

    # --- what the fleet tells ---

    def write(self) -> None:
        """Write what waits in the journal."""
        self.journal.flush()

    def fenced(self) -> None:
        """Let go of a call that another node, or another connection to this one, has now."""
        if self._call is not None:
            self._call.let_go(FENCED)

    def stranded(self) -> None:
        """Tell the caller that there is no coming back."""
        self._tell()

    def _tell(self) -> None:
        """Tell the caller whether and how they can come back from here on."""
        if self._call is None or self._held is None or self._told == self.resumable:
            return
        self._told = self.resumable
        how = {"token": self._held.token, "seconds": int(WINDOW)} if self._told else {"token": None, "seconds": 0}
        self._call.tell_of_resuming("resumable", {**how, "index": self._held.index})

    def _put(self, line: str) -> None:
        if self._held is not None:
            self._held.put(line)

    def _soon(self) -> None:
        if self._held is not None:
            self._held.soon()
