"""Prints how often the right passage is found: `python -m tests.tools.knowledge`."""

from __future__ import annotations

import asyncio
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as a server does it, before numpy is imported
from tests.tools.knowledge.measuring import CHOSEN, HELD_OUT, WAYS, measure


async def main() -> None:
    """Measure each way on both parts of the questions."""
    for name, sets in (("chosen with", CHOSEN), ("held out", HELD_OUT)):
        for way in WAYS:
            sys.stdout.write(f"{name} ({', '.join(sets)}), {way}: {await measure(sets, way)}\n")


asyncio.run(main())
