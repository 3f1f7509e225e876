"""The sample team: it loads, it is whole, and its tools do what they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchestrator.team import check_team, load_team
from orchestrator.tools import CallView, load_tools

ROOT = Path(__file__).parent.parent
TEAM = load_team(ROOT / "agents.yaml", environ={})
VARIABLES = {name: variable.default for name, variable in TEAM.variables.items()}
TOOLS = {tool.name: tool for own in load_tools(TEAM).values() for tool in own}


async def run(tool: str, call: CallView | None = None, /, **arguments: Any) -> str:
    view = call or CallView("call_1", "orders", VARIABLES)
    return await TOOLS[tool].run(json.dumps(arguments), view, seconds=5)


def test_it_has_no_faults_and_no_warnings() -> None:
    """Everybody can be reached and can go on."""
    assert check_team(ROOT / "agents.yaml", environ={}) == []


def test_each_agent_has_a_voice_of_its_own_and_no_model() -> None:
    """It runs on `local` without a key, and on OpenAI with one."""
    assert len({agent.voice for agent in TEAM.agents.values()}) == len(TEAM.agents) >= 4
    assert {agent.model for agent in TEAM.agents.values()} == {None}


@pytest.mark.parametrize(
    ("tool", "arguments", "part"),
    [
        ("find_order", {"order_number": "48213"}, "a mesh router, has been shipped and will arrive on Tuesday"),
        ("find_order", {"order_number": "1"}, "cannot find"),
        ("cancel_order", {"order_number": "48213"}, "cannot be cancelled"),
        ("cancel_order", {"order_number": "1"}, "cannot find"),
        ("explain_invoice", {"invoice_number": "20417"}, "a mesh router"),
        ("explain_invoice", {"invoice_number": "1"}, "cannot find"),
        ("explain_invoice", {"invoice_number": "the last one"}, "cannot find"),
        ("refund_status", {"order_number": "10059"}, "19 euros 90"),
        ("first_aid", {"problem": "internet down"}, "plug"),
        ("book_engineer", {"day": "friday", "time": "14:30"}, "free at 9:00 or 12:00"),
        ("book_engineer", {"day": "friday", "time": "9:00"}, "riday at 9:00"),
        ("book_engineer", {"day": "the day after tomorrow", "time": "10:00"}, "will come the day after tomorrow at 10"),
        ("take_message", {"name": "Miller", "message": "Call me."}, "Miller"),
    ],
)
async def test_tools_answer_in_sentences(tool: str, arguments: dict[str, str], part: str) -> None:
    """What a model or the router can read aloud."""
    assert part in await run(tool, **arguments)


async def test_a_cancelled_order_is_cancelled_in_this_call_only() -> None:
    """The sample data never changes; the call's variables say what was done in it."""
    call = CallView("call_2", "orders", VARIABLES)
    assert "is cancelled" in await run("cancel_order", call, order_number="77042")
    assert "cancelled" in await run("find_order", call, order_number="77042")
    assert "cancelled" not in await run("find_order", order_number="77042")
