"""What holds for a tool."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.tools.rules import ToolRule, rules_of
from orchestrator.team import Filler
from orchestrator.team.people import Confirm

SAY, ASK = Filler(say="One moment."), Confirm(by="person")


@dataclass
class Named:
    """A tool, as far as the core has to know it."""

    name: str
    filler: Filler | None = None
    approval: Confirm | None = None
    idempotent: bool = False


def test_it_is_taken_from_the_tools() -> None:
    """For each agent by the tool's name, so that a record and a call have the same."""
    tools = {"front": [Named("pay", SAY, ASK), Named("look", idempotent=True)], "tech": []}

    assert rules_of(tools) == {"front": {"pay": ToolRule(SAY, ASK), "look": ToolRule(idempotent=True)}, "tech": {}}
