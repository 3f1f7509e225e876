"""The line on which the call of a test is held: by text, or by voice."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from orchestrator.core.events import Ending
from orchestrator.providers.port import Provider
from orchestrator.team.trials import Line
from orchestrator.trials.mocks import Stage
from orchestrator.trials.scripted import ScriptedModels
from orchestrator.trials.witness import Seen, Witness


class CallLine(Protocol):
    """The call of one test."""

    # What is seen of it.
    witness: Witness
    # Its tools, and its models if the test says what they do.
    stage: Stage
    scripted: ScriptedModels | None

    @property
    def providers(self) -> Mapping[str, Provider]:
        """Who runs models."""

    def open(self) -> AbstractAsyncContextManager[None]:
        """Hold the call while the block lasts; then the caller hangs up."""

    @property
    def marks(self) -> tuple[int, int]:
        """How many facts are known, and how much was said."""

    @property
    def ending(self) -> Ending | None:
        """How the call has ended; None while it goes on."""

    @property
    def waits_for(self) -> str:
        """What keeps the team from having nothing more to say; "" when nothing does."""

    def masked(self, text: str) -> str:
        """Return a text without the values of secret variables."""

    def seen(self, marks: tuple[int, int] = (0, 0)) -> Seen:
        """Return what happened since then."""

    async def do(self, line: Line) -> None:
        """Do what the caller does in a turn."""

    async def listen(self) -> None:
        """Hear all that the team has to say."""

    async def cut_in(self, after: float) -> str:
        """Begin to speak so many seconds into the team's last answer; return why that cannot be, "" when it can."""
