"""The exceptions of this package.

- `OrchestratorError`: base class; raised itself for what a user can fix, such as an address or a file
    - `TeamError`: a team file; carries every `Problem` found, not only the first
    - `ToolError`: a tool; its message becomes an output that the model can act on
    - `RealtimeError`: an agent's session or its provider (upstream)
    - `CallerError`: what a caller sent; becomes an `error` event, and the call continues

All other exceptions are builtins. A bug in this package is an `AssertionError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


class OrchestratorError(Exception):
    """Base class of the errors that this package raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in a team file: where, what, what to do."""

    where: str  # "agents.yaml:12:5 agents.front.handofs"; line and column are counted from 1
    what: str  # "unknown key"
    remedy: str = ""  # "Did you mean 'handoffs'?"
    fatal: bool = field(default=True, kw_only=True)  # False: a warning

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}."
        return f"{text} {self.remedy}" if self.remedy else text


class TeamError(OrchestratorError):
    """A team file that cannot be used; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class ToolError(OrchestratorError):
    """A failure of a tool that the model is told about, in the words of the message.

    `ran` is False when the tool was not started because its arguments were invalid.
    """

    def __init__(self, message: str, *, ran: bool = True) -> None:
        super().__init__(message)
        self.ran = ran


class RealtimeError(OrchestratorError):
    """An agent's session could not be opened, or was lost.

    `code` is the service's error code (`invalid_api_key`, `session_expired`) or one of ours:
    `unreachable`, `timeout`, `closed`, `refused`. `fatal` means that retrying cannot help.
    """

    def __init__(self, message: str, *, code: str = "closed", fatal: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.fatal = fatal


class CallerError(OrchestratorError):
    """An event of a caller that is refused; the fields are those of the Realtime `error` event."""

    def __init__(self, message: str, *, code: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param
