"""What each agent can do, for the embedded provider."""

from __future__ import annotations

from orchestrator.tools.mcp.abilities import Abilities
from tests.tools.mcp.house import Inside, find_customer, search


def test_what_servers_list_is_there_as_soon_as_they_do() -> None:
    """And made once for each list."""
    with Inside(find_customer).up() as crm:
        able = Abilities({"front": (), "tech": ()}, {"front": (crm.source(),)})

        assert [tool["name"] for tool in able["front"]] == ["find_customer"]
        assert able["front"] is able["front"]
        assert (list(able), len(able), able["tech"]) == (["front", "tech"], 2, [])
        with Inside(search, find_customer).up() as other:
            crm.held.server.tools = other.held.tools
            assert [tool["name"] for tool in able["front"]] == ["search", "find_customer"]


def test_what_an_agent_knows_is_a_function_that_tells_it() -> None:
    """So that callers can be sent to whoever alone knows."""
    shared = {"Where are you?": "At one Market Square."}
    passport = {"How long does a passport take?": "About four weeks."}
    able = Abilities({"registry": (), "desk": ()}, {}, {"registry": shared | passport, "desk": shared})

    (telling,) = able["registry"]
    assert able["desk"] == []
    assert (telling["name"], telling["description"]) == ("how_long_does_a_passport_take", "Tell: About four weeks.")
