"""The page on several callers in one call: its tables are those of the code, its example runs."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from orchestrator.gateway import seats
from orchestrator.team import check_team
from orchestrator.testing import call, say
from tests.calls import desk
from tests.docs.pages import SEATS, block, rows, table
from tests.docs.test_clients import SEAT_EVENTS
from tests.patience import PATIENCE
from tests.test_seats import DISPATCH, REFUSED, TOOLS


def test_the_example_of_a_team_is_right(tmp_path: Path) -> None:
    """Not one problem and not one warning."""
    path = tmp_path / "agents.yaml"
    path.write_text(block(SEATS, "team"), encoding="utf-8")

    assert list(check_team(path, environ={})) == []


def test_every_parameter_and_every_event_is_explained() -> None:
    """Of the address, and what the others are told."""
    assert [row[0].strip("`") for row in rows(table(SEATS, "query"))] == list(seats.NAMES)
    explained = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in rows(table(SEATS, "seat events"))}
    assert explained == SEAT_EVENTS


def test_every_refusal_is_explained() -> None:
    """Those of callers who may join, of keys, and of a server without room."""
    explained = {row[0].strip("`") for row in rows(table(SEATS, "refusals"))}

    assert explained == {code for _, code, _ in REFUSED} | {"invalid_api_key", "too_many_calls"}


async def test_the_example_runs(tmp_path: Path) -> None:
    """As printed, with another address: the message of one agent is spoken by the other."""
    path = tmp_path / "example.py"
    async with desk(DISPATCH, TOOLS) as at:
        at.service.reply("dispatcher", call("message_medic", text="He has chest pain.", urgent=False))
        at.service.reply("medic", say("Your patient has chest pain."))
        path.write_text(block(SEATS, "client").replace("ws://127.0.0.1:8080", at.url), encoding="utf-8")
        process = await asyncio.create_subprocess_exec(sys.executable, str(path), stdout=asyncio.subprocess.PIPE)
        told, _ = await asyncio.wait_for(process.communicate(), PATIENCE)

    assert told.decode().splitlines() == [
        "joined: medic",
        "dispatcher wrote to medic",
        "the medic hears: Your patient has chest pain.",
    ]
