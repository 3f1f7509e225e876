"""What the gateway answers over HTTP, and how it stops."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from openai import AsyncOpenAI
from websockets.exceptions import InvalidStatus

from orchestrator.outside.pools import Way, connections
from orchestrator.records import Filter
from orchestrator.team import load_team
from tests.gateway.serving import TEAM, Gateway, receive, receive_all, serve
from tests.patience import PATIENCE
from tests.records.recording import begin


async def get(gateway: Gateway, path: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=gateway.url) as client:
        return await client.get(path, headers=headers)


async def test_monitors_need_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """`/healthz` and `/readyz` answer anybody; the second counts calls."""
    async with serve(monkeypatch, api_keys="k-123", max_calls=7) as gateway:
        assert (await get(gateway, "/healthz")).json() == {"ok": True}
        ready = await get(gateway, "/readyz")

    assert ready.status_code == 200
    assert {**ready.json(), "lag": 0} == {"ready": True, "draining": False, "calls": 0, "max_calls": 7, "lag": 0}


async def test_a_full_server_is_ready_for_who_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A load balancer that asks `/readyz?resume` sends callers whose node has died to one that takes no new calls."""
    async with serve(monkeypatch, max_calls=1) as gateway, gateway.connect() as socket:
        await receive(socket)
        new, back = await get(gateway, "/readyz"), await get(gateway, "/readyz?resume")

    assert (new.status_code, back.status_code) == (503, 200)
    assert (new.json()["ready"], back.json()["ready"]) == (False, True)


async def test_the_team_is_one_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The official client lists the team as the one model."""
    async with serve(monkeypatch, api_keys="k-123") as gateway:
        client = AsyncOpenAI(api_key="k-123", base_url=f"{gateway.url}/v1")
        models = [model.id async for model in client.models.list()]
        await client.close()

    assert models == ["helpdesk"]


async def test_the_team_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Agents with their voices, handoffs, and a drawing; never instructions."""
    async with serve(monkeypatch) as gateway:
        team = (await get(gateway, "/v1/team")).json()

    assert (team["name"], team["start"]) == ("helpdesk", "front")
    assert team["agents"][1] == {"name": "billing", "description": "Invoices.", "kind": "voice", "voice": "cedar"}
    assert {(edge["from"], edge["to"]) for edge in team["edges"]} == {("front", "billing"), ("billing", "front")}
    assert team["consults"] == []
    assert 'id="agent-front"' in team["svg"]
    assert "Find out what" not in str(team)


@pytest.mark.parametrize("path", ["/v1/models", "/v1/team"])
async def test_p38_the_team_is_not_told_without_a_key(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """P38: with keys set, the answer without one is 401 in the service's shape."""
    async with serve(monkeypatch, api_keys="k-123") as gateway:
        refused = await get(gateway, path)
        taken = await get(gateway, path, authorization="Bearer k-123")

    assert (refused.status_code, taken.status_code) == (401, 200)
    assert refused.json()["error"]["code"] == "invalid_api_key"


async def test_there_is_no_generated_documentation(monkeypatch: pytest.MonkeyPatch) -> None:
    """FastAPI's pages would load scripts from another host; an unknown path is a plain 404."""
    async with serve(monkeypatch) as gateway:
        assert [(await get(gateway, path)).status_code for path in ("/docs", "/redoc", "/openapi.json")] == [404] * 3


async def test_the_official_client_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    """The openai package's realtime client gets its session, unchanged."""
    async with serve(monkeypatch, api_keys="k-123") as gateway:
        client = AsyncOpenAI(api_key="k-123", base_url=f"{gateway.url}/v1")
        async with asyncio.timeout(PATIENCE), client.realtime.connect(model="helpdesk") as connection:
            event = await connection.recv()
            await connection.session.update(session={"type": "realtime", "instructions": "Be brief."})
            updated = await connection.recv()
        await client.close()

    assert (event.type, updated.type) == ("session.created", "session.updated")


async def test_draining_ends_calls_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that stops takes no new calls and closes those that are left with 1001."""
    async with serve(monkeypatch) as gateway, gateway.connect() as socket:
        await receive(socket)
        await asyncio.wait_for(gateway.app.state.calls.drain(), PATIENCE)
        assert await receive_all(socket) == []
        with pytest.raises(InvalidStatus) as refused:
            await gateway.connect()
        ready = await get(gateway, "/readyz")

    assert (socket.close_code, socket.close_reason) == (1001, "the server is shutting down")
    assert (refused.value.response.status_code, ready.status_code) == (503, 503)


async def test_a_server_records_calls_where_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What waits is written when it stops; the file is made with the first call."""
    file, team = tmp_path / "calls.db", tmp_path / "agents.yaml"
    team.write_text(TEAM, encoding="utf-8")
    async with serve(monkeypatch, team=load_team(team, environ={}), records=f"sqlite:///{file}") as gateway:
        records = gateway.app.state.records
        assert not file.exists()
        begin(records, "sess_1").close({"ending": "left"}, "hello")

    assert [call["ending"] for call in records.archive.find(Filter(text="hello"))] == ["left"]


async def test_a_server_can_record_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ORCHESTRATOR_RECORDS=none`, as in most tests."""
    async with serve(monkeypatch) as gateway:
        assert gateway.app.state.records is None


async def test_requests_of_tools_share_connections_while_a_server_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are closed with it."""
    async with serve(monkeypatch) as gateway:
        await get(gateway, "/healthz")  # it is up
        async with connections(Way()) as one, connections(Way()) as other:
            assert one is other
    assert one.is_closed
