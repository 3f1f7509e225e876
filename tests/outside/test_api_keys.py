"""API keys as the environment writes them."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from orchestrator.outside.api_keys import ApiKey, read_keys


def keys(entries: str, limits: str | None = None) -> tuple[ApiKey, ...]:
    """Read keys and their limits."""
    return read_keys(map(SecretStr, entries.split(",")), SecretStr(limits) if limits is not None else None)


def test_a_key_may_be_bound_to_teams() -> None:
    """By what follows its last colon, if that reads like the names of teams."""
    free, one, two, colon, strange = keys("k1,k2:clinic,k3:clinic+hotel-9,a:b:hotel,sk:ABC:12")

    assert (free.secret.get_secret_value(), free.teams) == ("k1", None)
    assert (one.secret.get_secret_value(), one.teams) == ("k2", frozenset({"clinic"}))
    assert two.teams == frozenset({"clinic", "hotel-9"})
    assert (colon.secret.get_secret_value(), colon.teams) == ("a:b", frozenset({"hotel"}))
    assert (strange.secret.get_secret_value(), strange.teams) == ("sk:ABC:12", None)


def test_a_key_may_have_limits() -> None:
    """Its own, or those of all that are not named."""
    one, two, three = keys(
        "k1,k2:clinic,sk:A", "*: calls=20; k2: calls=5 calls_per_minute=10 dollars_per_day=2.5; sk:A: calls=1;"
    )

    assert (one.calls, one.calls_per_minute, one.dollars_per_day) == (20, None, None)
    assert (two.calls, two.calls_per_minute, two.dollars_per_day) == (5, 10, 2.5)
    assert two.teams == frozenset({"clinic"})
    assert (three.calls, three.calls_per_minute) == (1, None)
    assert keys("k1")[0].calls is None


@pytest.mark.parametrize(
    ("entries", "limits", "why"),
    [
        ("s3cret:clinic,s3cret:hotel", "", "a key is there twice"),
        ("k1", "s3cret: calls=5", "a key has limits that ORCHESTRATOR_API_KEYS does not name"),
        ("k1", "s3cret: calls=5; s3cret2: calls=1", "2 keys have limits"),
        ("k1", "calls=5", "an entry has no key"),
        ("k1", "k1: calls=5; k1: calls=6", "one that was there before"),
        ("k1", "k1: cals=5", "a limit that is not known, or no number"),
        ("k1", "k1: calls=many", "a limit that is not known, or no number"),
        ("k1", "k1: calls=0", "a limit that is not known, or no number"),
        ("k1", "k1: calls=1.5", "calls is a whole number"),
        ("k1", "k1: calls", "a limit that is not known, or no number"),
    ],
)
def test_what_is_wrong_is_told_without_the_key(entries: str, limits: str, why: str) -> None:
    """With the variable, and how to write it."""
    with pytest.raises(ValueError, match=why) as refused:
        keys(entries, limits)

    assert "s3cret" not in str(refused.value)
    assert str(refused.value).startswith("ORCHESTRATOR_")
