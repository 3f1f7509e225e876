"""Client secrets: signed, bound to a session object, good for a while."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import time

import pytest
from pydantic import SecretStr

from orchestrator.errors import CallerError
from orchestrator.gateway.client_secrets import ClientSecrets, Granted

SECRET = SecretStr("s" * 32)
SESSION = {"type": "realtime", "instructions": "Be brief.", "tools": []}


def test_a_secret_stands_for_its_session() -> None:
    """Every process that has the same key reads it; the key itself is not in it."""
    made = ClientSecrets(SECRET).make(SESSION)

    assert made.value.startswith("ek_")
    assert ClientSecrets(SECRET).read(made.value) == Granted(SESSION)
    assert "ssss" not in made.value


def test_a_secret_can_be_for_a_seat() -> None:
    """In an open call; what it is for cannot be changed."""
    seat = {"call": "sess_1", "agent": "billing", "seat": "Anna"}
    made = ClientSecrets(SECRET).make(SESSION, seat=seat)

    assert ClientSecrets(SECRET).read(made.value) == Granted(SESSION, seat)


@pytest.mark.parametrize(
    "change", [lambda v: v + "A", lambda v: v[:-4], lambda v: "ek_", lambda v: v[3:], lambda v: "ek_é"]
)
def test_what_was_changed_is_no_secret(change: object) -> None:
    """One letter more, some less, nothing at all, or no prefix."""
    value = ClientSecrets(SECRET).make(SESSION).value

    assert ClientSecrets(SECRET).read(change(value)) is None  # type: ignore[operator]


def test_another_server_does_not_take_it() -> None:
    """Each makes up a key of its own, unless it is given one."""
    value = ClientSecrets(SECRET).make(SESSION).value

    assert ClientSecrets(SecretStr("o" * 32)).read(value) is None
    assert ClientSecrets(None).read(value) is None
    assert ClientSecrets(None).read(ClientSecrets(None).make(SESSION).value) is None


def test_a_secret_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its seconds it opens nothing."""
    mine = ClientSecrets(SECRET)
    made = mine.make(SESSION, 10)
    monkeypatch.setattr(time, "time", lambda: made.expires_at - 0.5)
    assert mine.read(made.value) == Granted(SESSION)
    monkeypatch.setattr(time, "time", lambda: float(made.expires_at))
    assert mine.read(made.value) is None


def test_a_session_that_is_too_long() -> None:
    """A secret travels in a line of a handshake; what does not fit is refused with what to do."""
    noise = random.Random(1).randbytes(10_000).hex()
    with pytest.raises(CallerError, match=r"session\.update"):
        ClientSecrets(SECRET).make({**SESSION, "instructions": noise})


def test_p60_an_api_key_cannot_be_searched_for_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """P60: a secret says nothing about the server's API keys: it is signed with a key of its own."""
    value = ClientSecrets(None).make(SESSION).value
    raw = base64.urlsafe_b64decode(value.removeprefix("ek_") + "=" * (-(len(value) - 3) % 4))
    for guess in ("k-123", ""):
        key = hashlib.sha256(f"client secrets:{guess}".encode()).digest()
        assert hmac.digest(key, raw[32:], "sha256") != raw[:32]


def test_p60_secrets_are_revoked(monkeypatch: pytest.MonkeyPatch) -> None:
    """P60: all that were made so far, in every process that shares the memory; those made later count again."""
    here, there = ClientSecrets(SECRET), ClientSecrets(SECRET)
    there.revoked = here.revoked
    clock = [1_000_000.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    before = here.make(SESSION).value
    clock[0] += 0.001
    assert there.read(before) == Granted(SESSION)
    here.revoke()
    assert (here.read(before), there.read(before)) == (None, None)
    clock[0] += 0.001
    assert there.read(here.make(SESSION).value) == Granted(SESSION)
