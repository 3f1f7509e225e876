"""Posting calls: signed, answered by 2xx or not taken."""

from __future__ import annotations

import pytest

from orchestrator.records.outbox import Delivery
from orchestrator.records.outbox.posting import NotTaken, Posting, signature
from tests.records.outbox.receiver import SECRET, receiving


def test_a_signature_is_of_the_time_and_the_body() -> None:
    """A receiver computes it by any means: this is what `printf '7.{}' | openssl dgst -sha256 -hmac secret` says."""
    known = "76aad9429f417882918162a1928a38769fff65cc07b6bfa344ac9c5fb1e3448e"

    assert signature("secret", b"{}", 7) == f"t=7,v1={known}"


async def test_a_call_is_posted_as_it_is() -> None:
    """With its id, so that the receiver knows one that comes twice, and who sends it."""
    async with receiving() as receiver:
        await Posting(receiver.url, SECRET, clock=lambda: 1700000000.9)(Delivery("sess_1", '{"id": "sess_1"}'))
        await receiver.got(1)
    ((headers, body),) = receiver.requests

    assert body == b'{"id": "sess_1"}'
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("voice-orchestrator/")
    assert headers["x-orchestrator-signature"].startswith("t=1700000000,v1=")


@pytest.mark.parametrize("status", [302, 400, 410, 500])
async def test_whatever_is_not_2xx_is_not_taken(status: int) -> None:
    """A redirect is not followed: nobody else gets what was said."""
    async with receiving(status) as receiver:
        with pytest.raises(NotTaken, match=f"it answered {status}"):
            await Posting(receiver.url, SECRET)(Delivery("sess_1", '{"id": "sess_1"}'))

    assert len(receiver.requests) == 1


async def test_nobody_there_is_not_taken() -> None:
    """The reason does not repeat the address, which may hold a key."""
    async with receiving() as receiver:
        url = receiver.url
    with pytest.raises(NotTaken) as raised:
        await Posting(f"{url}?key=abc", SECRET)(Delivery("sess_1", "{}"))

    assert str(raised.value) == "ConnectError"
