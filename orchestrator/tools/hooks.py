"""The functions that are called around a call: one before its first agent has the caller, one when it has ended."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from orchestrator.team.tools import NAME, VALID_NAME
from orchestrator.threads import Threads
from orchestrator.tools.python.function import FunctionTool
from orchestrator.tools.python.parameters import CALL, SIGNATURE, Unusable
from orchestrator.tools.tool import Tool

Made = TypeVar("Made", "Tool", "AfterTool")
THREADS = 4  # in which finished calls are handed on at a time
ONE_CALL = "Define it as `def NAME(call: dict)`: it is given the finished call, and nothing else."
NO_MODEL = "Give it a default, or remove it: no model fills it in. The call is the parameter `call`."


class AfterTool:
    """A function that is given calls that have ended; one that is not `async` runs in a thread."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        # Its name, and the function itself.
        self.name, self._function = name, function
        # The threads it runs in if it is not `async`.
        self._threads = Threads(THREADS)
        # What the function needs for as long as it can be called: the modules that its file was loaded into.
        self.keeps: object = None

    async def run(self, call: Mapping[str, Any]) -> None:
        """Hand a call to the function; raises what it raises, and nothing that would end more than that."""
        try:
            await self._run(call)
        except Exception:
            raise
        except BaseException as error:  # `sys.exit()`, a library's panic, or something cancelled that it waited for
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
                raise  # this task is being cancelled
            raise RuntimeError(type(error).__name__) from error

    async def _run(self, call: Mapping[str, Any]) -> None:
        if inspect.iscoroutinefunction(self._function):
            await self._function(call)
        else:
            result = await self._threads.run(partial(self._call, call), f"after:{self.name}")
            if inspect.isawaitable(result):  # an async function behind a decorator
                await result

    def _call(self, call: Mapping[str, Any]) -> Any:
        """Call the function, in a thread that may outlive whoever waits for it."""
        return self._function(call)


@dataclass(frozen=True, slots=True)
class Hooks:
    """The functions that a team file names around a call."""

    before: Tool | None = None
    after: AfterTool | None = None


NO_HOOKS = Hooks()


def before_tool(name: str, function: Callable[..., Any]) -> Tool:
    """Make a tool of the function that runs when a call begins; raises `Unusable` if it needs a model's arguments."""
    if not VALID_NAME.match(name):
        raise Unusable(f"{name!r} is not a valid tool name", NAME)
    try:
        tool = FunctionTool(function, name=name)
    except Unusable:
        raise
    except Exception as error:
        raise Unusable(str(error), SIGNATURE) from error
    if needed := tool.parameters.get("required"):
        raise Unusable(f"it needs {', '.join(map(repr, needed))}", NO_MODEL)
    if not tool.sees_call:
        raise Unusable(f"it has no parameter {CALL!r}, so that it could find out nothing", "Define it with one.")
    return tool


def after_tool(name: str, function: Callable[..., Any]) -> AfterTool:
    """Take the function that is given finished calls; raises `Unusable` if it cannot be called with one alone."""
    try:
        inspect.signature(function).bind({})
    except (TypeError, ValueError):
        raise Unusable("it cannot be called with the finished call alone", ONE_CALL) from None
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise Unusable("it is a generator, which would do nothing", "Return instead of `yield`.")
    return AfterTool(name, function)
