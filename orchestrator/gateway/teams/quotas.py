"""How much is asked of each team, and by each API key, and whether a new call would be too much.

Counted by one process, from its start: calls at once, new calls in the last minute, and what models have cost since
midnight UTC. A call that is open goes on when money is spent; only new ones are refused. A call that comes back is no
new one: it is counted, and never asked.

Days are those of the wall clock. Minutes are not: set back by an hour, it would keep callers out for as long.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil
from typing import Protocol

from orchestrator.observe.facts import Fact, Inferred
from orchestrator.outside.api_keys import ApiKey
from orchestrator.team import Team

MINUTE, DAY = 60.0, 86_400.0
MOST_BEGINNINGS = 100_000  # of the last minute that are remembered: no limit can be higher
SOON = 5  # seconds until a place among calls at once may be free


class Quota(Protocol):
    """How much may be asked; None: there is no limit."""

    @property
    def calls(self) -> int | None:
        """Calls at once."""

    @property
    def calls_per_minute(self) -> int | None:
        """New calls a minute."""

    @property
    def dollars_per_day(self) -> float | None:
        """US dollars from midnight to midnight UTC."""


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A limit that a new call would exceed."""

    whose: str  # `team` or `key`
    limit: str
    message: str
    retry: int  # seconds until it may be possible


class Meter:
    """Counts what is asked of one team, or by one key."""

    def __init__(self) -> None:
        # Calls that are open.
        self._open = 0
        # When the calls of the last minute began, by a clock that does not jump, the oldest first.
        self._began: deque[float] = deque(maxlen=MOST_BEGINNINGS)
        # What models have cost, in US dollars, and on which day.
        self._spent, self._day = 0.0, 0

    def begin(self, at: float, *, new: bool) -> None:
        """Count a call; one that is not new has begun before, on another node perhaps."""
        self._open += 1
        self._forget(at)
        if new:
            self._began.append(at)

    def end(self) -> None:
        """Count a call that has ended."""
        self._open -= 1

    def spend(self, dollars: float, now: float) -> None:
        """Count what an answer has cost, at a time of day."""
        self._turn(now)
        self._spent += dollars

    def _forget(self, at: float) -> None:
        while self._began and self._began[0] <= at - MINUTE:
            self._began.popleft()

    def _turn(self, now: float) -> None:
        if self._day != now // DAY:
            self._spent, self._day = 0.0, int(now // DAY)

    def exceeded(self, quota: Quota, whose: str, at: float, now: float) -> Exceeded | None:
        """Return the limit that one more call would exceed."""
        self._forget(at)
        self._turn(now)
        name = "this team" if whose == "team" else "this API key"
        if quota.calls is not None and self._open >= quota.calls:
            message = f"The limit of {quota.calls} calls at once is reached for {name}. Try again later."
            return Exceeded(whose, "calls", message, SOON)
        most = quota.calls_per_minute
        if most is not None and len(self._began) >= most:
            retry = max(1, ceil(self._began[-most] + MINUTE - at))
            message = f"The limit of {most} new calls a minute is reached for {name}. Try again in {retry} s."
            return Exceeded(whose, "calls_per_minute", message, retry)
        if quota.dollars_per_day is not None and self._spent >= quota.dollars_per_day:
            what = f"The limit of {quota.dollars_per_day:g} dollars a day is reached for {name}."
            message = f"{what} New calls are possible after midnight UTC."
            return Exceeded(whose, "dollars_per_day", message, max(1, ceil((now // DAY + 1) * DAY - now)))
        return None


class Account:
    """One call, as it counts for its team and for the key it came with."""

    def __init__(self, meters: Iterable[Meter], at: float, clock: Callable[[], float], *, new: bool) -> None:
        # Where it counts, and the time of day.
        self._meters, self._clock = tuple(meters), clock
        for meter in self._meters:
            meter.begin(at, new=new)

    def take(self, fact: Fact) -> None:
        """Count what an answer has cost."""
        if isinstance(fact, Inferred) and fact.cost:
            for meter in self._meters:
                meter.spend(fact.cost, self._clock())

    def close(self) -> None:
        """Note that the call has ended."""
        for meter in self._meters:
            meter.end()


class Meters:
    """What is counted for all teams and keys of a server."""

    def __init__(self, clock: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        # The time of day, in unix seconds, and a clock that does not jump.
        self._clock, self._steady = clock, steady
        # Name of a team, and API key → what is counted.
        self._teams: dict[str, Meter] = {}
        self._keys: dict[str, Meter] = {}

    def _of(self, team: str, key: ApiKey | None) -> list[Meter]:
        found = [self._teams.setdefault(team, Meter())]
        if key is not None:
            found.append(self._keys.setdefault(key.secret.get_secret_value(), Meter()))
        return found

    def exceeded(self, team: Team, key: ApiKey | None) -> Exceeded | None:
        """Return the limit that a new call of a team would exceed; `key` is the one it comes with."""
        at, now, meters = self._steady(), self._clock(), self._of(team.name, key)
        if key is not None and (found := meters[1].exceeded(key, "key", at, now)) is not None:
            return found
        return meters[0].exceeded(team.limits, "team", at, now)

    def begin(self, team: str, key: ApiKey | None, *, new: bool = True) -> Account:
        """Count a call from here to its end, and among the new ones if it is `new`."""
        return Account(self._of(team, key), self._steady(), self._clock, new=new)
