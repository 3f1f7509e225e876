"""The record of calls, kept in a database: SQLite by default, PostgreSQL by URL (`ORCHESTRATOR_RECORDS`).

`Records` writes, one per process. The event loop only appends to bounded lists; a thread of its own encodes, masks and
writes, twice a second, in one transaction for all calls:

    records = records_for(settings)                 None when `ORCHESTRATOR_RECORDS` is `none`; touches no file
    writing = records.open(call_id, header, team=…, keep=…, encode=…, mask=…)
    writing.put(entry)                              whatever `encode` understands
    writing.note(summary)                           what the call amounts to so far, for lists; never changed afterwards
    writing.remask()                                what is secret has changed: mask the lines of this call again
    writing.close(summary, text)                    the call has ended
    records.dropped                                 entries that could not be kept, for metrics
    await records.stop()                            write what waits, at most five seconds

`header` is the first line of the record, a mapping that JSON can hold; its `started` (unix seconds) and `team_hash` are
kept for lists too. `team` is the name of the team; `keep` the seconds that the call is kept after its end, None for
ever. `encode(entries) -> lines` turns entries into lines without their newlines, and masks them; it gets each entry
once, in order, in the thread. `mask(text) -> text` hides what is secret by now; it is called in the thread as well, and
the texts in header and summary, the transcript, and lines after `remask` pass it. `summary` is what lists show: `ended`
(unix seconds; default: now), `ending`, `reason`, `agent` (the last one), `agents` (all of them), and whatever else JSON
can hold. `text` is the transcript, for searching.

`Archive` reads and deletes; its functions wait for the database, so call them in a thread. Reads never block a writer:

    archive = Archive(address)                      `records.archive` of a running server
    archive.find(Filter(agent=…, text=…, …))        summaries, the newest first
    archive.summary(call_id), archive.lines(call_id)
    archive.delivery(call_id)                       how far it is on its way to whom the team file names under `after`
    archive.delete(call_id), archive.purge(before=…)

A summary is what `close` was given, with `id`, `team`, `team_hash`, `started`, `ended`, `ending`, `reason`, `agent`,
`agents` and `audio` (whether there is a recording on this machine); of an open call `ended` and `ending` are None, and
the rest is what was noted last.
`UnknownCall` is raised for an id that is not there, `RecordsError` when the database cannot be used.

Recordings lie in `archive.folder(call_id)`; they are deleted with their call. A gap in a record is the line
`{"t": seconds, "gap": entries}`.
"""

from __future__ import annotations

from orchestrator.records.archive import Archive, UnknownCall
from orchestrator.records.database import RecordsError
from orchestrator.records.filter import Filter
from orchestrator.records.writer import Records
from orchestrator.records.writing import Writing
from orchestrator.settings import Settings

__all__ = ["Archive", "Filter", "Records", "RecordsError", "UnknownCall", "Writing", "records_for"]


def records_for(settings: Settings) -> Records | None:
    """Return what records the calls of a server; None if none are to be recorded."""
    return None if settings.records == "none" else Records(Archive(settings.records))
