"""The functions that are called around a call: loaded with the tools, and checked for how they are called."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.team import load_team
from orchestrator.tools import CallView, read_functions, tool_files
from orchestrator.tools.hooks import after_tool, before_tool
from orchestrator.tools.python.parameters import Unusable

CRM = """
LOADED = []

def who_calls(call, region: str = "eu"):
    LOADED.append(region)
    call.variables["customer"] = "Miller"

def log_call(call):
    return len(LOADED)

def find_order(number: str) -> str:
    "Find an order."
    return f"{number} of {len(LOADED)}"
"""
TEAM = """
team: shop
variables: {customer: {set_by: who_calls}}
before: agents/crm.py:who_calls
after: agents/crm.py:log_call
agents: {front: {instructions: Help., tools: [agents/crm.py:find_order]}}
"""


async def test_they_share_their_module_with_tools(tmp_path: Path) -> None:
    """A file is loaded once, and what one function has opened the others use."""
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "crm.py").write_text(CRM, encoding="utf-8")
    (tmp_path / "agents.yaml").write_text(TEAM, encoding="utf-8")
    team = load_team(tmp_path / "agents.yaml", environ={})
    tools, hooks, problems = read_functions(team)
    assert [problem for problem in problems if problem.fatal] == []
    assert hooks.before is not None
    assert hooks.after is not None

    call = CallView("call_1", "front", {"customer": None})
    await hooks.before.run("{}", call, seconds=5)

    assert call.variables["customer"] == "Miller"
    assert await tools["front"][0].run('{"number": "7"}', call, seconds=5) == "7 of 1"
    assert tool_files(team) == (tmp_path / "agents" / "crm.py",)
    await hooks.after.run({"id": "call_1"})


async def test_a_finished_call_is_handed_to_any_kind_of_function() -> None:
    """In a thread, in the event loop, and behind a decorator."""
    got: list[Any] = []

    def plain(finished: dict[str, Any]) -> None:
        got.append(finished["id"])

    async def waiting(it: dict[str, Any]) -> None:
        got.append(it["id"])

    @functools.wraps(waiting)
    def decorated(*args: Any) -> Any:
        return waiting(*args)

    for name, function in (("plain", plain), ("waiting", waiting), ("decorated", decorated)):
        await after_tool(name, function).run({"id": name})

    assert got == ["plain", "waiting", "decorated"]


def test_what_fails_is_raised() -> None:
    """Whoever hands calls on tries again."""

    def broken(call: dict[str, Any]) -> Iterator[None]:
        yield

    with pytest.raises(Unusable, match="generator"):
        after_tool("broken", broken)
    with pytest.raises(Unusable, match="cannot be called with the finished call alone"):
        after_tool("nothing", lambda: None)


def test_nothing_is_asked_of_a_model_before_a_call() -> None:
    """A parameter without a default, a name that no variable could have, a signature that is none."""

    def unheard(call: CallView, *numbers: str) -> None: ...

    with pytest.raises(Unusable, match="cannot be passed by name"):
        before_tool("unheard", unheard)
    with pytest.raises(Unusable, match="it needs 'number'"):
        before_tool("needs", lambda call, number: None)
    with pytest.raises(Unusable, match="not a valid tool name"):
        before_tool("wer_ruft_än", lambda call: None)
    with pytest.raises(Unusable, match="no parameter 'call'"):
        before_tool("nothing", lambda: None)
    with pytest.raises(Unusable, match="could not be read"):
        before_tool("unreadable", Unreadable())


class Unreadable:
    """A function whose signature cannot be read."""

    __name__ = "unreadable"

    @property
    def __signature__(self) -> Any:
        raise RuntimeError("could not be read")

    def __call__(self, call: CallView) -> None:
        """Do nothing."""
