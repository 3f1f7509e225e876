"""What happened in a test: in a turn, and in the whole call. A test's expectations are compared with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from orchestrator.core.effects import Effect
from orchestrator.core.events import Event
from orchestrator.errors import TeamError
from orchestrator.observe.facts import Fact, ToolRan
from orchestrator.team.variables import render
from orchestrator.trials.arrivals import Arrivals

if TYPE_CHECKING:
    from orchestrator.core.state import State
    from orchestrator.team import Team


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the caller was told by an agent, as far as they heard it."""

    agent: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What happened: in a turn until the team had nothing more to say, or in the whole call."""

    agent: str  # who has the caller at its end
    words: Sequence[Words] = ()
    facts: Sequence[Fact] = ()
    arrived: Sequence[str] = ()  # at that agent, since the call began
    instructions: str = ""  # of that agent
    voice: str = ""  # that spoke last
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)  # variable → those that it has had, as text
    variables: Mapping[str, Any] = field(default_factory=dict)  # as they are at its end
    today: date  # as the caller's clock shows it


class Witness:
    """Looks at the call of a test: takes its facts, and observes its effects."""

    def __init__(self, team: Team, today: date) -> None:
        # The team, and the date of the test.
        self._team, self._today = team, today
        # The facts so far, what has arrived at whom, and the values that variables have had.
        self.facts: list[Fact] = []
        self._arrivals = Arrivals()
        self._values: dict[str, set[str]] = {}

    def take(self, fact: Fact) -> None:
        """Take a fact."""
        self.facts.append(fact)
        if isinstance(fact, ToolRan):
            self._note(fact.variables)

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Take in what an event brought about."""
        self._arrivals.observe(event, effects, now)

    def arrived(self, agent: str) -> Sequence[str]:
        """Return what has arrived at an agent since the call began."""
        return self._arrivals.at(agent)

    def seen(self, state: State, heard: Sequence[Words], *, facts: int = 0, words: int = 0) -> Seen:
        """Return what happened since there were so many facts and words; `heard` is all that the caller heard."""
        variables = state.variables.values()
        self._note(variables)
        return Seen(
            agent=state.route.active,
            words=heard[words:],
            facts=self.facts[facts:],
            arrived=self._arrivals.at(state.route.active),
            instructions=self._instructions(state),
            voice=self._voice(heard[-1].agent) if heard else "",
            values={name: frozenset(values) for name, values in self._values.items()},
            variables=variables,
            today=self._today,
        )

    def _note(self, variables: Mapping[str, Any]) -> None:
        for name, value in variables.items():
            if value not in (None, "", True, False):
                self._values.setdefault(name, set()).add(str(value))

    def _instructions(self, state: State) -> str:
        """Return what the agent who has the caller is told to be; "" for a person, or while a variable is missing."""
        told = state.configuration(state.active).variables
        try:
            return render(self._team.agents[state.route.active].instructions, told)
        except TeamError:
            return ""

    def _voice(self, agent: str) -> str:
        """Return the voice that an agent's sessions are configured with; "" if that is left to the service."""
        known = self._team.agents.get(agent)
        output = known.session_fields()["audio"]["output"] if known is not None else {}
        return str(output.get("voice") or "")
