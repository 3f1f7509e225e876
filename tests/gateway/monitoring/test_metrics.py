"""`/metrics`: the figures of real calls, for those who may see them."""

from __future__ import annotations

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from orchestrator.gateway.monitoring import watching
from orchestrator.observe.names import Names
from orchestrator.observe.samples import Families
from orchestrator.observe.trace import Tracing
from orchestrator.testing import call, say
from tests.calls import Desk, desk
from tests.gateway.serving import serve
from tests.observe.traced import Traced

OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0"}


def figures(text: str) -> dict[tuple[str, ...], float]:
    """Return what is not zero, by name and values of labels in alphabetical order, without buckets and the team."""
    return {
        (sample.name, *(value for name, value in sample.labels.items() if name != "team")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.value and not sample.name.endswith(("_bucket", "_sum"))
    }


async def scrape(desk_: Desk, **headers: str) -> httpx.Response:
    """Ask as Prometheus does."""
    async with httpx.AsyncClient() as client:
        return await client.get(f"{desk_.url.replace('ws', 'http', 1)}/metrics", headers=headers)


async def one_call(desk_: Desk) -> dict[tuple[str, ...], float]:
    """Let a caller be handed over, use a tool, and leave; return the figures meanwhile."""
    async with desk_.caller() as caller:
        desk_.service.reply("front", call("find_order", number="7"), call("nonsense"))
        desk_.service.reply("front", call("transfer_to_billing", reason="an invoice"))
        desk_.service.reply("billing", say("Billing here."))
        await caller.type("Where is my order?")
        await caller.until("team.handoff.completed")
        await caller.until("response.done", where=lambda event: "Billing here." in str(event))
        meanwhile = figures((await scrape(desk_)).text)
    await desk_.quiet()
    return meanwhile


async def test_a_call_is_in_the_figures() -> None:
    """Open while it is open; then what happened in it."""
    async with desk() as desk_:
        meanwhile = await one_call(desk_)
        answer = await scrape(desk_)
    after = figures(answer.text)

    assert answer.headers["content-type"].startswith("text/plain")
    assert meanwhile["orchestrator_calls_active",] == 1
    assert meanwhile["orchestrator_sessions_open", "active"] == 1
    assert meanwhile["orchestrator_sessions_open", "warm"] >= 1
    assert ("orchestrator_calls_active",) not in after
    assert ("orchestrator_sessions_open", "active") not in after
    assert after["orchestrator_calls_total", "left"] == 1
    assert 'orchestrator_records_dropped_total{team="helpdesk"} 0.0' in answer.text.splitlines()
    assert after["orchestrator_tool_seconds_count", "completed", "", "find_order"] == 1
    assert after["orchestrator_refusals_total", "front", "unknown"] == 1
    assert after["orchestrator_handoff_seconds_count", "front", "completed", "billing", "true"] == 1
    assert after["orchestrator_responses_total", "billing", "billing", "service", "completed"] == 1
    assert after["orchestrator_tokens_total", "billing", "false", "output", "audio", "billing", "service"] > 0
    assert 'team="helpdesk"' in answer.text


async def test_a_call_is_traced_and_its_log_names_the_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """As is the handoff in the histogram, where the form of the answer can say so."""
    traced: list[Traced] = []

    def tracing(names: Names, *, content: bool) -> Tracing:
        traced.append(Traced(names, content=content))
        return traced[0].tracing

    monkeypatch.setattr(watching, "tracing", tracing)
    async with desk() as desk_:
        with capture_logs() as lines:
            await one_call(desk_)
        answer = await scrape(desk_, **OPENMETRICS)
    context = traced[0].named("call").context
    assert context is not None
    trace_id = format(context.trace_id, "032x")

    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert f'trace_id="{trace_id}"' in answer.text
    assert {line["trace_id"] for line in lines if "call" in line} == {trace_id}
    assert [line["event"] for line in lines if "trace_id" in line][-1] == "call ended"
    assert "    team.handoff front→billing" in traced[0].tree()
    assert "Where is my order?" not in traced[0].text()


async def test_only_an_api_key_sees_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prometheus sends it as a bearer token; a browser's short-lived key is not enough."""
    async with serve(monkeypatch, api_keys="k-123") as gateway, httpx.AsyncClient(base_url=gateway.url) as client:
        key = {"Authorization": "Bearer k-123"}
        made = await client.post("/v1/realtime/client_secrets", json={}, headers=key)
        secret = {"Authorization": f"Bearer {made.json()['value']}"}
        said = [(await client.get("/metrics", headers=headers)).status_code for headers in ({}, secret, key)]

    assert said == [401, 403, 200]


async def test_without_keys_only_this_machine_sees_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even through a proxy on it."""
    async with serve(monkeypatch) as gateway, httpx.AsyncClient(base_url=gateway.url) as client:
        assert (await client.get("/metrics")).status_code == 200
        assert (await client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"})).status_code == 403


async def test_a_process_that_does_not_answer_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures of the others are there."""

    async def gather() -> list[Families | None]:
        return [None]

    async with serve(monkeypatch) as gateway, httpx.AsyncClient(base_url=gateway.url) as client:
        gateway.app.state.gather = gather
        text = (await client.get("/metrics")).text

    assert figures(text)["orchestrator_workers_unanswered_total",] == 1
    assert figures(text)["orchestrator_workers",] == 1
