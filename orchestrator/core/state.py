"""Everything that is remembered about one call, and the effects of the event that is being handled.

call   OPENING → TALKING ⇄ HANDING_OFF;  TALKING, HANDING_OFF → RECOVERING → TALKING;  any → ENDED
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from orchestrator.core.effects import Announce, Effect, StartTimer, StopTimer
from orchestrator.core.events import CallerSettings
from orchestrator.core.floor import Floor
from orchestrator.core.hold import Hold
from orchestrator.core.items import Items
from orchestrator.core.playback import Playback
from orchestrator.core.session import AgentSession, Ask, Configuration
from orchestrator.core.transcript import Transcript

if TYPE_CHECKING:
    from orchestrator.core.functions import FunctionCall
    from orchestrator.core.handoff import Handoff
    from orchestrator.team import Team


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


@dataclass(slots=True)
class Route:
    """The caller's way through the team."""

    active: str  # the agent that has the caller
    previous: str | None = None  # the agent before
    hops: int = 0  # handoffs so far
    turn_since: bool = True  # the caller has said something since the last handoff
    mark: int = 0  # lines of the transcript when the last transfer call came
    arrived: float | None = None  # when the last handoff began, until the new agent is first heard


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

    def __init__(self, team: Team, tools: Mapping[str, frozenset[str]]) -> None:
        # The team file.
        self.team = team
        # Agent → names of its tools.
        self.tools = tools
        # Where the call is.
        self.phase = Phase.OPENING
        # Who has the caller, and how it came there.
        self.route = Route(team.start)
        # Agent → its session in this call.
        self.sessions = {name: AgentSession(name) for name in team.agents}
        # The call's variables.
        self.variables: dict[str, Any] = {name: variable.default for name, variable in team.variables.items()}
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

    def configuration(self, agent: str) -> Configuration:
        """Return what the agent's session has to know of settings and variables now."""
        mentioned = self.team.agents[agent].mentions
        return Configuration(self.caller.settings, {name: self.variables.get(name) for name in sorted(mentioned)})

    def unset(self, agent: str) -> list[str]:
        """Return the variables that the agent's instructions need and nobody has set."""
        return [name for name, value in self.configuration(agent).variables.items() if value is None]

    def turn_detection(self, agent: str) -> Mapping[str, Any]:
        """Return the turn detection in force on an agent's session: the caller's over the agent's; {} for none."""
        said = self.caller.settings.session.get("audio", {}).get("input", {})
        own = self.team.agents[agent].session_fields().get("audio", {}).get("input", {})
        known = own.get("turn_detection", {}) or {}
        detection = said.get("turn_detection", own.get("turn_detection", {}))
        if detection is None:
            return {}
        under = known if known.get("type") == detection.get("type") else {}
        return {"create_response": True, "interrupt_response": True, **under, **detection}

    def reply(self) -> Mapping[str, Any]:
        """Return response options with the modality said, which a text-only history would change otherwise."""
        return {"output_modalities": list(self.caller.settings.modalities)}

    def ask(self, agent: str, ask: Ask | None = None) -> None:
        """Want a response of an agent, by default a plain one."""
        session = self.sessions[agent]
        self._asked(session.ask(ask or Ask(self.reply())), agent)

    def pay(self, agent: str) -> None:
        """Ask what an agent's session owes, if it can now."""
        self._asked(self.sessions[agent].pay(), agent)

    def _asked(self, effect: Effect | None, agent: str) -> None:
        if effect is not None:
            self.out.do(effect)
            self.out.start_timer(f"answer:{agent}", ANSWER_SECONDS)

    def touch(self) -> None:
        """Note that the call is alive: the silence limit counts from here."""
        self.out.start_timer("silence", self.team.limits.silence.at)


ANSWER_SECONDS = 8.0  # from `response.create` to `response.created`; then it is asked again
