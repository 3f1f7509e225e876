"""Random calls are recorded and run again: `python -m tests.replay.walk 1000000` goes on for a million events.

Each walk is the same each time. The command prints how far it is, and stops with the seed of a call that is different.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from orchestrator.replay.exact import Exact, replay
from orchestrator.replay.report import report
from tests.core.people.desks import WARD, WARD_TOOLS
from tests.core.scene import HELPDESK, SERVED_TOOLS, TEAMWORK, TEAMWORK_TOOLS, TOOLS
from tests.records.walks import walk, walk_on_seats

WALKS = {
    "ways": lambda seed: walk(HELPDESK, TOOLS, seed),
    "teamwork": lambda seed: walk(TEAMWORK, TEAMWORK_TOOLS, seed),
    "servers": lambda seed: walk(TEAMWORK, SERVED_TOOLS, seed),
    "people": lambda seed: walk(WARD, WARD_TOOLS, seed),
    "seats": walk_on_seats,
}
EACH = 50_000  # events between two lines that say how far it is


def walks(events: int) -> Iterator[tuple[str, int, Exact]]:
    """Yield what comes of random calls, until they have had so many events."""
    seen = seed = 0
    while seen < events:
        for kind, made in WALKS.items():
            done = replay(made(seed).lines)
            seen += done.events
            yield kind, seed, done
        seed += 1


def main(events: int) -> int:
    """Run until there were so many events; returns 1 when a call is different."""
    began, seen, calls, told = time.monotonic(), 0, 0, 0
    for kind, seed, done in walks(events):
        seen, calls = seen + done.events, calls + 1
        if done.first is not None or done.ends is not None:
            _say(f"{kind} {seed}:", *report(done))
            return 1
        if seen // EACH > told or seen >= events:
            told = seen // EACH
            _say(f"{seen:>10,} events of {calls:,} calls are the same ({time.monotonic() - began:.0f} s)")
    return 0


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join([*lines, ""]))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
