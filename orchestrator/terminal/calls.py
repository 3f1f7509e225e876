"""`orchestrator calls`: recorded calls, listed, shown, exported and deleted."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping

from orchestrator.errors import OrchestratorError
from orchestrator.observe.facts import as_json
from orchestrator.records import Archive, Filter, records_for
from orchestrator.records.reading import read_call, read_facts
from orchestrator.records.transcript import subtitles, transcript
from orchestrator.settings import read_settings
from orchestrator.terminal.call_report import listed, report

NO_RECORD = "Calls are not recorded: ORCHESTRATOR_RECORDS is none."


def run(arguments: argparse.Namespace) -> Iterator[str]:
    """Do what is asked with the calls of `ORCHESTRATOR_RECORDS`; yields the lines to print."""
    records = records_for(read_settings())
    if records is None:
        raise OrchestratorError(NO_RECORD)
    yield from ACTIONS[arguments.action](records.archive, arguments)


def find(archive: Archive, arguments: argparse.Namespace) -> Iterator[str]:
    """List calls, the newest first."""
    wanted = {name: getattr(arguments, name) for name in ("agent", "ending", "team", "text", "since", "until", "limit")}
    calls = archive.find(Filter(**wanted))
    if arguments.format == "json":
        yield json.dumps(calls, indent=2, ensure_ascii=False)
    elif calls:
        yield from listed(calls)
    else:
        yield "There are no such calls."


def show(archive: Archive, arguments: argparse.Namespace) -> Iterator[str]:
    """Tell what happened in a call."""
    call, facts = read_call(archive, arguments.call)
    if arguments.format == "json":
        yield json.dumps({**call, "timeline": [as_json(fact) for fact in facts]}, indent=2, ensure_ascii=False)
    else:
        yield from report(call, facts)


def export(archive: Archive, arguments: argparse.Namespace) -> Iterator[str]:
    """Write a call to a file, or to the standard output."""
    written = arguments.out.open("wb") if arguments.out else sys.stdout.buffer
    with written:
        for part in exported(archive, arguments.call, arguments.format):
            written.write(part)
    yield from ()


def exported(archive: Archive, call: str, form: str) -> Iterator[bytes]:
    """Yield a call in one of the formats."""
    if form == "wav":
        yield from sound(archive, call)
        return
    lines = archive.lines(call)
    texts = (f"{line}\n" for line in lines) if form == "jsonl" else subtitles(transcript(read_facts(lines)))
    for text in texts:
        yield text.encode()


def sound(archive: Archive, call: str) -> Iterator[bytes]:
    """Yield the recording of a call."""
    from orchestrator.records.audio import stereo

    archive.summary(call)
    found = stereo(archive.database.folder, call)
    if found is None:
        raise OrchestratorError(f"There is no recording of {call}.")
    yield from found.pieces()


def delete(archive: Archive, arguments: argparse.Namespace) -> Iterator[str]:
    """Delete calls."""
    for call in arguments.calls:
        archive.delete(call)
        yield f"Deleted {call}."


def purge(archive: Archive, arguments: argparse.Namespace) -> Iterator[str]:
    """Delete calls that were kept long enough."""
    deleted = sum(iter(lambda: archive.purge(arguments.before), 0))
    yield f"Deleted {deleted} call{'' if deleted == 1 else 's'}."


ACTIONS: Mapping[str, Callable[[Archive, argparse.Namespace], Iterator[str]]] = {
    "find": find,
    "show": show,
    "export": export,
    "delete": delete,
    "purge": purge,
}
