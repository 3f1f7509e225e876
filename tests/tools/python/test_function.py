"""A Python function as a tool: what reaches it, what the model is told, and what happens when it fails."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, BeforeValidator

from orchestrator.errors import ToolError
from orchestrator.team import ToolKeys
from orchestrator.tools import CallView, FunctionTool
from orchestrator.tools.python.function import THREADS
from orchestrator.tools.results import RESULT
from tests.patience import PATIENCE


def view(**variables: Any) -> CallView:
    return CallView(id="call_1", agent="orders", variables=variables)


async def run(function: Callable[..., Any], arguments: Any = "{}", *, seconds: float = PATIENCE) -> str:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return await FunctionTool(function).run(text, view(), seconds=seconds)


async def failure(function: Callable[..., Any], arguments: Any = "{}", *, seconds: float = PATIENCE) -> str:
    """Return the message that the model gets for a failure."""
    with pytest.raises(ToolError) as raised:
        await run(function, arguments, seconds=seconds)
    return str(raised.value)


def find(number: str) -> str:
    """Find an order.

    Args:
        number: the order's number
    """
    return f"order {number}"


def test_the_definition_is_a_function_tool() -> None:
    """With name, description, examples, the request for confirmation, and parameters."""
    keys = ToolKeys.model_validate({"examples": ["where is my order"], "confirm": True})
    assert FunctionTool(find, keys).definition() == {
        "type": "function",
        "name": "find",
        "description": (
            'Find an order. Ask the caller to confirm before calling this. For example: "where is my order".'
        ),
        "parameters": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"number": {"type": "string", "description": "the order's number"}},
            "required": ["number"],
        },
    }


def test_a_function_without_docstring_is_described_by_its_name() -> None:
    """An empty description would make the model guess."""

    def cancel_order() -> None:
        pass

    assert FunctionTool(cancel_order).description == "cancel order"
    assert repr(FunctionTool(cancel_order, name="cancel")) == "FunctionTool('cancel')"


async def test_an_async_function_runs_in_the_event_loop() -> None:
    """Any other function runs in a thread."""

    async def here() -> str:
        return threading.current_thread().name

    def there() -> str:
        return threading.current_thread().name

    assert await run(here) == threading.current_thread().name
    assert await run(there) == "tool:there"


async def test_an_async_function_behind_a_decorator_is_awaited() -> None:
    """A plain function that returns an awaitable is awaited."""

    async def inner() -> str:
        return "found"

    def outer() -> Any:
        return inner()

    assert await run(outer) == "found"


class Size(Enum):
    SMALL = "small"


class Guest(BaseModel):
    name: str


async def test_arguments_arrive_as_their_types() -> None:
    """Dates, choices, enums, lists and models are what the signature says, not JSON; numbers for text are text."""
    seen: dict[str, Any] = {}

    def book(day: date, kind: Literal["a", "b"], size: Size, who: list[Guest], number: str, late: bool = True) -> None:
        seen.update(locals())

    said = {"day": "2026-11-23", "kind": "b", "size": "small", "who": [{"name": "Ann"}], "number": 4711}

    assert await run(book, said) == "done"
    seen.pop("seen")
    assert seen == {
        "day": date(2026, 11, 23),
        "kind": "b",
        "size": Size.SMALL,
        "who": [Guest(name="Ann")],
        "number": "4711",
        "late": True,
    }


async def test_no_arguments_at_all_are_an_empty_object() -> None:
    """Some models send nothing for a function without parameters."""
    assert await run(lambda: "ok", "") == "ok"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param("{", "arguments: Invalid JSON", id="json"),
        pytest.param("[]", "arguments: Input should be an object", id="list"),
        pytest.param({}, "number: Field required", id="missing"),
        pytest.param({"number": None}, "number: Input should be a valid string", id="null"),
        pytest.param({"number": "1", "colour": "red"}, "colour: Extra inputs are not permitted", id="unknown"),
    ],
)
async def test_invalid_arguments_are_reported(arguments: Any, told: str) -> None:
    """P23: the model is told which argument is invalid and why; the function does not run."""
    text = await failure(find, arguments)

    assert text.startswith(f"Invalid arguments for find: {told}")
    assert text.endswith("Correct them, or ask the caller.")


async def test_all_invalid_arguments_are_reported_at_once_without_their_values() -> None:
    """The words of the caller are not repeated."""

    def pay(amount: int, day: date) -> None:
        pass

    text = await failure(pay, {"amount": "secret", "day": "secret"})

    assert "amount: Input should be a valid integer" in text
    assert "day: Input should be a valid date" in text
    assert "secret" not in text


async def test_a_function_that_raises_says_why() -> None:
    """P23: the text of a ValueError, which is for the model."""

    def broken() -> None:
        raise ValueError("the archive is closed")

    assert await failure(broken) == "broken failed: the archive is closed"


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(RuntimeError("password hunter2"), id="any other"),
        pytest.param(KeyError("hunter2"), id="lookup"),
        pytest.param(OSError("hunter2"), id="system"),
        pytest.param(json.JSONDecodeError("no JSON", "hunter2", 0), id="a library's kind of ValueError"),
        pytest.param(ValueError(), id="without a text"),
    ],
)
async def test_other_exceptions_are_not_shown_to_the_model(error: Exception) -> None:
    """They may contain what no caller should hear; the log gets them as the cause."""

    def broken() -> None:
        raise error

    with pytest.raises(ToolError) as raised:
        await run(broken)

    assert str(raised.value) == "broken failed; try again later, or help the caller in another way."
    assert raised.value.__cause__ is error


async def test_a_tool_may_word_its_own_failure() -> None:
    """The message of a `ToolError` reaches the model unchanged."""

    def closed() -> None:
        raise ToolError("We book from nine to five. Offer a call back.")

    assert await failure(closed) == "We book from nine to five. Offer a call back."


async def test_exiting_fails_the_tool_only() -> None:
    """`sys.exit()` in a tool, in a thread or not, does not end the server."""

    async def leave() -> None:
        sys.exit(1)

    assert await failure(leave) == "leave failed; try again later, or help the caller in another way."
    assert await failure(lambda: sys.exit(1)) == "<lambda> failed; try again later, or help the caller in another way."


async def test_time_is_limited() -> None:
    """P24: a slow tool, `async` or in a thread, fails after the limit."""
    gate = threading.Event()

    async def slow() -> None:
        await asyncio.Event().wait()

    def stuck() -> None:
        gate.wait(PATIENCE)

    assert await failure(slow, seconds=0.01) == "slow did not finish within 0.01 seconds."
    assert await failure(stuck, seconds=0.01) == "stuck did not finish within 0.01 seconds."
    gate.set()


async def test_a_timeout_inside_a_tool_is_a_failure() -> None:
    """A tool whose own request timed out has not run for too long."""

    def ask() -> None:
        raise TimeoutError("no answer from the warehouse")

    assert await failure(ask) == "ask failed; try again later, or help the caller in another way."


async def test_a_hanging_tool_starves_no_other() -> None:
    """When all its threads are stuck a tool times out, and others run."""
    gate = threading.Event()

    def stuck() -> None:
        gate.wait(PATIENCE)

    tool = FunctionTool(stuck)
    calls = [tool.run("{}", view(), seconds=0.01) for _ in range(THREADS + 2)]
    ends = await asyncio.gather(*calls, return_exceptions=True)

    assert all(isinstance(end, ToolError) for end in ends)
    assert await run(find, {"number": "1"}) == "order 1"
    gate.set()


async def test_a_tool_that_waits_for_something_cancelled_has_failed() -> None:
    """The tool itself was not cancelled: the model is told that it failed."""

    async def waiting() -> None:
        await asyncio.wait_for(asyncio.Event().wait(), PATIENCE)

    async def broken() -> None:
        inner = asyncio.ensure_future(waiting())
        inner.cancel()
        await inner

    with pytest.raises(ToolError, match="broken failed; try again later"):
        await run(broken)


async def test_cancelling_a_tool_is_not_a_failure() -> None:
    """P30: a tool that is no longer needed is cancelled and returns nothing."""
    began = asyncio.Event()

    async def slow() -> None:
        began.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(run(slow))
    await asyncio.wait_for(began.wait(), PATIENCE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@dataclass
class Order:
    number: str
    due: date


@pytest.mark.parametrize(
    ("result", "told"),
    [
        pytest.param("as it is", "as it is", id="text"),
        pytest.param(None, "done", id="nothing"),
        pytest.param({"total": 4.5}, '{"total":4.5}', id="dict"),
        pytest.param(Order("1", date(2026, 1, 2)), '{"number":"1","due":"2026-01-02"}', id="dataclass"),
        pytest.param([Guest(name="Ann")], '[{"name":"Ann"}]', id="models"),
        pytest.param("x" * (RESULT + 1), "x" * RESULT + " … (cut: 16001 characters)", id="long"),
    ],
)
async def test_results_are_text_for_the_model(result: Any, told: str) -> None:
    """Text is unchanged, None is `done`, anything else is JSON; a long result is cut and says so."""
    assert await run(lambda: result) == told


async def test_a_result_that_is_not_data_is_a_failure() -> None:
    """The message names the type that cannot be written as JSON."""
    assert await failure(lambda: object()) == "<lambda> returned a object, which cannot be written as JSON."


async def test_a_tool_sees_the_call() -> None:
    """A parameter named `call` receives the call; the variables that it sets are kept."""

    def remember(name: str, call: CallView) -> str:
        call.variables["customer"] = name
        return f"{call.id} {call.agent}"

    seen = view(customer=None)

    assert await FunctionTool(remember).run('{"name": "Miller"}', seen, seconds=PATIENCE) == "call_1 orders"
    assert seen.variables == {"customer": "Miller"}


async def test_a_tool_may_hand_the_caller_over() -> None:
    """To any agent of the team; an unknown one is an error that lists them."""

    def escalate(call: CallView) -> None:
        call.hand_over("manager", "a complaint")

    seen = CallView("call_1", "front", agents=("front", "manager"))
    await FunctionTool(escalate).run("{}", seen, seconds=PATIENCE)

    assert seen.transfer == ("manager", "a complaint")
    with pytest.raises(KeyError, match="no agent 'manger' in this team; agents: front, manager"):
        seen.hand_over("manger")


async def test_p70_a_tool_may_end_the_call() -> None:
    """P70: with words of its own, with the agent's, or not at all."""

    def hang_up(call: CallView, say: str = "nothing") -> None:
        if say != "nothing":
            call.end(*[say] * (say != "own"))

    for arguments, last_words in (("{}", None), ('{"say": "own"}', ""), ('{"say": "Bye."}', "Bye.")):
        seen = CallView("call_1", "front")
        await FunctionTool(hang_up).run(arguments, seen, seconds=PATIENCE)
        assert seen.last_words == last_words


