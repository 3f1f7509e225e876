"""One running call: feeds events to the core and performs its effects.

`feed` is the one door. When it is an event's turn, which the party decides, it is handed to the core and the effects
are performed in order, by calls that never block and with no `await` between the first and the last, so that events
are totally ordered. Whatever takes time (opening a session, reading it, running a tool) is a named task of this call's
group and comes back through `feed`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from secrets import token_hex
from typing import Any, get_args

from orchestrator.core import Call
from orchestrator.core import effects as do
from orchestrator.core.events import CallerJoined, CallerLeft, CallerSettings, Ending, Event
from orchestrator.core.state import MEMORY, Phase, State
from orchestrator.core.takeover.checkpoint import Parts, load, save
from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.log import PEER
from orchestrator.observe.journal import Journal
from orchestrator.observe.watch import NOBODY, Lookers, Watch
from orchestrator.runner.backends import Backends
from orchestrator.runner.caller import Caller
from orchestrator.runner.party import Place
from orchestrator.runner.past import SEEN, retold
from orchestrator.runner.people import Persons
from orchestrator.runner.sessions import Sessions
from orchestrator.runner.tasks import Tasks
from orchestrator.runner.timers import Timers
from orchestrator.runner.tool_runs import ToolRuns
from orchestrator.runner.toolbox import Toolbox
from orchestrator.team import Team
from orchestrator.tools import Tool
from orchestrator.tools.mcp.sources import NO_SOURCES, Sources


def new_seed() -> str:
    """Return what the ids of a call follow from."""
    return token_hex(16)


class RunningCall:
    """One caller with one team. It is made in a running event loop."""

    def __init__(
        self,
        *,
        place: Place,
        team: Team,
        tools: Mapping[str, tuple[Tool, ...]],
        backends: Backends,
        caller: Caller,
        memory: int = MEMORY,
        sources: Sources = NO_SOURCES,
        before: Tool | None = None,
        seed: str = "",
        lookers: Lookers = NOBODY,
        trace_id: str = "",
    ) -> None:
        box = Toolbox(team, tools, sources)
        # Whom the caller shares the call with, on which seat.
        self._place, call_id = place, place.call
        # The core, and the caller's side.
        self._core, self._caller = new_core(team, box, seed or new_seed(), memory, place), caller
        # The call's log.
        self._journal = journal = Journal(call_id, team.name, self._core.masked, place.names, trace_id)
        # What runs in it: tasks, and among them the sessions and tools; and its timers.
        self._tasks = tasks = Tasks(call_id)
        persons = Persons(call_id, team.agents, backends, lambda: self._core.state.route.active)
        self._sessions = Sessions(
            team, box, backends, persons, self._core.seeded, feed=self.feed, tasks=tasks, journal=journal, memory=memory
        )
        self._tools = ToolRuns(team, box, place=place, feed=self.feed, tasks=tasks, journal=journal, before=before)
        self._timers = Timers(self.feed)
        # Set when nothing more is to be done; how it ends when nobody else has ended it, None if it goes on elsewhere.
        self._ended = asyncio.Event()
        self._parting: CallerLeft | None = CallerLeft("cancelled")
        # The event loop's clock: to look for the loop costs a system call, and audio comes a hundred times a second.
        self._clock = asyncio.get_running_loop().time
        # Those who look at it.
        began, seat = place.party.begin(self._clock()), place.seat.name
        self._watch = Watch(
            journal, began=began, seat=seat, lookers=lookers, agents=lambda: self._core.state.route.agents
        )

    async def run(
        self,
        settings: Callable[[], CallerSettings],
        variables: Mapping[str, Any],
        taken_over: CallTakenOver | None = None,
    ) -> None:
        """Run the call to its end: all sessions closed, all tasks and timers gone. Cancelling it hangs up.

        `settings` returns what the caller has set when an agent gets them. `variables` are what the transport knows of
        the caller; those that the team does not declare are ignored. A call whose past was restored goes on with
        `taken_over`; if its caller had not joined then, it begins like any other.
        """
        with self._journal.open(), self._tools.box.watched(self._look):
            self._journal.log.info("call taken over" if taken_over else "call opened", **PEER.get())
            try:
                async with self._tasks.open():
                    try:
                        tools = self._tools.box.look()
                        if taken_over is not None:
                            self._place.party.go_on(self, taken_over)
                        if tools is not None:
                            self.feed(tools)
                        if taken_over is None or self.state.shared.began is None:
                            found = await self._tools.beginning.find_out(variables)
                            by, reach = self._tools.beginning.name, self._caller.reach
                            self.feed(CallerJoined(settings(), variables, found, by, reach))
                        self._place.party.come(self._place, self)
                        await self._ended.wait()
                    finally:
                        self.close()
            finally:
                if self._parting is not None:
                    self._watch.when_known(lambda: self._journal.log.info("call ended", **self._watch.ended()))

    def _look(self) -> None:
        """Take in which tools servers list now."""
        if not self._ended.is_set() and (event := self._tools.box.look()) is not None:
            self.feed(event)

    def restore(self, event: Event, t: float) -> None:
        """Let something happen again that happened in another process, before the call runs in this one.

        `t` are the seconds of the call then. Of its effects only what the caller was told is done. From the first on,
        what is fed waits until the call runs.
        """
        self._place.party.hold()
        self._sessions.remember(event)
        for effect in self._core.handle(event, t):
            if type(effect) in SEEN:
                PERFORM[type(effect)](self, effect)
        if self.state.phase is Phase.ENDED:
            self._ended.set()

    def save(self, parts: Parts, beside: Mapping[str, Any]) -> bytes:
        """Return a checkpoint of the call, with what others remember of it; raises `CheckpointError`."""
        return save(self.state, parts, {"given": self._sessions.given, "beside": beside})

    def load(self, parts: Parts, saved: bytes) -> Mapping[str, Any]:
        """Let the call, which was just made, be as a checkpoint has it; return what is beside it."""
        self._place.party.hold()
        kept = load(self.state, parts, saved)
        self._sessions.restore(kept["given"])
        return dict(kept["beside"])

    def retell(self, core: Call, past: Iterable[tuple[Event, float]]) -> Iterator[None]:
        """Show those who keep the call what happened before it was taken over, one event for each step.

        `core` is a `Call` that was just made, of the same team, to which it happens. What happens here waits for those
        who keep the call until the last step, or until the iterator is closed.
        """
        self._watch.wait()
        return retold(core, past, self._watch)

    def when_known(self, do: Callable[[], None]) -> None:
        """Do something when those who keep the call know all that has happened in it: now, or when it is retold."""
        self._watch.when_known(do)

    @property
    def now(self) -> float:
        """The seconds of the call."""
        return self._clock() - self._watch.began

    def feed(self, event: Event) -> None:
        """Hand an event to the core and perform what it asks for; never raises for what a peer sent."""
        self._place.party.feed(self, event)

    def close(self) -> None:
        """End the call if it has not ended, even if it never ran; let go of everything, whatever happened before."""
        if self._parting is not None:
            self.feed(self._parting)
        self._timers.stop_all()
        self._tools.cancel_all()
        self._sessions.close_all()
        self._place.party.go(self._place, self)

    def let_go(self, reason: str) -> None:
        """Do nothing more for the call: it goes on elsewhere, so this is not its end."""
        self._journal.log.info("call left", **{**self._watch.ended(), "reason": reason})
        self._parting = None
        self._ended.set()
        self._tools.beginning.stop()

    def refusal(self, agent: str) -> str | None:
        """Return why the caller cannot be moved to an agent now (`CallerReferred`); None when it can."""
        return self._core.refusal(agent)

    def seat_refusal(self, agent: str, seat: str) -> str | None:
        """Return why nobody can join the call now, with an agent and on a seat of this name; None when they can."""
        return self._core.seat_refusal(agent, seat)

    def masked(self, text: str) -> str:
        """Return a text without the call's secrets."""
        return self._core.masked(text)

    def seen(self, *, secrets: bool) -> dict[str, Any]:
        """Return what a person who watches the call may read of it: variables, what was said, and tools that ran."""
        state = self._core.state
        return {
            "variables": state.variables.values() if secrets else state.variables.shown(),
            "transcript": [str(line) for line in state.transcript.history()],
            "functions": [asdict(run) for run in state.functions.seen.values()],
        }

    # --- what the party asks of it ---

    @property
    def state(self) -> State:
        """What the core remembers; to look at, not to change."""
        return self._core.state

    def handle(self, event: Event) -> None:
        """Handle an event whose turn it is; not when the call goes on elsewhere."""
        if self._parting is None:
            return
        now = self._clock()
        effects = self._core.handle(event, now - self._watch.began)  # means the same in another process
        self._watch.begin(event, effects, now)
        if self._parting is None:  # it was noticed only now, by whoever writes down what happens
            return
        for effect in effects:
            PERFORM[type(effect)](self, effect)
        self._watch.observe(event, effects, now)

    def fail(self) -> None:
        """End with a reason because of a mistake of ours, which is being handled as an exception."""
        self._journal.log.exception("call failed")
        self._parting = CallerLeft("internal error", Ending.FAILED)
        self._ended.set()

    def announce(self, name: str, fields: Mapping[str, Any]) -> None:
        """Tell what has happened in the party."""
        self._announce(do.Announce(name, fields))

    # --- effects ---

    def _announce(self, effect: do.Announce) -> None:
        self._caller.announce(effect.name, effect.fields)

    def _refuse(self, effect: do.Refuse) -> None:
        self._caller.refuse(effect.code, effect.message, effect.param, effect.event_id, effect.kind)

    def _end(self, effect: do.EndCall) -> None:
        self._ended.set()
        self._tools.beginning.stop()
        self._caller.end(effect.ending, effect.reason)


