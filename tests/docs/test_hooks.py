"""The page on what is called before and after a call: its examples run, its keys are those of the payload."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.memory.shared import Shared
from orchestrator.observe.facts import CallBegan, Said
from orchestrator.records.outbox.deliveries import PAUSES
from orchestrator.records.outbox.finished import Finished
from orchestrator.records.outbox.posting import signature
from orchestrator.team import check_team, load_team
from orchestrator.tools import CallView, check_tools, read_functions
from tests.docs.pages import HOOKS, block, keys, read


async def test_the_functions_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the team of the page, without an error or a warning."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agents").mkdir()
    functions = f"{block(HOOKS, 'before')}\n\n{block(HOOKS, 'after')}"
    (tmp_path / "agents" / "crm.py").write_text(functions, encoding="utf-8")
    path = tmp_path / "agents.yaml"
    path.write_text(block(HOOKS, "before team"), encoding="utf-8")
    team = load_team(path, environ={})
    assert [*check_team(path, environ={}), *check_tools(team)] == []
    hooks = read_functions(team)[1]
    assert hooks.before is not None
    assert hooks.after is not None

    call = CallView("sess_1", "front", {"caller": "+4930123456", "customer": None})
    await hooks.before.run("{}", call, seconds=5)
    await hooks.after.run({"id": "sess_1"})

    assert call.variables["customer"] == "Mrs Miller"
    assert json.loads((tmp_path / "sess_1.json").read_text(encoding="utf-8")) == {"id": "sess_1"}


def test_the_address_is_right(tmp_path: Path) -> None:
    """In any team."""
    path = tmp_path / "agents.yaml"
    path.write_text(f"team: t\n{block(HOOKS, 'after address')}agents: {{front: {{instructions: Hi}}}}\n", "utf-8")

    assert check_team(path, environ={"CALLS_SECRET": "0123456789abcdef"}) == []


def test_a_receiver_can_verify_a_request() -> None:
    """In five lines; not one that somebody else has signed, or that is old."""
    names: dict[str, Any] = {"hmac": hmac, "hashlib": hashlib}
    exec(block(HOOKS, "verify"), names)
    genuine = names["is_genuine"]
    header = signature("secret", b"{}", 1000)

    assert genuine(header, b"{}", "secret", 1200.0)
    assert not genuine(header, b"{ }", "secret", 1200.0)
    assert not genuine(header, b"{}", "another", 1200.0)
    assert not genuine(header, b"{}", "secret", 1300.0)


def test_the_keys_of_a_finished_call_are_explained(tmp_path: Path) -> None:
    """All of them, also those of a line."""
    (tmp_path / "agents.yaml").write_text("team: t\nagents: {front: {instructions: Hi}}\n", encoding="utf-8")
    team = load_team(tmp_path / "agents.yaml", environ={})
    call = Finished("sess_1", team, Shared(team))
    call.take(CallBegan(start=0.0, end=0.0, agent="front"))
    call.take(Said(start=1.0, end=1.0, who="caller", text="Hello", item_id="i"))
    known = json.loads(call.body(1.0))

    assert keys(HOOKS, "## After: the finished call") == set(known)
    (line,) = known["transcript"]
    assert f"`[{{{', '.join(json.dumps(name) for name in line)}}}, …]`" in read(HOOKS)


def test_the_pauses_are_those_of_the_program() -> None:
    """In the units that people use."""
    pauses = [10, *(60 * minutes for minutes in (1, 5, 30)), *(3600 * hours for hours in (2, 6, 12))]

    assert "after about 10 seconds, 1, 5 and 30 minutes, and 2, 6 and 12 hours" in " ".join(read(HOOKS).split())
    assert list(PAUSES) == pauses
