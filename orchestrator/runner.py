"""One running call: feeds events to the core, performs its effects, owns the tasks and timers.

`feed` is the one door. It hands an event to the core and performs the effects in order, by calls that never block and
with no `await` between the first and the last, so that events are totally ordered. Whatever takes time (opening a
session, reading it, running a tool) is a named task of this call's group and comes back through `feed`.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from functools import partial
from secrets import token_hex
from typing import Any, Protocol

from orchestrator.core import Call
from orchestrator.core.effects import (
    Announce,
    CancelTool,
    CloseSession,
    ConfigureSession,
    CreateResponse,
    Effect,
    EndCall,
    EndResponse,
    OpenSession,
    PlayAudio,
    Refuse,
    ReplaceSession,
    RunTool,
    StartTimer,
    StopPlayback,
    StopTimer,
    TellCaller,
)
from orchestrator.core.events import (
    CallerJoined,
    CallerLeft,
    CallerReferred,
    CallerSettings,
    Ending,
    Event,
    ResponseFinished,
    SessionLost,
    SessionOpened,
    TimerExpired,
    ToolFailed,
    ToolReturned,
)
from orchestrator.core.ids import SessionId, Timer
from orchestrator.errors import RealtimeError, TeamError, ToolError
from orchestrator.observe.journal import Journal
from orchestrator.observe.tally import Tally
from orchestrator.providers.choosing import Choice
from orchestrator.providers.codec import BAD_EVENT, decode, encode, heard_rate
from orchestrator.providers.configure import configure
from orchestrator.providers.port import Provider, Session
from orchestrator.providers.prices import FREE, cost, price_of
from orchestrator.providers.session_object import session_object
from orchestrator.team import Price, Team
from orchestrator.tools import CallView, Tool, Variables


class Caller(Protocol):
    """The caller's side of one running call. Every method returns at once; what cannot be sent is queued, bounded."""

    def play(self, item_id: str, frame: str) -> None:
        """Forward a whole `response.output_audio.delta` frame verbatim."""

    def stop_playback(self) -> None:
        """Drop audio that is queued on the way to the ear."""

    def tell(self, payload: Mapping[str, Any]) -> None:
        """Give any other server event, as an agent's session sent it."""

    def end_response(self, response_id: str, status: str) -> None:
        """Close an open response of which no more will come."""

    def refuse(self, code: str, message: str, param: str | None, event_id: str | None) -> None:
        """Send an `error` event."""

    def announce(self, name: str, fields: Mapping[str, Any]) -> None:
        """Tell what happened in the team, to those who asked to know."""

    def end(self, ending: Ending, reason: str) -> None:
        """Close the transport, and say how the call ended."""


@dataclass(slots=True)
class Link:
    """One session as the runner holds it; a session that is opened again gets a new one."""

    id: SessionId  # as the core calls it
    depth: int = 0  # of the consult that it is for
    task: asyncio.Task[None] | None = None  # opens the session, then reads it
    session: Session | None = None  # once it is open
    instructions: str = ""  # the agent's, as rendered for it
    price: Price = FREE  # of the model that it runs on
    dropped: set[str] = field(default_factory=set)  # what was wrong with events that it sent


