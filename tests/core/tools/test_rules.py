"""What holds for a tool."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.tools.rules import ToolRule, WhenLate, apart, rules_of
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
    when_late: str = "when_idle"
    hidden: frozenset[str] = frozenset()


def test_it_is_taken_from_the_tools() -> None:
    """For each agent by the tool's name, so that a record and a call have the same."""
    tools = {
        "front": [Named("pay", SAY, ASK), Named("look", None, None, True, "silent", frozenset({"pin"}))],
        "tech": [],
    }

    look = ToolRule(None, None, True, WhenLate.SILENT, frozenset({"pin"}))
    assert rules_of(tools) == {"front": {"pay": ToolRule(SAY, ASK), "look": look}, "tech": {}}


def test_what_holds_for_all_that_a_server_lists_is_kept_apart() -> None:
    """It stands among the tools, in a record too, under a name that no tool can have."""
    rules = {"front": {"pay": ToolRule(SAY), "mcp:crm": ToolRule(idempotent=True)}, "tech": {}}

    own, sources = apart(rules)

    assert own == {"front": {"pay": ToolRule(SAY)}, "tech": {}}
    assert sources == {"front": {"mcp:crm": ToolRule(idempotent=True)}, "tech": {}}
