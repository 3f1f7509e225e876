"""Several processes behind one address: each call stays where it began, and is found there."""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from orchestrator.protocol.ids import ALPHABET
from orchestrator.server import workers
from orchestrator.server.serve import listen
from orchestrator.server.tls import certified
from orchestrator.server.workers import Channel, Supervisor
from orchestrator.settings import Settings
from orchestrator.testing import ScriptedRealtime, say
from tests.calls import TEAM, TOOLS, CallerClient
from tests.patience import BUSY, PATIENCE

WORKERS = 2


# The command line, with a supervisor that would wait for ever for the first line of a request.
PATIENT = """
from orchestrator import cli
from orchestrator.server import workers
workers.FIRST_LINE_SECONDS = None
raise SystemExit(cli.main())
"""


@asynccontextmanager
async def served(
    folder: Path, service: ScriptedRealtime, *options: str, **settings: str
) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """Run `orchestrator serve --workers 2`."""
    path = folder / "agents.yaml"
    path.write_text(TEAM.format(url=service.url), encoding="utf-8")
    (folder / "tools.py").write_text(TOOLS, encoding="utf-8")
    command = (sys.executable, "-c", PATIENT, "serve", str(path), "--port", "0", "--workers", str(WORKERS), *options)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ORCHESTRATOR_")}
    records = f"sqlite:///{folder}/calls.db"  # of all workers
    environ |= {
        "ORCHESTRATOR_DRAIN": "0",
        "ORCHESTRATOR_MAX_LAG": str(BUSY),
        "ORCHESTRATOR_RECORDS": records,
        **settings,
    }
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environ)
    assert process.stdout is not None
    try:
        said = ""
        async with asyncio.timeout(PATIENCE):
            while not (found := re.search(r"wss?://(127\.0\.0\.1:\d+)", said)):
                line = await process.stdout.readline()
                assert line, "the server ended"
                said += line.decode()
        yield found[1], process
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.communicate(), PATIENCE)


