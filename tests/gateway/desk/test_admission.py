"""Who may work at the desk."""

from __future__ import annotations

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.calls import desk

TEAM = """
team: helpdesk
providers: {{service: {{url: "{url}"}}}}
agents:
  front: {{model: service/front, instructions: Help.}}
people:
  support: {{keys: "support-key-0123456789, another-key-0123456789"}}
  chief: {{}}
"""
SERVER, SUPPORT, OTHER = "server-key-0123456789", "support-key-0123456789", "another-key-0123456789"


async def code(url: str, role: str, key: str | None, **how: object) -> str:
    """Return what somebody with a key gets: the first event, or the error."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        async with connect(f"{url}/v1/realtime?desk={role}", additional_headers=headers, **how) as socket:  # type: ignore[arg-type]
            first = str(await socket.recv())
            return "opened" if '"team.desk.opened"' in first else first.split('"code":"')[1].split('"')[0]
    except InvalidStatus as error:
        return str(error.response.status_code)
    except ConnectionClosed as error:
        return str(error)


async def test_a_role_with_keys_needs_one_of_them() -> None:
    """On a server without keys of its own; a role without any is open to this machine."""
    async with desk(TEAM) as at:
        assert [await code(at.url, "support", key) for key in (SUPPORT, OTHER)] == ["opened", "opened"]
        assert [await code(at.url, "support", key) for key in ("wrong", None)] == ["invalid_api_key"] * 2
        assert await code(at.url, "chief", None) == "opened"


async def test_a_server_with_keys_lets_its_own_in_too() -> None:
    """Whoever runs the server may work at every desk; the key of a role opens that desk only, and takes no calls."""
    async with desk(TEAM, api_keys=(SERVER,)) as at:
        assert [await code(at.url, role, SERVER) for role in ("support", "chief")] == ["opened", "opened"]
        assert await code(at.url, "support", SUPPORT) == "opened"
        assert [await code(at.url, "chief", key) for key in (SUPPORT, None)] == ["invalid_api_key"] * 2
        headers = {"Authorization": f"Bearer {SUPPORT}"}
        async with connect(f"{at.url}/v1/realtime?model=helpdesk", additional_headers=headers) as socket:
            assert "invalid_api_key" in str(await socket.recv())


async def test_a_client_secret_is_for_calls_only() -> None:
    """It is in the hands of callers."""
    async with desk(TEAM, api_keys=(SERVER,)) as at:
        secret = at.admission.secrets.make({}, 60).value
        assert await code(at.url, "support", secret) != "opened"


async def test_a_page_of_another_site_is_refused() -> None:
    """A browser would let it in with what this machine may do."""
    async with desk(TEAM) as at:
        assert await code(at.url, "chief", None, origin="https://evil.example") == "403"


async def test_there_is_no_such_desk() -> None:
    """Only whoever may ask is told so."""
    async with desk(TEAM, api_keys=(SERVER,)) as at:
        assert await code(at.url, "nobody", SERVER) == "desk_not_found"
        assert await code(at.url, "nobody", "wrong") == "invalid_api_key"
