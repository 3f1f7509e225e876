"""The calls that are open: how they begin, where they are found, and how they end when the server stops."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from orchestrator.core.events import Ending
from orchestrator.core.memory.shared import FIRST
from orchestrator.gateway.caller import RealtimeCaller
from orchestrator.gateway.desk.board import Board, Entry
from orchestrator.gateway.monitoring.watching import Watching, sessions_open
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.seats import Joining
from orchestrator.gateway.session import SessionView
from orchestrator.gateway.teams.teams import Served, Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.observe.watch import Keepers, Lookers
from orchestrator.people.desk import Desk
from orchestrator.protocol.ids import make_id
from orchestrator.records.audio import Recordings
from orchestrator.records.recorders import Recorders
from orchestrator.records.writer import Records
from orchestrator.runner import Party, Place, RunningCall
from orchestrator.runner.backends import Backends
from orchestrator.runner.call import new_seed
from orchestrator.runner.people import People
from orchestrator.settings import Settings

GOODBYE_SECONDS = 5.0  # for calls to close when the time to drain is over


class Calls:
    """The open calls of one server."""

    def __init__(
        self,
        *,
        teams: Teams,
        settings: Settings,
        people: People | None = None,
    ) -> None:
        # What is served, and how.
        self.teams, self.settings = teams, settings
        # Where callers wait for persons, and what persons see of the calls.
        self.desk, self.board = Desk(settings.desk_lease), Board()
        # Whom callers are given who are to talk to a person.
        self._people = people or self.desk
        # Who looks at the calls.
        self.watching = Watching(content=settings.trace_content)
        self.watching.metrics.ask("calls_active", lambda: {(): len(self)})
        self.watching.metrics.ask("sessions_open", lambda: sessions_open(one.running.state for one in self._all()))
        # Where the sound of calls is kept; None: nowhere.
        self.recordings: Recordings | None = None
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
        """Record the calls of each version that is served from here on, if its team file wants it."""
        self.watching.metrics.ask("records_dropped_total", lambda: {(): 0 if records is None else records.dropped})
        if records is None:
            return
        recordings = self.recordings = Recordings(records.archive.database.folder)

        def prepare(version: Version) -> None:
            policy = version.team.record
            if policy is not None:
                version.keeping.recorders = Recorders(records, version.header, policy)
                version.keeping.recordings = recordings if policy.audio else None
                version.keeping.pause_in = policy.pause_in

        self.teams.tell(prepare)

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
        served: Served | None = None,
        *,
        version: Version | None = None,
        joining: Joining | None = None,
        agent: str | None = None,
        media: Mapping[str, Any] | None = None,
        pending: bool = False,
    ) -> Iterator[OpenCall]:
        """Open a call, which counts until the block ends.

        `prefix` begins its id (`sess_` or `rtc_`); `served` is its team, the default one if none is given, of which a
        version is picked unless `version` says which; `joining`: its caller joins others, on a seat that was found
        free just now; `agent` has the caller of a new call first; `media` is the format of audio that travels outside
        the events; `pending`: its caller has still to connect (`keep`), and until then has a place only while nobody
        else wants it.
        """
        call_id = make_id(prefix, self.worker)
        if joining is None:
            version = version or self._served(served).pick(call_id)
            place = Party(call_id, version.team).place(call_id, FIRST, agent or version.team.start)
        else:
            version, place = joining.call.version, joining.place(call_id)
        entry = self.board.add(call_id, place.seat.agent, place.names)
        view = version.session_view(call_id.replace("rtc_", "sess_"), place.seat.agent)
        if joining is not None:
            view.shares_time(joining.call.view)
        call = self._made(version, place, view, entry, media)
        self._count(call, pending=pending)
        try:
            yield call
        finally:
            call.running.close()
            version.keeping.left(place, call.caller.recording)
            self.board.remove(entry)
            self._forget(call_id)

    def _served(self, served: Served | None) -> Served:
        found = served or self.teams.default
        assert found is not None, "admission finds a team, or refuses"
        return found

    def _count(self, call: OpenCall, *, pending: bool) -> None:
        """Let a call count; it takes the place of one whose caller has not connected, if there is no other."""
        if len(self._open) >= self.settings.max_calls:
            self._drop_pending()
        self._open[call.call_id] = call
        if pending:
            self._pending[call.call_id] = call
        self.emptied.clear()

    def _made(
        self, version: Version, place: Place, view: SessionView, entry: Entry, media: Mapping[str, Any] | None
    ) -> OpenCall:
        """Make a call; from here on its seat is taken."""
        team = version.team
        agents = {name: agent.session_fields() for name, agent in team.agents.items()}
        seed = new_seed()
        kept = version.keeping.begin(place, view, seed, lambda text: running.masked(text))
        watched, visitors = self.watching.begin(version.names, place.call, place.names), self.watching.visitors(place)
        caller = RealtimeCaller(entry=entry, view=view, agents=agents, recording=kept.recording)
        running = RunningCall(
            place=place,
            team=team,
            tools=version.tools,
            backends=Backends(version.providers, version.models, self._people),
            caller=caller,
            memory=version.memory,
            before=version.hooks.before,
            seed=seed,
            lookers=Lookers(
                takers=(*watched.takers, *(one.take for one in visitors)),
                observers=(*watched.observers, *visitors),
                keepers=Keepers(kept.takers, kept.observers),
            ),
            trace_id=watched.trace_id,
        )
        watched.hides(running)
        return OpenCall(version, place, caller, running, largest_frame=self.settings.max_frame, media=media)

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

    def on(self, version: Version) -> list[OpenCall]:
        """Return the open calls of a version."""
        return [call for call in self._all() if call.version is version]

    async def close(self) -> None:
        """Write the sound that is left, once no call is open; bounded in time."""
        if self.recordings is not None:
            await asyncio.to_thread(self.recordings.close)

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
