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
TOOLS = {tool.name: tool for own in load_tools(TEAM).values() for tool in own}


async def run(tool: str, call: CallView | None = None, /, **arguments: Any) -> str:
    view = call or CallView("call_1", "orders", dict(TEAM.variables))
    return await TOOLS[tool].run(json.dumps(arguments), view, seconds=5)


def test_it_has_no_faults_and_no_warnings() -> None:
    """Everybody can be reached and can go on."""
    assert check_team(ROOT / "agents.yaml", environ={}) == []


def test_four_agents_with_four_voices_and_no_model() -> None:
    """It runs on `local` without a key, and on OpenAI with one."""
    assert len({agent.voice for agent in TEAM.agents.values()}) == 4
    assert {agent.model for agent in TEAM.agents.values()} == {None}


@pytest.mark.parametrize(
    ("tool", "arguments", "part"),
    [
        ("find_order", {"order_number": "48213"}, "hiking boots, has been shipped and will arrive on Tuesday"),
        ("find_order", {"order_number": "1"}, "cannot find"),
        ("cancel_order", {"order_number": "48213"}, "cannot be cancelled"),
        ("cancel_order", {"order_number": "1"}, "cannot find"),
        ("explain_invoice", {"invoice_number": "2041"}, "103 euros and 15 cents"),
        ("explain_invoice", {"invoice_number": "2042"}, "249 euros: a two-person tent for 249 euros. It is paid."),
        ("explain_invoice", {"invoice_number": "1"}, "cannot find"),
        ("refund_status", {"order_number": "10059"}, "79 euros"),
        ("refund_status", {"order_number": "1"}, "no refund"),
        ("first_aid", {"product": "lamp"}, "charge the lamp"),
        ("book_engineer", {"day": "friday", "time": "14:30"}, "on Friday at 14:30"),
        ("book_engineer", {"day": "tomorrow", "time": "9:00"}, "tomorrow at 9:00"),
        ("take_message", {"name": "Miller", "message": "Call me."}, "Thank you, Miller"),
    ],
)
async def test_tools_answer_in_sentences(tool: str, arguments: dict[str, str], part: str) -> None:
    """What a model or the router can read aloud."""
    assert part in await run(tool, **arguments)


async def test_a_cancelled_order_is_cancelled_in_this_call_only() -> None:
    """The sample data never changes; the variable says which order it is about."""
    call = CallView("call_2", "orders", dict(TEAM.variables))
    assert "is cancelled" in await run("cancel_order", call, order_number="77042")
    assert "has been cancelled" in await run("find_order", call, order_number="77042")
    assert call.variables["order"] == "77042"
    assert "waiting" in await run("find_order", order_number="77042")
