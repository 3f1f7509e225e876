"""The connection from the terminal to a server, and what is said when there is none."""

from __future__ import annotations

import asyncio
import socket

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from orchestrator.errors import OrchestratorError
from orchestrator.terminal.connection import open_connection, socket_url
from tests.calls import desk


@pytest.mark.parametrize(
    ("url", "complete"),
    [
        pytest.param("localhost:8080", "ws://localhost:8080/v1/realtime?events=team,resume", id="host"),
        pytest.param("http://h:1/", "ws://h:1/v1/realtime?events=team,resume", id="http"),
        pytest.param("ws://[::1]:1/v1/", "ws://[::1]:1/v1/realtime?events=team,resume", id="base URL"),
        pytest.param("https://h/realtime", "wss://h/realtime?events=team,resume", id="https"),
        pytest.param("ws://h/v1/realtime?model=a", "ws://h/v1/realtime?model=a&events=team,resume", id="model"),
    ],
)
def test_addresses_may_be_short(url: str, complete: str) -> None:
    """Scheme and path have defaults; whatever is given is kept."""
    assert socket_url(url) == complete


def port_of(server: Server) -> int:
    """Return the port that a server listens on."""
    (listener,) = server.sockets
    port: int = listener.getsockname()[1]
    return port


async def test_p38_a_key_goes_to_no_other_server() -> None:
    """P38: a redirect is not followed."""
    heard: list[str] = []

    async def elsewhere(connection: ServerConnection, request: Request) -> Response:
        heard.append(request.headers.get("authorization", ""))
        return connection.respond(403, "no")

    async with serve(lambda _: asyncio.sleep(0), "127.0.0.1", 0, process_request=elsewhere) as other:
        port = port_of(other)

        def redirect(connection: ServerConnection, _: Request) -> Response:
            answer = connection.respond(302, "")
            answer.headers["Location"] = f"ws://127.0.0.1:{port}/"
            return answer

        async with serve(lambda _: asyncio.sleep(0), "127.0.0.1", 0, process_request=redirect) as server:
            with pytest.raises(OrchestratorError, match="302"):
                await open_connection(f"ws://localhost:{port_of(server)}", "right-key")
    assert heard == []


async def refusal(url: str) -> str:
    with pytest.raises(OrchestratorError) as raised:
        await open_connection(url, None)
    return str(raised.value)


async def test_a_missing_server_is_reported() -> None:
    """A port where nothing listens, and text that is not an address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{free.getsockname()[1]}"
        assert (await refusal(url)).startswith(f"Cannot connect to {url}: ")
        assert (await refusal(url)).endswith("Is `orchestrator serve` running there?")
    assert (await refusal("ftp://x")).endswith("is not a valid address. Write ws://host:port/v1/realtime.")
    assert (await refusal("ws://h:port")).endswith("is not a valid address. Write ws://host:port/v1/realtime.")


async def test_a_server_that_refuses_says_why() -> None:
    """The message of a 503 is shown, and that of an address where nothing is served."""
    async with desk(max_calls=1) as desk_, desk_.caller():
        reason = "The limit of 1 simultaneous calls is reached. Try again later."
        assert await refusal(desk_.url) == f"{desk_.url} refused the call: {reason}"
    async with desk() as desk_:
        url = desk_.url + "/no/such/path"
        assert (await refusal(url)).startswith(f"{url} refused the call: There is nothing at ")


async def test_a_server_that_does_not_answer_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is given up after a while."""
    monkeypatch.setattr("orchestrator.terminal.connection.OPEN_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"ws://127.0.0.1:{mute.getsockname()[1]}"

        assert await refusal(url) == f"{url} does not answer."
