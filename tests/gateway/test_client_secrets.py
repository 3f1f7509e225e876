"""Client secrets: signed, bound to a session object, good for a while."""

from __future__ import annotations

import random
import time

import pytest
from pydantic import SecretStr

from orchestrator.errors import CallerError
from orchestrator.gateway.client_secrets import ClientSecrets

KEYS = (SecretStr("k-123"),)
SESSION = {"type": "realtime", "instructions": "Be brief.", "tools": []}


def test_a_secret_stands_for_its_session() -> None:
    """Every process that has the same API keys reads it; the API key itself is not in it."""
    made = ClientSecrets(KEYS).make(SESSION)

    assert made.value.startswith("ek_")
    assert ClientSecrets(KEYS).read(made.value) == SESSION
    assert "k-123" not in made.value


@pytest.mark.parametrize(
    "change", [lambda v: v + "A", lambda v: v[:-4], lambda v: "ek_", lambda v: v[3:], lambda v: "ek_é"]
)
def test_what_was_changed_is_no_secret(change: object) -> None:
    """One letter more, some less, nothing at all, or no prefix."""
    value = ClientSecrets(KEYS).make(SESSION).value

    assert ClientSecrets(KEYS).read(change(value)) is None  # type: ignore[operator]


def test_another_server_does_not_take_it() -> None:
    """It is signed with the API keys; a server without keys makes up a key of its own."""
    value = ClientSecrets(KEYS).make(SESSION).value

    assert ClientSecrets((SecretStr("other"),)).read(value) is None
    assert ClientSecrets(()).read(value) is None
    assert ClientSecrets(()).read(ClientSecrets(()).make(SESSION).value) is None


def test_a_secret_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its seconds it opens nothing."""
    mine = ClientSecrets(KEYS)
    made = mine.make(SESSION, 10)
    monkeypatch.setattr(time, "time", lambda: made.expires_at - 0.5)
    assert mine.read(made.value) == SESSION
    monkeypatch.setattr(time, "time", lambda: float(made.expires_at))
    assert mine.read(made.value) is None


def test_a_session_that_is_too_long() -> None:
    """A secret travels in a line of a handshake; what does not fit is refused with what to do."""
    noise = random.Random(1).randbytes(10_000).hex()
    with pytest.raises(CallerError, match=r"session\.update"):
        ClientSecrets(KEYS).make({**SESSION, "instructions": noise})
