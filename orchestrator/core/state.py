"""Everything that is remembered about one call, and the effects of the event that is being handled.

call   OPENING → TALKING ⇄ HANDING_OFF;  TALKING, HANDING_OFF → RECOVERING → TALKING;  any → ENDED
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from orchestrator.core.effects import AddItem, Announce, Effect, SendAudio, StartTimer, StopTimer
from orchestrator.core.events import CallerSettings
from orchestrator.core.memory.floor import Floor
from orchestrator.core.memory.hold import Hold
from orchestrator.core.memory.items import Items
from orchestrator.core.memory.playback import Playback
from orchestrator.core.memory.transcript import Transcript, message
from orchestrator.core.memory.variables import Variables
from orchestrator.core.session import AgentSession, Ask, Configuration, agent_of, exactly

if TYPE_CHECKING:
    from orchestrator.core.functions import FunctionCall
    from orchestrator.core.goodbye import Goodbye
    from orchestrator.core.handoff import Handoff
    from orchestrator.team import Filler, Team


ANSWER_SECONDS = 8.0  # from `response.create` to `response.created`; then it is asked again
ROUNDS = 10  # responses to one turn of the caller, each because of a function that the one before called
Tools = Mapping[str, Mapping[str, "Filler | None"]]  # agent → tool → what is said when it takes long


class Phase(Enum):
    OPENING = "opening"
    TALKING = "talking"
    HANDING_OFF = "handing off"
    RECOVERING = "recovering"
    ENDED = "ended"


PHASE_MOVES = {
    Phase.OPENING: {Phase.TALKING, Phase.ENDED},
    Phase.TALKING: {Phase.HANDING_OFF, Phase.RECOVERING, Phase.ENDED},
    Phase.HANDING_OFF: {Phase.TALKING, Phase.RECOVERING, Phase.ENDED},
    Phase.RECOVERING: {Phase.TALKING, Phase.ENDED},
    Phase.ENDED: set(),
}


@dataclass(slots=True)
class CallerSide:
    """What is known of the caller's end of the line."""

    settings: CallerSettings = field(default_factory=CallerSettings)  # its `session.update` so far
    hold: Hold = field(default_factory=Hold)  # audio and events kept for a session
    playback: Playback = field(default_factory=Playback)  # what it was given to hear
    floor: Floor = field(default_factory=Floor)  # who may be heard
    goodbye: Goodbye | None = None  # how the call ends, once a limit is reached


@dataclass(slots=True)
class Route:
    """The caller's way through the team."""

    active: str  # the agent that has the caller
    previous: str | None = None  # the agent before
    hops: int = 0  # handoffs so far
    turn_since: bool = True  # the caller has said something since the last handoff
    mark: int = 0  # lines of the transcript when the last transfer call came
    arrived: float | None = None  # when the last handoff began, until the new agent is first heard
    visited: set[str] = field(default_factory=set)  # agents that have had the caller
    back: dict[str, str] = field(default_factory=dict)  # agent → the one it can give the caller back to


@dataclass(slots=True)
class Spent:
    """What the call has used up."""

    tokens: dict[str, int] = field(default_factory=lambda: {"input": 0, "output": 0})
    money: float = 0.0  # US dollars
    runs: dict[str, int] = field(default_factory=dict)  # tool → how often it was begun


class Outbox:
    """The effects of one event, and the timers that run."""

    def __init__(self) -> None:
        # Effects in the order in which they are to be performed.
        self.effects: list[Effect] = []
        # Names of the timers that run.
        self.timers: set[str] = set()

    def do(self, effect: Effect) -> None:
        """Add an effect."""
        self.effects.append(effect)

    def start_timer(self, name: str, seconds: float) -> None:
        """Start or restart a timer."""
        self.timers.add(name)
        self.effects.append(StartTimer(name, seconds))

    def stop_timer(self, name: str) -> None:
        """Stop a timer if it runs."""
        if name in self.timers:
            self.timers.discard(name)
            self.effects.append(StopTimer(name))

    def take(self) -> list[Effect]:
        """Return the effects and begin anew."""
        effects, self.effects = self.effects, []
        return effects


