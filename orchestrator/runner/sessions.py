"""The agents' sessions of one call: opened, configured, read, replaced and closed as the core asks."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from orchestrator.core.effects import (
    AddItem,
    ConfigureSession,
    CreateResponse,
    OpenSession,
    ReplaceSession,
    SendAudio,
    SessionFrame,
)
from orchestrator.core.events import (
    Event,
    RequestRefused,
    ResponseFinished,
    ResponseProgressed,
    SessionEvent,
    SessionLost,
    SessionOpened,
    TranscriptProduced,
)
from orchestrator.core.ids import SessionId
from orchestrator.errors import RealtimeError, TeamError
from orchestrator.observe.journal import Journal
from orchestrator.protocol.frames import client_frame
from orchestrator.protocol.item_frames import reported_item
from orchestrator.providers.codec import decode, encode, heard_rate
from orchestrator.providers.configure import configure
from orchestrator.providers.port import Session
from orchestrator.providers.prices import FREE, cost, price_of
from orchestrator.providers.session_object import session_object
from orchestrator.runner.backends import Backends
from orchestrator.runner.names import GIVING, Names
from orchestrator.runner.people import Persons
from orchestrator.runner.tasks import Tasks
from orchestrator.runner.toolbox import Toolbox
from orchestrator.team import Price, Team

PARTS = 4  # one response may say so much of what a call may keep: it is kept in several places
WORDS = (TranscriptProduced, ResponseProgressed)


@dataclass(slots=True)
class Link:
    """One session as the runner holds it; a session that is opened again gets a new one."""

    id: SessionId  # as the core calls it
    names: Names  # of its items and responses
    depth: int = 0  # of the consult that it is for
    task: asyncio.Task[None] | None = None  # opens the session, then reads it
    session: Session | None = None  # once it is open
    instructions: str = ""  # the agent's, as rendered for it
    price: Price = FREE  # of the model that it runs on
    said: int = 0  # characters of events, audio aside, since a response was done
    dropped: set[str] = field(default_factory=set)  # what was wrong with events that it sent


class Sessions:
    """The sessions that the core has let open. What they report is fed back as events."""

    def __init__(
        self,
        team: Team,
        tools: Toolbox,
        backends: Backends,
        persons: Persons,
        seeded: Callable[[SessionId, str], bool],
        *,
        feed: Callable[[SessionEvent], None],
        tasks: Tasks,
        journal: Journal,
        memory: int,
    ) -> None:
        # The team, and its tools.
        self._team, self._tools = team, tools
        # What the agents run on.
        self._backends = backends
        # Opens the sessions of persons.
        self._persons = persons
        # Takes the events; and says which items the core has put on a session: what is said of those is no news.
        self._feed, self._seeded = feed, seeded
        # Where sessions are opened and read.
        self._tasks = tasks
        # The call's log.
        self._journal = journal
        # The characters of events, audio aside, that one response may have.
        self._longest = memory // PARTS
        # The sessions.
        self._links: dict[SessionId, Link] = {}
        # Who gave which id.
        self._givers: OrderedDict[str, Names] = OrderedDict()
        # Those of sessions in another process, from which the call was taken over: ours must not repeat them.
        self._past = Names(self._givers)

    def open(self, effect: OpenSession) -> None:
        """Begin to open a session; it ends in `SessionOpened` or `SessionLost`."""
        link = self._links[effect.session] = Link(effect.session, Names(self._givers), effect.depth)
        link.task = self._tasks.start(self._hold(link, effect), f"session:{effect.session}")

    def configure(self, effect: ConfigureSession) -> None:
        """Configure an open session again (`session.update`)."""
        link = self._links[effect.session]
        self._send(link, client_frame("session.update", session=self._session_object(link, effect)))

    def close(self, session_id: SessionId) -> None:
        """Close a session, and feed nothing more of it."""
        link = self._links.pop(session_id)
        if link.task is not None and link.task is not asyncio.current_task():
            link.task.cancel()

    def close_all(self) -> None:
        """Close every session."""
        for session_id in list(self._links):
            self.close(session_id)

    def replace(self, effect: ReplaceSession) -> None:
        """Close an agent's own session and let its successor go on under that name."""
        self.close(effect.session)
        link = self._links[effect.session] = self._links.pop(effect.successor)
        link.id = effect.session

    def remember(self, event: Event) -> None:
        """Note the ids that an event of a session of another process gives."""
        self._past.gave(event)

    @property
    def given(self) -> list[str]:
        """The ids that sessions have given, oldest first."""
        return list(self._givers)

    def restore(self, given: Iterable[str]) -> None:
        """Note the ids that sessions of another process have `given`."""
        self._givers.update((one, self._past) for one in given)

    def respond(self, effect: CreateResponse) -> None:
        """Ask a session for a response; what is added to its instructions stands under the agent's own."""
        link, options = self._links[effect.session], dict(effect.options)
        if effect.extra:
            options["instructions"] = f"{link.instructions}\n\n{effect.extra}"
        self._send(link, link.names.outward(encode(replace(effect, options=options))))

    def send(self, effect: SessionFrame) -> None:
        """Send a session the frame that an effect becomes."""
        link, frame = self._links[effect.session], encode(effect)
        if isinstance(effect, AddItem):
            link.names.put(str(effect.item["id"]))
        self._send(link, frame if isinstance(effect, SendAudio) else link.names.outward(frame))

    def _send(self, link: Link, frame: str) -> None:
        assert link.session is not None  # the core sends to READY sessions only
        link.session.send(frame)

    async def _hold(self, link: Link, effect: OpenSession) -> None:
        """Open a session, configure it, read it until it ends; tell the core of each step."""
        lost: SessionLost | None = None
        try:
            fields = self._session_object(link, effect)
            link.session = await self._connect(link, effect.model)
            lasts = await configure(link.session, fields)
            self._feed_from(link, SessionOpened(link.id, lasts))
            await link.session.read(partial(self._read, link, heard_rate(effect.settings.session)))
        except RealtimeError as error:
            lost = SessionLost(link.id, str(error), error.code, error.fatal)
        except TeamError as error:
            lost = SessionLost(link.id, str(error), "team", fatal=True)
        except Exception:
            self._journal.log.exception("session failed", agent=str(link.id))
            lost = SessionLost(link.id, "an internal error", "server_error")
        finally:
            if lost is not None:  # before it is closed, which takes time: nothing more is sent to it
                self._journal.session_lost(lost)
                self._feed_from(link, lost)
            if link.session is not None:
                await link.session.close()

    async def _connect(self, link: Link, model: int) -> Session:
        agent = self._team.agents[link.id.agent]
        if agent.person:
            return await self._persons.open(agent)
        choice = self._backends.models[agent.name][model]
        link.price = price_of(choice, self._team.prices) or FREE
        provider = self._backends.providers[choice.provider]
        return await (provider.open_text if agent.kind == "text" else provider.open)(choice.model)

    def _read(self, link: Link, rate: int, frame: str) -> bool:
        """Feed what a session says, as it comes; return True when the core has let go of the session."""
        try:
            frame = link.names.inward(frame)
            if (item_id := reported_item(frame)) is not None and self._seeded(link.id, item_id):
                return False
            event = decode(link.id, frame, rate)
            if event is not None and type(event) in GIVING and link.names.repeats(event):
                event = decode(link.id, link.names.inward(frame), rate)
        except RealtimeError as error:
            event = None
            if str(error) not in link.dropped:  # each kind is logged once
                link.dropped.add(str(error))
                self._journal.log.warning("event dropped", agent=str(link.id), reason=str(error))
        if isinstance(event, WORDS):
            link.said += len(frame)
            if link.said > self._longest:
                raise RealtimeError("The service says more in one response than can be kept.", code="too_much")
        if isinstance(event, RequestRefused):
            self._journal.provider_refused(event)
        if isinstance(event, ResponseFinished):
            self._journal.provider_failed(event)
            link.said = 0
            event = replace(event, cost=cost(event.usage, link.price))
        if event is not None:
            self._feed_from(link, event)
        return self._links.get(link.id) is not link

    def _feed_from(self, link: Link, event: SessionEvent) -> None:
        """Feed an event of a session unless the core has let go of it."""
        if self._links.get(link.id) is link:
            self._feed(event)

    def _session_object(self, link: Link, effect: OpenSession | ConfigureSession) -> dict[str, Any]:
        agent = self._team.agents[link.id.agent]
        tools = [tool.definition() for tool in self._tools.of(agent.name)]
        missing = self._tools.missing(agent.name)
        fields = session_object(
            agent, self._team, tools, effect.settings, effect.variables, link.depth, missing=missing
        )
        link.instructions = str(fields["instructions"])
        return fields
