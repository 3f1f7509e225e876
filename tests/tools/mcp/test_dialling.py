"""How servers are reached."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from orchestrator.outside import http
from orchestrator.team.tools import McpServer
from orchestrator.tools.mcp.dialling import held
from orchestrator.tools.mcp.server import State
from tests.patience import PATIENCE
from tests.proxy import proxy, tls, without_proxies
from tests.tools.mcp.house import nothing, program, until, up
from tests.tools.mcp.test_bridge import at, free_port, serving

HOST = "shop.test"  # no name server knows it


def test_what_the_files_say_the_same_of_is_one_server(tmp_path: Path) -> None:
    """Whatever teams there are; another header, another folder, another name make another one."""
    crm = McpServer(url="https://crm.example.com/mcp", headers={"A": "b"})
    one = held("crm", crm, tmp_path)

    assert held("crm", crm.model_copy(), tmp_path) is one
    others = [
        held("crm", crm.model_copy(update={"headers": {"A": "c"}}), tmp_path),
        held("crm", crm, tmp_path / "x"),
        held("notes", crm, tmp_path),
    ]
    assert one not in others


async def test_a_private_authority_and_a_proxy_of_the_environment_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`SSL_CERT_FILE` and `HTTPS_PROXY`, as for all connections; the name is resolved by the proxy."""
    without_proxies(monkeypatch)
    port = free_port()
    with serving(tmp_path, port):
        await until(lambda: (tmp_path / "trace").exists())
        async with tls(port, HOST, tmp_path, monkeypatch) as secure, proxy(secure) as between:
            http.trust.cache_clear()  # servers of other tests, which linger, may have asked what is trusted before
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{between.port}")
            shop = held("shop", McpServer(url=f"https://{HOST}/mcp", private=True), tmp_path)
            with shop.hold():
                await until(lambda: shop.up)
                result = await shop.call("find_order", {"number": "48213"}, PATIENCE, nothing)
                assert "on its way" in str(result.content[0])
            assert between.asked[0] == f"{HOST}:443"
    http.trust.cache_clear()


async def test_an_authority_that_nobody_knows_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is down, and says why."""
    without_proxies(monkeypatch)
    port = free_port()
    with serving(tmp_path, port):
        async with tls(port, "localhost", tmp_path, monkeypatch) as secure:
            monkeypatch.delenv("SSL_CERT_FILE")
            http.trust.cache_clear()
            spec = at(secure).model_copy(update={"url": f"https://localhost:{secure}/mcp"})
            shop = held("shop", spec, tmp_path)
            with shop.hold():
                await until(lambda: shop.server.state is State.DOWN)
                assert "certificate" in shop.trouble.lower()
    http.trust.cache_clear()


async def test_without_the_library_it_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is down; calls go on without it."""
    imported = builtins.__import__

    def without(name: str, *args: Any) -> Any:
        if name == "mcp":
            raise ImportError(name)
        return imported(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    shop = held("shop", program(tmp_path), tmp_path)
    with shop.hold():
        await until(lambda: shop.server.state is State.DOWN)
        assert "pip install 'voice-orchestrator[mcp]'" in shop.trouble


async def test_nothing_is_hidden_that_the_program_is_started_with(tmp_path: Path) -> None:
    """The variables of the file reach it."""
    with up(program(tmp_path), tmp_path) as shop:
        assert "hidden" in str((await shop.call("environment", {"name": "SECRET"}, PATIENCE, nothing)).content[0])
