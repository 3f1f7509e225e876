"""A refusal in the terms of every transport."""

from __future__ import annotations

import pytest

from orchestrator.gateway.refusal import NO_SUCH_MODEL, Refusal, kind_of, too_much
from orchestrator.gateway.teams.quotas import Exceeded


@pytest.mark.parametrize(
    ("status", "kind", "busy"),
    [(400, "invalid_request_error", False), (429, "rate_limit_error", True), (503, "server_error", True)],
)
def test_a_status_says_whose_fault_it_is(status: int, kind: str, busy: bool) -> None:
    """And whether to come again."""
    refusal = Refusal("code", "What is wrong.", status, 4000, retry=7)

    assert (refusal.error["type"], kind_of(status), refusal.busy) == (kind, kind, busy)
    assert refusal.headers == ({"Retry-After": "7"} if busy else {})


def test_an_unknown_model_is_told_as_the_service_does() -> None:
    """It names none that exists."""
    assert (NO_SUCH_MODEL.status, NO_SUCH_MODEL.error["code"], NO_SUCH_MODEL.error["param"]) == (
        *(404, "model_not_found", "model"),
    )


def test_a_limit_says_when_to_come_again() -> None:
    """Before the upgrade of a socket, so that a client can read it."""
    refusal = too_much(Exceeded("key", "calls_per_minute", "The limit is reached.", 12))

    assert (refusal.status, refusal.code, refusal.early) == (429, "rate_limit_exceeded", True)
    assert refusal.headers == {"Retry-After": "12"}
