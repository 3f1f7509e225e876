"""The calls that are open: how they begin, where they are found, and how they end when the server stops."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from orchestrator import __version__
from orchestrator.core.events import Ending
from orchestrator.core.memory.shared import FIRST
from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.fleet.port import Claimed, Fleet
from orchestrator.gateway.caller import RealtimeCaller
from orchestrator.gateway.desk.board import Board
from orchestrator.gateway.monitoring.watching import Watching, sessions_open
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.resuming.holding import FENCED, Holding
from orchestrator.gateway.resuming.moving import move_out
from orchestrator.gateway.resuming.retelling import Retelling
from orchestrator.gateway.seats import Joining
from orchestrator.gateway.session import SessionView
from orchestrator.gateway.teams.quotas import Account, Meters
from orchestrator.gateway.teams.teams import Served, Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.observe.watch import Keepers, Lookers
from orchestrator.outside.api_keys import ApiKey
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
COMING_BACK = 2  # times the limits on new calls, up to which a call that comes back is taken: of two nodes one may die


class Calls:
    """The open calls of one server."""

    def __init__(self, *, teams: Teams, settings: Settings, people: People | None = None) -> None:
        # What is served, and how.
        self.teams, self.settings = teams, settings
        # Where callers wait for persons, and what persons see of the calls.
        self.desk, self.board = Desk(settings.desk_lease), Board()
        # Who takes callers in the place of the desk; None: nobody.
        self._people = people
        # What counts for the limits of teams and keys.
        self.meters = Meters()
        # Who looks at the calls.
        self.watching = Watching(content=settings.trace_content)
        teams.tell(self._measure)
        # Where the sound of calls is kept; None: nowhere.
        self.recordings: Recordings | None = None
        # The letter of this process among several workers: the ids of its calls begin with it.
        self.worker = ""
        # The past of those that were taken over, for those who keep them.
        self.retelling = Retelling()
        # Those that are open.
        self._register = Register()
        # The other nodes; None: there are none.
        self.fleet: Fleet | None = None

    def _measure(self, version: Version) -> None:
        """Let the open calls of a team be measured, from its first version on."""
        if version.name in self.watching.teams:
            return
        metrics, name = self.watching.of(version.name), version.name
        metrics.ask("calls_active", lambda: {(): len(self.of(name))})
        metrics.ask("sessions_open", lambda: sessions_open(one.running.state for one in self.of(name)))

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
        return len(self._register)

    @property
    def draining(self) -> bool:
        """Whether the server is stopping: no call is admitted any more."""
        return self._register.draining

    @property
    def emptied(self) -> asyncio.Event:
        """Set while no call is open."""
        return self._register.emptied

    @property
    def connected(self) -> int:
        """How many calls have a place that is theirs: those whose callers have still to connect make way for others."""
        return len(self._register) - self._register.pending

    def find(self, call_id: str) -> OpenCall | None:
        """Return an open call."""
        return self._register.find(call_id)

    def party(self, call_id: str) -> list[OpenCall]:
        """Return the calls of all who share a call; the id is that of one of them, or of the one who began it."""
        named = self.find(call_id)
        party = call_id if named is None else named.place.party.id
        return [call for call in self._all() if call.place.party.id == party]

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
        key: ApiKey | None = None,
        joining: Joining | None = None,
        agent: str | None = None,
        media: Mapping[str, Any] | None = None,
        pending: bool = False,
        call_id: str = "",
    ) -> Iterator[OpenCall]:
        """Open a call, which counts until the block ends.

        `prefix` begins its id (`sess_` or `rtc_`); `served` is its team, the default one if none is given, of which a
        version is picked unless `version` says which; `key`: for whose limits it
        counts too; `joining`: its caller joins others, on a seat that was found
        free just now; `agent` has the caller of a new call first; `media` is the format of audio that travels outside
        the events; `pending`: its caller has still to connect (`keep`), and until then has a place only while nobody
        else wants it. `call_id` is an id that was made for it already.
        """
        call_id = call_id or make_id(prefix, self.worker)
        if joining is None:
            version = version or self._served(served).pick(call_id)
            place = Party(call_id, version.team).place(call_id, FIRST, agent or version.team.start)
        else:
            version, place = joining.call.version, joining.place(call_id)
            for one in self.party(joining.call.call_id):
                one.strand()
        view = version.session_view(call_id.replace("rtc_", "sess_"), place.seat.agent)
        if joining is not None:
            view.shares_time(joining.call.view)
        holding = self._holding(version, place, key)
        with self._counted(version, place, view, media, holding, key, pending=pending) as call:
            yield call

    @contextmanager
    def go_on(
        self, version: Version, claimed: Claimed, began: float, taken_over: CallTakenOver | None
    ) -> Iterator[OpenCall]:
        """Open a call that was taken over, as it was when it began, at a time of the event loop's clock.

        What has happened since is for who opens it to restore. If this process had the call, it has let go of it.
        """
        assert self.fleet is not None
        call_id, header = claimed.call_id, claimed.header
        if (before := self.find(call_id)) is not None:
            before.let_go(FENCED)
            self._close(before)
        place = Party(call_id, version.team, began).place(call_id, FIRST, header["agent"])
        view = version.session_view(call_id.replace("rtc_", "sess_"), place.seat.agent)
        view.restore(header["session"])
        holding = Holding(self.fleet, header, began, claimed, taken_over)
        key = next((key for key in self.settings.keys if mark(key) == header["key"]), None)
        with self._counted(version, place, view, header["media"], holding, key, pending=False, new=False) as call:
            yield call

    def _holding(self, version: Version, place: Place, key: ApiKey | None) -> Holding | None:
        """Return what holds a new call for the fleet."""
        if self.fleet is None:
            return None
        known = {"call": place.call, "seed": new_seed(), "agent": place.seat.agent, "package": __version__}
        known |= {"team": version.name, "hash": version.hash, "key": mark(key) if key is not None else ""}
        return Holding(self.fleet, known, place.party.begin(asyncio.get_running_loop().time()), alone=place.first)

    def _served(self, served: Served | None) -> Served:
        found = served or self.teams.default
        assert found is not None, "admission finds a team, or refuses"
        return found

    @contextmanager
    def _counted(
        self,
        version: Version,
        place: Place,
        view: SessionView,
        media: Mapping[str, Any] | None,
        holding: Holding | None,
        key: ApiKey | None,
        *,
        pending: bool,
        new: bool = True,
    ) -> Iterator[OpenCall]:
        """Make a call, and let it count; it takes the place of one whose caller has not connected, if it has to."""
        account = self.meters.begin(version.name, key, new=new)
        if holding is not None and place.first:
            place.party.sure = holding.sure
        call = self._made(version, place, view, media, holding, account)
        if len(self) >= self.settings.max_calls:
            self._register.drop_pending()
        self._register.add(call, account, pending=pending)
        try:
            yield call
        finally:
            self._close(call)

    def _close(self, call: OpenCall) -> None:
        """Let go of a call, once."""
        if call not in self._register:
            return
        call.running.close()
        if call.caller.recording is not None:
            call.caller.recording.close()
        if call.left:
            call.end_keeping(time.time())  # now: it may come back here at once
        else:
            call.running.when_known(partial(call.end_keeping, time.time()))
        self.board.remove(call.caller.entry)
        self.desk.forget(call.call_id)
        self._register.remove(call)

    def _made(
        self,
        version: Version,
        place: Place,
        view: SessionView,
        media: Mapping[str, Any] | None,
        holding: Holding | None,
        account: Account,
    ) -> OpenCall:
        """Make a call; from here on its seat is taken. `holding` holds it for the fleet, if there is one."""
        agents = {name: agent.session_fields() for name, agent in version.team.agents.items()}
        seed, conversation = (holding.seed, holding.conversation_id) if holding is not None else (new_seed(), "")
        entry = self.board.add(place.call, place.seat.agent, place.names, version.name)
        kept = version.keeping.begin(place, view, seed, lambda text: running.masked(text))
        watched, visitors = self.watching.begin(version.names, place.call, place.names), self.watching.visitors(place)
        caller = RealtimeCaller(
            entry=entry, view=view, agents=agents, recording=kept.recording, conversation_id=conversation
        )
        lookers = Lookers(
            takers=(account.take, *watched.takers, *(one.take for one in visitors)),
            observers=(*watched.observers, *visitors, *kept.lookers),
            keepers=Keepers(kept.takers, kept.observers),
            first=(holding.journal,) if holding is not None else (),
        )
        running = RunningCall(
            place=place,
            team=version.team,
            tools=version.tools,
            sources=version.sources,
            backends=Backends(version.providers, version.models, self._people or self.desk.of(version.name)),
            caller=caller,
            memory=version.memory,
            before=version.hooks.before,
            seed=seed,
            lookers=lookers,
            trace_id=watched.trace_id,
        )
        watched.hides(running)
        largest = self.settings.max_frame
        return OpenCall(version, place, caller, running, largest_frame=largest, media=media, holding=holding)

    def _all(self) -> list[OpenCall]:
        return list(self._register)

    def keep(self, call: OpenCall) -> None:
        """Note that the caller of a pending call has connected: the place is theirs."""
        self._register.keep(call)

    def of(self, team: str) -> list[OpenCall]:
        """Return the open calls of a team."""
        return [call for call in self._all() if call.version.name == team]

    def on(self, version: Version) -> list[OpenCall]:
        """Return the open calls of a version."""
        return [call for call in self._all() if call.version is version]

    async def close(self) -> None:
        """Write the records and the sound that are left, once no call is open; bounded in time."""
        await self.retelling.finish()
        if self.recordings is not None:
            await asyncio.to_thread(self.recordings.close)

    async def drain(self) -> None:
        """Stop admitting calls, wait up to `settings.drain` seconds for the open ones, then end the rest.

        Safe to call twice. Await it before the server closes its sockets, because a server that stops cuts them at
        once.
        """
        self._register.draining = True
        clock = asyncio.get_running_loop().time
        until = clock() + self.settings.drain
        if self.fleet is not None and await self.fleet.nodes():
            await move_out(self._all, until - clock())
        if await self._emptied(max(0.0, until - clock())):
            return
        for call in self._all():
            call.hang_up(Ending.SHUTTING_DOWN, "the server is shutting down")
        await self._emptied(GOODBYE_SECONDS)

    async def _emptied(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self.emptied.wait(), seconds)
        except TimeoutError:
            return False
        return True


def mark(key: ApiKey) -> str:
    """Return how a call's journal names an API key, which is not in it."""
    return hashlib.sha256(key.secret.get_secret_value().encode()).hexdigest()[:16]


