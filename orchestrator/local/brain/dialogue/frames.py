"""What a conversation is about: one frame for each matter, on a stack, and the requests that wait their turn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from orchestrator.local.brain.learned.meaning import Pending
from orchestrator.local.brain.port import FunctionTool

MOST_FRAMES = 4  # matters at a time; of more, the oldest is dropped
MOST_LATER = 3  # requests that wait


class Stage(Enum):
    """What a frame waits for."""

    ASKING = "a value"
    CHOOSING = "which of two functions is meant"
    CONFIRMING = "a yes"

    @property
    def pending(self) -> Pending:
        """What the caller was asked for."""
        return Pending.YES if self is Stage.CONFIRMING else Pending.VALUE


@dataclass(slots=True)
class Frame:
    """A function call in preparation."""

    tool: FunctionTool
    arguments: dict[str, Any] = field(default_factory=dict)
    stage: Stage = Stage.ASKING
    asked: str = ""  # the parameter asked for
    options: tuple[FunctionTool, ...] = ()  # the functions that the caller is to choose from
    wish: str = ""  # the caller's words that led to it
    heard: str = ""  # the beginning of the value asked for: some digits, a birthday without its year
    looked_up: dict[str, Any] = field(default_factory=dict)  # values that a question in between was about
    pieces: str = ""  # sentences with a part of a day and time that is not complete yet
    tries: int = 0  # how often the caller was asked in vain

    def copy(self) -> Frame:
        """Return one that can change without this one."""
        return replace(self, arguments=dict(self.arguments), looked_up=dict(self.looked_up))


@dataclass(slots=True)
class Dialogue:
    """What is remembered between an agent's responses."""

    frames: list[Frame] = field(default_factory=list)  # matters; the last one is at hand
    later: list[str] = field(default_factory=list)  # requests that wait, in the caller's words
    done: Frame | None = None  # the last call made: what a correction changes
    missed: int = 0  # turns in a row that were not understood
    why: dict[str, Any] = field(default_factory=dict)  # explains the last decision

    def copy(self) -> Dialogue:
        """Return one that can change without this one."""
        done = self.done.copy() if self.done is not None else None
        return replace(self, frames=[one.copy() for one in self.frames], later=list(self.later), done=done)

    @property
    def current(self) -> Frame | None:
        """The matter at hand."""
        return self.frames[-1] if self.frames else None

    def newly_done(self, before: Frame | None) -> Frame | None:
        """The last call made, unless it is one that was made before."""
        return None if self.done is before else self.done

    def push(self, frame: Frame) -> None:
        """Put a matter on top."""
        self.frames = [*self.frames, frame][-MOST_FRAMES:]

    def wait_with(self, request: str) -> None:
        """Remember a request for later; one too many is dropped."""
        if len(self.later) < MOST_LATER:
            self.later.append(request)
