"""Small calls that were recorded, for tests of what is made of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestrator.core import events as ev
from orchestrator.records import Archive, Writing
from orchestrator.records.ledger import Ledger
from orchestrator.records.writing import Dropped
from orchestrator.replay.edited import Edited, compare
from orchestrator.replay.edited_team import EditedTeam, read_edited
from orchestrator.team.limits import Record
from tests.core.scene import BILLING, FRONT, HELPDESK
from tests.records.recording import opening
from tests.records.test_recorder import call, said, scene, talk

# The team of these calls, as files.
TEAM = HELPDESK.replace("    instructions: Find", "    tools: [tools.py:find_order]\n    instructions: Find")
TEAM = TEAM.replace("    instructions: Solve", "    tools: [tools.py:find_invoice]\n    instructions: Solve")
TOOLS_FILE = '''
"""Tools of the team."""


def find_order(number: str) -> str:
    """Find an order."""
    return number


def find_invoice(number: str) -> str:
    """Find an invoice."""
    return number
'''


def billed(policy: Record | None = None, text: str = HELPDESK) -> list[str]:
    """Return a call in which a caller comes to billing, which finds an invoice."""
    one, memory, kept = scene(policy, text)
    talk(one, ev.CallerJoined(), ev.SessionOpened(FRONT), ev.ResponseStarted(FRONT, "r0"))
    talk(one, ev.AudioProduced(FRONT, "r0", "i0", 20.0, "a"), ended(FRONT, "r0", "i0", "Hello, this is Acme."))
    talk(one, ev.SpeechStarted(FRONT, "t1"), ev.TurnCommitted(FRONT, "t1"), said(FRONT, "t1", "My invoice, please."))
    talk(one, ev.ResponseStarted(FRONT, "r1"), call(FRONT, "r1", "transfer_to_billing", {"reason": "an invoice"}))
    talk(one, ev.ResponseFinished(FRONT, "r1", "completed"), ev.SessionOpened(BILLING))
    talk(one, ev.ResponseStarted(BILLING, "r2"), call(BILLING, "r2", "find_invoice", {"number": "n-77"}))
    talk(one, ev.ResponseFinished(BILLING, "r2", "completed"))
    talk(one, ev.ToolReturned(next(iter(one.call.state.functions.open)), "It is paid.", {"account": "A-1"}))
    talk(one, ev.ResponseStarted(BILLING, "r3"), ev.AudioProduced(BILLING, "r3", "i3", 20.0, "b"))
    talk(
        one, ended(BILLING, "r3", "i3", "It is paid."), ev.TurnCommitted(BILLING, "t2"), said(BILLING, "t2", "Thanks.")
    )
    talk(one, ev.CallerLeft())
    kept.close(9.0)
    return memory.lines


def ended(session: Any, response: str, item: str, text: str) -> ev.ResponseFinished:
    """The end of a response in which this was said."""
    output = [{"type": "message", "id": item, "role": "assistant", "content": [{"transcript": text}]}]
    return ev.ResponseFinished(session, response, "completed", payload={"response": {"output": output}})


def changed(lines: list[str], old: str, new: str) -> list[str]:
    """Return a record in which something was written differently."""
    found = [line.replace(old, new) if number else line for number, line in enumerate(lines)]
    assert found != lines
    return found


def header(lines: list[str], **changes: Any) -> list[str]:
    """Return a record with another header."""
    return [json.dumps({**json.loads(lines[0]), **changes}), *lines[1:]]


def team_file(folder: Path, *edits: tuple[str, str]) -> Path:
    """Write the team of these calls with some edits; return its file."""
    text = TEAM
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (folder / "tools.py").write_text(TOOLS_FILE, encoding="utf-8")
    (folder / "agents.yaml").write_text(text, encoding="utf-8")
    return folder / "agents.yaml"


def edited_team(folder: Path, *edits: tuple[str, str]) -> EditedTeam:
    """Load the team of these calls with some edits."""
    return read_edited(team_file(folder, *edits))


def edited(folder: Path, *edits: tuple[str, str], lines: list[str] | None = None) -> Edited:
    """Run a call with an edited team."""
    return compare(lines or billed(text=TEAM), edited_team(folder, *edits))


def stored(archive: Archive, lines: list[str], call_id: str, **summary: Any) -> None:
    """Put a record into a database."""
    started = float(summary.pop("started", 1_790_000_000.0))
    known = opening(call_id, encode=lambda entries: [str(entry) for entry in entries], mask=str)
    said = {**json.loads(lines[0]), "call": call_id, "started": started}
    writing = Writing(replace(known, header=said), Dropped())
    for line in lines[1:]:
        writing.put(line)
    if summary.get("ending", "left") is not None:
        writing.close({"ended": started + 60, "ending": "left", "agents": ["front"], **summary}, "")
    ledger = Ledger()
    ledger.collect([writing])
    with archive.database.connection() as connection:
        ledger.flush(connection)
