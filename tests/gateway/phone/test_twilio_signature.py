"""Twilio's signature: the example of its documentation, and the ways in which a URL may have been written."""

from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection

from orchestrator.gateway.phone.twilio_signature import public_url, signature, signed, spellings

URL = "https://example.com/myapp.php?foo=1&bar=2"
FORM = (("Digits", "1234"), ("To", "+18005551212"), ("From", "+14158675309"), ("Caller", "+14158675309"),
        ("CallSid", "CA1234567890ABCDE"))  # fmt: skip


def test_the_signature_is_that_of_twilio() -> None:
    """Token, form and signature as in the tests of Twilio's own libraries."""
    assert signature("12345", URL.replace("example", "mycompany"), FORM) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize("url", [URL, URL.replace(".com", ".com:443")])
def test_a_proxy_may_have_taken_the_port_away(url: str) -> None:
    """With and without the port is the same URL."""
    given = signature("12345", url, FORM)

    assert signed(given, "12345", URL, FORM)
    assert not signed(given, "54321", URL, FORM)
    assert not signed(given, "12345", URL, FORM[1:])
    assert not signed(given, "12345", URL + "3", FORM)
    assert not signed("", "12345", URL, FORM)
    assert not signed("ä", "12345", "no url", FORM)


@pytest.mark.parametrize("scheme", ["https", "wss"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_socket_has_two_schemes_and_perhaps_a_slash(scheme: str, slash: str) -> None:
    """Twilio signs `wss://`, what is behind a proxy sees `https://`."""
    given = signature("12345", f"{scheme}://example.com/twilio/stream{slash}")

    assert signed(given, "12345", "https://example.com/twilio/stream", socket=True)
    assert signed(given, "12345", "https://example.com/twilio/stream") is (scheme + slash == "https")


@pytest.mark.parametrize(
    ("proto", "prefix", "wanted"),
    [
        ("https, http", "", "https://a.example"),
        ("gopher", "", "http://a.example"),
        ("wss", "/voice", "https://a.example/voice"),
    ],
)
def test_p69_a_request_says_where_it_was_sent(proto: str, prefix: str, wanted: str) -> None:
    """P69: without a setting the URL is that of the request, as a proxy tells it, with the prefix of this server."""
    headers = [(b"host", b"a.example"), (b"x-forwarded-proto", proto.encode())]
    scope = {"type": "http", "scheme": "http", "path": "/", "query_string": b"", "headers": headers}

    assert public_url(HTTPConnection({**scope, "root_path": prefix}), None) == wanted


def test_a_port_of_its_own_is_tried_as_it_is() -> None:
    """And left out."""
    assert list(spellings("http://[::1]:8080/x", socket=False)) == ["http://[::1]/x", "http://[::1]:8080/x"]
