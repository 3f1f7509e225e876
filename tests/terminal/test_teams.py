"""`orchestrator teams`: the versions of a server, and which of them new calls get."""

from __future__ import annotations

import asyncio
import json
import os
import sys

from orchestrator.terminal.teams import listed
from tests.edited import KEYS, TOOL, administered, served, until
from tests.patience import PATIENCE


async def orchestrator(*words: str, **environ: str) -> tuple[int, str]:
    """Run a command; returns its exit code and what it wrote."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "orchestrator.cli", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **environ},
    )
    written, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode is not None
    return process.returncode, written.decode()


async def test_the_command_lists_versions_and_goes_back() -> None:
    """As somebody does it whose edit was a mistake."""
    async with administered(watch=True) as (house, _):
        one, where = served(house).current, ("--url", f"{house.url}/v1/realtime")
        (house.folder / "tools.py").write_text(TOOL.format("new"), encoding="utf-8")
        await until(lambda: served(house).current is not one)
        admin = {"ORCHESTRATOR_ADMIN_KEY": KEYS["admin_key"]}

        code, listed = await orchestrator("teams", *where, **admin)
        assert (code, [line.split()[:3] for line in listed.splitlines()]) == (
            0,
            [
                ["team", "version", "new"],
                ["helpdesk", served(house).current.hash[:12], "100%"],
                ["helpdesk", one.hash[:12], "kept"],
            ],
        )
        code, written = await orchestrator("teams", "rollback", "helpdesk", one.hash[:12], *where, **admin)
        assert (code, written.splitlines()[0]) == (0, "helpdesk: rolled back")
        assert served(house).current is one
        code, written = await orchestrator("teams", "rollback", "helpdesk", "abcd", *where, "--key", "wrong")
        assert (code, written.startswith("Incorrect admin key.")) == (1, True)


async def test_the_command_does_what_the_api_does() -> None:
    """Reload, try out and promote; the list as JSON, and with why an edit was refused."""
    async with administered(api_keys=()) as (house, _):
        where, admin = ("--url", house.url), {"ORCHESTRATOR_ADMIN_KEY": KEYS["admin_key"]}
        (house.folder / "tools.py").write_text(TOOL.format("new"), encoding="utf-8")
        code, written = await orchestrator("teams", "canary", "helpdesk", "25%", *where, **admin)
        assert (code, written.splitlines()[0]) == (0, "helpdesk: canary")
        assert [line.split()[2] for line in written.splitlines()[2:]] == ["75%", "25%"]
        code, written = await orchestrator("teams", "promote", "helpdesk", *where, **admin)
        assert (code, served(house).canary) == (0, None)
        (house.folder / "tools.py").write_text("1 / 0\n", encoding="utf-8")
        code, written = await orchestrator("teams", "reload", "helpdesk", *where, **admin)
        assert (code, "tools.py:1 cannot be imported: ZeroDivisionError" in written) == (1, True)
        code, written = await orchestrator("teams", *where)
        assert (code, written.splitlines()[-1].startswith("  agents.yaml:")) == (0, True)
        code, written = await orchestrator("teams", "--format", "json", *where)
        assert (code, json.loads(written)["data"][0]["name"]) == (0, "helpdesk")


async def test_a_server_that_does_not_answer_is_told() -> None:
    """And an address that is none."""
    code, written = await orchestrator("teams", "--url", "127.0.0.1:1")
    assert (code, written.startswith("Cannot reach 127.0.0.1:1: ")) == (1, True)
    assert written.strip().endswith("Is `orchestrator serve` running there?")
    code, written = await orchestrator("teams", "--url", "http://[")
    assert (code, written.strip()) == (1, "'http://[' is not a valid address. Write http://host:port.")


def test_a_version_that_only_ends_its_calls_is_listed() -> None:
    """With how many there are."""
    version = {"hash": "4f2a" * 16, "state": "ending", "share": 0.0, "since": 0, "calls": 3}

    _, line = listed([{"name": "clinic", "versions": [version]}])

    assert line.split()[:3] == ["clinic", "4f2a4f2a4f2a", "ending"]
    assert line.endswith("3")