LOADING = """
import os, time
if "ORCHESTRATOR_SECRET" in os.environ:
    os.write(1, b"loading\\n")  # at once: several workers write
    time.sleep(3600)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_server_can_be_stopped_while_its_workers_load(tmp_path: Path, number: signal.Signals) -> None:
    """A person who sees a mistake presses Ctrl-C, which reaches the workers too."""
    (tmp_path / "agents.yaml").write_text(TEAM.format(url="ws://127.0.0.1:1"), encoding="utf-8")
    (tmp_path / "tools.py").write_text(TOOLS + LOADING, encoding="utf-8")
    command = (sys.executable, "-m", "orchestrator.cli", "serve", "--port", "0", "--workers", str(WORKERS))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=tmp_path, stdout=pipe, start_new_session=True)
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        for _ in range(WORKERS):
            assert await process.stdout.readline() == b"loading\n"
    os.killpg(process.pid, number)
    said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)

    assert said == b""


async def test_calls_are_shared_out_and_found_again(tmp_path: Path) -> None:
    """Sideband sockets, moving a caller and hanging up reach the worker that has the call; secrets hold for all.

    So does the second request of a client that would keep its connection.
    """
    async with ScriptedRealtime() as service, served(tmp_path, service) as (host, process), AsyncExitStack() as stack:
        callers = []
        for _ in range(4):
            socket = await stack.enter_async_context(connect(f"ws://{host}/v1/realtime?events=team"))
            callers.append(CallerClient(socket))
            await callers[-1].until("session.created")
        ids = [caller.events[0]["session"]["id"] for caller in callers]
        assert sorted(one.removeprefix("sess_")[0] for one in ids) == sorted(ALPHABET[:WORKERS] * 2)

        http = await stack.enter_async_context(httpx.AsyncClient(base_url=f"http://{host}"))
        made = (await http.post("/v1/realtime/client_secrets", json={})).json()["value"]
        for _ in range(WORKERS):
            key = {"Authorization": f"Bearer {made}"}
            async with connect(f"ws://{host}/v1/realtime", additional_headers=key) as socket:
                assert "session.created" in str(await socket.recv())

        for caller, call_id in zip(callers, ids, strict=True):
            service.reply("billing", say("Billing here."))
            async with connect(f"ws://{host}/v1/realtime?call_id={call_id}") as side:
                assert call_id in str(await side.recv())
            calls = f"/v1/realtime/calls/{call_id}"
            moved = await http.post(f"{calls}/refer", json={"target_uri": "agent:billing"})
            assert moved.status_code == 200, moved.text
            await caller.until("team.handoff.completed")
            assert (await http.get("/healthz")).status_code == 200
            assert (await http.post(f"{calls}/hangup")).status_code == 200
            assert (await caller.closed())[0] == 1000
        _, silent = await asyncio.open_connection(*host.split(":"))  # is not waited for
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
        silent.close()


async def scraped(http: httpx.AsyncClient, *wanted: str) -> None:
    """Ask for the figures until certain lines are among them: a call is over a moment after its caller has left."""
    async with asyncio.timeout(PATIENCE):
        while {*wanted} - {*(await http.get("/metrics")).text.splitlines()}:
            pass


async def test_the_figures_are_those_of_all_workers(tmp_path: Path) -> None:
    """Whichever of them is asked."""
    async with (
        ScriptedRealtime() as service,
        served(tmp_path, service) as (host, _),
        httpx.AsyncClient(base_url=f"http://{host}") as http,
        AsyncExitStack() as stack,
    ):
        ids = []
        for _ in range(4):
            caller = CallerClient(await stack.enter_async_context(connect(f"ws://{host}/v1/realtime")))
            ids.append((await caller.until("session.created"))["session"]["id"])
        assert len({one.removeprefix("sess_")[0] for one in ids}) == WORKERS
        await scraped(
            http,
            'orchestrator_calls_active{team="helpdesk"} 4.0',
            'orchestrator_workers{team="helpdesk"} 2.0',
        )
        await stack.aclose()
        for _ in range(WORKERS):
            await scraped(
                http,
                'orchestrator_calls_active{team="helpdesk"} 0.0',
                'orchestrator_calls_total{ending="left",team="helpdesk"} 4.0',
                'orchestrator_call_seconds_count{team="helpdesk"} 4.0',
                'orchestrator_call_seconds_bucket{le="+Inf",team="helpdesk"} 4.0',
            )


async def test_callers_join_the_call_where_it_is(tmp_path: Path) -> None:
    """Whatever worker is free, and also with a client secret that another one made: `call` names the worker."""
    async with (
        ScriptedRealtime() as service,
        served(tmp_path, service, ORCHESTRATOR_API_KEYS="k-123") as (host, _),
        AsyncExitStack() as stack,
    ):
        key = {"Authorization": "Bearer k-123"}
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=f"http://{host}", headers=key))
        for _ in range(2 * WORKERS):

            async def caller(query: str, headers: dict[str, str]) -> CallerClient:
                address = f"ws://{host}/v1/realtime?{query}"
                socket = await stack.enter_async_context(connect(address, additional_headers=headers))
                client = CallerClient(socket)
                await client.until("session.created")
                return client

            first = await caller("events=team", key)
            second = await caller(f"call={first.call}&agent=billing", key)
            seat = {"call": second.call, "agent": "tech"}
            made = (await http.post("/v1/realtime/client_secrets", json={"seat": seat})).json()["value"]
            third = await caller(f"call={second.call}", {"Authorization": f"Bearer {made}"})
            await first.until("team.seat.joined", 2)
            assert len({one.call.removeprefix("sess_")[0] for one in (first, second, third)}) == 1


def test_p56_a_connection_that_may_fill_a_worker_counts() -> None:
    """P56: the last place is not given away twice because a report is late, even if another worker has more to do."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        late = Channel(ours, places=4, handed=4, taken=3, calls=3)
        busy = Channel(ours, places=3, handed=2, taken=2, calls=2, arriving=1)
    assert busy.load < late.load


