"""The call that mahilo's clients share: the first one begins it, later ones join it, and it ends with the last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from orchestrator.core import Call
from orchestrator.core.state import Phase
from orchestrator.errors import CallerError
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.seats import Joining
from orchestrator.gateway.teams.teams import Served
from orchestrator.outside.api_keys import ApiKey
from orchestrator.team import Team

NO_NAME = ("", "main", "None")  # what the client writes when it was given no agent
LONGEST_NAME = 100  # characters of one that is not known, in what is answered


class Room:
    """mahilo's clients of one server."""

    def __init__(self, calls: Calls) -> None:
        # The open calls.
        self._calls = calls
        # Those of mahilo's clients, the first one first.
        self._here: dict[str, OpenCall] = {}

    @contextmanager
    def enter(
        self, name: str, served: Served, *, key: ApiKey | None = None, media: Mapping[str, Any] | None = None
    ) -> Iterator[OpenCall]:
        """Open a call for a client, with the agent that it names; raises `CallerError` if that cannot have it.

        It is a call of the team that is `served`, and counts for the limits of `key`; `media` is the format of audio
        that travels outside the events.
        """
        here = [call for call in self._here.values() if call.running.state.phase is not Phase.ENDED]
        here = [call for call in here if call.version.name == served.name]
        version = here[0].version if here else served.current
        agent = agent_named(version.team, name)
        joining = joining_of(here, agent) if here else None
        if joining is None:
            check_first(version.team, agent)
        with self._calls.open("sess_", version=version, key=key, joining=joining, agent=agent, media=media) as call:
            self._here[call.call_id] = call
            try:
                yield call
            finally:
                del self._here[call.call_id]


def agent_named(team: Team, name: str) -> str:
    """Return the agent whom a client names; without a name it wants the first one."""
    if name in team.agents:
        return name
    if name in NO_NAME:
        return team.start
    message = f"Agent '{name[:LONGEST_NAME]}' is not registered with the server"
    raise CallerError(message, code="agent_not_found", param="agent")


def joining_of(here: Sequence[OpenCall], agent: str) -> Joining:
    """Return the seat that a client takes beside others, who are there."""
    taken = here[0].place.party.shared.seats
    seat = next(name for number in count(1) if (name := f"{agent} {number}" if number > 1 else agent) not in taken)
    ways = [Joining(call, agent, seat) for call in here]
    joining = next((way for way in ways if way.refused is None), ways[0])  # one of them may be leaving
    if (refused := joining.refused) is not None:
        raise refused
    return joining


def check_first(team: Team, agent: str) -> None:
    """Check that a call can begin with an agent: by the rules that hold for who joins one in which nothing is."""
    if agent != team.start and (refused := Call(team, {}, seed=agent).seat_refusal(agent, agent)):
        raise CallerError(refused, code="seat_refused", param="agent")
