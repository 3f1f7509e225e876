"""What happens when another process takes a call over, as an event of the core."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallTakenOver:
    """This process has the call from here on; all that the other one had open is gone: sessions, timers, tools.

    What the caller was given to hear, they heard, or their own player still plays it. Where that is not so, `item_id`
    and `ms` say how far they heard it; or, if that is not known, `silent` for how long nothing has been played of what
    the other process still had to play.
    """

    item_id: str = ""
    ms: int = 0
    silent: float | None = None  # seconds
