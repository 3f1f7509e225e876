"""Tools in a test: mocks with the schema of the real function, and real ones."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from orchestrator.errors import ToolError
from orchestrator.team import ToolKeys, Variable
from orchestrator.team.trials import Given
from orchestrator.tools import CallView, FunctionTool, Variables
from orchestrator.tools.end_call import end_call
from orchestrator.trials.mocks import Stage

DECLARED = {"verified": Variable(default=False, set_by="check"), "branch": Variable(set_by="other")}


async def check(pin: str, call: CallView) -> str:
    """Check a PIN."""
    raise AssertionError(f"the real one runs with {pin} in {call.id}")


async def wait(seconds: float) -> str:
    """Wait."""
    RUNNING.append(seconds)
    assert len(RUNNING) == 1
    await asyncio.sleep(seconds)
    RUNNING.pop()
    return "waited"


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


RUNNING: list[float] = []


def stage(tools: Any) -> Stage:
    """Return the stage of a test."""
    return Stage(Given.model_validate({"tools": tools}), nullcontext)


def view(name: str = "check") -> CallView:
    """Return what a tool sees of a call."""
    return CallView("call_1", "front", Variables({"verified": False, "branch": None}, DECLARED, name))


async def test_a_mock_does_what_the_test_says() -> None:
    """In order, the last one for all further calls; what the model knows of it is the real one's."""
    real = FunctionTool(check, ToolKeys.model_validate({"examples": ["Check it."], "confirm": True}))
    mock = stage({"check": ["wrong", {"returns": {"ok": [1, None]}, "sets": {"verified": True}}]}).tool(real)
    call = view()
    outputs = [await mock.run('{"pin": "1"}', call, seconds=5) for _ in range(3)]

    assert outputs == ["wrong", '{"ok":[1,null]}', '{"ok":[1,null]}']
    assert call.variables["verified"] is True
    assert mock.definition() == real.definition()


async def test_a_mock_is_given_arguments_as_the_real_one_is() -> None:
    """What a model gets wrong is refused; the next mock is not used up."""
    mock = stage({"check": ["right"]}).tool(FunctionTool(check))
    with pytest.raises(ToolError, match="pin"):
        await mock.run("{}", view(), seconds=5)
    assert await mock.run('{"pin": "1"}', view(), seconds=5) == "right"


async def test_a_mock_fails_and_takes_time() -> None:
    """With a reason for the model; within the limit of a tool."""
    failing = stage({"add": {"fails": "The till is closed."}}).tool(FunctionTool(add))
    slow = stage({"add": {"takes": 0.01}}).tool(FunctionTool(add))

    with pytest.raises(ToolError, match=r"The till is closed\."):
        await failing.run('{"a": 1, "b": 2}', view("add"), seconds=5)
    assert await slow.run('{"a": 1, "b": 2}', view("add"), seconds=5) == "done"
    with pytest.raises(ToolError, match="did not finish"):
        await slow.run('{"a": 1, "b": 2}', view("add"), seconds=0.001)


async def test_what_only_another_tool_may_set_is_a_fault_of_the_test() -> None:
    """The tool fails, as the real one would; and the test is told."""
    made = stage({"check": {"sets": {"branch": "Kiel"}}})
    with pytest.raises(ToolError):
        await made.tool(FunctionTool(check)).run('{"pin": "1"}', view(), seconds=5)

    assert made.faults == {"check": "it cannot set branch: variable 'branch' may only be set by other"}


async def test_what_the_test_does_not_say_is_a_fault() -> None:
    """A tool is neither real nor anything else by accident."""
    made = stage({})
    with pytest.raises(ToolError, match="not mocked"):
        await made.tool(FunctionTool(add)).run('{"a": 1, "b": 2}', view("add"), seconds=5)

    assert "given.tools.add" in made.faults["add"]
    assert not made.knows("add")


@pytest.mark.parametrize("tools", ["real", {"add": "real", "wait": "real"}])
async def test_real_tools_run_one_at_a_time(tools: Any) -> None:
    """Two beside each other would end in another order each time."""
    made = stage(tools)
    own = made.tools({"front": (FunctionTool(add), FunctionTool(wait))})["front"]
    runs = (one.run(text, view(one.name), seconds=5) for one, text in ((own[1], '{"seconds": 0.01}'),) * 2)

    assert await own[0].run('{"a": 1, "b": 2}', view("add"), seconds=5) == "3"
    assert await asyncio.gather(*runs) == ["waited", "waited"]


async def test_the_clock_waits_for_real_tools_that_wait() -> None:
    """One that has a thread is known to it already."""
    entered: list[str] = []

    def outside() -> AbstractContextManager[None]:
        entered.append("outside")
        return nullcontext()

    made = Stage(Given.model_validate({"tools": "real"}), outside)
    await made.tool(FunctionTool(add)).run('{"a": 1, "b": 2}', view("add"), seconds=5)
    assert entered == []
    await made.tool(FunctionTool(wait)).run('{"seconds": 0}', view("wait"), seconds=5)
    assert entered == ["outside"]


def test_ending_the_call_is_always_real() -> None:
    """It belongs to the team file, as handoffs do."""
    real = FunctionTool(end_call)
    assert stage({}).tool(real) is real
