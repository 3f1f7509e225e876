"""The page on mahilo: its example is right, its addresses are served, its table is of the suite."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.routing import Route, WebSocketRoute

from orchestrator.gateway.mahilo import messages, pace, text
from orchestrator.team import check_team, load_team
from tests.conformance.scenarios import SCENARIOS
from tests.docs.pages import MAHILO, block, read, rows, table
from tests.gateway.serving import serve


def test_the_example_of_a_team_is_right(tmp_path: Path) -> None:
    """Not one problem; who may write to whom is as the page says."""
    path = tmp_path / "agents.yaml"
    path.write_text(block(MAHILO, "team"), encoding="utf-8")

    assert list(check_team(path, environ={})) == []
    team = load_team(path, environ={})
    assert [edge.function for edge in team.agents["dispatcher"].messages] == ["message_medic", "message_police"]


async def test_the_addresses_are_those_that_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """None more and none less than those that the setting switches."""
    served = []
    for on in (True, False):
        async with serve(monkeypatch, mahilo=on) as gateway:
            routes = gateway.app.router.routes
            http = {
                f"GET {route.path}" for route in routes if isinstance(route, Route) and "GET" in (route.methods or ())
            }
            served.append(http | {f"WS {route.path}" for route in routes if isinstance(route, WebSocketRoute)})
    explained = {row[0].strip("`") for row in rows(table(MAHILO, "addresses"))}

    assert served[0] - served[1] == explained | {"WS /ws", "WS /ws/voice-stream"}


def test_limits_are_those_of_the_code() -> None:
    """What is said of time and numbers."""
    page = re.sub(r"\s+", " ", read(MAHILO))

    assert f"last {messages.KEPT:,} of each process are in memory for a day" in page
    assert messages.KEPT_SECONDS == 24 * 3600
    assert f"`limit` ({messages.MOST})" in page
    assert f"`limit` is {messages.MOST_BETWEEN}" in page
    assert (pace.LEAD, "half a second at most" in page) == (0.5, True)
    assert (text.TURN_SECONDS, "within a minute" in page) == (60.0, True)


def test_the_conformance_table_is_of_its_scenarios() -> None:
    """As `make conformance` prints it."""
    head, _, line = (row.strip("| ").split(" | ") for row in table(MAHILO, "conformance").splitlines())

    assert head[2:] == [scenario.name for scenario in SCENARIOS if scenario.client == "mahilo"]
    assert line == ["mahilo", "0.5.0", *["✓✓"] * 3]
