"""A Python function as a tool: arguments validated, time limited, failures reported so that a model can act."""

from __future__ import annotations

import asyncio
import inspect
import math
from collections import UserDict
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from traceback import extract_tb
from typing import Any

from orchestrator.errors import ToolError
from orchestrator.team import Filler, Variable, with_examples
from orchestrator.team.people import Confirm
from orchestrator.threads import Hanging, Threads, places
from orchestrator.tools.arguments import Arguments
from orchestrator.tools.parameters import CALL, describe, doubts
from orchestrator.tools.results import Unwritable, written

THREADS = 16  # per tool


class Variables(UserDict[str, Any]):
    """The variables of a call that a tool can see: those that are declared and that its agent may know."""

    UNDECLARED = "Declare it under `variables:` in the team file."  # what to do about a name that is not declared

    def __init__(
        self, values: Mapping[str, Any], declared: Mapping[str, Variable] | None = None, tool: str = ""
    ) -> None:
        super().__init__()
        self.data = dict(values)
        # Variable → its declaration in the team file.
        self._declared = declared or {}
        # The name of the tool.
        self._tool = tool

    def __missing__(self, name: str) -> Any:
        """Raise KeyError with a message that says what to do."""
        if name in self._declared:
            raise KeyError(f"variable {name!r} is kept from this agent by a rule of the team file")
        close = get_close_matches(name, self.data, 1)
        hint = f"Did you mean {close[0]!r}?" if close else self.UNDECLARED
        raise KeyError(f"there is no variable {name!r} in this team. {hint}")

    def __setitem__(self, name: str, value: Any) -> None:
        """Set a variable.

        Raises KeyError if it is not declared, PermissionError if only another tool may set it, TypeError if the value
        is not a scalar, and ValueError if the value violates the declaration or is not a finite number.
        """
        if name not in self.data:
            self.__missing__(name)
        if not isinstance(value, str | int | float | bool | None):
            raise TypeError(f"variable {name!r} must be text, a number, a boolean or None, not {type(value).__name__}")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"variable {name!r} must be a finite number")
        declared = self._declared.get(name)
        if declared is not None and declared.set_by not in (None, self._tool):
            raise PermissionError(f"variable {name!r} may only be set by {declared.set_by}")
        if declared is not None and value is not None and (fault := declared.fault(value)):
            raise ValueError(f"variable {name!r} {fault}")
        self.data[name] = value

    def __delitem__(self, name: str) -> None:
        """Unset a variable; it stays declared."""
        self[name] = None

    # An unset variable is a missing key to all methods that have a default; the inherited ones would see None.

    def get(self, name: str, default: Any = None) -> Any:
        """Return a variable, or the default when it is unset."""
        value = self.data.get(name)
        return default if value is None else value

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Set a variable that is unset; return its value."""
        if self[name] is None:
            self[name] = default
        return self[name]

    def pop(self, name: str, default: Any = None) -> Any:
        """Unset a variable; return what it was, or the default when it was unset."""
        value = self[name]
        del self[name]
        return default if value is None else value

    def clear(self) -> None:
        """Unset all variables."""
        self.update(dict.fromkeys(self))

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc]  # `|` makes a plain dict of them
        """Set several variables."""
        self.update(other)
        return self


@dataclass(slots=True)
class CallView:
    """What a tool sees of the call, through its parameter named `call`; for tests there is `testing.FakeCall`."""

    id: str  # the id of the call, as in the log
    agent: str  # the agent that called the tool
    variables: MutableMapping[str, Any] = field(default_factory=dict)  # `call.variables["customer"] = "Miller"`
    function_call: str = ""  # the id of this function call, the same if it is run again: an idempotency key
    agents: tuple[str, ...] = ()  # all agents of the team
    transfer: tuple[str, str] | None = None  # the agent to hand the caller over to when the tool returns, and why
    last_words: str | None = None  # the call ends with them when the tool returns; "" for the agent's own

    def __post_init__(self) -> None:
        if not isinstance(self.variables, Variables):
            self.variables = Variables(self.variables)

    def hand_over(self, agent: str, reason: str = "") -> None:
        """Hand the caller over to another agent once the tool has returned.

        Raises KeyError for an unknown agent, TypeError for a reason that is no text.
        """
        if agent not in self.agents:
            raise KeyError(f"there is no agent {agent!r} in this team; agents: {', '.join(self.agents)}")
        self.transfer = (agent, _told(reason, "reason"))

    def end(self, say: str = "") -> None:
        """End the call once the tool has returned and the agent's last words were heard.

        These are `say`, word for word; else the agent tells what the tool returned and says goodbye, unless the tool
        returns nothing and the agent has spoken before it called it. Raises TypeError when they are no text.
        """
        self.last_words = _told(say, "last words")


class Tool:
    """A function that an agent may call.

    An `async` function runs in the call's own task. Any other function runs in a thread, at most 16 at a time for each
    tool, and so does the writing of every result that is no text. A function that hangs keeps its thread after its time
    limit, but not its place among the 16: see `Threads`.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        examples: tuple[str, ...] = (),
        *,
        confirm: bool = False,
        approval: Confirm | None = None,
        name: str = "",
        filler: Filler | None = None,
        idempotent: bool = False,
    ) -> None:
        # The function itself, and whether it receives the call.
        self._function = function
        self.sees_call = CALL in inspect.signature(function).parameters
        # What it takes.
        self._arguments = Arguments(function)
        # The threads it runs in if it is not `async`.
        self._threads = Threads(THREADS)
        # The name that the model calls it by.
        self.name: str = name or function.__name__
        # What the caller hears when it takes a long time.
        self.filler = filler
        # How a person must agree before it runs; whether it can run twice for one function call.
        self.approval, self.idempotent = approval, idempotent
        # What it does, when to use it, and whether the caller must confirm first.
        about = describe(function)[0] or self.name.replace("_", " ")
        self.description = with_examples(about, examples, confirm=confirm)
        # Warnings for its author: what, and what to do.
        self.doubts = sorted(doubts(function))
        # The JSON Schema of its arguments.
        self.parameters = self._arguments.schema
        # What the function needs for as long as it can be called: the modules that its file was loaded into.
        self.keeps: object = None

    def __repr__(self) -> str:
        return f"Tool({self.name!r})"

    def definition(self) -> dict[str, Any]:
        """Return the function tool of the Realtime session object."""
        known = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", **known}

    async def run(self, arguments: str, call: CallView, *, seconds: float) -> str:
        """Run the function with the arguments that the model wrote (JSON text); return the output for the model.

        Raises `ToolError` for every failure, with a message that the model can act on: the function's own if it raised
        `ToolError` or `ValueError`. The messages of other exceptions are not for callers; each exception is the cause
        of its `ToolError`, for the log. After the time limit the call continues; a function in a thread cannot be
        stopped and runs to its own end.
        """
        limit = asyncio.timeout(seconds)
        try:
            values = self._validate(arguments)
            if self.sees_call:
                values[CALL] = call
            async with limit:
                return await self._invoke(values)
        except ToolError:
            raise
        except Hanging as error:
            message = f"{self.name} is out of order; help the caller in another way."
            raise ToolError(message, ran=False) from error
        except Unwritable as error:
            raise ToolError(f"{self.name} returned a {error}, which cannot be written as JSON.") from error.__cause__
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise  # this task is being cancelled
            # Something that the function waited for was cancelled.
            raise ToolError(f"{self.name} failed{_reason(error)}") from error
        except BaseException as error:  # `sys.exit()`, or a library's panic, must end neither server nor call
            if limit.expired() and isinstance(error, TimeoutError):
                message = f"{self.name} did not finish within {seconds:g} seconds."
                raise ToolError(message) from _still_at(error.__cause__)
            raise ToolError(f"{self.name} failed{_reason(error)}") from error

    def _validate(self, arguments: str) -> dict[str, Any]:
        try:
            return self._arguments.read(arguments)
        except ValueError as error:
            message = f"Invalid arguments for {self.name}: {error}. Correct them, or ask the caller."
            raise ToolError(message, ran=False) from None

    async def _invoke(self, values: Mapping[str, Any]) -> str:
        work = partial(self._call, values)
        if inspect.iscoroutinefunction(self._function):
            result = await work()
        else:
            result = await self._in_thread(partial(_written_unless_awaitable, work))
            if isinstance(result, str):
                return result
            result = await result
        if result is None or isinstance(result, str):
            return written(result)
        return await self._in_thread(partial(written, result))  # type: ignore[no-any-return]

    def _call(self, values: Mapping[str, Any]) -> Any:
        """Call the function, perhaps in a thread that outlives whoever waits for it."""
        return self._function(**values)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await self._threads.run(work, f"tool:{self.name}")


def _told(text: str, what: str) -> str:
    """Return what a tool says to an agent, within the length of a result."""
    if not isinstance(text, str):
        raise TypeError(f"the {what} must be text, not {type(text).__name__}")
    return written(text)


def _written_unless_awaitable(work: Callable[[], Any]) -> Any:
    result = work()
    return result if inspect.isawaitable(result) else written(result)  # an async function behind a decorator


def _still_at(cancelled: BaseException | None) -> TimeoutError | None:
    """Return for the log where a function was when its time was over."""
    if cancelled is None:
        return None
    # A note tells of a thread; an `async` function is where it was cancelled.
    notes = getattr(cancelled, "__notes__", None)
    return TimeoutError(f"it was at {notes[-1] if notes else places(extract_tb(cancelled.__traceback__))}")


def _reason(error: BaseException) -> str:
    """Return what the model is told about an exception: its message only if the tool raised a plain `ValueError`.

    Libraries raise subclasses of ValueError, whose messages quote their input.
    """
    if type(error) is ValueError and str(error):
        return f": {error}"
    return "; try again later, or help the caller in another way."
