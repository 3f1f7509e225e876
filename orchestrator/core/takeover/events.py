"""What happens when another process takes a call over, as an event of the core."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallTakenOver:
    """This process has the call from here on; all that the other one had open is gone: sessions, timers, tools.

    `item_id` and `ms` are how much the caller heard of an agent's item, if their side says so.
    """

    item_id: str = ""  # "": they heard whatever they were given …
    ms: int = 0
    cut: bool = False  # … but for what was to be played yet when the call was left: it went with the other process
