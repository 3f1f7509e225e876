"""Which proxy a connection goes through."""

from __future__ import annotations

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.outside.proxies import Proxy, proxy_for, through

URL = "wss://api.example.com/v1/realtime"


@pytest.mark.parametrize(
    ("url", "environ", "address"),
    [
        (URL, {"HTTPS_PROXY": "http://p:3128"}, "http://p:3128"),
        ("https://api.example.com", {"HTTPS_PROXY": "http://p:3128"}, "http://p:3128"),
        (URL, {"https_proxy": "p:3128"}, "http://p:3128"),
        (URL, {"https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:1"}, "http://a:1"),
        (URL, {"https_proxy": " ", "HTTPS_PROXY": '"http://b:1"\n'}, "http://b:1"),
        (URL, {"HTTP_PROXY": "http://p:1"}, None),
        (URL, {"HTTP_PROXY": "http://p:1", "ALL_PROXY": "socks5://s:2"}, "socks5://s:2"),
        (URL, {"all_proxy": "socks5h://s"}, "socks5://s:1080"),
        (URL, {"ALL_PROXY": "socks://s:9"}, "socks5://s:9"),
        (URL, {"HTTPS_PROXY": "https://p"}, "https://p:443"),
        (URL, {"HTTPS_PROXY": "http://p/"}, "http://p:80"),
        (URL, {"HTTPS_PROXY": "http://[fd00::1]:3128"}, "http://[fd00::1]:3128"),
        (URL, {"HTTPS_PROXY": "http://me:pass@p:1"}, "http://me:pass@p:1"),
        (URL, {"HTTPS_PROXY": "http://me:p%40ss%2F@p:1"}, "http://me:p%40ss%2F@p:1"),
        (URL, {"HTTPS_PROXY": "http://me@p:1"}, "http://me:@p:1"),
        ("ws://api.example.com", {"HTTP_PROXY": "http://p:1"}, "http://p:1"),
        ("http://api.example.com", {"http_proxy": "http://p:1"}, "http://p:1"),
        ("http://api.example.com", {"HTTPS_PROXY": "http://p:1"}, None),
        (URL, {}, None),
    ],
)
def test_p68_the_usual_variables_name_the_proxy(url: str, environ: dict[str, str], address: str | None) -> None:
    """P68: by scheme, then `ALL_PROXY`; lower case goes first, an empty one is not set."""
    found = proxy_for(url, environ)
    assert (found.url if found else None) == address


@pytest.mark.parametrize(
    "url",
    [
        "ws://localhost:8000/v1/realtime",
        "http://LOCALHOST",
        "http://app.localhost",
        "http://127.0.0.1:11434/v1",
        "https://127.8.8.8",
        "ws://[::1]:8000",
        "http://0.0.0.0:8000",
        "not an address",
    ],
)
def test_p68_this_machine_is_reached_directly(url: str) -> None:
    """P68: however the variables are set."""
    every = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "socks5://proxy:1080")
    assert proxy_for(url, every) is None


@pytest.mark.parametrize(
    ("listed", "url", "exempt"),
    [
        ("*", URL, True),
        ("api.example.com", URL, True),
        ("API.Example.COM", URL, True),
        ("example.com", URL, True),
        (".example.com", URL, True),
        ("*.example.com", URL, True),
        ("ample.com", URL, False),
        ("other.com, example.com", URL, True),
        ("other.com example.com", URL, True),
        ("other.com", URL, False),
        ("example.com:443", URL, True),
        ("example.com:8443", URL, False),
        ("example.com:8443", "https://example.com:8443", True),
        ("https://example.com", URL, True),
        ("https://example.com/, other.com", URL, True),
        ("example.com", "wss://example.com./v1", True),
        ("10.0.0.0/8", "https://10.1.2.3", True),
        ("10.0.0.0/8", "https://11.1.2.3", False),
        ("10.0.0.0/8", URL, False),
        ("10.0.0.0/99", "https://10.1.2.3", False),
        ("10.1.*", "https://10.1.2.3", True),
        ("10.1.2.3", "https://10.1.2.3", True),
        ("10.1.2.3:443", "https://10.1.2.3", True),
        ("1.2.3", "https://10.1.2.3", False),
        ("fd00::/8", "https://[fd00::1]", True),
        ("[fd00::1]", "https://[fd00:0::1]", True),
        ("[fd00::1]:443", "https://[fd00::1]", True),
        ("fd00::1", "https://[fd00::1]", True),
        ("fd00::2", "https://[fd00::1]", False),
        (".", URL, False),
        ("", URL, False),
    ],
)
def test_p68_no_proxy_lists_what_is_reached_directly(listed: str, url: str, exempt: bool) -> None:
    """P68: hosts with all below them, ports, addresses, networks, or everything."""
    for name in ("NO_PROXY", "no_proxy"):
        assert (proxy_for(url, {"ALL_PROXY": "http://p:1", name: listed}) is None) is exempt


@pytest.mark.parametrize(
    "value",
    [
        "ftp://secret@p:1",
        "socks4://secret@p:1",
        "http://secret@",
        "http://p:secret",
        "http://[secret:1",
        "socks5://me:s%C3%A9cret@p:1",
        f"socks5://me:{'secret' * 50}@p:1",
    ],
)
def test_p68_a_variable_that_names_no_proxy_is_an_error_without_its_value(value: str) -> None:
    """P68: it may hold a password."""
    with pytest.raises(RealtimeError, match=r"HTTPS_PROXY is not the address of a proxy\. Write http://") as caught:
        proxy_for(URL, {"HTTPS_PROXY": value})
    assert (caught.value.code, caught.value.fatal) == ("invalid_proxy", True)
    assert "secret" not in str(caught.value)


def test_p68_no_message_shows_who_we_are_to_the_proxy() -> None:
    """P68: neither user name nor password, also when the proxy repeats them."""
    found = proxy_for(URL, {"HTTPS_PROXY": "http://me:hunter2@p:3128"})
    assert isinstance(found, Proxy)
    told = [str(found), repr(found), through(found), str(found.refused("407 for hunter2")), through(None)]
    assert "hunter2" not in "".join(told)
    assert "me:" not in "".join(told)
    assert str(found.refused("HTTP\n\x1b 407.")) == (
        "The proxy p:3128 (HTTPS_PROXY) refused the connection: HTTP 407. "
        "Correct HTTPS_PROXY, or list the host in NO_PROXY if it can be reached directly."
    )
