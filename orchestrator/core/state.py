"""Everything that is remembered about one call, and the effects of the event that is being handled.

OPENING → TALKING ⇄ HANDING_OFF;  TALKING, HANDING_OFF → RECOVERING → TALKING;  any → ENDED
TALKING, RECOVERING → AWAY → TALKING, RECOVERING: the caller is connected to somebody outside
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from orchestrator.core.away.events import Reach
from orchestrator.core.effects import AddItem, Announce, Effect, SendAudio, StartTimer, StopTimer
from orchestrator.core.events import CallerSettings, CallerSpoke
from orchestrator.core.ids import SessionId, Timer, TimerKind
from orchestrator.core.in_progress import Away, Functions, Goodbye, Handoff, Waiting
from orchestrator.core.memory.floor import Floor
from orchestrator.core.memory.hold import Hold
from orchestrator.core.memory.items import Items
from orchestrator.core.memory.playback import Playback
from orchestrator.core.memory.shared import Shared, Spent
from orchestrator.core.memory.transcript import Transcript, message
from orchestrator.core.memory.variables import Variables
from orchestrator.core.response import Ask
from orchestrator.core.session import AgentSession, Configuration, Sessions
from orchestrator.core.tools.rules import ToolRules, apart
from orchestrator.core.wording import EXACTLY, exactly, marked

if TYPE_CHECKING:
    from orchestrator.team import Team

MEMORY = 32 * 1024 * 1024
FULL_DUPLEX: Mapping[str, Any] = {"create_response": False, "interrupt_response": False}
ROUNDS = 10  # responses to one turn of the caller, each because of a function that the one before called


class Phase(Enum):
    OPENING = "opening"
    TALKING = "talking"
    HANDING_OFF = "handing off"
    RECOVERING = "recovering"
    AWAY = "away"
    ENDED = "ended"


PHASE_MOVES = {
    Phase.OPENING: {Phase.TALKING, Phase.ENDED},
    Phase.TALKING: {Phase.HANDING_OFF, Phase.RECOVERING, Phase.AWAY, Phase.ENDED},
    Phase.HANDING_OFF: {Phase.TALKING, Phase.RECOVERING, Phase.ENDED},
    Phase.RECOVERING: {Phase.TALKING, Phase.AWAY, Phase.ENDED},
    Phase.AWAY: {Phase.TALKING, Phase.RECOVERING, Phase.ENDED},
    Phase.ENDED: set(),
}


@dataclass(slots=True)
class CallerSide:
    """What is known of the caller's end of the line."""

    settings: CallerSettings = field(default_factory=CallerSettings)  # its `session.update` so far
    hold: Hold = field(default_factory=Hold)  # audio and events kept for a session
    playback: Playback = field(default_factory=Playback)  # what it was given to hear
    floor: Floor = field(default_factory=Floor)  # who may be heard
    goodbye: Goodbye | None = None  # how the call ends, once it is to end
    prompts: int = 0  # in a row: silences of theirs on which the agent spoke (`idle_timeout_ms`)
    memory: int = MEMORY  # bytes that the call may keep of what its two ends send
    notice: Ask | None = None  # what asked for the words that they hear first, that the call is recorded
    acted: float = 0.0  # when they last began or ended a turn, or typed
    reach: Reach = Reach.NOBODY  # who can connect them to somebody outside
    unheard: bool = False  # their last words went with another process, which had the call


@dataclass(slots=True)
class Route:
    """The caller's way through the team."""

    active: str  # the agent that has the caller
    handoff: Handoff | None = None  # the handoff under way, exactly while HANDING_OFF
    waiting: Waiting | None = None  # the person whom the caller waits for, who will be handed over to
    away: Away | None = None  # somebody outside, to whom the caller is connected or about to be
    previous: str | None = None  # the agent before
    hops: int = 0  # handoffs so far
    turn_since: bool = True  # the caller has said something since the last handoff
    steps: int = 0  # messages in a row that led to the last one that came here, since the caller has said anything
    mark: int = 0  # lines of the transcript when the last transfer call came
    arrived: float | None = None  # when the last handoff began, until the new agent is first heard
    visited: set[str] = field(default_factory=set)  # agents that have had the caller
    back: dict[str, str] = field(default_factory=dict)  # agent → the one it can give the caller back to

    @property
    def agents(self) -> set[str]:
        """The agents that have the caller, or are about to get them."""
        target = {self.handoff.target} if self.handoff is not None else set()
        return {self.active} | target

    def turned(self) -> None:
        """Note that the caller has said something."""
        self.turn_since, self.steps = True, 0


