"""A Python function as a tool: arguments checked, time limited, every failure an answer that the model can act on."""

from __future__ import annotations

import asyncio
import inspect
from collections import UserDict
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from orchestrator.errors import ToolError
from orchestrator.team import Filler, Variable, with_examples
from orchestrator.threads import Threads
from orchestrator.tools.signature import CALL, arguments_model, describe, doubts, parameters_schema

RESULT = 16_000  # characters of a result that a model is given
THREADS = 16  # for one tool


class Variables(UserDict[str, Any]):
    """The variables of a call as a tool sees them: those that the team file declares and its agent may know."""

    def __init__(
        self, values: Mapping[str, Any], declared: Mapping[str, Variable] | None = None, tool: str = ""
    ) -> None:
        super().__init__()
        self.data = dict(values)
        # What each must be like, and who may set it.
        self._declared = declared or {}
        # The name of the tool that looks at them.
        self._tool = tool

    def __missing__(self, name: str) -> Any:
        """Raise KeyError, saying which variables there are."""
        if name in self._declared:
            raise KeyError(f"variable {name!r} stays with other agents, by a rule of the team file")
        close = get_close_matches(name, self.data, 1)
        hint = f"Did you mean {close[0]!r}?" if close else "Declare it under `variables:` in the team file."
        raise KeyError(f"there is no variable {name!r} in this team. {hint}")

    def __setitem__(self, name: str, value: Any) -> None:
        """Set a variable.

        Raises KeyError for one that is not declared, PermissionError for one that another tool sets, TypeError for a
        value that is no scalar, ValueError for one that is not as declared.
        """
        if name not in self.data:
            self.__missing__(name)
        if not isinstance(value, str | int | float | bool | None):
            raise TypeError(f"variable {name!r} takes text, a number, true, false or None; not {type(value).__name__}")
        declared = self._declared.get(name)
        if declared is not None and declared.set_by not in (None, self._tool):
            raise PermissionError(f"variable {name!r} is set by {declared.set_by} only")
        if declared is not None and value is not None and (fault := declared.fault(value)):
            raise ValueError(f"variable {name!r} {fault}")
        self.data[name] = value

    def __delitem__(self, name: str) -> None:
        """Unset a variable: it stays declared."""
        self[name] = None


@dataclass(slots=True)
class CallView:
    """What a tool sees of the call, in its parameter named `call`."""

    id: str  # the call's name in the log
    agent: str  # the agent that called the tool
    variables: MutableMapping[str, Any] = field(default_factory=dict)  # `call.variables["customer"] = "Miller"`
    function_call: str = ""  # this call of the function: the same if it is ever run again, so a key for idempotency
    agents: tuple[str, ...] = ()  # the team's
    transfer: tuple[str, str] | None = None  # where the caller is moved when the tool returns, and why

    def __post_init__(self) -> None:
        if not isinstance(self.variables, Variables):
            self.variables = Variables(self.variables)

    def hand_over(self, agent: str, reason: str = "") -> None:
        """Move the caller to another agent once the tool has returned; raises KeyError for one that does not exist."""
        if agent not in self.agents:
            raise KeyError(f"there is no agent {agent!r} in this team; agents: {', '.join(self.agents)}")
        self.transfer = (agent, reason)


class Tool:
    """One function that an agent may call.

    An `async` function runs in the call's own task. Any other runs in a thread, at most 16 of this tool at a time: a
    function that hangs keeps its thread after its time is over, but the call goes on and other tools have threads of
    their own.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        examples: tuple[str, ...] = (),
        *,
        confirm: bool = False,
        name: str = "",
        filler: Filler | None = None,
    ) -> None:
        # The function itself, and whether it wants to see the call.
        self._function = function
        self.sees_call = CALL in inspect.signature(function).parameters
        # Its arguments, as a model that validates them.
        self._arguments: type[BaseModel] = arguments_model(function)
        # Where it runs when it is not `async`.
        self._threads = Threads(THREADS)
        # Its name, as the model calls it.
        self.name: str = name or function.__name__
        # What the caller hears when it takes long.
        self.filler = filler
        # What it does, when to use it, whether the caller must agree first.
        self.description = with_examples(describe(function)[0] or self.name.replace("_", " "), examples, confirm)
        # What its author should look at: what, and what to do.
        self.doubts = sorted(doubts(function))
        # The JSON Schema of its arguments.
        self.parameters = parameters_schema(self._arguments)

    def __repr__(self) -> str:
        return f"Tool({self.name!r})"

    def definition(self) -> dict[str, Any]:
        """Return the function tool of the Realtime session object."""
        known = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", **known}

    async def run(self, arguments: str, call: CallView, *, seconds: float) -> str:
        """Run the function on arguments as the model wrote them (JSON text); return what the model is told.

        Raises `ToolError` for every failure, with a text that the model can act on: the function's own for a
        `ToolError` or a `ValueError`. What other exceptions say is not for callers; each is the cause of its
        `ToolError`, for the log. When the time is over the call goes on; a function in a thread cannot be stopped and
        ends by itself.
        """
        values = self._validate(arguments)
        if self.sees_call:
            values[CALL] = call
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                result = await self._invoke(values)
        except ToolError:
            raise
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise  # it is stopped
            raise ToolError(
                f"{self.name} failed{_told(error)}"
            ) from error  # something that it waited for was cancelled
        except (Exception, SystemExit) as error:  # `sys.exit()` in a tool must not end the server
            if limit.expired() and isinstance(error, TimeoutError):
                raise ToolError(f"{self.name} did not finish within {seconds:g} seconds.") from None
            raise ToolError(f"{self.name} failed{_told(error)}") from error
        return self._written(result)

    def _validate(self, arguments: str) -> dict[str, Any]:
        try:
            model = self._arguments.model_validate_json(arguments or "{}")
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False, include_context=False)
            told = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'arguments'}: {fault['msg']}" for fault in faults)
            what = f"The arguments of {self.name} are not right: {told}. Correct them or ask."
            raise ToolError(what, ran=False) from None
        # What the model left out is left out here too: the function has its own defaults.
        fields = type(model).model_fields
        return {str(fields[name].alias): getattr(model, name) for name in model.model_fields_set}

    async def _invoke(self, values: Mapping[str, Any]) -> Any:
        work = partial(self._function, **values)
        if inspect.iscoroutinefunction(self._function):
            return await work()
        result = await self._threads.run(work, f"tool:{self.name}")
        return await result if inspect.isawaitable(result) else result  # of an async function behind a decorator

    def _written(self, result: Any) -> str:
        if result is None:
            return "done"
        try:
            text = result if isinstance(result, str) else to_json(result).decode()
        except Exception as error:  # of a property or an iterator of the result, too
            raise ToolError(f"{self.name} returned a {type(result).__name__}, which cannot be told.") from error
        if len(text) > RESULT:
            return f"{text[:RESULT]} … (cut: {len(text)} characters)"
        return text


def _told(error: BaseException) -> str:
    """Return what the model is told of an exception: its text only if a tool raised it to say what is wrong.

    Libraries raise kinds of ValueError of their own, which quote what they were given.
    """
    return f": {error}" if type(error) is ValueError and str(error) else "; try again later or help otherwise."
