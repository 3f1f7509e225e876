"""The MCP servers that a server's teams need."""

from __future__ import annotations

from pathlib import Path

from orchestrator.gateway.teams.teams import Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.server.tool_servers import ToolServers, ready
from orchestrator.tools.mcp.server import State
from tests.core.scene import team
from tests.tools.mcp.house import Inside, find_customer, until


def version(crm: Inside | None, hash: str) -> Version:
    """A version of a team that has tools of a server."""
    sources = {"front": (crm.source(),)} if crm is not None else {}
    return Version(team=team("team: t\nagents: {front: {instructions: Hi}}\n"), sources=sources, hash=hash)


async def test_servers_are_kept_for_versions_that_calls_can_get() -> None:
    """The current one and a canary, not those that are only kept; none before it runs and after."""
    one, two, three = Inside(find_customer, name="one"), Inside(find_customer, name="two"), Inside(name="three")
    teams = Teams([version(one, "1")])
    keeping = ToolServers(teams)
    assert not one.held.needed
    async with keeping.running():
        await until(lambda: one.held.up)
        assert keeping.figures() == {("one",): 1.0}
        teams.put(version(two, "2"), share=0.5)
        await until(lambda: one.held.needed and two.held.needed)
        served = teams.find("t")
        assert served is not None
        teams.promote(served)
        await until(lambda: two.held.needed and not one.held.needed)
        teams.roll_back(served, served.kept[0])
        await until(lambda: one.held.needed and not two.held.needed)
        teams.put(version(three, "3"))
        await until(lambda: three.held.needed and not one.held.needed)
        teams.remove("t")
        await until(lambda: not three.held.needed)
        teams.put(version(one, "1"))

    await until(lambda: one.held.server.state is State.UNUSED)


async def test_a_version_waits_a_moment_for_its_servers(tmp_path: Path) -> None:
    """Then its first caller has all tools; without servers it waits for nothing."""
    crm = Inside(find_customer)
    await ready(version(None, "0"))
    await ready(version(crm, "1"))

    assert crm.held.up
