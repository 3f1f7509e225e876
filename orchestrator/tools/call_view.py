"""What a tool sees of the call that it runs in: its variables, who is there, and what it may ask for."""

from __future__ import annotations

import math
from collections import UserDict
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from orchestrator.team import Variable
from orchestrator.tools.results import written


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


def _unheard() -> None:
    """Take that a tool is still at it, where nobody waits."""


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
    progressed: Callable[[], None] = _unheard  # call it when the tool is still at it: the caller is told now and then

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


def _told(text: str, what: str) -> str:
    """Return what a tool says to an agent, within the length of a result."""
    if not isinstance(text, str):
        raise TypeError(f"the {what} must be text, not {type(text).__name__}")
    return written(text)
