"""Addresses of requests: what the file says, with values of a model that lead nowhere else."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.tools.http.address import LONGEST, InvalidAddress, InvalidValue, read_address


@pytest.mark.parametrize(
    ("written", "values", "filled"),
    [
        ("https://pay.example.com/refunds/{invoice}", {"invoice": "RE 1"}, "https://pay.example.com/refunds/RE%201"),
        ("https://pay.example.com", {}, "https://pay.example.com/"),
        ("http://pay.example.com:8080/a b/{n}.json", {"n": 7}, "http://pay.example.com:8080/a%20b/7.json"),
        ("https://x.example/{a}-{b}", {"a": "ü", "b": True}, "https://x.example/%C3%BC-true"),
        ("https://x.example/s?q={q}&v=2", {"q": "a&b=c/d?e#f"}, "https://x.example/s?q=a%26b%3Dc%2Fd%3Fe%23f&v=2"),
        ("https://x.example/s?q={q}", {}, "https://x.example/s?q="),
        ("https://[2001:4860::8888]:444/x", {}, "https://[2001:4860::8888]:444/x"),
        ("https://bücher.example/x", {}, "https://xn--bcher-kva.example/x"),
        ("https://x.example:443/{a}", {"a": "...."}, "https://x.example/...."),
        ("https://x.example/%2Fkept/{a}", {"a": "100%"}, "https://x.example/%2Fkept/100%25"),
    ],
)
def test_arguments_fill_in_their_places(written: str, values: dict[str, Any], filled: str) -> None:
    """Percent-encoded, whatever they are."""
    assert read_address(written).filled(values) == filled
    assert str(httpx.URL(filled)) == filled


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a/b",
        "..",
        ".",
        "%2e%2e",
        "..\\x",
        "a\\b",
        "a%2Fb",
        "a%252fb",
        "a\nb",
        "a%00b",
        "x" * (LONGEST + 1),
        "\ud800",
    ],
)
def test_a_value_is_one_segment(value: str) -> None:
    """None that is empty, leads upwards, or is two segments to a server that decodes more than once."""
    with pytest.raises(InvalidValue, match="id"):
        read_address("https://x.example/orders/{id}").filled({"id": value})


def test_two_values_do_not_lead_upwards_together() -> None:
    """Each is harmless alone."""
    with pytest.raises(InvalidValue):
        read_address("https://x.example/orders/{a}{b}").filled({"a": ".", "b": "."})


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("ftp://x.example/", "does not begin with https"),
        ("x.example/y", "does not begin with https"),
        ("https:///y", "this is no host"),
        ("https://{host}/y", "an argument in the host"),
        ("https://x.example:{port}/y", "not an address"),
        ("https://x.{host}.example/y", "an argument in the host"),
        ("https://me:secret@x.example/", "a user name or password"),
        ("https://me@x.example/", "a user name or password"),
        ("https://x.example/y#z", "a fragment"),
        ("https://x.example/a/../b", "`.` or `..` in the path"),
        ("https://x.example/a/%2e%2e/b", "`.` or `..` in the path"),
        ("https://x.example\\@y.example/", "a user name or password"),
        ("https://x.example/a\\b", "a character in the address"),
        ("https://x example/", "this is no host"),
        ("https://x.example:0/", "this is no host"),
        ("https://x.example:99999/", "not an address"),
        ("https://[::1/", "not an address"),
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(written: str, told: str) -> None:
    """It may come from the environment."""
    with pytest.raises(InvalidAddress) as raised:
        read_address(written)

    assert told in str(raised.value)
    assert "secret" not in str(raised.value)


VALUES = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="./\\%25fFeE@:?#&;=\r\n\0 \u2215\uff0f\u3002", max_size=12),
    st.integers(),
    st.booleans(),
    st.none(),
    st.lists(st.text(max_size=5), max_size=3),
)


@settings(max_examples=400, deadline=None)
@given(a=VALUES, b=VALUES, c=VALUES)
def test_no_value_leads_to_another_place(a: Any, b: Any, c: Any) -> None:
    """Not to another host or port, and not above or beside the path of the file; as two libraries read it."""
    address = read_address("https://pay.example.com:8443/v1/accounts/{a}/refunds/{b}.json?note={c}&fixed=1")
    try:
        url = address.filled({"a": a, "b": b, "c": c})
    except InvalidValue:
        return
    for parts in (urlsplit(url), httpx.URL(url)):
        host = parts.hostname if hasattr(parts, "hostname") else parts.host
        path = parts.path
        assert (parts.scheme, host, parts.port) == ("https", "pay.example.com", 8443)
        assert path.startswith("/v1/accounts/")
    path = urlsplit(url).path
    assert len(path.split("/")) == 6
    assert not any(unquote(unquote(each)) in (".", "..") for each in path.split("/"))
    assert unquote(unquote(path)).count("/") == path.count("/")
    assert len(urlsplit(url).query.split("&")) == 2
    assert "#" not in url
