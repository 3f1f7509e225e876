"""Addresses as people copy them."""

from __future__ import annotations

import pytest

from orchestrator.outside.addresses import azure_url, correction, http_url, socket_url


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://api.openai.com/v1", "wss://api.openai.com/v1/realtime"),
        ("https://api.openai.com", "wss://api.openai.com/v1/realtime"),
        ("https://api.openai.com/", "wss://api.openai.com/v1/realtime"),
        ("http://localhost:8000/v1/", "ws://localhost:8000/v1/realtime"),
        ("https://host/v1/realtime", "wss://host/v1/realtime"),
        ("https://host/v1/realtime/?model=gpt-realtime", "wss://host/v1/realtime"),
        ("https://host/v1/chat/completions", "wss://host/v1/realtime"),
        ("https://host/gateway/v1", "wss://host/gateway/v1/realtime"),
        ("wss://host/v1/realtime?model=gpt-realtime", "wss://host/v1/realtime"),
        ("wss://host/odd?x=1&api-version=2", "wss://host/odd?x=1&api-version=2"),
        ("ws://host", "ws://host/v1/realtime"),
        ("wss://host/", "wss://host/v1/realtime"),
        ("wss://host/v1/", "wss://host/v1/realtime"),
        ("ws://[::1]:8080/v1?key=a", "ws://[::1]:8080/v1/realtime?key=a"),
        ("https://host/v1/responses", "wss://host/v1/realtime"),
        ("https://host/v1/models/gpt-realtime", "wss://host/v1/realtime"),
        ("https://host/v1/realtime/client_secrets", "wss://host/v1/realtime"),
        ("https://host/v1/realtime/calls?model=x", "wss://host/v1/realtime"),
        ("https://host/v1/audio/speech", "wss://host/v1/realtime"),
        ("https://me:pw@m\u00fcnchen.example:8443/v1", "wss://me:pw@xn--mnchen-3ya.example:8443/v1/realtime"),
        ("https://host/realtime-models/v1", "wss://host/realtime-models/v1/realtime"),
    ],
)
def test_p67_base_urls_become_socket_urls(base: str, url: str) -> None:
    """P67: the model is the agent's own; ws and wss with a path of their own are otherwise taken as they are."""
    assert socket_url(base) == url


DEPLOYED = "deployments/gpt-realtime"


@pytest.mark.parametrize("scheme", ["https", "wss"])
@pytest.mark.parametrize("host", ["desk.openai.azure.com", "desk.services.ai.azure.com", "desk.openai.azure.us"])
@pytest.mark.parametrize(
    "shown",
    [
        "",
        "/",
        "/openai",
        "/openai/",
        "/openai/v1",
        "/openai/v1/",
        "/openai/v1/realtime",
        "/openai/v1/realtime?model=gpt-realtime",
        "/openai/v1/chat/completions",
        "/openai/realtime?api-version=2024-10-01-preview&deployment=gpt-realtime",
        "/openai/realtime?deployment=gpt-realtime&api-version=2025-04-01-preview",
        "/openai/realtime?api-version=2025-04-01-preview",
        f"/openai/{DEPLOYED}/realtime?api-version=2025-04-01-preview",
        f"/openai/{DEPLOYED}/chat/completions?api-version=2025-01-01-preview",
        "/openai/responses?api-version=2025-04-01-preview",
        "/api/projects/p1",
        "/api/projects/p1/",
        "/api/projects/p1/openai/v1",
        "/models",
        "/models/chat/completions?api-version=2024-05-01-preview",
        "?api-version=2024-10-01-preview",
        "/v1",
        "/OpenAI/V1/",
        "/openai/v1/realtime/client_secrets",
        "/anthropic/v1/messages",
        "/voice-live/realtime?api-version=2025-10-01&model=gpt-realtime",
    ],
)
def test_p67_every_address_that_azure_shows_becomes_the_socket(scheme: str, host: str, shown: str) -> None:
    """P67: resource, deployment, project or older API; the GA path has no version, and the agent names the model."""
    assert correction(f"{scheme}://{host}{shown}", "azure") == ""
    assert azure_url(f"{scheme}://{host}{shown}") == f"wss://{host}/openai/v1/realtime"


def test_p67_an_own_gateway_before_azure_keeps_its_path_and_key() -> None:
    """P67: API management prefixes the path, and may want a key in the query."""
    assert azure_url("http://gw:8080/desk/openai?subscription-key=k&api-version=1") == (
        "ws://gw:8080/desk/openai/v1/realtime?subscription-key=k"
    )
    assert azure_url("https://gw/my-openai") == "wss://gw/my-openai/openai/v1/realtime"


@pytest.mark.parametrize(
    "url",
    [
        "https://ai.azure.com/resource/overview?wsid=/subscriptions/1",
        "https://portal.azure.com/#@me/resource/1",
        "https://oai.azure.com/portal/1",
        "https://learn.microsoft.com/azure",
        "desk.openai.azure.com",
        "desk",
        "https://",
    ],
)
def test_p67_the_address_of_a_page_is_not_that_of_a_resource(url: str) -> None:
    """P67: it says which one to copy."""
    assert correction(url, "azure").startswith("Write https://NAME.openai.azure.com")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "host",
        "localhost:8000/v1",
        "ftp://host",
        "https://",
        "http://[::1",
        "http://h:99999",
        "https://a b/",
        "https://${HOST}/v1",
        "https://<name>.openai.azure.com",
        "https://a..b/v1",
        "https://.b/v1",
        f"https://{'a' * 64}.b",
    ],
)
def test_p67_what_is_no_address_is_told(url: str) -> None:
    """P67: before anybody calls."""
    assert correction(url) == "Write https://host/v1, or wss://host/v1/realtime."
    assert correction("https://ai.azure.com/v1") == ""


@pytest.mark.parametrize(
    "url", ["https://m\u00fcnchen.example/v1", "http://[fe80::1%25eth0]:80", "ws://my_host./v1", "HTTPS://H"]
)
def test_p67_hosts_of_every_kind_are_addresses(url: str) -> None:
    """P67: names in any script, addresses of an interface, names of containers."""
    assert correction(url) == ""


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"),
        ("wss://api.openai.com/v1/realtime", "https://api.openai.com/v1/chat/completions"),
        ("wss://x.openai.azure.com/openai/v1/realtime", "https://x.openai.azure.com/openai/v1/chat/completions"),
        ("ws://localhost:8000/realtime?x=1", "http://localhost:8000/v1/chat/completions?x=1"),
        ("http://localhost:11434", "http://localhost:11434/v1/chat/completions"),
        ("http://h/v1/chat/completions/", "http://h/v1/chat/completions"),
        ("http://h/v1/completions", "http://h/v1/chat/completions"),
        ("http://h/v1/responses", "http://h/v1/chat/completions"),
        ("http://h/odd/", "http://h/odd/chat/completions"),
    ],
)
def test_base_urls_become_those_of_completions(base: str, url: str) -> None:
    """That of a Realtime socket stands beside it."""
    assert http_url(base, "chat/completions") == url