async def test_p56_all_places_can_be_taken(tmp_path: Path) -> None:
    """P56: also those that cannot be divided; health checks use up no worker's turn; a call too many is refused."""
    async with (
        ScriptedRealtime() as service,
        served(tmp_path, service, ORCHESTRATOR_MAX_CALLS="7") as (host, _),
        AsyncExitStack() as stack,
        httpx.AsyncClient(base_url=f"http://{host}") as http,
    ):
        for _ in range(7):
            socket = await stack.enter_async_context(connect(f"ws://{host}/v1/realtime"))
            assert "session.created" in str(await socket.recv())
            assert (await http.get("/readyz?x=/calls/rtc_a")).status_code in (200, 503)
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{host}/v1/realtime")
        assert refused.value.response.status_code == 503


async def test_p56_a_draining_server_answers(tmp_path: Path) -> None:
    """P56: monitors and hang-ups get their answer until the last call has ended; a new call is told to come back."""
    async with (
        ScriptedRealtime() as service,
        served(tmp_path, service, ORCHESTRATOR_DRAIN="3600") as (host, process),
        httpx.AsyncClient(base_url=f"http://{host}") as http,
    ):
        async with AsyncExitStack() as stack:
            ids = []
            for _ in range(2 * WORKERS):
                socket = await stack.enter_async_context(connect(f"ws://{host}/v1/realtime"))
                ids.append(json.loads(await socket.recv())["session"]["id"])
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(PATIENCE):
                while (await http.get("/readyz")).json()["draining"] is not True:
                    pass
                refused = 0
                while refused < 2 * WORKERS:  # in a row: each worker is told to stop in its turn
                    assert (await http.get("/healthz")).status_code == 200
                    try:
                        await (await connect(f"ws://{host}/v1/realtime")).close()
                        refused = 0
                    except InvalidStatus:
                        refused += 1
                for call_id in ids:
                    assert (await http.post(f"/v1/realtime/calls/{call_id}/hangup")).status_code == 200
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_p56_a_second_signal_ends_at_once(tmp_path: Path, number: signal.Signals) -> None:
    """P56: whichever it is; the calls that are left are cut."""
    async with (
        ScriptedRealtime() as service,
        served(tmp_path, service, ORCHESTRATOR_DRAIN="3600") as (host, process),
        httpx.AsyncClient(base_url=f"http://{host}") as http,
        connect(f"ws://{host}/v1/realtime") as socket,
    ):
        await socket.recv()
        process.send_signal(number)
        async with asyncio.timeout(PATIENCE):
            while (await http.get("/readyz")).json()["draining"] is not True:
                pass
            process.send_signal(number)
            assert await process.wait() == 0
            await socket.wait_closed()


async def test_p73_calls_over_tls_are_found_again(tmp_path: Path) -> None:
    """P73, P60: a request for another worker is relayed, as only a worker can read it; secrets are revoked in all."""
    with certified(Settings(tls="self-signed")) as tls:
        context = ssl.create_default_context(cafile=str(tls.tls_cert))
        files = {"ORCHESTRATOR_TLS_CERT": str(tls.tls_cert), "ORCHESTRATOR_TLS_KEY": str(tls.tls_key)}
        async with (
            ScriptedRealtime() as service,
            served(tmp_path, service, **files) as (host, _),
            AsyncExitStack() as stack,
            httpx.AsyncClient(base_url=f"https://{host}", verify=context) as http,
        ):
            url, callers = f"wss://{host}/v1/realtime", []
            for _ in range(2 * WORKERS):
                socket = await stack.enter_async_context(connect(f"{url}?events=team", ssl=context))
                callers.append(CallerClient(socket))
                await callers[-1].until("session.created")
            ids = [caller.events[0]["session"]["id"] for caller in callers]
            assert sorted(one.removeprefix("sess_")[0] for one in ids) == sorted(ALPHABET[:WORKERS] * 2)
            for caller, call_id in zip(callers, ids, strict=True):
                for _ in range(WORKERS):
                    async with connect(f"{url}?call_id={call_id}", ssl=context) as side:
                        assert call_id in str(await side.recv())
                for agent in ("billing", "tech"):
                    async with connect(f"{url}?call={call_id}&agent={agent}", ssl=context) as joined:
                        assert f"sess_{call_id[5]}" in str(await joined.recv())
                assert (await http.post(f"/v1/realtime/calls/{call_id}/hangup")).status_code == 200
                assert (await caller.closed())[0] == 1000

            made = (await http.post("/v1/realtime/client_secrets", json={})).json()["value"]
            assert (await http.delete("/v1/realtime/client_secrets")).status_code == 200
            for _ in range(2 * WORKERS):
                bearer = {"Authorization": f"Bearer {made}"}
                async with connect(url, ssl=context, additional_headers=bearer) as refused:
                    assert "invalid_api_key" in str(await refused.recv())


