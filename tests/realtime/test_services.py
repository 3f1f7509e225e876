"""Who runs the models over the network."""

from __future__ import annotations

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.providers.configure import configure
from orchestrator.realtime.services import (
    Unusable,
    WebSocketProvider,
    websocket_providers,
)
from orchestrator.team import Team
from orchestrator.testing import ScriptedRealtime
from tests.chat_server import chat_server, text
from tests.core.scene import team

KEY = "sk-very-secret-key"


def with_providers(text: str) -> Team:
    return team(f"team: t\nproviders: {text}\nagents: {{front: {{instructions: Hi}}}}\n")


def headers(provider: object) -> dict[str, str]:
    assert isinstance(provider, WebSocketProvider)
    return provider._headers


def test_keys_come_from_the_environment_or_the_team_file() -> None:
    """OpenAI sends a bearer, Azure its `api-key` on the GA path; no key is in any repr."""
    environ = {
        "OPENAI_API_KEY": KEY,
        "AZURE_OPENAI_API_KEY": KEY,
        "AZURE_OPENAI_ENDPOINT": "https://desk.openai.azure.com",
    }
    found = websocket_providers(
        with_providers("{mine: {url: 'https://host/v1', api_key: abc}, free: {url: 'ws://host'}}"), environ
    )

    assert headers(found["openai"]) == {"Authorization": f"Bearer {KEY}"}
    assert headers(found["azure"]) == {"api-key": KEY}
    assert found["azure"]._url == "wss://desk.openai.azure.com/openai/v1/realtime"  # type: ignore[attr-defined]
    assert headers(found["mine"]) == {"Authorization": "Bearer abc"}
    assert headers(found["free"]) == {}
    assert KEY not in repr(found)
    assert repr(found["mine"]) == "WebSocketProvider('host')"


def test_a_team_may_name_url_and_key() -> None:
    """They go before the environment's."""
    spec = "{openai: {url: 'http://localhost:1/v1', api_key: abc}, azure: {url: 'https://x/openai/v1', api_key: def}}"
    found = websocket_providers(with_providers(spec), {})
    assert found["openai"]._url == "ws://localhost:1/v1/realtime"  # type: ignore[attr-defined]
    assert found["azure"]._url == "wss://x/openai/v1/realtime"  # type: ignore[attr-defined]


def test_white_space_around_a_key_is_no_part_of_it() -> None:
    """A key read from a file ends with its newline, which no header can carry."""
    found = websocket_providers(with_providers("{}"), {"OPENAI_API_KEY": f"{KEY}\n"})
    assert headers(found["openai"]) == {"Authorization": f"Bearer {KEY}"}
    found = websocket_providers(with_providers(f'{{mine: {{url: "ws://h/v1", api_key: "{KEY}\\n"}}}}'), {})
    assert headers(found["mine"]) == {"Authorization": f"Bearer {KEY}"}


@pytest.mark.parametrize("stray", ["{}\n", " {} ", '"{}"', "'{}'\r\n", "\ufeff{}"])
def test_p67_what_surrounds_keys_and_addresses_in_the_environment_is_no_part_of_them(stray: str) -> None:
    """P67: newlines of mounted secrets, quotes of env files."""
    names = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://host/v1", "AZURE_OPENAI_API_KEY": KEY}
    names["AZURE_OPENAI_ENDPOINT"] = "https://desk.openai.azure.com/openai/realtime?api-version=2024-10-01-preview"
    found = websocket_providers(with_providers("{}"), {name: stray.format(value) for name, value in names.items()})

    assert headers(found["openai"]) == {"Authorization": f"Bearer {KEY}"}
    assert headers(found["azure"]) == {"api-key": KEY}
    assert found["openai"]._url == "wss://host/v1/realtime"  # type: ignore[attr-defined]
    assert found["azure"]._url == "wss://desk.openai.azure.com/openai/v1/realtime"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"OPENAI_API_KEY": "sk-first\nsk-second"}, "The API key contains characters that no key has"),
        ({"OPENAI_API_KEY": "sk-…"}, "The API key contains characters that no key has"),
        ({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "api.openai.com"}, "OPENAI_BASE_URL is not the address"),
        ({"OPENAI_API_KEY": '""'}, "set OPENAI_API_KEY"),
    ],
)
async def test_p67_what_cannot_be_used_is_told_without_its_value(environ: dict[str, str], says: str) -> None:
    """P67: when the server starts, not in the first call."""
    provider = websocket_providers(with_providers("{}"), environ)["openai"]
    assert isinstance(provider, Unusable)
    assert says in provider.message
    assert "sk-" not in provider.message