class Register:
    """The calls that are open."""

    def __init__(self) -> None:
        # Call id → open call; of those whose callers have not connected one may have lost its place already.
        self._open: dict[str, OpenCall] = {}
        # Those whose callers have not connected yet, the oldest first: the next caller gets their place.
        self._pending: dict[str, OpenCall] = {}
        # All that were not closed yet, and what counts them for their teams and keys.
        self._all: dict[OpenCall, Account] = {}
        # No other is admitted any more.
        self.draining = False
        # Set while no call is open.
        self.emptied = asyncio.Event()
        self.emptied.set()

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[OpenCall]:
        return iter(self._open.values())

    def __contains__(self, call: OpenCall) -> bool:
        return call in self._all

    @property
    def pending(self) -> int:
        """How many callers have not connected yet."""
        return len(self._pending)

    def find(self, call_id: str) -> OpenCall | None:
        """Return an open call."""
        return self._open.get(call_id)

    def add(self, call: OpenCall, account: Account, *, pending: bool) -> None:
        """Let a call count."""
        self._open[call.call_id] = call
        self._all[call] = account
        if pending:
            self._pending[call.call_id] = call
        self.emptied.clear()

    def keep(self, call: OpenCall) -> None:
        """Note that the caller of a pending call has connected."""
        self._pending.pop(call.call_id, None)

    def remove(self, call: OpenCall) -> None:
        """Let a call count no more."""
        self._all.pop(call).close()
        self._open.pop(call.call_id, None)
        self._pending.pop(call.call_id, None)
        if not self._open:
            self.emptied.set()

    def drop_pending(self) -> None:
        """End the oldest call whose caller has not connected; it no longer counts."""
        for call_id in list(self._pending)[:1]:
            del self._open[call_id]
            self._pending.pop(call_id).hang_up(Ending.IDLE, "the caller did not connect before others came")
