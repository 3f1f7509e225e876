"""The call that mahilo's clients share, with calls behind it that the test drives."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import cast

import pytest

from orchestrator.core.state import Phase
from orchestrator.errors import CallerError
from orchestrator.gateway.mahilo.room import Room
from orchestrator.gateway.teams.teams import Served
from tests.core.scene import team
from tests.gateway.mahilo.clients import ws
from tests.gateway.serving import Gateway, serve
from tests.mahilo import mahilo

LEDGER = """
team: ledger
variables: {account: null}
rules: [verify before billing]
agents:
  front: {instructions: Hi, handoffs: [verify, vault], consult: {clerk: figures}}
  verify: {instructions: Hi, handoffs: [billing]}
  billing: {instructions: Hi}
  vault: {instructions: "Guard {{ variables.account }}."}
  clerk: {kind: text, instructions: Hi}
"""


def seats(gateway: Gateway) -> list[tuple[str, str]]:
    """Return the seat and the agent of each call that was begun."""
    return [(call.place.seat.name, call.place.seat.agent) for call in gateway.calls]


async def test_the_first_begins_and_the_others_join(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with the agent it names; one that has no caller any more is free, whatever the seat was called."""
    async with serve(monkeypatch) as gateway, AsyncExitStack() as stack:
        await stack.enter_async_context(mahilo(ws(gateway), "billing"))
        await stack.enter_async_context(mahilo(ws(gateway), "billing"))

        assert seats(gateway) == [("caller", "billing"), ("billing", "billing")]
        first, second = gateway.calls
        assert first.place.party is second.place.party
        first.place.party.shared.seats["billing"] = second.state
        await stack.enter_async_context(mahilo(ws(gateway), "billing"))
        assert seats(gateway)[2] == ("billing 2", "billing")


async def test_a_call_that_is_over_is_not_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its client may still be there for a moment."""
    async with serve(monkeypatch) as gateway, AsyncExitStack() as stack:
        await stack.enter_async_context(mahilo(ws(gateway), "front"))
        gateway.calls[0].state.phase = Phase.ENDED
        await stack.enter_async_context(mahilo(ws(gateway), "front"))

        assert seats(gateway) == [("caller", "front"), ("caller", "front")]
        assert gateway.calls[0].place.party is not gateway.calls[1].place.party


def the_only(gateway: Gateway) -> Served:
    """Return the team of a server that has one."""
    (served,) = gateway.app.state.calls.teams
    return cast("Served", served)


async def test_whoever_stays_is_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the one who is about to leave."""
    async with serve(monkeypatch) as gateway, AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(mahilo(ws(gateway), "billing"))
        gateway.calls[0].leaving = True
        await stack.enter_async_context(mahilo(ws(gateway), "billing"))

        assert gateway.calls[2].place.party is gateway.calls[0].place.party


async def test_who_cannot_join_is_told_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core says whether the agent can have another caller."""
    async with serve(monkeypatch) as gateway, mahilo(ws(gateway), "billing"), mahilo(ws(gateway), "front") as late:
        assert await late.lines(1) == ["Error: There is no agent 'front' in this team."]
        assert await late.closed() == 1008
        assert len(gateway.calls) == 1


@pytest.mark.parametrize(
    ("agent", "why"),
    [
        ("nobody", "^Agent 'nobody' is not registered with the server$"),
        ("x" * 300, f"^Agent '{'x' * 100}' is not registered with the server$"),
        ("clerk", "There is no agent 'clerk' in this team with whom a caller can begin"),
        ("billing", "verify"),
        ("vault", "account"),
    ],
)
async def test_a_call_begins_only_where_the_rules_let_it(agent: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for whoever joins: with an agent that can have a caller, and before which nothing has to come."""
    async with serve(monkeypatch, team=team(LEDGER)) as gateway:
        room: Room = gateway.app.state.mahilo
        with pytest.raises(CallerError, match=why), room.enter(agent, the_only(gateway)):
            pass

    assert gateway.calls == []


@pytest.mark.parametrize("name", ["", "main", "None"])
async def test_who_names_no_agent_gets_the_first(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text client writes `main`, the voice client `None`."""
    async with serve(monkeypatch) as gateway:
        with gateway.app.state.mahilo.enter(name, the_only(gateway)) as call:
            assert call.place.seat.agent == "front"


async def test_an_agent_called_main_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of agents go first."""
    text = "team: t\nagents: {front: {instructions: Hi, handoffs: [main]}, main: {instructions: Hi}}\n"
    async with serve(monkeypatch, team=team(text)) as gateway:
        with gateway.app.state.mahilo.enter("main", the_only(gateway)) as call:
            assert call.place.seat.agent == "main"