class Agenda:
    """The effects of one event, and the timers that run."""

    def __init__(self) -> None:
        # Effects in the order in which they are to be performed.
        self.effects: list[Effect] = []
        # The timers that run, in the order in which they were started, and when they run out.
        self.timers: dict[Timer, float] = {}

    def take(self) -> list[Effect]:
        """Return the effects and begin anew."""
        effects, self.effects = self.effects, []
        return effects


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a caller takes part in a call."""

    shared: Shared
    name: str
    agent: str  # that has them first


class State:
    """The state of one call, as one caller has it; the functions of this package change it, and name it `call`."""

    def __init__(self, team: Team, tools: ToolRules, seed: str, memory: int, seat: Seat) -> None:
        # The team file.
        self.team = team
        # Where the call is.
        self.phase = Phase.OPENING
        # Who has the caller, and how it came there.
        self.route = Route(seat.agent, visited={seat.agent})
        # The name of the caller's seat, and what it shares with others.
        self.seat, self.shared = seat.name, seat.shared
        # The agents' sessions.
        self.sessions = Sessions(team.agents)
        # Who said what.
        self.transcript = Transcript(seat.shared.numbers)
        # Where each item is.
        self.items = Items(seed)
        # The caller's end of the line.
        self.caller = CallerSide(memory=memory)
        # The agents' function calls.
        self.functions = Functions(*apart(tools), seat.shared.runs)
        # The time of the event that is being handled.
        self.now = 0.0
        # What is to be done.
        self.agenda = Agenda()
        seat.shared.take(seat.name, self)

    # --- what it shares with other seats ---

    @property
    def variables(self) -> Variables:
        """The call's variables."""
        return self.shared.variables

    @property
    def spent(self) -> Spent:
        """What the call has used up."""
        return self.shared.spent

    @property
    def others(self) -> list[State]:
        """The other seats whose callers have not left."""
        return [state for state in self.shared.seats.values() if state is not self]

    # --- who is where ---

    @property
    def active(self) -> AgentSession:
        """The session of the agent that has the caller."""
        return self.sessions.own[self.route.active]

    @property
    def listener(self) -> AgentSession:
        """The session that the caller's audio goes to: the target's as soon as it was asked to take over."""
        handoff = self.route.handoff
        return self.sessions.own[handoff.target if handoff and handoff.asked else self.route.active]

    @property
    def summed_up(self) -> Handoff | None:
        """The handoff for which the call is summed up: the one under way, or to whom the caller waits to be given."""
        awaited = self.route.waiting or self.route.away
        return self.route.handoff or (awaited.handoff if awaited is not None else None)

    @property
    def listening(self) -> bool:
        """Whether somebody can take what the caller says right now."""
        if self.phase is Phase.TALKING:
            return True
        return self.phase is Phase.HANDING_OFF and self.route.handoff is not None and self.route.handoff.asked

    @property
    def at_rest(self) -> bool:
        """Whether the agent has nothing more to say by itself: it is the caller's turn."""
        session = self.active
        response = session.response
        if self.phase is not Phase.TALKING or response.busy or response.owed or response.due or session.turn.awaited:
            return False
        answered = (one for one in self.functions.open.values() if one.of_team and not one.orphan)
        return all(one.session != session.id for one in answered)

    @property
    def room(self) -> int:
        """How many bytes more the call may keep."""
        return self.caller.memory - self.caller.hold.size - self.caller.floor.size - self.transcript.size

    @property
    def tool_names(self) -> set[str]:
        """The names of the caller's own tools."""
        return {str(tool.get("name")) for tool in self.caller.settings.tools}

    def move(self, phase: Phase) -> None:
        """Change the phase along the table."""
        if phase not in PHASE_MOVES[self.phase]:
            raise AssertionError(f"call: {self.phase} to {phase}")
        self.phase = phase

    # --- what is to be done ---

    def do(self, effect: Effect) -> None:
        """Add an effect."""
        self.agenda.effects.append(effect)

    def start_timer(self, kind: TimerKind, seconds: float, about: SessionId | str = "") -> None:
        """Start or restart a timer."""
        timer = Timer(kind, about)
        self.agenda.timers[timer] = self.now + seconds
        self.do(StartTimer(timer, seconds))

    def stop_timer(self, kind: TimerKind, about: SessionId | str = "") -> None:
        """Stop a timer if it runs."""
        timer = Timer(kind, about)
        if timer in self.agenda.timers:
            del self.agenda.timers[timer]
            self.do(StopTimer(timer))

    def announce(self, name: str, /, **fields: Any) -> None:
        """Say what happened in the team."""
        self.do(Announce(name, fields))

    def set_variables(self, values: Mapping[str, Any], by: str | None = None) -> list[str]:
        """Set variables, a tool by its name; return what is wrong with those that cannot be set."""
        faults = {name: self.variables.set(name, value, by) for name, value in values.items()}
        if done := [name for name, fault in faults.items() if not fault]:
            shown = self.variables.shown()
            self.announce("variables.set", values={name: shown[name] for name in done})
        return [fault for fault in faults.values() if fault]

    def touch(self) -> None:
        """Note that the caller has said something: the silence limit counts from here."""
        self.caller.acted = self.now
        self.start_timer(TimerKind.SILENCE, self.team.limits.silence.at)

    def watch(self, session: AgentSession) -> None:
        """Note that something is expected of a session from now on; it is looked at while that has not come."""
        if session.agent in self.team.persons:
            return
        session.response.progress.at = self.now
        if Timer(TimerKind.ANSWER, session.id) not in self.agenda.timers:
            self.start_timer(TimerKind.ANSWER, self.team.limits.answer, session.id)

    def expect(self, session: AgentSession) -> None:
        """Note that the caller waits for an answer of a session, unless they have been waiting for it already."""
        if session.response.since is None:
            session.response.since = self.now
        self.watch(session)

    # --- what an agent may know, and what is in force ---

    def configuration(self, session: AgentSession) -> Configuration:
        """Return what a session has to know of settings and variables now; a consulted one does not hear the call."""
        mentioned = self.team.agents[session.agent].mentions
        settings = CallerSettings(modalities=("text",)) if session.consult else self.caller.settings
        known = {*self.readable(session.agent), *mentioned}
        variables = {name: self.variables.masked(name, known) for name in sorted(mentioned)}
        return Configuration(settings, variables, by_hand=not self.turn_detection(session.agent))

    def known(self, agent: str) -> list[str]:
        """Return the variables that an agent may be told."""
        return [name for name in self.team.variables if self.team.may_know(agent, name)]

    def readable(self, agent: str, passed: Collection[str] = ()) -> list[str]:
        """Return the variables that an agent is told as they are: a secret only when it was passed to it."""
        variables = self.team.variables
        return [name for name in self.known(agent) if not variables[name].secret or name in passed]

    def turn_detection(self, agent: str) -> Mapping[str, Any]:
        """Return the turn detection in force on an agent's session; {} for none. A person hears all, at any time."""
        if agent in self.team.persons:
            return FULL_DUPLEX
        own, in_force = self._input(agent, "turn_detection")
        if in_force is None:
            return {}
        under = own if own.get("type") == in_force.get("type") else {}
        return {"create_response": True, "interrupt_response": True, **under, **in_force}

    @property
    def awaiting_words(self) -> bool:
        """Whether the transcript of what the caller said last is on its way."""
        return self.transcript.incomplete and self._input(self.listener.agent, "transcription")[1] is not None

    def _input(self, agent: str, key: str) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
        """Return what the team file sets for an agent's audio input, and what is in force: the caller's wins."""
        own = self.team.agents[agent].heard.get(key, {})
        callers = self.caller.settings.session.get("audio", {}).get("input", {})
        return own or {}, callers.get(key, own)

    # --- asking and telling a session ---

    def reply(self) -> Mapping[str, Any]:
        """Return response options that name the modality, which a text-only history would change otherwise."""
        return {"output_modalities": list(self.caller.settings.modalities)}

    def line(self, words: str | None, otherwise: str, marker: str, *, aloud: bool = False) -> Ask:
        """Return the ask for exactly these words or, without any, for the agent's own; no function is called."""
        options = {**self.reply(), "tool_choice": "none"}
        if words:
            return Ask(marked({**options, "instructions": exactly(words)}, EXACTLY), aloud=aloud)
        return Ask(marked(options, marker), extra=otherwise, aloud=aloud)

    def ask(self, session: AgentSession, ask: Ask | None = None) -> None:
        """Ask a session for a response, by default a plain one; after `ROUNDS`, for one without functions.

        A person is not asked: they speak when they like.
        """
        if session.agent in self.team.persons:
            session.response.owe(None)
            return
        if ask is None:
            options = {"output_modalities": ["text"]} if session.consult else self.reply()
            ask = Ask({**options, "tool_choice": "none"} if session.response.rounds >= ROUNDS else options)
        effect = session.ask(ask)
        if effect is not None:
            self.do(effect)
            self.expect(session)

    def tell(self, session: AgentSession, text: str, role: str = "system", item_id: str = "") -> None:
        """Tell a session something; it is no news for the caller."""
        self.put(session, message(role, "input_text", text, item_id or self.items.new_id()))

    def put(self, session: AgentSession, item: Mapping[str, Any], after: str | None = None) -> None:
        """Add an item to a session of which the caller is not told, behind another one or the "root", or at the end."""
        session.seeded.add(str(item["id"]))
        self.do(AddItem(session.id, item, after))

    def replay(self, session: AgentSession) -> None:
        """Let a session that is new to the caller hear the turn under way, or the last moment of silence."""
        self.give(session, self.caller.hold.release_preroll())

    def give(self, session: AgentSession, frames: list[CallerSpoke]) -> None:
        """Let a session hear frames that were held; should it drop, the next one hears them."""
        for frame in frames:
            self.do(SendAudio(session.id, frame.frame))
            self.caller.hold.sent(frame, speaking=True)