async def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    """Its calls are cut, the others do not notice, and new calls find their way."""
    async with ScriptedRealtime() as service, served(tmp_path, service) as (host, _), AsyncExitStack() as stack:
        callers = {}
        for _ in range(WORKERS):
            socket = await stack.enter_async_context(connect(f"ws://{host}/v1/realtime"))
            caller = CallerClient(socket)
            callers[(await caller.until("session.created"))["session"]["id"].removeprefix("sess_")[0]] = caller
        os.kill(worker(tmp_path, 0), signal.SIGKILL)
        await callers[ALPHABET[0]].closed()
        await callers[ALPHABET[1]].type("Are you there?")
        await callers[ALPHABET[1]].until("response.done")
        for _ in range(2 * WORKERS):
            async with connect(f"ws://{host}/v1/realtime") as socket:
                assert "session.created" in str(await asyncio.wait_for(socket.recv(), PATIENCE))


@asynccontextmanager
async def front() -> AsyncIterator[tuple[asyncio.TaskGroup, tuple[str, int], socket.socket]]:
    """A process in front without workers; yields where to start what it does, its address and its socket."""
    with listen(Settings(port=0)) as listener:
        async with asyncio.TaskGroup() as group, asyncio.timeout(PATIENCE):
            yield group, listener.getsockname(), listener


async def test_p36_no_descriptor_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """P36: a connection that cannot be accepted now is accepted later; one that no worker takes is told so."""
    warnings: asyncio.Queue[str] = asyncio.Queue()
    monkeypatch.setattr(workers, "PAUSE", 0.01)
    monkeypatch.setattr(workers, "log", SimpleNamespace(warning=lambda event, **_: warnings.put_nowait(event)))
    async with front() as (group, address, listener):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"GET /healthz HTTP/1.1\r\n\r\n")
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        free = os.dup(0)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
        try:
            accepting = group.create_task(Supervisor("agents.yaml", Settings())._accept(listener, group))
            assert await warnings.get() == "connection not accepted"
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert (await reader.read()).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        writer.close()
        accepting.cancel()


async def test_p36_a_first_line_in_pieces_is_waited_for() -> None:
    """P36: however often the loop turns meanwhile; what is cut short by its peer is returned as it is."""
    for rest, whole in ((b"lls/x\r\n", b"POST /v1/realtime/calls/x\r\n"), (b"", b"POST /v1/realtime/ca")):
        with listen(Settings(port=0)) as listener, socket.create_connection(listener.getsockname()) as client:
            caller, _ = listener.accept()
            with caller:
                caller.setblocking(False)
                reading = asyncio.ensure_future(workers._first_line(caller))
                await asyncio.sleep(0)
                client.sendall(b"POST /v1/realtime/ca")
                for _ in range(20):
                    await asyncio.sleep(0)
                assert not reading.done()
                client.sendall(rest)
                client.shutdown(socket.SHUT_WR)
                assert await asyncio.wait_for(reading, PATIENCE) == whole


async def test_p36_silent_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """P36: the oldest makes room."""
    monkeypatch.setattr(workers, "WAITING", 1)
    async with front() as (group, address, listener):
        accepting = group.create_task(Supervisor("agents.yaml", Settings())._accept(listener, group))
        first, second = [await asyncio.open_connection(*address) for _ in range(2)]
        assert await first[0].read() == b""
        for _, writer in (first, second):
            writer.close()
        accepting.cancel()


def worker(folder: Path, index: int) -> int:
    """Return the process of a worker: its command line says which it is, and of which team."""
    wanted = str(index).encode(), bytes(folder / "agents.yaml")
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        said = path.read_bytes().split(b"\0")
        if b"orchestrator.server.worker" in said and (said[-5], said[-2]) == wanted:
            return int(path.parent.name)
    raise AssertionError("there is no such worker")
