"""A server that is late with its work takes no new calls."""

from __future__ import annotations

import asyncio
import time

import pytest
from websockets.exceptions import InvalidStatus

from orchestrator.gateway import lag
from orchestrator.gateway.lag import Lag
from tests.gateway.serving import receive, send, serve
from tests.patience import PATIENCE
from tests.server.test_app import get


def block(seconds: float) -> None:
    """Let everything else wait, as a busy loop does."""
    time.sleep(seconds)


def test_the_median_counts() -> None:
    """A few hiccups are not an overload; being late most of the time is."""
    one = Lag()
    for _ in range(lag.SAMPLES // 2):
        one.note(0.5)
    assert one.seconds == 0
    one.note(0.5)
    assert one.seconds == 0.5
    for _ in range(lag.SAMPLES):
        one.note(0.01)
    assert one.seconds == 0.01


async def test_a_busy_event_loop_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever keeps it busy, and whoever wants to know; nothing is measured any more after the end."""
    monkeypatch.setattr(lag, "EVERY", 0.001)
    told: list[float] = []
    one = Lag()
    one.watch(told.append)
    async with asyncio.timeout(PATIENCE):
        while one.seconds < 0.02:
            block(0.03)
            await asyncio.sleep(0)
    one.stop()
    one.stop()
    measured = one.seconds
    block(0.03)
    await asyncio.sleep(0)

    assert one.seconds == measured
    assert max(told) > 0.02


async def test_p35_an_overloaded_server_keeps_its_calls_and_refuses_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """P35: with 503 before the upgrade, `/readyz` off; the call that is on is served; later all is well again."""
    monkeypatch.setattr(lag, "EVERY", 0.01)
    async with serve(monkeypatch, max_lag=0.1) as gateway, gateway.connect() as socket:
        await receive(socket)
        working = True

        def work() -> None:
            block(0.15)
            if working:
                asyncio.get_running_loop().call_later(0.001, work)

        work()
        async with asyncio.timeout(PATIENCE):
            while (ready := await get(gateway, "/readyz")).status_code == 200:
                pass
        with pytest.raises(InvalidStatus) as refused:
            await gateway.connect()
        await send(socket, type="session.update", session={"type": "realtime", "instructions": "Be brief."})
        assert (await receive(socket))["session"]["instructions"] == "Be brief."
        working = False
        async with asyncio.timeout(PATIENCE):
            while (await get(gateway, "/readyz")).status_code != 200:
                pass
        async with gateway.connect() as other:
            await receive(other)

    assert ready.json()["lag"] > 0.1
    assert refused.value.response.status_code == 503
    assert b"overloaded" in refused.value.response.body