async def test_p67_the_page_of_a_resource_is_not_its_address() -> None:
    """P67: Azure's portal has several."""
    environ = {"AZURE_OPENAI_API_KEY": KEY, "AZURE_OPENAI_ENDPOINT": "https://ai.azure.com/resource/1"}
    provider = websocket_providers(with_providers("{}"), environ)["azure"]
    assert isinstance(provider, Unusable)
    assert provider.message.startswith("AZURE_OPENAI_ENDPOINT is not the address of a resource. Write https://NAME")


@pytest.mark.parametrize(("name", "says"), [("openai", "OPENAI_API_KEY"), ("azure", "AZURE_OPENAI_ENDPOINT")])
async def test_what_lacks_a_key_says_so(name: str, says: str) -> None:
    """The message names the variable to set."""
    provider = websocket_providers(with_providers("{}"), {})[name]
    assert isinstance(provider, Unusable)
    for opening in (provider.open, provider.open_text):
        with pytest.raises(RealtimeError, match=says) as caught:
            await opening("x")
        assert caught.value.fatal


async def test_the_model_is_part_of_the_address() -> None:
    """Quoted, whatever it is; a query of the url is kept."""
    async with ScriptedRealtime() as service:
        for base in (service.url, f"{service.url}?x=1"):
            session = await WebSocketProvider(base, {}).open("a/b c&d")
            await configure(session, {"type": "realtime"})
            await session.close()
        assert [session.model for session in service.sessions] == ["a/b c&d"] * 2


async def test_text_is_asked_at_the_chat_completions() -> None:
    """Beside the Realtime socket, with the same key: a bearer, Azure's header, or none."""
    async with chat_server() as server:
        socket = f"{server.url.replace('http', 'ws')}/v1/realtime"
        spec = f"{{mine: {{url: '{socket}', api_key: abc}}, free: {{url: '{server.url}'}}}}"
        environ = {
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": f"{server.url}/v1",
            "AZURE_OPENAI_API_KEY": KEY,
            "AZURE_OPENAI_ENDPOINT": server.url,
        }
        found = websocket_providers(with_providers(spec), environ)
        for name in ("openai", "azure", "mine", "free"):
            server.answers = [text("Yes.")]
            session = await found[name].open_text("planner")
            await configure(session, {"type": "realtime"})
            session.send('{"type": "response.create"}')
            await session.read(lambda frame: '"response.done"' in frame)
            await session.close()

    lines = [head.lower().splitlines() for head, _ in server.requests]
    v1, azure = "post /v1/chat/completions http/1.1", "post /openai/v1/chat/completions http/1.1"
    assert [line[0] for line in lines] == [v1, azure, v1, v1]
    keys = [[line for line in head if line.startswith(("authorization", "api-key"))] for head in lines]
    assert keys == [[f"authorization: bearer {KEY}"], [f"api-key: {KEY}"], ["authorization: bearer abc"], []]
    assert [body["model"] for _, body in server.requests] == ["planner"] * 4


async def test_a_realtime_model_is_asked_in_a_session_of_its_own() -> None:
    """It is not to be had as chat completions, and can write."""
    async with ScriptedRealtime() as service:
        session = await WebSocketProvider(service.url, {}).open_text("gpt-realtime-2.1")
        await configure(session, {"type": "realtime", "output_modalities": ["text"]})
        await session.close()
        assert service.sessions[0].fields["output_modalities"] == ["text"]


async def test_the_team_file_may_say_how_long_sessions_live() -> None:
    """An hour at OpenAI and Azure, unless it says otherwise; elsewhere it is not known."""
    async with ScriptedRealtime() as service:
        openai = f"openai: {{url: '{service.url}', api_key: a}}"
        azure = f"azure: {{url: '{service.url}/openai', api_key: a, max_age: 5}}"
        mine = f"mine: {{url: '{service.url}'}}"
        found = websocket_providers(with_providers(f"{{{openai}, {azure}, {mine}}}"), {})
        ages = []
        for name in ("openai", "azure", "mine"):
            session = await found[name].open("m")
            ages.append(session.max_age)
            await session.close()

    assert ages == [3600, 5, None]
