"""The calls that are open: how they begin, where they are found, and how they end when the server stops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from orchestrator.core.events import Ending
from orchestrator.core.memory.shared import FIRST
from orchestrator.gateway.caller import RealtimeCaller
from orchestrator.gateway.desk.board import Board, Entry
from orchestrator.gateway.monitoring.watching import Watching, sessions_open
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.seats import Joining
from orchestrator.gateway.session import SessionView
from orchestrator.log import PEER
from orchestrator.observe.watch import Keepers, Lookers
from orchestrator.people.desk import Desk
from orchestrator.protocol.ids import make_id
from orchestrator.providers.choosing import Choice
from orchestrator.providers.port import Provider
from orchestrator.records.audio import Recordings
from orchestrator.records.format.header import TeamHeader
from orchestrator.records.recorders import Recorders
from orchestrator.records.writer import Records
from orchestrator.runner import Party, Place, RunningCall
from orchestrator.runner.backends import Backends
from orchestrator.runner.call import new_seed
from orchestrator.runner.people import People
from orchestrator.settings import Settings
from orchestrator.team import Team, reserved_names
from orchestrator.tools import Tool, tool_files

GOODBYE_SECONDS = 5.0  # for calls to close when the time to drain is over
LONGEST_NAME = 100  # characters of a model's name that are logged
log = structlog.get_logger("orchestrator")


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions of a team: the tools of its agents, and what runs before one has the caller."""

    tools: Mapping[str, tuple[Tool, ...]]
    before: Tool | None


