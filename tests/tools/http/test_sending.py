"""Sending a request: where redirects lead, and whether the service may have done something."""

from __future__ import annotations

import socket

import pytest

from orchestrator.tools.http.request import Request
from orchestrator.tools.http.sending import MOST_REDIRECTS, send
from tests.tools.http.service import answer, service
from tests.tools.http.test_tool import HERE, failure, run, tool

ELSEWHERE = """
http://169.254.169.254/latest //evil.example/x https://127.0.0.1/x http://127.0.0.1:1/x ftp://127.0.0.1/x
http://localhost/x http://me@127.0.0.1/x http://[::1]/x
"""


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect"])
async def test_a_redirect_on_the_same_host_is_followed(status: str) -> None:
    """With the same headers, as it is the same service."""
    async with service(answer("", status, Location="/v2/x?y=1"), answer("moved")) as found:
        assert await run(tool(found.port, "GET")) == "moved"

    assert [got.target for got in found.got] == ["/refunds/7", "/v2/x?y=1"]
    assert found.got[1].headers["authorization"] == "Bearer sk-12345"


@pytest.mark.parametrize(
    ("status", "method"), [("303 See Other", "GET"), ("302 Found", "GET"), ("308 Permanent Redirect", "POST")]
)
async def test_a_redirected_body_is_sent_again_only_if_the_service_says_so(status: str, method: str) -> None:
    """A refund is not paid twice."""
    async with service(answer("", status, Location="/status"), answer("paid")) as found:
        assert await run(tool(found.port), cents=250) == "paid"

    assert (found.got[1].method, bool(found.got[1].body)) == (method, method == "POST")


@pytest.mark.parametrize("location", ELSEWHERE.split())
async def test_a_redirect_to_another_place_is_not_followed(location: str) -> None:
    """Neither to another host, nor to another port, which may be another service."""
    async with service(answer("", "302 Found", Location=location), answer("inside")) as found:
        fault = await failure(tool(found.port, "GET"))

    assert "which the team file does not name" in str(fault.__cause__)
    assert len(found.got) == 1


async def test_redirects_are_bounded() -> None:
    """A service that sends requests in a circle is given up."""
    async with service(answer("", "302 Found", Location="/again")) as found:
        fault = await failure(tool(found.port, "GET"))

    assert "redirects more than" in str(fault.__cause__)
    assert len(found.got) == MOST_REDIRECTS + 1


async def test_a_failure_says_of_which_host() -> None:
    """A team has tools of several."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    unsent = await failure(tool(port, "GET"))
    async with service(b"nonsense\r\n\r\n") as found:
        failed = await failure(tool(found.port, "GET"))

    assert str(unsent.__cause__).startswith(f"127.0.0.1:{port}: ")
    assert str(failed.__cause__).startswith(f"127.0.0.1:{found.port}: ")


@pytest.mark.parametrize("location", ["http://[", "http://127.0.0.1:port/", "http://a b/"])
async def test_a_redirect_to_nowhere_is_a_failure(location: str) -> None:
    """Of the service, whatever it has written there."""
    async with service(answer("", "302 Found", Location=location)) as found:
        fault = await failure(tool(found.port, "GET"))

    assert "failed; try again later" in str(fault)


async def test_a_header_may_have_any_text_and_goes_before_ours() -> None:
    """A caller's name is sent as UTF-8; a header that the file writes in another case is sent once."""
    async with service(answer("there")) as found:
        await send(Request("GET", f"http://127.0.0.1:{found.port}/x", {"X-Name": "Jürgen", "accept": "text/csv"}), HERE)
    (got,) = found.got

    assert got.headers["x-name"].encode("latin-1").decode() == "Jürgen"
    assert got.headers["accept"] == "text/csv"
    assert got.names.count("accept") == 1