class RunningCall:
    """One caller with one team."""

    def __init__(
        self,
        *,
        call_id: str,
        team: Team,
        tools: Mapping[str, tuple[Tool, ...]],
        providers: Mapping[str, Provider],
        models: Mapping[str, Sequence[Choice]],
        caller: Caller,
    ) -> None:
        # Who the team is, who runs its models and which: each agent's own, then those to fall back on.
        self._team, self._providers, self._models = team, providers, models
        # Agent → tool name → tool.
        self._tools = {agent: {tool.name: tool for tool in own} for agent, own in tools.items()}
        # The core.
        fillers = {agent: {name: tool.filler for name, tool in own.items()} for agent, own in self._tools.items()}
        self._core = Call(team, fillers, seed=token_hex(8))
        # The caller's side.
        self._caller = caller
        # The sessions that the core has let open.
        self._links: dict[SessionId, Link] = {}
        # Timer → its handle in the event loop.
        self._timers: dict[Timer, asyncio.TimerHandle] = {}
        # Function-call id → the task of the tool.
        self._running: dict[str, asyncio.Task[None]] = {}
        # Events that came while another was being handled.
        self._events: deque[Event] = deque()
        # The tasks of this call; None before and after `run`.
        self._group: asyncio.TaskGroup | None = None
        # Set when the call is to end.
        self._ended = asyncio.Event()
        # How it ends when nobody else has ended it.
        self._parting = CallerLeft("cancelled")
        # This call's name, in the log and for tools.
        self._id = call_id
        # What the log hears of this call.
        self._journal = Journal(call_id, team.name, self._core.masked)
        self._log = self._journal.log
        # The context of this call's own tasks.
        self._context = copy_context()
        # The event loop's clock: to look for the loop costs a system call, and audio comes a hundred times a second.
        self._clock = asyncio.get_running_loop().time
        # The call's figures.
        self._tally = Tally(self._clock())

    async def run(self, settings: CallerSettings, variables: Mapping[str, Any]) -> None:
        """Run the call to its end: all sessions closed, all tasks and timers gone. Cancelling it hangs up.

        `variables` are what the transport knows of the caller; those that the team does not declare are ignored.
        """
        with self._journal.open():
            self._context = copy_context()
            self._log.info("call opened")
            try:
                async with asyncio.TaskGroup() as group:
                    self._group = group
                    self.feed(CallerJoined(settings, variables))
                    try:
                        await self._ended.wait()
                    finally:
                        self._part()
            finally:
                self._group = None
                self._log.info("call ended", **self._tally.line(self._clock(), self._core.state.spent))

    def feed(self, event: Event) -> None:
        """Hand an event to the core and perform what it asks for; never raises for what a peer sent."""
        self._events.append(event)
        if len(self._events) > 1:
            return  # an effect of the event being handled brought this one: it is next
        try:
            while self._events:
                self._handle(self._events[0])
                self._events.popleft()
        except Exception:  # a mistake of ours: this call ends with a word, no other call notices
            self._log.exception("call failed")
            self._events.clear()
            self._parting = CallerLeft("internal error", Ending.FAILED)
            self._ended.set()

    def refusal(self, agent: str) -> str | None:
        """Return why the caller cannot be moved to an agent now (`CallerReferred`); None when it can."""
        return self._core.refusal(agent)

    def _part(self) -> None:
        """End the call if it has not ended, and let go of everything, whatever happened before."""
        self.feed(self._parting)
        for handle in self._timers.values():
            handle.cancel()
        self._timers.clear()
        for task in [*self._running.values(), *(link.task for link in self._links.values())]:
            if task is not None:
                task.cancel()

    def _handle(self, event: Event) -> None:
        now = self._clock()
        self._tally.seen(event, now)
        for effect in self._core.handle(event, now):
            self._tally.done(effect, now)
            self._perform(effect)
        self._journal.seen(event)

    def _perform(self, effect: Effect) -> None:
        perform = PERFORM.get(type(effect))
        if perform is not None:
            perform(self, effect)
            return
        session = self._links[effect.session].session  # type: ignore[union-attr]  # all the others are a session's
        assert session is not None
        session.send(encode(effect))

    # --- sessions ---

    def _open(self, effect: OpenSession) -> None:
        link = self._links[effect.session] = Link(effect.session, effect.depth)
        link.task = self._start(self._hold_session(link, effect), f"session:{effect.session}")

    async def _hold_session(self, link: Link, effect: OpenSession) -> None:
        """Open a session, configure it, read it until it ends; tell the core of each step."""
        lost: SessionLost | None = None
        try:
            fields = self._session_object(link, effect)
            agent = self._team.agents[link.id.agent]
            choice = self._models[agent.name][effect.model]
            provider = self._providers[choice.provider]
            link.price = price_of(choice, self._team.prices) or FREE
            link.session = await (provider.open_text if agent.kind == "text" else provider.open)(choice.model)
            lasts = await configure(link.session, fields)
            self._feed_from(link, SessionOpened(link.id, lasts))
            await link.session.read(partial(self._said, link, heard_rate(effect.settings.session)))
        except RealtimeError as error:
            lost = SessionLost(link.id, str(error), error.code, error.fatal)
        except TeamError as error:
            lost = SessionLost(link.id, str(error), "team", fatal=True)
        except Exception:
            self._log.exception("session failed", agent=str(link.id))
            lost = SessionLost(link.id, "an internal error", "server_error")
        finally:
            if lost is not None:  # before it is closed, which takes time: nothing more is sent to it
                reason = self._core.masked(lost.reason)
                self._log.warning("session lost", agent=str(link.id), code=lost.code, reason=reason)
                self._feed_from(link, lost)
            if link.session is not None:
                await link.session.close()

    def _said(self, link: Link, rate: int, frame: str) -> bool:
        """Feed what a session says, as it comes; return True when the core has let go of the session."""
        try:
            event = decode(link.id, frame, rate)
        except RealtimeError as error:
            if error.code != BAD_EVENT:
                raise
            event = None
            if str(error) not in link.dropped:  # the log hears of each kind once
                link.dropped.add(str(error))
                self._log.warning("event dropped", agent=str(link.id), reason=str(error))
        if isinstance(event, ResponseFinished):
            event = replace(event, cost=cost(event.usage, link.price))
        if event is not None:
            self._feed_from(link, event)
        return self._links.get(link.id) is not link

    def _feed_from(self, link: Link, event: Event) -> None:
        """Feed an event of a session unless the core has let go of it."""
        if self._links.get(link.id) is link:
            self.feed(event)

    def _session_object(self, link: Link, effect: OpenSession | ConfigureSession) -> dict[str, Any]:
        agent = self._team.agents[link.id.agent]
        tools = [tool.definition() for tool in self._tools[agent.name].values()]
        fields = session_object(agent, self._team, tools, effect.settings, effect.variables, link.depth)
        link.instructions = str(fields["instructions"])
        return fields

    def _configure(self, effect: ConfigureSession) -> None:
        link = self._links[effect.session]
        assert link.session is not None
        fields = self._session_object(link, effect)
        link.session.send(json.dumps({"type": "session.update", "session": fields}))

    def _close(self, effect: CloseSession) -> None:
        link = self._links.pop(effect.session)
        if link.task is not None and link.task is not asyncio.current_task():
            link.task.cancel()

    def _replace(self, effect: ReplaceSession) -> None:
        self._close(CloseSession(effect.session))
        link = self._links[effect.session] = self._links.pop(effect.successor)
        link.id = effect.session

    def _respond(self, effect: CreateResponse) -> None:
        link, options = self._links[effect.session], dict(effect.options)
        assert link.session is not None
        if effect.extra:
            options["instructions"] = f"{link.instructions}\n\n{effect.extra}"
        link.session.send(encode(CreateResponse(effect.session, options, event_id=effect.event_id)))

    # --- tools ---

    def _run_tool(self, effect: RunTool) -> None:
        self._running[effect.call_id] = self._start(self._tool(effect), f"tool:{effect.name}")

    async def _tool(self, effect: RunTool) -> None:
        """Run a tool and tell the core how it ended."""
        agent = effect.session.agent
        tool = self._tools[agent][effect.name]
        view = CallView(
            id=self._id,
            agent=agent,
            variables=Variables(effect.variables, self._team.variables, effect.name),
            function_call=effect.call_id,
            agents=tuple(self._team.agents),
        )
        event: Event
        try:
            output = await tool.run(effect.arguments, view, seconds=self._team.limits.tool)
            changed = {name: value for name, value in view.variables.items() if value != effect.variables.get(name)}
            transfer = CallerReferred(*view.transfer) if view.transfer else None
            event = ToolReturned(effect.call_id, output, changed, transfer)
        except ToolError as error:
            self._journal.tool_failed(agent, effect.name, error)
            event = ToolFailed(effect.call_id, str(error), error.ran)
        except Exception:
            self._log.exception("tool failed", agent=agent, tool=effect.name)
            event = ToolFailed(effect.call_id, "The tool failed inside.")
        self._running.pop(effect.call_id, None)
        self.feed(event)

    def _cancel_tool(self, effect: CancelTool) -> None:
        task = self._running.pop(effect.call_id, None)
        if task is not None:
            task.cancel()

    # --- clock, log, end ---

    def _start_timer(self, effect: StartTimer) -> None:
        self._stop_timer(StopTimer(effect.timer))
        loop = asyncio.get_running_loop()
        self._timers[effect.timer] = loop.call_later(effect.seconds, self._expire, effect.timer)

    def _stop_timer(self, effect: StopTimer) -> None:
        handle = self._timers.pop(effect.timer, None)
        if handle is not None:
            handle.cancel()

    def _expire(self, timer: Timer) -> None:
        self._timers.pop(timer, None)
        self.feed(TimerExpired(timer))

    def _announce(self, effect: Announce) -> None:
        self._journal.announced(effect)
        self._caller.announce(effect.name, effect.fields)

    def _refuse(self, effect: Refuse) -> None:
        self._log.info("caller refused", code=effect.code, reason=self._core.masked(effect.message))
        self._caller.refuse(effect.code, effect.message, effect.param, effect.event_id)

    def _end(self, effect: EndCall) -> None:
        self._ended.set()
        self._caller.end(effect.ending, effect.reason)

    def _start(self, work: Any, name: str) -> asyncio.Task[None]:
        assert self._group is not None
        return self._group.create_task(work, name=f"{self._id}:{name}", context=self._context)


# What is done for each effect; those that are missing are frames for an agent's session.
PERFORM: dict[type[Any], Callable[[RunningCall, Any], None]] = {
    OpenSession: RunningCall._open,
    ConfigureSession: RunningCall._configure,
    ReplaceSession: RunningCall._replace,
    CloseSession: RunningCall._close,
    CreateResponse: RunningCall._respond,
    RunTool: RunningCall._run_tool,
    CancelTool: RunningCall._cancel_tool,
    StartTimer: RunningCall._start_timer,
    StopTimer: RunningCall._stop_timer,
    Announce: RunningCall._announce,
    EndCall: RunningCall._end,
    PlayAudio: lambda call, effect: call._caller.play(effect.item_id, effect.frame),
    StopPlayback: lambda call, effect: call._caller.stop_playback(),
    TellCaller: lambda call, effect: call._caller.tell(effect.payload),
    EndResponse: lambda call, effect: call._caller.end_response(effect.response_id, effect.status),
    Refuse: RunningCall._refuse,
}
