"""What tools of every kind have in common: limits, failures, and what the team file says of their answers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from orchestrator.errors import ToolError
from orchestrator.team import ToolKeys, Variable
from orchestrator.tools import CallView, Tool, Variables
from tests.patience import PATIENCE


class Echo(Tool):
    """Answers with its arguments, or as it is told."""

    kind = "echo"

    def __init__(self, answer: Any = None, **keys: Any) -> None:
        super().__init__("echo", "Echoes.", {"type": "object", "properties": {}}, ToolKeys.model_validate(keys))
        self.answer = answer

    def _read(self, arguments: str) -> dict[str, Any]:
        return dict(json.loads(arguments))

    async def _invoke(self, values: dict[str, Any], call: CallView) -> Any:
        if self.answer is asyncio.sleep:
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return values if self.answer is None else self.answer


def view(**variables: Any) -> CallView:
    """Return what a tool sees of a call; `account` is set by another tool."""
    declared = {name: Variable(set_by="other" if name == "account" else None) for name in variables}
    return CallView("call_1", "front", Variables(variables, declared, "echo"), function_call="fc_1")


async def test_an_answer_is_written_for_the_model() -> None:
    """As JSON, without anything being said of it in the team file."""
    assert await Echo().run('{"a": 1}', view(), seconds=PATIENCE) == '{"a":1}'
    assert not Echo().sees_call


async def test_a_result_is_worded_by_the_team_file() -> None:
    """From the answer, the arguments, variables, and ids of the call."""
    template = (
        "{{ result.a }} {{ args.a }} {{ variables.name }} {{ call.id }} {{ call.function_call }} {{ call.agent }}"
    )
    told = await Echo(result=template).run('{"a": "x"}', view(name="Ann"), seconds=PATIENCE)

    assert told == "x x Ann call_1 fc_1 front"


async def test_an_answer_sets_variables() -> None:
    """With the type of what is there; the model is told the answer. Such tools of a call run one after another."""
    tool, call = (
        Echo({"id": 7, "open": True}, sets={"number": "{{ result.id }}", "open": "{{ result.open }}"}),
        view(number=None, open=None),
    )

    assert tool.sees_call
    assert not tool.moves
    assert await tool.run("{}", call, seconds=PATIENCE) == '{"id":7,"open":true}'
    assert dict(call.variables) == {"number": 7, "open": True}


async def test_an_answer_of_another_form_is_a_failure() -> None:
    """It names what is missing."""
    with pytest.raises(ToolError, match=r"did not answer as expected: there is no result\.id in its answer") as raised:
        await Echo({}, sets={"number": "{{ result.id }}"}).run("{}", view(number=None), seconds=PATIENCE)

    assert raised.value.ran


@pytest.mark.parametrize("name", ["account", "nothing"])
async def test_what_it_may_not_set_stays_as_it_is(name: str) -> None:
    """Neither what only another tool sets, nor what is not declared."""
    call = view(account=None)
    with pytest.raises(ToolError, match="echo failed"):
        await Echo({"id": 7}, sets={name: "{{ result.id }}"}).run("{}", call, seconds=PATIENCE)

    assert dict(call.variables) == {"account": None}


async def test_its_own_time_limit_goes_before_that_of_all_tools() -> None:
    """The message names the one that holds."""
    with pytest.raises(ToolError, match=r"did not finish within 0\.01 seconds"):
        await Echo(asyncio.sleep, timeout=0.01).run("{}", view(), seconds=PATIENCE)


async def test_failures_are_told_as_the_tool_words_them() -> None:
    """Its own errors are; of others the model only learns that there was one."""
    with pytest.raises(ToolError, match="The till is closed"):
        await Echo(ToolError("The till is closed.")).run("{}", view(), seconds=PATIENCE)
    with pytest.raises(ToolError, match="echo failed; try again later"):
        await Echo(OSError("secret")).run("{}", view(), seconds=PATIENCE)
    with pytest.raises(ToolError, match="Invalid arguments for echo") as raised:
        await Echo().run("{", view(), seconds=PATIENCE)
    assert not raised.value.ran


def test_the_keys_of_the_team_file_are_its_own() -> None:
    """Filler, approval, and how late answers are given."""
    tool = Echo(confirm="person", filler=None, idempotent="{{ call.function_call }}", hide=["pin"], when_late="silent")

    assert (tool.filler, tool.idempotent, tool.when_late) == (None, True, "silent")
    assert tool.hidden == {"pin"}
    assert tool.approval is not None
    assert Echo(examples=["Hello"], confirm=True).definition() == {
        "type": "function",
        "name": "echo",
        "description": 'Echoes. Ask the caller to confirm before calling this. For example: "Hello".',
        "parameters": {"type": "object", "properties": {}},
    }
    assert (repr(tool), tool.waits) == ("Echo('echo')", True)
