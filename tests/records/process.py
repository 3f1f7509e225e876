"""A process that records calls: `python -m tests.records.process ADDRESS PREFIX CALLS ENTRIES`.

With a number of entries it writes them and stops in order; without one it writes until it is killed. It prints a line
when all calls have begun.
"""

from __future__ import annotations

import asyncio
import sys
import time

from orchestrator.records import Archive, Records, writer
from tests.patience import PATIENCE
from tests.records.recording import begin

PAUSE = 0.01


async def main(address: str, prefix: str, calls: int, most: int | None) -> None:
    """Record calls."""
    writer.STOP_SECONDS = PATIENCE  # others may hold the file, and the machine may be busy
    records = Records(Archive(address))
    writings = [begin(records, f"{prefix}{number}", started=time.time()) for number in range(calls)]
    print("begun", flush=True)
    number = 0
    while most is None or number < most:
        for writing in writings:
            writing.put({"n": number, "at": time.time()})
        number += 1
        await asyncio.sleep(PAUSE)
    for writing in writings:
        writing.close({"ending": "left"}, "hello")
    await records.stop()
    print(records.dropped, flush=True)


if __name__ == "__main__":
    _, where, name, count, *rest = sys.argv
    asyncio.run(main(where, name, int(count), int(rest[0]) if rest else None))