async def test_a_tool_with_invalid_arguments_has_not_run() -> None:
    """Rules that count runs do not count it."""

    def find(number: int) -> str:
        """Find."""
        return str(number)

    with pytest.raises(ToolError) as told:
        await FunctionTool(find).run("{}", view(), seconds=5)
    assert not told.value.ran


async def test_p51_a_result_is_written_in_a_thread() -> None:
    """P51: of a tool in a thread, of an `async` one, and of one behind a decorator."""
    where = []

    def rows() -> Iterator[int]:
        where.append(threading.current_thread().name)
        yield 1

    def plain() -> Any:
        return rows()

    async def asynchronous() -> Any:
        return rows()

    def decorated() -> Any:
        return asynchronous()

    for function in (plain, asynchronous, decorated):
        assert await run(function) == "[1]"
    assert where == ["tool:plain", "tool:asynchronous", "tool:decorated"]


async def test_p51_a_result_that_takes_too_long_is_stopped() -> None:
    """P51: writing it counts as running the tool."""
    gate = threading.Event()

    def rows() -> Iterator[int]:
        gate.wait(PATIENCE)
        yield 1

    assert await failure(lambda: rows(), seconds=0.01) == "<lambda> did not finish within 0.01 seconds."
    gate.set()


async def test_p51_a_result_that_fails_is_the_failure_of_its_tool() -> None:
    """P51: as if the function had raised it."""

    def rows() -> Iterator[int]:
        raise ValueError("the archive is closed")
        yield 1

    assert await failure(lambda: rows()) == "<lambda> failed: the archive is closed"


