"""The figures of another worker."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from orchestrator.gateway.monitoring.watching import Watching
from orchestrator.server import gathering
from orchestrator.server.gathering import answer, ask
from tests.patience import PATIENCE

REQUEST = b"samples 1"


@pytest.fixture
def channel() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A worker's channel, and the supervisor's end of it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def passed(supervisor: socket.socket) -> socket.socket:
    """Return what the supervisor would pass on to the other worker."""
    request, (descriptor,), _, _ = socket.recv_fds(supervisor, 64, 1)
    assert request == REQUEST
    return socket.socket(fileno=descriptor)


def figures(series: int) -> Watching:
    """Figures of so many series."""
    made = Watching(content=False)
    for number in range(series):
        made.of("bank")["calls_total"].labels(f"ending {number}").inc(number + 1)
    return made


async def test_the_samples_of_another_worker_arrive(
    channel: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More of them than a socket holds at once."""
    monkeypatch.setattr(gathering, "SECONDS", PATIENCE)
    asked = asyncio.ensure_future(ask(channel[0], REQUEST))
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        await answer(passed(channel[1]), figures(10_000))
        samples = await asked

    assert samples is not None
    assert len(samples["orchestrator_calls"].values) == 10_000
    assert (
        samples["orchestrator_calls"].values["orchestrator_calls_total", (("team", "bank"), ("ending", "ending 7"))]
        == 8
    )


@pytest.mark.parametrize("said", [b"", b'{"calls": ["coun'], ids=["nothing", "a part"])
async def test_a_worker_that_dies_is_left_out(channel: tuple[socket.socket, socket.socket], said: bytes) -> None:
    """Before it answers, or while it does; so is one that the supervisor does not have."""
    asked = asyncio.ensure_future(ask(channel[0], REQUEST))
    await asyncio.sleep(0)
    with passed(channel[1]) as other:
        other.sendall(said)

    assert await asyncio.wait_for(asked, PATIENCE) is None


async def test_a_worker_that_is_too_slow_is_left_out(
    channel: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is stuck in a tool; and who asked is not waited for either."""
    monkeypatch.setattr(gathering, "SECONDS", 0.01)
    asked = asyncio.ensure_future(ask(channel[0], REQUEST))
    await asyncio.sleep(0)
    other = passed(channel[1])
    assert await asyncio.wait_for(asked, PATIENCE) is None

    await asyncio.wait_for(answer(other, figures(1)), PATIENCE)
    assert other.fileno() == -1


async def test_a_worker_that_says_too_much_is_left_out(
    channel: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read of it is bounded."""
    monkeypatch.setattr(gathering, "MOST", 100)
    asked = asyncio.ensure_future(ask(channel[0], REQUEST))
    await asyncio.sleep(0)
    await asyncio.wait_for(answer(passed(channel[1]), figures(5000)), PATIENCE)

    assert await asyncio.wait_for(asked, PATIENCE) is None


async def test_a_supervisor_that_is_gone_is_not_waited_for(channel: tuple[socket.socket, socket.socket]) -> None:
    """The server stops."""
    channel[1].close()
    assert await ask(channel[0], REQUEST) is None
