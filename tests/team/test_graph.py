"""The graph of handoffs. Its faults and warnings are rows of `broken.py`."""

from __future__ import annotations

from orchestrator.team.graph import check_graph, graph
from tests.core.scene import HELPDESK, team


def test_the_graph_has_agents_and_handoffs() -> None:
    """Each edge carries its handoff."""
    found = graph(team())

    assert set(found.nodes) == {"front", "billing", "tech", "stock", "vault"}
    assert found.edges["front", "billing"]["handoff"].when == "invoices"


def test_a_team_without_faults() -> None:
    """Nothing to say."""
    assert check_graph(team(HELPDESK)) == []


def test_one_agent_alone_needs_no_way_on() -> None:
    """Where else should it go."""
    assert check_graph(team("team: t\nagents: {a: {instructions: x}}\n")) == []