class Calls:
    """The open calls of one team."""

    def __init__(
        self,
        *,
        team: Team,
        tools: Mapping[str, tuple[Tool, ...]],
        providers: Mapping[str, Provider],
        models: Mapping[str, Sequence[Choice]],
        settings: Settings,
        before: Tool | None = None,
        people: People | None = None,
    ) -> None:
        # What is served, and how.
        self.team, self.settings = team, settings
        # Where callers wait for persons, and what persons see of the calls.
        self.desk, self.board = Desk(settings.desk_lease), Board()
        # What the agents can do, and what runs before them; what they run on.
        self._functions = Functions(tools, before)
        self._backends = Backends(providers, models, people or self.desk)
        # Who looks at the calls, and keeps them.
        self.watching = Watching(team, models, content=settings.trace_content)
        self.watching.metrics.ask("calls_active", lambda: {(): len(self)})
        self.watching.metrics.ask("sessions_open", lambda: sessions_open(one.running.state for one in self._all()))
        # The letter of this process among several workers: the ids of its calls begin with it.
        self.worker = ""
        # Call id → open call.
        self._open: dict[str, OpenCall] = {}
        # Those whose callers have not connected yet, the oldest first: the next caller gets their place.
        self._pending: dict[str, OpenCall] = {}
        # Set while no call is open.
        self.emptied = asyncio.Event()
        self.emptied.set()
        # The server is stopping: no call is admitted any more.
        self.draining = False

    def record(self, records: Records | None) -> None:
        """Record the calls from here on, if the team file wants it."""
        policy = self.team.record
        self.watching.metrics.ask("records_dropped_total", lambda: {(): 0 if records is None else records.dropped})
        if records is None or policy is None:
            return
        header = TeamHeader(
            self.team,
            files=(*self.team.files, *tool_files(self.team)),
            models={agent: choices[0].name for agent, choices in self._backends.models.items() if choices},
            fillers={agent: {tool.name: tool.filler for tool in own} for agent, own in self._functions.tools.items()},
            approvals={
                agent: {tool.name: tool.approval for tool in own} for agent, own in self._functions.tools.items()
            },
            memory=self.settings.call_memory,
        )
        self.watching.keeping.recorders = Recorders(records, header, policy)
        if policy.audio:
            self.watching.keeping.recordings = Recordings(records.archive.database.folder, pause_in=policy.pause_in)

    def __len__(self) -> int:
        return len(self._open)

    @property
    def full(self) -> bool:
        """Whether there is no place for another call."""
        return len(self._open) - len(self._pending) >= self.settings.max_calls

    def find(self, call_id: str) -> OpenCall | None:
        """Return an open call."""
        return self._open.get(call_id)

    def party(self, call_id: str) -> list[OpenCall]:
        """Return the calls of all who share a call; the id is that of one of them, or of the one who began it."""
        named = self._open.get(call_id)
        party = call_id if named is None else named.place.party.id
        return [call for call in self._open.values() if call.place.party.id == party]

    def hang_up(self, call: OpenCall, reason: str) -> None:
        """End a call; who hangs up the one that others have joined ends theirs too."""
        ended = self.party(call.call_id) if call.place.first else [call]
        for one in reversed(ended):
            one.hang_up(Ending.LEFT, reason)

    @contextmanager
    def open(
        self,
        prefix: str,
        *,
        joining: Joining | None = None,
        agent: str | None = None,
        media: Mapping[str, Any] | None = None,
        pending: bool = False,
    ) -> Iterator[OpenCall]:
        """Open a call, which counts until the block ends.

        `prefix` begins its id (`sess_` or `rtc_`); `joining`: its caller joins others, on a seat that was found free
        just now; `agent` has the caller of a new call first; `media` is the format of audio that travels outside the
        events; `pending`: its caller has still to connect (`keep`), and until then has a place only while nobody else
        wants it.
        """
        call_id = make_id(prefix, self.worker)
        if joining is None:
            place = Party(call_id, self.team).place(call_id, FIRST, agent or self.team.start)
        else:
            place = joining.call.place.party.place(call_id, joining.seat, joining.agent)
        entry = self.board.add(call_id, place.seat.agent, place.names)
        view = self.session_view(call_id.replace("rtc_", "sess_"), place.seat.agent)
        if joining is not None:
            view.shares_time(joining.call.view)
        call = self._made(place, view, entry, media)
        if len(self._open) >= self.settings.max_calls:
            self._drop_pending()
        self._open[call_id] = call
        if pending:
            self._pending[call_id] = call
        self.emptied.clear()
        try:
            yield call
        finally:
            call.running.close()
            self.watching.keeping.left(place, call.caller.recording)
            self.board.remove(entry)
            self._forget(call_id)

    def _made(self, place: Place, view: SessionView, entry: Entry, media: Mapping[str, Any] | None) -> OpenCall:
        """Make a call; from here on its seat is taken."""
        agents = {name: agent.session_fields() for name, agent in self.team.agents.items()}
        seed = new_seed()
        kept = self.watching.keeping.begin(place, view, seed, lambda text: running.masked(text))
        watched, visitors = self.watching.begin(place.call, place.names), self.watching.visitors(place)
        caller = RealtimeCaller(entry=entry, view=view, agents=agents, recording=kept.recording)
        running = RunningCall(
            place=place,
            team=self.team,
            tools=self._functions.tools,
            backends=self._backends,
            caller=caller,
            memory=self.settings.call_memory,
            before=self._functions.before,
            seed=seed,
            lookers=Lookers(
                takers=(*watched.takers, *(one.take for one in visitors)),
                observers=(*watched.observers, *visitors),
                keepers=Keepers(kept.takers, kept.observers),
            ),
            trace_id=watched.trace_id,
        )
        watched.hides(running)
        return OpenCall(place, caller, running, largest_frame=self.settings.max_frame, media=media)

    def _all(self) -> list[OpenCall]:
        return list(self._open.values())

    def _forget(self, call_id: str) -> None:
        """Let a call count no more."""
        self.desk.forget(call_id)
        self._open.pop(call_id, None)
        self._pending.pop(call_id, None)
        if not self._open:
            self.emptied.set()

    def keep(self, call: OpenCall) -> None:
        """Note that the caller of a pending call has connected: the place is theirs."""
        self._pending.pop(call.call_id, None)

    def _drop_pending(self) -> None:
        """End the oldest call whose caller has not connected; it no longer counts."""
        for call_id in list(self._pending)[:1]:
            del self._open[call_id]
            self._pending.pop(call_id).hang_up(Ending.IDLE, "the caller did not connect before others came")

    def team_named(self, model: str | None) -> Team:
        """Return the team for a caller's model name: whatever it is, as most programs have one built in."""
        if model not in (None, self.team.name):
            said = {"model": str(model)[:LONGEST_NAME], "team": self.team.name, **PEER.get()}
            log.info("the team answers for another model", **said)
        return self.team

    @property
    def tool_names(self) -> frozenset[str]:
        """The names that a caller's own tools cannot have."""
        tools = {tool.name for own in self._functions.tools.values() for tool in own}
        return frozenset(tools) | reserved_names(self.team).keys()

    def session_view(self, session_id: str, agent: str) -> SessionView:
        """Make the session object that a caller starts with, who is with an agent first."""
        view = SessionView(
            session_id=session_id,
            model=self.team.name,
            expires_at=int(time.time() + self.team.limits.call.at),
            reserved=self.tool_names,
        )
        view.has_caller(self.team.agents[agent].session_fields())
        return view

    async def drain(self) -> None:
        """Stop admitting calls, wait up to `settings.drain` seconds for the open ones, then end the rest.

        Safe to call twice. Await it before the server closes its sockets, because a server that stops cuts them at
        once.
        """
        self.draining = True
        if await self._emptied(self.settings.drain):
            return
        for call in list(self._open.values()):
            call.hang_up(Ending.SHUTTING_DOWN, "the server is shutting down")
        await self._emptied(GOODBYE_SECONDS)

    async def _emptied(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self.emptied.wait(), seconds)
        except TimeoutError:
            return False
        return True
