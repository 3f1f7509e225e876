"""`orchestrator calls`: recorded calls, listed, shown, exported and deleted."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext

from orchestrator.errors import OrchestratorError
from orchestrator.observe.facts import as_json
from orchestrator.records import Archive, Filter, records_for
from orchestrator.records.audio import as_wav, stereo
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
    parts = EXPORTED[arguments.format](archive, arguments.call)
    first = next(parts, b"")  # what is not there makes no file
    with arguments.out.open("wb") if arguments.out else nullcontext(sys.stdout.buffer) as written:
        written.writelines((first, *parts) if first else ())
    yield from ()


def record(archive: Archive, call: str) -> Iterator[bytes]:
    """Yield the lines of a record."""
    for line in archive.lines(call):
        yield f"{line}\n".encode()


def words(archive: Archive, call: str) -> Iterator[bytes]:
    """Yield what was said, as subtitles."""
    for text in subtitles(transcript(read_facts(archive.lines(call)))):
        yield text.encode()


def sound(archive: Archive, call: str) -> Iterator[bytes]:
    """Yield the recording of a call."""
    found = stereo(archive.database.folder, archive.named(call))
    if found is None:
        raise OrchestratorError(f"There is no recording of {call}.")
    yield from as_wav(found)


EXPORTED: Mapping[str, Callable[[Archive, str], Iterator[bytes]]] = {"jsonl": record, "vtt": words, "wav": sound}


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
