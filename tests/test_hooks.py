"""What is called around whole calls, over real sockets: before an agent has the caller, and when the call has ended."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import connect

from orchestrator.records.database import Database
from orchestrator.records.outbox.deliveries import Deliveries
from orchestrator.records.tables import execute
from orchestrator.testing import ScriptedRealtime
from tests.calls import TEAM, CallerClient, desk
from tests.patience import PATIENCE
from tests.phone import dialled
from tests.records.outbox.receiver import SECRET, receiving

KNOWN = (
    TEAM.replace("customer: null", "customer: {{default: somebody, set_by: SETTER}}, caller: null")
    .replace("    tools: [tools.py]\n", "")
    .replace("Find out", "'{{{{ variables.customer }}}} calls. Find out", 1)
    .replace("caller needs.", "caller needs.'", 1)
)
CRM = '''
"""Who calls, and what became of it."""
import asyncio
import json
from pathlib import Path


def who_calls(call) -> None:
    """Look the number up."""
    known = {"+4930123": "Mrs Miller"}
    call.variables["customer"] = known[call.variables["caller"]]


async def too_slow(call) -> None:
    """Look the number up for ever."""
    await asyncio.Event().wait()


def keep(call: dict) -> None:
    """Write the call into a file."""
    Path(__file__).with_name("kept.json").write_text(json.dumps(call), encoding="utf-8")
'''


def with_hooks(before: str = "who_calls", after: str = "") -> str:
    """Return the team with what is called around its calls."""
    text = KNOWN.replace("SETTER", before)
    text += f"before: {{{{tool: tools.py:{before}, within: {0.01 if before == 'too_slow' else 10}}}}}\n"
    return f"{text}after: {after}\n" if after else text


async def test_the_number_of_a_telephone_tells_who_calls() -> None:
    """The first agent knows it from its first word on."""
    async with (
        desk(with_hooks(), CRM) as house,
        dialled(house.url, From="+4930123") as phone,
    ):
        front = await house.service.session("front")
        await phone.until("mark")

    assert "Mrs Miller calls." in front.fields["instructions"]


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ("who_calls", "who_calls failed"),
        ("too_slow", "too_slow did not finish within 0.01 seconds."),
    ],
)
async def test_a_call_goes_on_without_what_was_not_found_out(before: str, why: str) -> None:
    """A number that nobody has, and a search that takes too long; the log has the reason."""
    with capture_logs() as logs:
        async with desk(with_hooks(before), CRM) as house, dialled(house.url, From="+49") as phone:
            front = await house.service.session("front")
            await phone.until("mark")

    assert "somebody calls." in front.fields["instructions"]
    (failed,) = [log for log in logs if log["event"] == "before failed"]
    assert failed["reason"].startswith(why)


async def talked(caller: CallerClient) -> str:
    """Say something, wait for the answer, and return the id of the call."""
    await caller.type("My order is late.")
    await caller.until("response.done")
    return caller.call


async def test_a_finished_call_is_posted_until_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed, three times here; the receiver was away and then confused."""
    defaults = Deliveries.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "pauses", (0.01, 0.01))
    async with receiving(503, 302) as receiver:
        after = f'{{{{url: "{receiver.url}", secret: {SECRET}}}}}'
        async with desk(with_hooks(after=after), CRM) as house:
            async with house.caller() as caller:
                call = await talked(caller)
            got = await receiver.got(3)

    assert [one["id"] for one in got] == [call] * 3
    assert got[0] == got[2]
    assert (got[0]["team"], got[0]["ending"], got[0]["agents"]) == ("helpdesk", "left", ["front"])
    assert ("caller", "My order is late.", True) in [(x["who"], x["text"], x["typed"]) for x in got[0]["transcript"]]
    assert got[0]["variables"] == {"customer": "somebody", "caller": None}


async def test_a_finished_call_is_handed_to_a_function() -> None:
    """With the server stopping right behind it."""
    async with desk(with_hooks(after="tools.py:keep"), CRM) as house:
        folder = house.folder
        async with house.caller() as caller:
            call = await talked(caller)
        await house.quiet()
        calls = await until(lambda: (folder / "kept.json").exists() and (folder / "kept.json").read_text("utf-8"))
        kept = json.loads(calls)

    assert (kept["id"], kept["turns"]) == (call, 1)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Serve the team of a folder in a process of its own; what is left of it is killed."""
    environ = {**os.environ, "ORCHESTRATOR_RECORDS": f"sqlite:///{folder}/calls.db", "ORCHESTRATOR_PORT": "0"}
    environ = {name: value for name, value in environ.items() if not name.upper().endswith("_PROXY")}
    command = (sys.executable, "-m", "orchestrator.cli", "serve", str(folder / "agents.yaml"))
    process = await asyncio.create_subprocess_exec(*command, env=environ, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while True:
                line = (await process.stdout.readline()).decode()
                assert line, "the server has ended"
                if line.startswith("endpoint"):
                    url = line.split()[1].partition("/v1")[0]
                    break
        yield process, url
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_call_whose_server_was_killed_is_delivered_by_the_next(tmp_path: Path) -> None:
    """The receiver was away; the call had ended, and is in the outbox."""
    async with receiving() as receiver:
        url = receiver.url
    (tmp_path / "tools.py").write_text(CRM, encoding="utf-8")
    async with ScriptedRealtime() as service:
        after = f'{{{{url: "{url}", secret: {SECRET}}}}}'
        text = with_hooks(after=after).format(url=service.url)
        (tmp_path / "agents.yaml").write_text(text, encoding="utf-8")
        async with serving(tmp_path) as (process, server):
            async with connect(f"{server}/v1/realtime?model=helpdesk") as socket:
                caller = CallerClient(socket)
                await caller.until("session.created")
                call = await talked(caller)
            await caller.reading
            await until(lambda: tried(tmp_path))
            process.send_signal(signal.SIGKILL)
            await process.wait()
        with Database(f"sqlite:///{tmp_path}/calls.db").connection() as connection:
            execute(connection, "UPDATE outbox SET due = 0")  # the pause is over
        port = int(url.rpartition(":")[2].partition("/")[0])
        async with receiving(port=port) as receiver, serving(tmp_path):
            got = await receiver.got(1)

    assert [one["id"] for one in got] == [call]


def tried(folder: Path) -> bool:
    """Return whether a call is in the outbox and was tried once."""
    with Database(f"sqlite:///{folder}/calls.db").connection() as connection:
        return bool(execute(connection, "SELECT 1 FROM outbox WHERE tries = 1").fetchall())


async def until(look: Callable[[], Any]) -> Any:
    """Look at what another process or thread does, until something is there; return it."""
    async with asyncio.timeout(PATIENCE):
        while not (found := look()):  # noqa: ASYNC110  # it says nothing of it
            await asyncio.sleep(0.01)
    return found
