"""The exceptions of this package.

- `OrchestratorError`: base class; itself what a person at a terminal can mend, such as an address or a file
    - `TeamError`: your team file; carries every `Problem` found, not only the first
    - `ToolError`: your tool; its text becomes an output the model can act on
    - `RealtimeError`: an agent's session or its provider (upstream)
    - `CallerError`: what a caller sent; becomes one `error` event, the call goes on

Everything else is a builtin. A mistake of this package itself is an `AssertionError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class OrchestratorError(Exception):
    """Base class of the errors that this package raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a team file: where, what, what to do."""

    where: str  # "agents.yaml:12:5 agents.front.handofs"; line and column count from 1
    what: str  # "unknown key"
    remedy: str = ""  # "Did you mean 'handoffs'?"
    fatal: bool = True  # False: a warning

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}."
        return f"{text} {self.remedy}" if self.remedy else text


class TeamError(OrchestratorError):
    """A team file cannot be used; `problems` lists all that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class ToolError(OrchestratorError):
    """A tool failed in a way that the model should hear about; the text is spoken to the model.

    `ran` is False when it was not even begun: the arguments were not right.
    """

    def __init__(self, message: str, *, ran: bool = True) -> None:
        super().__init__(message)
        self.ran = ran


class RealtimeError(OrchestratorError):
    """An agent's session could not be opened, or was lost.

    `code` is the service's own word (`invalid_api_key`, `session_expired`), or one of ours:
    `unreachable`, `timeout`, `closed`, `refused`. When `fatal` is true another try cannot help.
    """

    def __init__(self, message: str, *, code: str = "closed", fatal: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.fatal = fatal


class CallerError(OrchestratorError):
    """A caller's event that cannot be accepted; fields as in the Realtime `error` event."""

    def __init__(self, message: str, *, code: str, param: str | None = None, event_id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param
        self.event_id = event_id
