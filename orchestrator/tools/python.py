"""A Python function as a tool: arguments checked, time limited, every failure an answer that the model can act on."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from orchestrator.errors import ToolError
from orchestrator.team import with_examples
from orchestrator.tools.signature import CALL, arguments_model, describe, parameters_schema

RESULT = 16_000  # characters of a result that a model is given
# Functions that are not `async` run here. One that hangs keeps its thread after its time is over, so there are many;
# when all of them hang, tools time out and calls go on.
THREADS = ThreadPoolExecutor(max_workers=32, thread_name_prefix="tool")


class Variables(dict[str, Any]):
    """The variables of a call: only those that the team file declares can be set."""

    def __setitem__(self, name: str, value: Any) -> None:
        """Set a variable; raises KeyError for a name that the team file does not declare."""
        if name not in self:
            close = get_close_matches(name, self, 1)
            hint = f"Did you mean {close[0]!r}?" if close else "Declare it under `variables:` in the team file."
            raise KeyError(f"there is no variable {name!r} in this team. {hint}")
        super().__setitem__(name, value)


@dataclass(slots=True)
class CallView:
    """What a tool sees of the call, in its parameter named `call`."""

    id: str  # the call's name in the log
    agent: str  # the agent that called the tool
    variables: dict[str, Any] = field(default_factory=dict)  # read and set: `call.variables["name"] = value`

    def __post_init__(self) -> None:
        self.variables = Variables(self.variables)


class Tool:
    """One function that an agent may call."""

    def __init__(self, function: Callable[..., Any], examples: tuple[str, ...] = (), *, confirm: bool = False) -> None:
        # The function itself.
        self._function = function
        # Its arguments, as a model that validates them.
        self._arguments: type[BaseModel] = arguments_model(function)
        # Its name, as the model calls it.
        self.name = function.__name__
        # What it does, when to use it, whether the caller must agree first.
        self.description = with_examples(describe(function)[0] or self.name.replace("_", " "), examples, confirm)
        # The JSON Schema of its arguments.
        self.parameters = parameters_schema(self._arguments)

    def definition(self) -> dict[str, Any]:
        """Return the function tool of the Realtime session object."""
        known = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", **known}

    async def run(self, arguments: str, call: CallView, *, seconds: float) -> str:
        """Run the function on arguments as the model wrote them (JSON text); return what the model is told.

        Raises `ToolError` for every failure, with a text that the model can act on. When the time is over the call
        goes on; a function in a thread cannot be stopped and ends by itself.
        """
        values = self._validate(arguments)
        if CALL in inspect.signature(self._function).parameters:
            values[CALL] = call
        try:
            async with asyncio.timeout(seconds):
                result = await self._invoke(values)
        except TimeoutError:
            raise ToolError(f"{self.name} did not finish within {seconds:g} seconds.") from None
        except ToolError:
            raise
        except Exception as error:
            raise ToolError(f"{self.name} failed: {type(error).__name__}: {error}") from error
        return self._written(result)

    def _validate(self, arguments: str) -> dict[str, Any]:
        try:
            model = self._arguments.model_validate_json(arguments or "{}")
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False, include_context=False)
            told = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'arguments'}: {fault['msg']}" for fault in faults)
            raise ToolError(f"The arguments of {self.name} are not right: {told}. Correct them or ask.") from None
        return {name: getattr(model, name) for name in type(model).model_fields}

    async def _invoke(self, values: Mapping[str, Any]) -> Any:
        if inspect.iscoroutinefunction(self._function):
            return await self._function(**values)
        work = partial(contextvars.copy_context().run, partial(self._function, **values))
        return await asyncio.get_running_loop().run_in_executor(THREADS, work)

    def _written(self, result: Any) -> str:
        if result is None:
            return "done"
        try:
            text = result if isinstance(result, str) else to_json(result).decode()
        except ValueError:
            raise ToolError(f"{self.name} returned a {type(result).__name__}, which cannot be told.") from None
        if len(text) > RESULT:
            return f"{text[:RESULT]} … (cut: {len(text)} characters)"
        return text
