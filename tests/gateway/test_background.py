"""Tasks that outlive a request."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator.gateway.background import Background


async def test_what_still_runs_is_cancelled() -> None:
    """Leaving waits for it."""
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async with Background() as background:
        background.start(work(), "work")
        await asyncio.sleep(0)

    assert ended == ["cancelled"]


async def test_a_failure_disturbs_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    """It is logged."""
    done = asyncio.Event()

    async def fail() -> None:
        raise RuntimeError("no")

    async def work() -> None:
        await asyncio.sleep(0)
        done.set()

    async with Background() as background:
        background.start(fail(), "fail")
        background.start(work(), "work")
        await done.wait()

    assert "background task failed" in capsys.readouterr().out


async def test_outside_the_block() -> None:
    """Nothing can be started."""

    async def work() -> None:
        raise AssertionError("never")

    given = work()
    with pytest.raises(AssertionError, match="not running"):
        Background().start(given, "work")
    given.close()
