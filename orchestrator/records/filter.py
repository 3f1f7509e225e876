"""Which calls somebody wants to see."""

from __future__ import annotations

from dataclasses import dataclass

LOST = "lost"  # the ending of a call whose process has died


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which calls are wanted; all that is given must hold."""

    agent: str | None = None  # one of those that had the caller
    ending: str | None = None  # `open`: the call has not ended
    since: float | None = None  # unix seconds, of the beginning
    until: float | None = None  # up to, and without it
    team: str | None = None
    teams: frozenset[str] | None = None  # of which it must be; None: of any
    text: str | None = None  # words that were said
    after: str | None = None  # the call that was the last of the page before
    limit: int = 50
