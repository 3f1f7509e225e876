"""A Python function as a tool: its signature is its schema, and one that is not `async` runs in a thread."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from orchestrator.errors import ToolError
from orchestrator.team import ToolKeys
from orchestrator.threads import Threads
from orchestrator.tools.call_view import CallView
from orchestrator.tools.python.arguments import Arguments
from orchestrator.tools.python.parameters import CALL, describe, doubts
from orchestrator.tools.results import written
from orchestrator.tools.tool import Tool

THREADS = 16  # per tool
FOR_TEMPLATES = 256_000  # characters of the JSON of a result from which templates can be filled in


@dataclass(frozen=True, slots=True)
class Returned:
    """What a function returned."""

    text: str  # for the model
    value: Any = None  # for templates: as JSON has it


class Function:
    """Runs a function.

    An `async` function runs in the call's own task. Any other function runs in a thread, at most 16 at a time for each
    tool, and so does the writing of every result that is no text. A function that hangs keeps its thread after its time
    limit, but not its place among the 16: see `Threads`.
    """

    def __init__(self, function: Callable[..., Any], name: str) -> None:
        # The function itself, and whether it receives the call.
        self._function = function
        self.receives_call = CALL in inspect.signature(function).parameters
        # The threads it runs in if it is not `async`, and what they are called.
        self.threads = Threads(THREADS)
        self._name = name

    @property
    def is_async(self) -> bool:
        """Whether it runs in the call's own task."""
        return inspect.iscoroutinefunction(self._function)

    async def run(self, values: Mapping[str, Any], call: CallView, write: Callable[[Any], Returned]) -> Returned:
        """Run it; return its result as `write` makes it, in the thread in which it ran."""
        given = {**values, CALL: call} if self.receives_call else values
        work = partial(self._call, given)
        if self.is_async:
            result = await work()
        else:
            result = await self._in_thread(partial(_written_unless_awaitable, work, write))
            if isinstance(result, Returned):
                return result
            result = await result
        if result is None or isinstance(result, str):
            return write(result)
        return await self._in_thread(partial(write, result))  # type: ignore[no-any-return]

    def _call(self, values: Mapping[str, Any]) -> Any:
        """Call the function, perhaps in a thread that outlives whoever waits for it."""
        return self._function(**values)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await self.threads.run(work, f"tool:{self._name}")


class FunctionTool(Tool):
    """A function that an agent may call."""

    kind = "python"

    def __init__(self, function: Callable[..., Any], keys: ToolKeys | None = None, *, name: str = "") -> None:
        """Make a tool of a function; `name`: unless the team file names it otherwise."""
        keys = keys or ToolKeys.model_validate({})
        named: str = keys.own_name or name or function.__name__
        # What it takes.
        self._arguments = Arguments(function)
        # What runs.
        self._runs = Function(function, named)
        about = keys.description or describe(function)[0] or named.replace("_", " ")
        super().__init__(named, about, self._arguments.schema, keys)
        self.sees_call |= self._runs.receives_call
        self.doubts = sorted(doubts(function, self._arguments.schema))

    @property
    def moves(self) -> bool:
        """Whether it may hand the caller over, or end the call."""
        return self._runs.receives_call

    @property
    def waits(self) -> bool:
        """Whether it waits in the event loop."""
        return self._runs.is_async

    def _read(self, arguments: str) -> dict[str, Any]:
        return self._arguments.read(arguments)

    async def _invoke(self, values: dict[str, Any], call: CallView) -> Any:
        return await self._runs.run(values, call, _for_both if self.has_templates else for_model)

    async def _text(self, result: Returned) -> str:
        return result.text

    def _answer(self, result: Returned) -> Mapping[str, Any]:
        return {"result": result.value}


def _written_unless_awaitable(work: Callable[[], Any], write: Callable[[Any], Returned]) -> Any:
    result = work()
    return result if inspect.isawaitable(result) else write(result)  # an async function behind a decorator


def for_model(result: Any) -> Returned:
    """Make of a result what the model is told."""
    return Returned(written(result))


def _for_both(result: Any) -> Returned:
    if result is None or isinstance(result, str):
        return Returned(written(result), result)
    whole = written(result, most=FOR_TEMPLATES)
    try:
        value = json.loads(whole)
    except ValueError:
        raise ToolError(f"The result has more than {FOR_TEMPLATES} characters.") from None
    return Returned(written(value), value)