def new_core(team: Team, box: Toolbox, seed: str, memory: int, place: Place) -> Call:
    """Return the core of a call that begins."""
    return Call(team, box.rules, seed=seed, memory=memory, seat=place.seat)


def _send(call: RunningCall, effect: do.SessionFrame) -> None:
    call._sessions.send(effect)


# What is done for each effect.
PERFORM: dict[type[Any], Callable[[RunningCall, Any], None]] = {
    **dict.fromkeys(get_args(do.SessionFrame), _send),
    do.CreateResponse: lambda call, effect: call._sessions.respond(effect),
    do.PlayAudio: lambda call, effect: call._caller.play(effect.item_id, effect.frame),
    do.StartHold: lambda call, effect: call._caller.start_hold(effect.response_id, effect.item_id),
    do.PlayHold: lambda call, effect: call._caller.play_hold(effect.response_id, effect.item_id, effect.ms),
    do.PressKeys: lambda call, effect: call._caller.press_keys(effect.response_id, effect.item_id, effect.keys),
    do.TellWords: lambda call, effect: call._caller.tell_words(effect),
    do.TellCaller: lambda call, effect: call._caller.tell(effect.payload),
    do.StopPlayback: lambda call, effect: call._caller.stop_playback(told=effect.told),
    do.EndResponse: lambda call, effect: call._caller.end_response(effect.response_id, effect.status),
    do.Refuse: RunningCall._refuse,
    do.Announce: RunningCall._announce,
    do.EndCall: RunningCall._end,
    do.Dial: lambda call, effect: call._caller.dial(effect),
    do.OpenSession: lambda call, effect: call._sessions.open(effect),
    do.ConfigureSession: lambda call, effect: call._sessions.configure(effect),
    do.ReplaceSession: lambda call, effect: call._sessions.replace(effect),
    do.CloseSession: lambda call, effect: call._sessions.close(effect.session),
    do.RunTool: lambda call, effect: call._tools.start(effect),
    do.CancelTool: lambda call, effect: call._tools.cancel(effect.call_id),
    do.StartTimer: lambda call, effect: call._timers.start(effect),
    do.StopTimer: lambda call, effect: call._timers.stop(effect.timer),
    do.StirSeats: lambda call, effect: call._place.party.stir(call),
}
