"""`orchestrator top`: nodes as a table, once or again and again."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import pytest

from orchestrator.errors import OrchestratorError
from orchestrator.terminal import top
from orchestrator.terminal.top import add_options, nodes, run, table
from tests.gateway.resuming.fleets import Store
from tests.gateway.serving import receive, serve

NOW = 1_800_000_000.0


def node(name: str, **said: Any) -> dict[str, Any]:
    given = {"id": name, "url": f"http://{name}:8080", "this": False, "started": NOW - 75, "calls": 0, "lag": 0.0}
    return {**given, "draining": False, "teams": {"clinic": "0123456789abcdef"}, **said}


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(words)


def test_each_node_is_a_line() -> None:
    """What it has to do, how it is, and what new calls get there; the sum is the last line."""
    one = node("ab12", this=True, calls=3, lag=0.0124, teams={"hotel": "", "clinic": "0123456789abcdef"})
    other = node("cd34", calls=1, draining=True, started=NOW - 90_000)
    lines = list(table([one, other], NOW))

    assert lines[0].split() == ["node", "url", "calls", "lag", "up", "state", "teams"]
    shown = ["ab12*", "http://ab12:8080", "3", "12", "ms", "1m", "15s", "ready", "clinic", "0123456789ab,", "hotel"]
    assert lines[1].split() == shown
    assert lines[2].split()[5:8] == ["1d", "01h", "draining"]
    assert lines[3] == "2 nodes, 4 calls"


def test_one_node_is_one() -> None:
    """And none is a Redis that does not answer."""
    assert list(table([node("ab12", this=True, calls=1, started=NOW - 7260)], NOW))[1:] == [
        "ab12        http://ab12:8080                  1    0 ms    2h 01m  ready       clinic 0123456789ab",
        "1 node, 1 call",
    ]
    assert "cannot be reached" in list(table([], NOW))[-1]


async def test_a_server_without_a_cluster_is_one_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """By API key; the same server in a cluster tells of all nodes."""
    async with serve(monkeypatch, api_keys="k-123") as gateway:
        async with gateway.connect(additional_headers={"api-key": "k-123"}) as socket:
            await receive(socket)
            (alone,) = await nodes(gateway.url, "k-123")
        url = gateway.url
        with pytest.raises(OrchestratorError, match="Incorrect API key"):
            await nodes(gateway.url, "")
    store = Store()
    store.node("two")
    async with serve(monkeypatch, fleet=store.node("one")) as gateway:
        both = await nodes(gateway.url, "")

    assert (alone["url"], alone["this"], alone["calls"], alone["draining"]) == (url, True, 1, False)
    assert {one["id"]: one["this"] for one in both} == {"one": True, "two": False}
    assert list(table([alone, *both], NOW))[-1] == "3 nodes, 1 call"


def test_there_is_one_look_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without anything that only a terminal understands."""

    async def looked(url: str, key: str) -> top.Nodes:
        assert (url, key) == ("http://one:8080", "k-123")
        return [node("ab12")]

    monkeypatch.setattr(top, "nodes", looked)
    (look,) = run(parsed("--url", "http://one:8080", "--key", "k-123"))

    assert look.splitlines()[-1] == "1 node, 0 calls"


def test_a_terminal_is_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each second; a look that fails is told in place of the sum."""
    looks = iter([[node("ab12")], OrchestratorError("Cannot reach it."), [node("cd34")]])

    async def looked(url: str, key: str) -> top.Nodes:
        found = next(looks)
        if isinstance(found, OrchestratorError):
            raise found
        return found  # type: ignore[return-value]

    monkeypatch.setattr(top, "nodes", looked)
    monkeypatch.setattr(top, "SECONDS", 0.0)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    drawing = run(parsed())
    drawn = [next(drawing) for _ in range(4)]

    assert drawn[0] == top.CLEAR
    assert all(one.startswith(top.HOME) for one in drawn)
    assert "1 node, 0 calls" in drawn[1]
    assert "Cannot reach it." in drawn[2]
    assert "ab12" in drawn[2]
    assert "cd34" in drawn[3]
