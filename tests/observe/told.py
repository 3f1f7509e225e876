"""A call in a test, and the facts that are told of it."""

from __future__ import annotations

from typing import Any, TypeVar

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.tools.rules import ToolRules
from orchestrator.observe.facts import Fact
from orchestrator.observe.story import Story
from orchestrator.observe.story.part import Part
from tests.core.scene import HELPDESK, TEAMWORK, TEAMWORK_TOOLS, TOOLS, Scene

F = TypeVar("F", bound=Fact)


class Told(Scene):
    """A scene whose story is told; it begins at second 0 of the call."""

    def __init__(self, text: str = HELPDESK, tools: ToolRules = TOOLS) -> None:
        super().__init__(text, tools)
        self.facts: list[Fact] = []
        self.story = Story((self.facts.append,), began=self.now)

    def feed(self, *events: ev.Event) -> list[do.Effect]:
        """Feed events at the present moment, and let the story see them."""
        effects = []
        for event in events:
            brought = super().feed(event)
            self.story.observe(event, brought, self.now)
            effects += brought
        return effects

    def all(self, kind: type[F]) -> list[F]:
        """Return the facts of one kind."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def one(self, kind: type[F]) -> F:
        """Return the only fact of its kind."""
        (fact,) = self.all(kind)
        return fact

    def leave(self) -> None:
        """Let the caller hang up."""
        self.feed(ev.CallerLeft())


def show(part: Part, kind: type | str, one: Any, at: float) -> None:
    """Let one part of a story take in an event, an effect or an announcement."""
    part.takes[kind](part, one, at)


def told_bank(*agents: str) -> Told:
    """A call with the bank."""
    scene = Told(TEAMWORK, TEAMWORK_TOOLS)
    scene.open(*agents)
    return scene