class State:
    """The state of one call; the functions of this package change it, `Call` hands it to them."""

    def __init__(self, team: Team, tools: Tools) -> None:
        # The team file.
        self.team = team
        # Agent → its tools, each with what is said when it takes long.
        self.tools = tools
        # Where the call is.
        self.phase = Phase.OPENING
        # Who has the caller, and how it came there.
        self.route = Route(team.start, visited={team.start})
        # What it has used up.
        self.spent = Spent()
        # Name → session: each agent's own, and those beside them.
        self.sessions = {name: AgentSession(name) for name in team.agents}
        # The call's variables.
        self.variables = Variables(team.variables, team.hidden)
        # Who said what.
        self.transcript = Transcript()
        # Where each item is.
        self.items = Items()
        # The caller's end of the line.
        self.caller = CallerSide()
        # The handoff under way, exactly while HANDING_OFF.
        self.handoff: Handoff | None = None
        # Function calls that wait for their answer, by function-call id.
        self.functions: dict[str, FunctionCall] = {}
        # The clock's last word.
        self.now = 0.0
        # Items of our own so far: each has an id of its own.
        self.notes = 0
        # What is to be done.
        self.out = Outbox()

    @property
    def active(self) -> AgentSession:
        """The session of the agent that has the caller."""
        return self.sessions[self.route.active]

    @property
    def listener(self) -> AgentSession:
        """The session that the caller's audio goes to: the target's as soon as it was asked to take over."""
        return self.sessions[self.handoff.target] if self.handoff and self.handoff.asked else self.active

    @property
    def listening(self) -> bool:
        """Whether somebody can take what the caller says right now."""
        if self.phase is Phase.TALKING:
            return True
        return self.phase is Phase.HANDING_OFF and self.handoff is not None and self.handoff.asked

    def move(self, phase: Phase) -> None:
        """Change the phase along the table."""
        if phase not in PHASE_MOVES[self.phase]:
            raise AssertionError(f"call: {self.phase} to {phase}")
        self.phase = phase

    def announce(self, name: str, /, **fields: Any) -> None:
        """Say what happened in the team."""
        self.out.do(Announce(name, fields))

    def configuration(self, session: AgentSession) -> Configuration:
        """Return what a session has to know of settings and variables now; one that is asked does not hear the call."""
        mentioned = self.team.agents[agent_of(session.agent)].mentions
        settings = CallerSettings(modalities=("text",)) if session.consult else self.caller.settings
        variables = {name: self.variables.get(name) for name in sorted(mentioned)}
        return Configuration(settings, variables, by_hand=not self.turn_detection(session.agent))

    def unset(self, agent: str) -> list[str]:
        """Return the variables that the agent's instructions need and nobody has set."""
        return [name for name in sorted(self.team.agents[agent].mentions) if self.variables.get(name) is None]

    def known(self, agent: str) -> list[str]:
        """Return the variables that an agent may be told."""
        return [name for name in self.team.variables if self.team.may_know(agent, name)]

    def readable(self, agent: str, passed: Collection[str] = ()) -> list[str]:
        """Return the variables that an agent is told of as they are: a secret only when it was passed to it."""
        variables = self.team.variables
        return [name for name in self.known(agent) if not variables[name].secret or name in passed]

    def turn_detection(self, agent: str) -> Mapping[str, Any]:
        """Return the turn detection in force on an agent's session; {} for none."""
        own, said = self._heard(agent, "turn_detection")
        if said is None:
            return {}
        under = own if own.get("type") == said.get("type") else {}
        return {"create_response": True, "interrupt_response": True, **under, **said}

    @property
    def awaiting_words(self) -> bool:
        """Whether the transcript of what the caller said last is on its way."""
        return self.transcript.incomplete and self._heard(self.listener.agent, "transcription")[1] is not None

    def _heard(self, agent: str, key: str) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
        """Return what the team file says of an agent's ears, and what is in force: the caller's over it."""
        own = self.team.agents[agent_of(agent)].session_fields()["audio"]["input"].get(key, {})
        said = self.caller.settings.session.get("audio", {}).get("input", {})
        return own or {}, said.get(key, own)

    def reply(self) -> Mapping[str, Any]:
        """Return response options with the modality said, which a text-only history would change otherwise."""
        return {"output_modalities": list(self.caller.settings.modalities)}

    def line(self, words: str | None, otherwise: str = "", *, aloud: bool = False) -> Ask:
        """Want a line of the team file said word by word, or something in the agent's own words; no function called."""
        options = {**self.reply(), "tool_choice": "none"}
        if words:
            return Ask({**options, "instructions": exactly(words)}, aloud=aloud)
        return Ask(options, extra=otherwise, aloud=aloud)

    def ask(self, agent: str, ask: Ask | None = None) -> None:
        """Want a response of an agent, by default a plain one; in words after `ROUNDS`."""
        session = self.sessions[agent]
        if ask is None:
            options = {"output_modalities": ["text"]} if session.consult else self.reply()
            ask = Ask({**options, "tool_choice": "none"} if session.rounds >= ROUNDS else options)
        self._asked(session.ask(ask), agent)

    def pay(self, agent: str) -> None:
        """Ask what an agent's session owes, if it can now."""
        self._asked(self.sessions[agent].pay(), agent)

    def _asked(self, effect: Effect | None, agent: str) -> None:
        if effect is not None:
            self.out.do(effect)
            self.out.start_timer(f"answer:{agent}", ANSWER_SECONDS)

    def tell(self, agent: str, text: str, role: str = "system") -> None:
        """Tell an agent's session something; it is no news for the caller."""
        self.notes += 1
        self.put(agent, message(role, "input_text", text, f"note_{self.notes}"))

    def put(self, agent: str, item: Mapping[str, Any]) -> None:
        """Add an item to an agent's session of which the caller is not told."""
        self.sessions[agent].seeded.add(str(item["id"]))
        self.out.do(AddItem(agent, item))

    def replay(self, agent: str) -> None:
        """Let a session that is new to the caller hear the turn under way, or the last moment of silence."""
        for frame in self.caller.hold.release_preroll():
            self.out.do(SendAudio(agent, frame.frame))
            self.caller.hold.sent(frame, speaking=True)

    def touch(self) -> None:
        """Note that the call is alive: the silence limit counts from here."""
        self.out.start_timer("silence", self.team.limits.silence.at)
