"""`orchestrator calls`, as a user runs it, over calls that a real server has recorded."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

import pytest

from orchestrator.cli import main
from orchestrator.records import Archive
from orchestrator.terminal.calls import find
from orchestrator.testing import call, say
from tests.calls import TEAM, desk
from tests.patience import PATIENCE

NOWHERE = "Calls are not recorded: ORCHESTRATOR_RECORDS is none."


@pytest.fixture
async def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a call that was recorded where the command line looks."""
    address = f"sqlite:///{tmp_path}/calls.db"
    monkeypatch.setenv("ORCHESTRATOR_RECORDS", address)
    async with desk(TEAM + "record: {{audio: true}}\n", records=address) as house:
        async with house.caller() as caller:
            house.service.reply("front", call("find_order", number="7"))
            house.service.reply("front", say("It is on its way.", 400))
            await caller.type("Where is my order?")
            await caller.until("response.done")
            call_id = caller.call
        await house.quiet()
    return call_id


def test_calls_are_listed_shown_and_exported(
    recorded: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """As text and as JSON; as lines, subtitles and sound."""

    def run(*words: str) -> str:
        assert main(["calls", *words]) == 0
        return capsysbinary.readouterr().out.decode()

    assert recorded in run()
    assert run("--agent", "nobody").strip() == "There are no such calls."
    assert json.loads(run("--text", "order", "--format", "json"))[0]["id"] == recorded
    shown = run("show", recorded)
    assert "caller: Where is my order? (typed)" in shown
    assert 'front: find_order({"number": "7"}) → ' in shown
    assert json.loads(run("show", recorded, "--format", "json"))["timeline"][0]["fact"] == "CallBegan"
    assert json.loads(run("export", recorded).splitlines()[0])["call"] == recorded
    assert "<v front>It is on its way.</v>" in run("export", recorded, "--format", "vtt")
    assert run("export", recorded, "--format", "wav", "--out", str(tmp_path / "sound")) == ""
    assert (tmp_path / "sound").read_bytes()[:4] == b"RIFF"
    assert run("purge").strip() == "Deleted 0 calls."
    assert run("delete", recorded).strip() == f"Deleted {recorded}."


@pytest.mark.parametrize("words", [["show"], ["export"], ["export", "--format", "wav"], ["delete"]])
def test_a_call_that_is_not_there_is_said_so(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line."""
    monkeypatch.setenv("ORCHESTRATOR_RECORDS", f"sqlite:///{tmp_path}/calls.db")

    assert main(["calls", words[0], "sess_none", *words[1:]]) == 1
    assert capsys.readouterr().err.strip() == "There is no recorded call 'sess_none'."


def test_nothing_is_recorded_nowhere(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Then the command says why it finds nothing."""
    monkeypatch.setenv("ORCHESTRATOR_RECORDS", "none")

    assert main(["calls"]) == 1
    assert capsys.readouterr().err.strip() == NOWHERE


async def test_calls_that_go_on_are_listed_with_what_is_so_far(tmp_path: Path) -> None:
    """Turns, handoffs and the agent that has the caller, as over REST."""
    address = f"sqlite:///{tmp_path}/calls.db"
    wanted = dict.fromkeys(("agent", "ending", "team", "text", "since", "until"))
    asked = argparse.Namespace(**wanted, limit=50, format="text")
    async with desk(records=address) as house, house.caller() as caller, asyncio.timeout(PATIENCE):
        house.service.reply("front", call("transfer_to_billing", reason="an invoice"))
        await caller.type("My invoice, please.")
        await caller.until("team.handoff.completed")
        told: list[str] = []
        while told[-3:] != ["1", "billing", "open"]:
            await asyncio.sleep(0.05)  # it is written twice a second
            told = (await asyncio.to_thread(lambda: [*find(Archive(address), asked)][-1])).split()

    assert told[2:4] == [caller.call, "helpdesk"]
    assert told[-4:] == ["1", "1", "billing", "open"]
