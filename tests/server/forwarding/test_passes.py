"""What the nodes know a forwarded request by."""

from __future__ import annotations

import time

import pytest

from orchestrator.server.forwarding.passes import Passes

TARGET = "/v1/calls/sess_1?x=1"


def test_a_pass_says_who_asks() -> None:
    """To every node with the same secret."""
    made = Passes("a" * 32).make("GET", TARGET, "2001:db8::1")

    assert Passes("a" * 32).read(made, "GET", TARGET) == "2001:db8::1"


def test_a_pass_is_for_one_request() -> None:
    """Of this method, path and query, by a node with the same secret."""
    made = Passes("a" * 32).make("GET", TARGET, "::1")

    assert Passes("a" * 32).read(made, "DELETE", TARGET) is None
    assert Passes("a" * 32).read(made, "GET", TARGET + "1") is None
    assert Passes("b" * 32).read(made, "GET", TARGET) is None
    assert Passes("a" * 32).read(made.replace("::1", "::2"), "GET", TARGET) is None


def test_a_pass_is_good_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as clocks of nodes may differ, in either direction."""
    made = Passes("a" * 32).make("GET", TARGET, "::1")
    now = time.time()
    for seconds in (-200.0, 200.0):
        monkeypatch.setattr(time, "time", lambda later=seconds: now + later)
        assert Passes("a" * 32).read(made, "GET", TARGET) is None


@pytest.mark.parametrize("given", ["", ";", "x", "1;::1;é", "nan;::1;00", ";;;;"])
def test_what_is_no_pass_is_none(given: str) -> None:
    """Whatever it is."""
    assert Passes("a" * 32).read(given, "GET", TARGET) is None
