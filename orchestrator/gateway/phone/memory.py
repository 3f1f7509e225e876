"""What a further stream of a phone call has to know of those before it: it stands in the journal of the call."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.gateway.resuming.journal import TRANSPORT


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of the caller's telephone."""

    keys: str = ""  # pressed so far, of a number that is not complete
    heard: tuple[str, int] | None = None  # the item that was played last, and the milliseconds of it

    def written(self) -> Mapping[str, Any]:
        """Return it as the journal has it."""
        return {"keys": self.keys, "heard": self.heard}

    def taken_over(self, silent: float) -> CallTakenOver:
        """Return what the core is told: what marks say was heard; by the clock, that the rest has not been for a while.

        `silent`: for how long nothing has been played, in seconds.
        """
        item_id, ms = self.heard or ("", 0)
        return CallTakenOver(item_id, ms, silent)


NOTHING = Memory()


def memory_of(lines: Iterable[str]) -> Memory:
    """Return what the last entry of a journal says that has it; the lines come last first."""
    for line in lines:
        if f'"{TRANSPORT}"' not in line:
            continue
        for entry in reversed(json.loads(line)):
            if (known := entry.get(TRANSPORT)) is not None:
                return Memory(known["keys"], tuple(known["heard"]) if known["heard"] else None)
    return NOTHING
