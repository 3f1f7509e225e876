"""What models are given in two calls side by side: the first time that one is asked something else is found here.

A model is asked when its response begins. What its session was given until then is its instructions, the functions it
can call, what was added to its conversation, and what it is asked to say. How it sounds is not among it.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestrator.core import effects as do
from orchestrator.core.effects import Effect
from orchestrator.core.ids import SessionId, SessionKind
from orchestrator.errors import TeamError
from orchestrator.providers.session_object import session_object
from orchestrator.records.format.values import typed
from orchestrator.replay.renaming import OURS
from orchestrator.replay.wording import diff
from orchestrator.team import Team

MOST = 200  # things that a session was given and that are not compared yet; the oldest are forgotten
GIVEN = (do.AddItem, do.SendFunctionOutput, do.CreateResponse, do.DeleteItem, do.TruncateAudio)
SOUND = ("voice", "speed")


@dataclass(slots=True)
class Waiting:
    """What a session was given in one of the calls and not, or not yet, in the other."""

    then: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MOST))
    now: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MOST))

    def settle(self) -> None:
        """Forget what both were given."""
        while self.then and self.now and self.then[0] == self.now[0]:
            self.then.popleft()
            self.now.popleft()


class Given:
    """Looks at what two calls give to the models."""

    def __init__(self, then: Team, now: Team, tools: Sequence[Mapping[str, Sequence[str]]]) -> None:
        # The two teams, and the names of their agents' tools.
        self._teams, self._tools = (then, now), tools
        # Session, by its name now → what is not settled.
        self._waiting: defaultdict[SessionId, Waiting] = defaultdict(Waiting)

    def observe(self, then: Sequence[Effect], now: Sequence[Effect]) -> None:
        """Take in what both calls do; those of then with the names of now."""
        for effects, number in ((then, 0), (now, 1)):
            for effect in effects:
                if isinstance(effect, do.OnSession):
                    self._take(effect, number)
        for waiting in self._waiting.values():
            waiting.settle()

    def _take(self, effect: do.OnSession, number: int) -> None:
        if isinstance(effect, do.CloseSession):
            if number and effect.session.kind is not SessionKind.OWN:
                self._waiting.pop(effect.session, None)  # it has no other life
            return
        waiting = self._waiting[effect.session]
        told = waiting.now if number else waiting.then
        if isinstance(effect, do.OpenSession):
            told.clear()
        if isinstance(effect, do.OpenSession | do.ConfigureSession):
            told.append(self._configured(effect, number))
        elif isinstance(effect, GIVEN):
            told.append(_plain(typed(effect)))

    def differs(self, session: SessionId) -> list[str]:
        """Return how what a session was given differs, as a diff; [] if it does not."""
        waiting = self._waiting.get(session, Waiting())
        return diff(list(waiting.then), list(waiting.now)) if waiting.then != waiting.now else []

    def asked(self) -> tuple[list[SessionId], list[SessionId]]:
        """Return which sessions are asked in one of the calls only: then, and now."""
        then = [session for session, waiting in self._waiting.items() if any(map(_asks, waiting.then))]
        now = [session for session, waiting in self._waiting.items() if any(map(_asks, waiting.now))]
        return [one for one in then if one not in now], [one for one in now if one not in then]

    def _configured(self, effect: do.OpenSession | do.ConfigureSession, number: int) -> dict[str, Any]:
        team, agent = self._teams[number], effect.session.agent
        if agent in team.persons:
            return {"type": "person"}
        tools = [{"type": "function", "name": name} for name in self._tools[number].get(agent, ())]
        depth = effect.depth if isinstance(effect, do.OpenSession) else 0
        try:
            told = session_object(team.agents[agent], team, tools, effect.settings, effect.variables, depth)
        except TeamError as error:
            return {"type": "session", "error": str(error)}
        for key in SOUND:
            told.get("audio", {}).get("output", {}).pop(key, None)
        return {"type": "session", "model": team.agents[agent].model, **told, "tools": list(_functions(told["tools"]))}


def _functions(tools: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """Yield what a model is offered; of tools of the team no more than the names is recorded."""
    for tool in tools:
        yield tool["name"] if len(tool) <= len(("type", "name")) else {"name": tool["name"], **tool}


def _asks(given: Mapping[str, Any]) -> bool:
    return bool(given["type"] == "CreateResponse")


def _plain(value: Any) -> Any:
    """Return what is given without our ids, which say nothing."""
    if isinstance(value, Mapping):
        return {
            name: _plain(each) for name, each in value.items() if not (isinstance(each, str) and OURS.fullmatch(each))
        }
    return [_plain(each) for each in value] if isinstance(value, list) else value
