"""Where an agent has tools of servers from."""

from __future__ import annotations

from pathlib import Path

from orchestrator.team import load_team
from orchestrator.tools.mcp.sources import Offer, Source, offer, servers_of, sources_of
from tests.tools.mcp.house import Inside, find_customer, search

SERVERS = "mcp_servers: {crm: {url: 'https://crm.example.com/mcp'}, ours: {url: 'https://x.example.com', hosted: true}}"


def names(offered: Offer) -> list[str]:
    """The names of what is offered."""
    return [tool.name for tool in offered.tools]


def named(number: int) -> object:
    """A tool with a name of its own."""

    def tool() -> str:
        return ""

    tool.__name__ = f"tool_{number}"
    return tool


def test_each_agent_has_the_sources_that_its_entries_name(tmp_path: Path) -> None:
    """Servers that the provider asks are none of ours; those of one address are one for the process."""
    path = tmp_path / "team.yaml"
    path.write_text(
        f"team: t\n{SERVERS}\nlanguage: English\nagents:\n  front:\n    instructions: Hi.\n"
        "    tools: [mcp:crm/find, {mcp: crm, idempotent: true}, mcp:ours]\n    handoffs: [billing]\n"
        "  billing: {instructions: Hi., handoffs: [front]}\n"
    )
    team = load_team(path)

    sources = sources_of(team)

    assert [source.name for source in sources["front"]] == ["mcp:crm/find", "mcp:crm"]
    assert sources["front"][1].idempotent
    assert sources["billing"] == ()
    assert len(servers_of(sources)) == 1
    assert servers_of(sources) == servers_of(sources_of(team))


def test_an_agent_is_offered_what_the_server_lists_and_the_file_allows() -> None:
    """A tool that has an entry of its own has that one's keys."""
    with Inside(find_customer, search).up() as crm:
        assert names(offer([crm.source()], ())) == ["find_customer", "search"]
        assert names(offer([crm.source(allow=["find_*"])], ())) == ["find_customer"]
        own = crm.source({"mcp": "crm/search", "name": "look", "description": "Looks.", "timeout": 3})
        both = offer([crm.source(timeout=7), own], ())
        assert names(both) == ["find_customer", "look"]
        assert both.of == ("mcp:crm", "mcp:crm/search")
        assert [tool.seconds for tool in both.tools] == [7, 3]
        assert both.tools[1].description == "Looks."


def test_what_cannot_be_had_is_missing() -> None:
    """The server has not been reached, or does not list what the file names."""
    crm = Inside(find_customer)
    assert offer([crm.source()], ()).missing == ("crm",)
    with crm.up():
        assert offer([crm.source(), crm.source("mcp:crm/pay")], ()).missing == ("crm/pay",)


def test_a_server_with_many_tools_is_only_used_as_the_file_says() -> None:
    """More than twelve, and no `allow`: none of them, and whoever asks is told; one by its name is fine."""
    with Inside(*(named(number) for number in range(13))).up() as crm:  # type: ignore[arg-type]
        assert offer([crm.source()], ()) == Offer((), (), ("crm",))
        assert names(offer([crm.source(allow=["tool_1*"])], ())) == ["tool_1", "tool_10", "tool_11", "tool_12"]
        assert names(offer([crm.source("mcp:crm/tool_7")], ())) == ["tool_7"]


def test_names_that_clash_have_their_servers_before_them() -> None:
    """Two servers, or a function of the agent's own."""
    with Inside(find_customer, search).up() as crm, Inside(search, name="notes").up() as notes:
        sources: list[Source] = [crm.source(), notes.source()]

        assert names(offer(sources, {"find_customer"})) == ["crm__find_customer", "crm__search", "notes__search"]


def test_a_server_cannot_lift_the_rules_of_another_ones_tool() -> None:
    """It lists a tool of the same name: the one that the team file names in full keeps its name."""
    with Inside(find_customer, search).up() as crm, Inside(search, name="notes").up() as notes:
        for sure in (crm.source(allow=["search"]), crm.source("mcp:crm/search")):
            assert names(offer([notes.source(), sure], ())) == ["notes__search", "search"]
