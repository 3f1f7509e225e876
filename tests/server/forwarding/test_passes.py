"""What the nodes know a forwarded request by."""

from __future__ import annotations

import pytest

from orchestrator.server.forwarding.passes import Passes

TARGET = "/v1/calls/sess_1?x=1"


def passes(secret: str = "a" * 32, now: float = 1e9) -> Passes:
    """Return passes at a time."""
    return Passes(secret, lambda: now)


def test_a_pass_says_who_asks() -> None:
    """To every node with the same secret."""
    made = passes().make("GET", TARGET, "2001:db8::1")

    assert passes().read(made, "GET", TARGET) == "2001:db8::1"


def test_a_pass_is_for_one_request() -> None:
    """Of this method, path and query, by a node with the same secret."""
    made = passes().make("GET", TARGET, "::1")

    assert passes().read(made, "DELETE", TARGET) is None
    assert passes().read(made, "GET", TARGET + "1") is None
    assert passes("b" * 32).read(made, "GET", TARGET) is None
    assert passes().read(made.replace("::1", "::2"), "GET", TARGET) is None


def test_a_pass_is_good_for_a_while() -> None:
    """By the clock on which the nodes agree, in either direction: not by that of one of them."""
    made = passes().make("GET", TARGET, "::1")

    assert passes(now=1e9 + 100.0).read(made, "GET", TARGET) == "::1"
    assert passes(now=1e9 - 200.0).read(made, "GET", TARGET) is None
    assert passes(now=1e9 + 200.0).read(made, "GET", TARGET) is None


@pytest.mark.parametrize("given", ["", ";", "x", "1;::1;é", "nan;::1;00", ";;;;"])
def test_what_is_no_pass_is_none(given: str) -> None:
    """Whatever it is."""
    assert passes().read(given, "GET", TARGET) is None
