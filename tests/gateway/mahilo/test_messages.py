"""The messages of all calls, as they are kept and asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from orchestrator.core.memory.shared import Message, Shared
from orchestrator.gateway.desk.board import Board
from orchestrator.gateway.mahilo import messages as module
from orchestrator.gateway.mahilo.messages import Messages
from tests.core.scene import team
from tests.gateway.serving import serve

SECRETIVE = """
team: t
variables: {card: {type: string, secret: true}}
agents: {front: {instructions: Hi}}
"""


class Written:
    """Two agents who write to each other, and a clock."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.shared = Shared(team(SECRETIVE))
        state = SimpleNamespace(shared=self.shared, variables=self.shared.variables)
        call: Any = SimpleNamespace(running=SimpleNamespace(state=state))
        self.kept = Messages(lambda call_id: call if call_id == "sess_1" else None, lambda: self.now)
        self.board = Board()
        self.board.come(self.kept)
        self.entry = self.board.add("sess_1", "front")

    def write(self, number: int, text: str = "Hello.", sender: str = "a", to: str = "b") -> None:
        """Let one write."""
        self.shared.sent.append(Message(f"m{number}", sender, to, text, urgent=False, steps=1))
        self.board.tell(self.entry, "message.sent", {"from": sender, "to": to, "id": f"m{number}"})

    def ids(self) -> list[str]:
        """Return what is kept."""
        return [one.message_id for one in self.kept.newest()]


def test_the_newest_is_first() -> None:
    """Each has its call, and the time of day."""
    written = Written()
    written.write(1)
    written.now += 1
    written.write(2)

    newest = next(written.kept.newest())
    assert written.ids() == ["m2", "m1"]
    assert (newest.timestamp, newest.correlation_id, newest.message_type) == (1_000_001.0, "sess_1", "direct")


def test_secrets_are_not_kept() -> None:
    """Who asks is no agent of the team."""
    written = Written()
    written.shared.variables.set("card", "4929123456781234")
    written.write(1, "The card is 4929 1234 5678 1234.")

    assert "4929" not in next(written.kept.newest()).payload


def test_messages_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a day, and when there are too many."""
    written = Written()
    written.write(1)
    written.now += module.KEPT_SECONDS + 1
    written.write(2)
    assert written.ids() == ["m2"]

    for number in range(module.KEPT):
        written.write(number + 3)
    assert len(written.ids()) == module.KEPT
    assert written.ids()[-1] == "m3"


def test_nothing_else_is_kept() -> None:
    """Other news, and those of a call or a message that is gone, mean nothing; calls are not watched."""
    written = Written()
    written.board.tell(written.entry, "message.delivered", {"from": "a", "to": "b", "id": "m1"})
    written.board.tell(written.entry, "message.sent", {"from": "a", "to": "b", "id": "m1"})
    gone = written.board.add("sess_2", "front")
    written.board.tell(gone, "message.sent", {"from": "a", "to": "b", "id": "m1"})
    written.kept.show(written.entry, {"type": "error"})
    written.kept.overhear(written.entry, "caller", "frame")

    assert written.ids() == []


async def test_a_query_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are numbers; those out of bounds are taken for the nearest."""
    async with serve(monkeypatch) as gateway, httpx.AsyncClient(base_url=gateway.url) as client:
        kept = cast("Messages", gateway.app.state.messages)
        written = Written()
        for number in range(150):
            written.write(number)
        kept._kept.extend(written.kept._kept)
        kept._clock = lambda: written.now

        async def count(query: str) -> int:
            response = await client.get(query)
            return len(response.json()) if response.status_code == 200 else -response.status_code

        assert await count("/messages") == 100
        assert await count("/messages?sender=a&recipient=b&limit=150") == 150
        assert await count("/messages?recipient=a") == 0
        assert await count("/conversations/b/a") == 50
        assert await count("/conversations/b/c") == 0
        assert await count("/messages?limit=-1") == 0
        assert await count("/messages?limit=1e300") == 150
        assert await count("/messages?limit=inf&start_time=&end_time=") == 150
        for wrong in ("limit=many", "limit=nan", "start_time=yesterday", "end_time=%ff"):
            assert await count(f"/messages?{wrong}") == -400


async def test_a_server_with_keys_wants_one_for_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are those of all calls, not only of mahilo's."""
    async with (
        serve(monkeypatch, api_keys="a-key-of-this-server", mahilo=True) as gateway,
        httpx.AsyncClient(base_url=gateway.url) as client,
    ):
        assert (await client.get("/messages")).status_code == 401
        assert (await client.get("/conversations/a/b")).status_code == 401
        headers = {"Authorization": "Bearer a-key-of-this-server"}
        assert (await client.get("/messages", headers=headers)).json() == []
