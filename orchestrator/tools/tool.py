"""A tool, wherever it runs: arguments validated, time limited, failures reported so that a model can act."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from traceback import extract_tb
from typing import Any

from orchestrator.errors import ToolError
from orchestrator.team import Filler, ToolKeys, with_examples
from orchestrator.team.people import Confirm
from orchestrator.team.tools import WhenLate
from orchestrator.team.tools.templates import UnknownPath, as_text, fill
from orchestrator.threads import Hanging, places
from orchestrator.tools.call_view import CallView
from orchestrator.tools.results import Unwritable, written


class Tool(ABC):
    """What an agent may call; each kind of tool is a subclass.

    A subclass reads arguments (`_read`) and does what the tool does (`_invoke`). All else is the same for all.
    """

    kind: str = ""  # python, http, openapi, mcp or knowledge
    answers: tuple[str, ...] = ("result",)  # what templates know of an answer, by name

    def __init__(self, name: str, description: str, parameters: dict[str, Any], keys: ToolKeys) -> None:
        # The name that the model calls it by.
        self.name = name
        # What it does, when to use it, and whether the caller must confirm first.
        self.description = with_examples(description, keys.examples, confirm=keys.asks_caller)
        # The JSON Schema of its arguments.
        self.parameters = parameters
        # What the team file says of it.
        self.keys = keys
        # Whether it waits for others in the call that do: each then sees what the ones before have set.
        self.sees_call = bool(keys.sets)
        # Warnings for its author: what, and what to do.
        self.doubts: list[tuple[str, str]] = []
        # What it needs for as long as it can be called, such as the modules that its file was loaded into.
        self.keeps: object = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    @property
    def filler(self) -> Filler | None:
        """What the caller hears when it takes a long time."""
        return self.keys.filler

    @property
    def approval(self) -> Confirm | None:
        """How a person must agree before it runs."""
        return self.keys.approval

    @property
    def idempotent(self) -> bool:
        """Whether it can run twice for one function call."""
        return bool(self.keys.idempotent)

    @property
    def seconds(self) -> float | None:
        """Its own time limit; None for the one of all tools."""
        return self.keys.timeout

    @property
    def where(self) -> str:
        """What does the work: a function, an address, a server."""
        return self.keys.where

    @property
    def when_late(self) -> WhenLate:
        """What becomes of its answer if it comes after the caller has gone on."""
        return self.keys.when_late

    @property
    def hidden(self) -> frozenset[str]:
        """The arguments whose values are shown nowhere."""
        return frozenset(self.keys.hide)

    @property
    def has_templates(self) -> bool:
        """Whether the team file says what becomes of its result."""
        return bool(self.keys.sets) or self.keys.result is not None

    @property
    def moves(self) -> bool:
        """Whether it may hand the caller over, or end the call."""
        return False

    @property
    def waits(self) -> bool:
        """Whether it waits in the event loop, perhaps for something outside this process."""
        return True

    def definition(self) -> dict[str, Any]:
        """Return the function tool of the Realtime session object."""
        known = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", **known}

    async def run(self, arguments: str, call: CallView, *, seconds: float) -> str:
        """Run the tool with the arguments that the model wrote (JSON text); return the output for the model.

        Raises `ToolError` for every failure, with a message that the model can act on: the tool's own if it raised
        `ToolError` or `ValueError`. The messages of other exceptions are not for callers; each exception is the cause
        of its `ToolError`, for the log. After the time limit the call continues; a function in a thread cannot be
        stopped and runs to its own end.
        """
        seconds = self.seconds or seconds
        limit = asyncio.timeout(seconds)
        try:
            values = self._values(arguments)
            async with limit:
                return await self._outcome(values, call)
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
            # Something that the tool waited for was cancelled.
            raise ToolError(f"{self.name} failed{_reason(error)}") from error
        except BaseException as error:  # `sys.exit()`, or a library's panic, must end neither server nor call
            if limit.expired() and isinstance(error, TimeoutError):
                message = f"{self.name} did not finish within {seconds:g} seconds."
                raise ToolError(message) from _still_at(error.__cause__)
            raise ToolError(f"{self.name} failed{_reason(error)}") from error

    def _values(self, arguments: str) -> dict[str, Any]:
        try:
            return self._read(arguments)
        except ValueError as error:
            raise self.refused(error) from None

    @abstractmethod
    def _read(self, arguments: str) -> dict[str, Any]:
        """Return the values by argument; raises ValueError for what it does not take, in words for the model."""

    @abstractmethod
    async def _invoke(self, values: dict[str, Any], call: CallView) -> Any:
        """Do what the tool does; returns its result, or raises `ToolError` with what the model is told."""

    def refused(self, why: object) -> ToolError:
        """Make the error of arguments that the tool does not take."""
        message = f"Invalid arguments for {self.name}: {why}. Correct them, or ask the caller."
        return ToolError(message, ran=False)

    async def _outcome(self, values: dict[str, Any], call: CallView) -> str:
        """Do what the tool does; return what the model is told."""
        result = await self._invoke(values, call)
        if not self.has_templates:
            return await self._text(result)
        known = {**self.known(values, call), **self._answer(result)}
        try:
            for name, template in self.keys.sets.items():
                call.variables[name] = fill(template, known)
            if self.keys.result is not None:
                return written(as_text(fill(self.keys.result, known)))
        except UnknownPath as error:
            raise ToolError(f"{self.name} did not answer as expected: there is no {error} in its answer.") from error
        return await self._text(result)

    async def _text(self, result: Any) -> str:
        """Return a result as text for the model."""
        return written(result)

    def _answer(self, result: Any) -> Mapping[str, Any]:
        """Return what templates know of an answer, by name."""
        return {"result": result}

    def known(self, values: Mapping[str, Any], call: CallView) -> dict[str, Any]:
        """Return what templates know before there is an answer."""
        of_call = {"id": call.id, "function_call": call.function_call, "agent": call.agent}
        return {"args": values, "variables": dict(call.variables), "call": of_call}


def _still_at(cancelled: BaseException | None) -> TimeoutError | None:
    """Return for the log where a tool was when its time was over."""
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
