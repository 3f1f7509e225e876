"""The jobs beside the calls of a server: deleting what was kept long enough, finishing recordings that were left."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Event

import structlog

from orchestrator.records.archive import Archive
from orchestrator.records.audio.conversion import Leftovers
from orchestrator.records.database import RecordsError, load

EVERY = 60.0  # seconds between two looks at what is to be deleted
PAUSE = 0.1  # seconds between two batches, in which others write
log = structlog.get_logger("orchestrator")


async def purging(archive: Archive) -> None:
    """Delete what has been kept long enough, for as long as the server runs."""
    await asyncio.to_thread(load)  # now, while there are few calls
    while True:
        await asyncio.sleep(EVERY)
        try:
            deleted = 0
            while some := await asyncio.to_thread(archive.purge):
                deleted += some
                await asyncio.sleep(PAUSE)
        except (RecordsError, OSError) as error:
            log.warning("old calls could not be deleted", error=str(error))
            continue
        if deleted:
            log.info("old calls deleted", calls=deleted)


async def finishing(folder: Path) -> None:
    """Make stereo files of recordings whose process has died, for as long as the server runs."""
    stopped, leftovers = Event(), Leftovers(folder)
    try:
        while True:
            await asyncio.sleep(EVERY)
            await asyncio.to_thread(leftovers.convert, stopped=stopped.is_set)
    finally:
        stopped.set()
