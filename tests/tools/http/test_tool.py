"""Requests as tools: what is sent, what the model is told, and where no request goes."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpcore
import pytest

from orchestrator.errors import ToolError
from orchestrator.outside import guard, http
from orchestrator.outside.http import Stream
from orchestrator.outside.pools import Way, pooling
from orchestrator.outside.proxies import proxy_for
from orchestrator.team import ToolKeys, Variable
from orchestrator.tools import CallView, Variables
from orchestrator.tools.http.address import read_address
from orchestrator.tools.http.request import Template
from orchestrator.tools.http.tool import HttpTool
from tests.patience import PATIENCE
from tests.proxy import listening, proxy, tls, without_proxies
from tests.tools.http.service import answer, service

SCHEMA = {
    "properties": {"invoice": {"type": "string"}, "cents": {"type": "integer", "minimum": 1}},
    "required": ["invoice"],
    "additionalProperties": False,
}
HERE = Way(private=True)


def tool(
    port: int, method: str = "POST", *, way: Way = HERE, keys: Any = None, host: str = "127.0.0.1", scheme: str = "http"
) -> HttpTool:
    """Return a tool whose requests go to a port of loopback."""
    address = read_address(f"{scheme}://{host}:{port}/refunds/{{invoice}}")
    request = Template(method, address, ("invoice", "cents"), {"Authorization": "Bearer sk-12345"})
    about = ToolKeys.model_validate(keys or {})
    return HttpTool(
        "refund", "Pays back.", SCHEMA, about, request=request, way=way, secrets=("Bearer sk-12345", "sk-12345")
    )


def view() -> CallView:
    """Return what a tool sees of a call."""
    variables = Variables({"refund_id": None}, {"refund_id": Variable()}, "refund")
    return CallView("call_1", "front", variables, function_call="fc_1")


async def run(made: HttpTool, call: CallView | None = None, *, seconds: float = PATIENCE, **args: Any) -> str:
    """Call a tool."""
    return await made.run(json.dumps({"invoice": "7", **args}), call or view(), seconds=seconds)


async def failure(made: HttpTool, *, seconds: float = PATIENCE, **args: Any) -> ToolError:
    """Call a tool that fails."""
    with pytest.raises(ToolError) as raised:
        await run(made, seconds=seconds, **args)
    return raised.value


async def test_a_request_is_sent_and_its_answer_told() -> None:
    """With the headers of the file and none of other calls; JSON for the model."""
    async with service(answer({"id": "r1", "state": "paid"})) as found:
        assert await run(tool(found.port), cents=250) == '{"id":"r1","state":"paid"}'
    (got,) = found.got

    assert (got.method, got.target, got.json) == ("POST", "/refunds/7", {"cents": 250})
    assert got.headers["authorization"] == "Bearer sk-12345"
    assert got.headers["content-type"] == "application/json"
    assert "cookie" not in got.headers
    assert tool(1).kind == "http"


async def test_the_team_file_words_the_answer_and_sets_variables() -> None:
    """Both from the body and the status."""
    keys = {"result": "{{ status }} {{ body.state }}: {{ args.cents }}", "sets": {"refund_id": "{{ body.id }}"}}
    call = view()
    async with service(answer({"id": "r1", "state": "paid"}, "201 Created")) as found:
        assert await run(tool(found.port, keys=keys), call, cents=250) == "201 paid: 250"

    assert call.variables["refund_id"] == "r1"


async def test_an_empty_answer_is_done() -> None:
    """There is nothing to tell."""
    async with service(b"HTTP/1.1 204 No Content\r\n\r\n") as found:
        assert await run(tool(found.port)) == "done"


async def test_a_long_answer_is_cut_for_the_model() -> None:
    """It is told that it is; templates know all of it."""
    body = {"items": ["x" * 100] * 100, "last": "end"}
    async with service(answer(body)) as found:
        told = await run(tool(found.port))
        assert await run(tool(found.port, keys={"result": "{{ body.last }}"})) == "end"

    assert len(told) < 4100
    assert told.endswith("… (cut: more than 4000 characters)")


async def test_a_refusal_is_told_and_a_fault_is_not() -> None:
    """Secrets that the service repeats are hidden in what it says, also when it says yes."""
    echo = answer({"error": "Bearer sk-12345 may not"}, "403 Forbidden")
    async with service(echo, answer("sk-12345 is fine"), answer("at 10.0.0.3: sk-12345", "502 Bad Gateway")) as found:
        assert str(await failure(tool(found.port))) == 'refund was refused (403 Forbidden): {"error": "••• may not"}'
        assert await run(tool(found.port)) == "••• is fine"
        fault = await failure(tool(found.port))

    assert str(fault) == "refund failed; try again later, or help the caller in another way."
    assert str(fault.__cause__) == f"http://127.0.0.1:{found.port} answered 502 Bad Gateway"
    assert fault.ran


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (answer(content=b"x" * 300_000, kind="text/plain"), "more than"),
        (answer(content=gzip.compress(b"x" * 50_000_000, mtime=0), Content_Encoding="gzip"), "more than"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", ""),
        (b"nonsense\r\n\r\n", ""),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Long: y\r\n" * 20_000, ""),
    ],
    ids=["large", "bomb", "cut", "nonsense", "headers"],
)
async def test_an_answer_that_cannot_be_read_is_a_failure(raw: bytes, why: str) -> None:
    """Nothing of it is told."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()

    async with listening(serve) as port:
        fault = await failure(tool(port, "GET"))

    assert "failed; try again later" in str(fault)
    assert why in str(fault.__cause__)
    assert fault.ran


