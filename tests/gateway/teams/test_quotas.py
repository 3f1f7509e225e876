"""How much is asked of teams and by keys, and what would be too much."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from orchestrator.gateway.teams.quotas import Account, Exceeded, Meters
from orchestrator.observe.facts import CallBegan, Inferred
from orchestrator.outside.api_keys import ApiKey
from orchestrator.team import Team
from tests.core.scene import team

NOON = 1_000_000 * 86_400.0 + 43_200.0  # of a day, UTC


def clinic(limits: str = "") -> Team:
    """Return a team with limits."""
    return team(f"team: clinic\nlimits: {{{limits}}}\nagents: {{front: {{instructions: Hi}}}}\n")


def key(secret: str = "k", **limits: Any) -> ApiKey:
    """Return a key with limits."""
    return ApiKey(SecretStr(secret), **limits)


class Day:
    """Meters, and their clock, which may be set."""

    def __init__(self) -> None:
        self.now, self.set = NOON, 0.0
        self.meters = Meters(lambda: self.now + self.set, lambda: self.now)

    def call(self, key: ApiKey | None = None, name: str = "clinic") -> Account:
        """Begin a call."""
        return self.meters.begin(name, key)

    def exceeded(self, of: Team, key: ApiKey | None = None) -> tuple[str, str, int] | None:
        """Return what one more call would exceed."""
        found = self.meters.exceeded(of, key)
        return (found.whose, found.limit, found.retry) if isinstance(found, Exceeded) else None


def cost(dollars: float) -> Inferred:
    """Return an answer that costs something."""
    known = {"session": "front", "response_id": "r1", "status": "completed", "error": ""}
    return Inferred(start=0.0, end=1.0, agent="front", cost=dollars, **known)  # type: ignore[arg-type]


def test_without_limits_nothing_is_too_much() -> None:
    """Neither of the team nor of a key."""
    day = Day()
    for _ in range(50):
        day.call(key())

    assert day.exceeded(clinic(), key()) is None


def test_a_call_that_goes_on_is_not_a_new_one() -> None:
    """It counts among those at once; it began a while ago, on another node."""
    day = Day()
    moved = day.meters.begin("clinic", None, new=False)

    assert day.exceeded(clinic("calls_per_minute: 1")) is None
    assert day.exceeded(clinic("calls: 1")) is not None
    moved.close()
    assert day.exceeded(clinic("calls: 1")) is None


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_clock_that_is_set_keeps_nobody_out(jump: float) -> None:
    """And lets nobody in: a minute is a minute."""
    day, mine = Day(), clinic("calls_per_minute: 1")
    day.call().close()
    day.set = jump
    assert day.exceeded(mine) == ("team", "calls_per_minute", 60)
    day.now += 60
    assert day.exceeded(mine) is None


def test_calls_at_once() -> None:
    """Until one of them ends."""
    day, mine = Day(), clinic("calls: 2")
    first, _ = day.call(), day.call()
    day.call(name="hotel")
    assert day.exceeded(mine) == ("team", "calls", 5)
    first.close()
    assert day.exceeded(mine) is None
    day.call()

    assert day.exceeded(mine) == ("team", "calls", 5)


def test_new_calls_a_minute() -> None:
    """Also those that are over; the answer says when the oldest is a minute old."""
    day, mine = Day(), clinic("calls_per_minute: 2")
    day.call().close()
    day.now += 20
    day.call()
    assert day.exceeded(mine) == ("team", "calls_per_minute", 40)
    day.now += 39.5
    assert day.exceeded(mine) == ("team", "calls_per_minute", 1)
    day.now += 0.5
    assert day.exceeded(mine) is None
    day.call()

    assert day.exceeded(mine) == ("team", "calls_per_minute", 20)


def test_dollars_a_day() -> None:
    """From midnight to midnight UTC; what is open goes on, and what it costs then counts for its day."""
    day, mine = Day(), clinic("dollars_per_day: 5")
    account = day.call()
    account.take(CallBegan(start=0.0, end=0.0, agent="front"))
    account.take(cost(4.5))
    assert day.exceeded(mine) is None
    account.take(cost(0.5))
    assert day.exceeded(mine) == ("team", "dollars_per_day", 43_200)
    day.now += 43_200
    assert day.exceeded(mine) is None
    account.take(cost(5.0))

    assert day.exceeded(mine) == ("team", "dollars_per_day", 86_400)


def test_each_key_has_limits_of_its_own() -> None:
    """All its calls count, whatever their team; calls without it do not."""
    day, mine, other = Day(), key(calls=1), key("other", calls=1)
    day.call()
    assert day.exceeded(clinic(), mine) is None
    day.call(mine, "hotel")

    assert day.exceeded(clinic(), mine) == ("key", "calls", 5)
    assert day.exceeded(clinic(), other) is None
    assert day.exceeded(clinic("calls: 1"), other) == ("team", "calls", 5)


def test_the_message_says_what_to_do() -> None:
    """For whoever reads the log of a client."""
    day, mine = Day(), clinic("calls_per_minute: 1")
    day.call()
    found = day.meters.exceeded(mine, None)

    assert found is not None
    assert found.message == "The limit of 1 new calls a minute is reached for this team. Try again in 60 s."