@pytest.mark.parametrize("kind", ["thread", "async"])
async def test_p51_the_log_is_told_where_a_tool_was(kind: str) -> None:
    """P51: when its time was over, as the cause of the error."""
    gate = threading.Event()

    def stuck() -> None:
        gate.wait(PATIENCE)

    async def slow() -> None:
        await asyncio.Event().wait()

    with pytest.raises(ToolError) as raised:
        await run(stuck if kind == "thread" else slow, seconds=0.01)
    gate.set()

    assert re.search(rf"it was at {re.escape(__file__)}:\d+ (stuck|slow)", str(raised.value.__cause__))


async def test_p51_a_tool_that_hung_works_again() -> None:
    """P51: after as many hung runs as it has places the next one is tried at once, one after it is refused at once."""
    gate, hangs = threading.Event(), [True]

    def find() -> str:
        if hangs[0]:
            gate.wait(PATIENCE)
        return "found"

    tool = FunctionTool(find)
    calls = [tool.run("{}", view(), seconds=0.01) for _ in range(THREADS + 1)]
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert all(str(end) == "find did not finish within 0.01 seconds." for end in ends)

    ends = [(await asyncio.gather(tool.run("{}", view(), seconds=0.01), return_exceptions=True))[0] for _ in range(3)]
    assert str(ends[-1]) == "find is out of order; help the caller in another way."
    assert isinstance(ends[-1], ToolError)
    assert not ends[-1].ran
    hangs[0] = False
    tool._runs.threads._next = 0.0  # its pause is over
    for _ in range(3):
        assert await tool.run("{}", view(), seconds=PATIENCE) == "found"
    gate.set()


class Panic(BaseException):
    """What a library raises that is written in another language."""


@pytest.mark.parametrize("raised", [Panic, KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("where", ["async", "awaited", "thread", "validator"])
async def test_p51_whatever_a_tool_raises_is_its_own_failure(raised: type[BaseException], where: str) -> None:
    """P51: what would end the process, or the call, is an answer like any other."""

    async def asynchronous() -> None:
        raise raised

    def awaited() -> Any:
        return asynchronous()

    def thread() -> None:
        raise raised

    def check(_: Any) -> None:
        thread()

    def validator(number: int) -> None: ...

    validator.__annotations__["number"] = Annotated[int, BeforeValidator(check)]
    functions: dict[str, Callable[..., Any]] = {
        "async": asynchronous,
        "awaited": awaited,
        "thread": thread,
        "validator": validator,
    }
    function = functions[where]
    assert "try again later" in await failure(function, {"number": 1} if where == "validator" else {})