async def test_a_service_that_is_not_there_has_done_nothing() -> None:
    """The tool has not run, so that limits do not count it."""
    fault = await failure(tool(9))

    assert "failed; try again later" in str(fault)
    assert not fault.ran


async def test_time_is_limited_as_a_whole() -> None:
    """A service that never answers is given up."""
    async with service(b"") as found, pooling():
        assert "did not finish within 0.05 seconds" in str(await failure(tool(found.port), seconds=0.05))
        assert found.connections == 1


async def test_a_cancelled_request_is_cut() -> None:
    """A caller who hangs up leaves nothing behind."""
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        running.cancel()
        assert await reader.read() == b""
        gone.set()

    async with listening(serve) as port, pooling():
        running = asyncio.get_running_loop().create_task(run(tool(port, "GET")), name="call")
        with pytest.raises(asyncio.CancelledError):
            await running
        async with asyncio.timeout(PATIENCE):
            await gone.wait()


@pytest.mark.parametrize("invoice", ["../admin", "..", "a/b", ""])
async def test_no_value_leads_elsewhere(invoice: str) -> None:
    """The model is told what is wrong, and nothing is sent."""
    async with service(answer("x")) as found:
        fault = await failure(tool(found.port), invoice=invoice)

    assert "Invalid arguments for refund: invoice: must" in str(fault)
    assert not fault.ran
    assert found.got == []


async def test_a_host_inside_is_reached_only_if_the_file_says_so() -> None:
    """This machine is not, and the log is told why; the model is not."""
    async with service(answer("inside")) as found:
        fault = await failure(tool(found.port, way=Way()))

    assert "127.0.0.1" not in str(fault)
    assert "127.0.0.1 is 127.0.0.1, which is not a public address" in str(fault.__cause__)
    assert found.got == []


async def test_a_name_that_turns_inside_between_two_requests_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each connection is checked, also that of a redirect; the address that was checked is the one connected to."""
    answers: list[Sequence[str]] = [["93.184.215.14"], ["127.0.0.1"]]
    connected = []

    async def names(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    async def connect(self: guard.GuardedBackend, address: str, port: int) -> httpcore.AsyncNetworkStream:
        connected.append(address)
        return Stream(*await asyncio.open_connection("127.0.0.1", port))

    monkeypatch.setattr(guard.GuardedBackend, "connect", connect)
    hop = answer("", "302 Found", Location="/next", Connection="close")
    async with service(hop, answer("inside")) as found:
        fault = await failure(tool(found.port, "GET", way=replace(Way(), resolve=names), host="pay.example.com"))

    assert "pay.example.com is 127.0.0.1" in str(fault.__cause__)
    assert fault.ran  # what redirected has had the request
    assert connected == ["93.184.215.14"]
    assert [got.headers["host"] for got in found.got] == [f"pay.example.com:{found.port}"]


def _open_files() -> int:
    """Return how many files and sockets this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux to count sockets")
async def test_a_thousand_calls_share_connections_and_leave_none() -> None:
    """Ten at a time, some of which fail; neither tasks nor sockets are left."""
    tasks, before = len(asyncio.all_tasks()), _open_files()
    async with service(*[answer("x"), answer("y", "500 Oops")] * 500, answer("x")) as found, pooling():
        made, places = tool(found.port), asyncio.Semaphore(10)

        async def once() -> str:
            async with places:
                try:
                    return await run(made)
                except ToolError:
                    return "failed"

        ends = await asyncio.gather(*(once() for _ in range(1000)))
        assert (ends.count("x"), ends.count("failed")) == (500, 500)
        assert found.connections <= 100  # ten, unless this machine is so slow that idle ones are closed
    assert (len(asyncio.all_tasks()), _open_files()) == (tasks, before)


@pytest.mark.parametrize("private", [True, False])
async def test_a_proxy_and_a_private_certificate(
    private: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both from the environment: the proxy is asked for the checked address, or for the name if it may be private."""
    without_proxies(monkeypatch)
    http.trust.cache_clear()

    async def names(host: str, port: int) -> Sequence[str]:
        return ["93.184.215.14"]

    async with (
        service(answer("paid")) as found,
        tls(found.port, "pay.example.com", tmp_path, monkeypatch) as secured,
        proxy(secured) as fake,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{fake.port}")
        way = Way(proxy_for("https://pay.example.com"), private=private, resolve=names)
        assert await run(tool(443, way=way, host="pay.example.com", scheme="https")) == "paid"
    http.trust.cache_clear()

    assert fake.asked == ["pay.example.com:443" if private else "93.184.215.14:443"]
    assert found.got[0].headers["host"] == "pay.example.com"
