"""Where the arguments of a call go: path, query, headers, body."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.tools.http.address import InvalidValue, read_address
from orchestrator.tools.http.request import Request, Template


def made(method: str = "POST", path: str = "/refunds/{invoice}", **keys: Any) -> Template:
    """Return a request with the arguments `invoice`, `cents` and `note`."""
    return Template(method, read_address(f"https://pay.example.com{path}"), ("invoice", "cents", "note"), **keys)


def filled(template: Template, **args: Any) -> Request:
    """Fill in a request."""
    variables = {"account": "A1", "unset": None}
    return template.filled({"args": args, "variables": variables, "call": {"id": "c", "function_call": "fc"}})


def test_arguments_that_stand_nowhere_are_the_body() -> None:
    """As JSON; those in the path are not repeated, and what is left out is not sent."""
    request = filled(made(), invoice="7", cents=250)

    assert (request.method, request.url) == ("POST", "https://pay.example.com/refunds/7")
    assert json.loads(request.content) == {"cents": 250}
    assert request.headers == {"Content-Type": "application/json"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_or_the_query(method: str) -> None:
    """Of requests without a body."""
    request = filled(made(method), invoice="7", cents=250, note="a b&c")

    assert request.url == "https://pay.example.com/refunds/7?cents=250&note=a+b%26c"
    assert (request.content, request.headers) == (b"", {})
    assert filled(made(method, "/x?v=1"), invoice="7").url == "https://pay.example.com/x?v=1&invoice=7"


def test_a_request_without_arguments_has_no_body() -> None:
    """One whose arguments are all left out has an empty object."""
    alone = Template("POST", read_address("https://pay.example.com/x"), ())

    assert alone.filled({"args": {}}).content == b""
    assert filled(made(), invoice="7").content == b"{}"


def test_a_body_is_filled_in() -> None:
    """Values keep their types; members whose value is not known are left out, and nulls of the file stay."""
    body = {
        "amount": {"cents": "{{ args.cents }}", "note": "{{ args.note }}"},
        "customer": "{{ variables.account }}",
        "unset": "{{ variables.unset }}",
        "text": "for {{ args.cents }}{{ args.note }}",
        "tags": ["{{ args.cents }}", 5, True],
        "nothing": None,
    }
    request = filled(made(body=body), invoice="7", cents=250)

    assert json.loads(request.content) == {
        "amount": {"cents": 250},
        "customer": "A1",
        "text": "for 250",
        "tags": [250, 5, True],
        "nothing": None,
    }


def test_a_query_is_filled_in() -> None:
    """It replaces the arguments in it; a body has the rest."""
    request = filled(
        made(query={"n": "{{ args.cents }}", "l": ["a", "b"], "u": "{{ variables.unset }}"}),
        invoice="7",
        cents=1,
        note="x",
    )

    assert request.url == "https://pay.example.com/refunds/7?n=1&l=a&l=b"
    assert json.loads(request.content) == {"note": "x"}
    assert made("GET", query={"n": "{{ args.cents }}"}).dropped == ("note",)
    assert made(query={"n": "{{ args.cents }}"}).dropped == ()
    assert made(body={"all": "{{ args }}"}).dropped == ()


@pytest.mark.parametrize(
    ("kind", "body", "content"),
    [
        ("application/x-www-form-urlencoded", {"a": "{{ args.cents }}", "b": "x y"}, b"a=250&b=x+y"),
        ("text/plain", "{{ args.cents }} cents", b"250 cents"),
        ("application/vnd.api+json", {"a": "ü"}, '{"a": "ü"}'.encode()),
    ],
)
def test_the_type_of_a_body_is_that_of_its_header(kind: str, body: Any, content: bytes) -> None:
    """Forms, text, and kinds of JSON."""
    request = filled(made(body=body, headers={"content-type": kind}), invoice="7", cents=250)

    assert request.content == content
    assert request.headers == {"content-type": kind}


def test_headers_are_filled_in() -> None:
    """The idempotency key, too."""
    template = made(headers={"X-Account": "{{ variables.account }}/{{ args.cents }}"}, key="{{ call.function_call }}")
    request = filled(template, invoice="7", cents=250)

    assert {**request.headers} == {"X-Account": "A1/250", "Idempotency-Key": "fc", "Content-Type": "application/json"}
    assert "A1" not in repr(request)


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\nb", "a\0b", "a\x7f", "x" * 5000])
def test_a_header_holds_no_other(value: str) -> None:
    """The value is refused, and the model may correct it."""
    with pytest.raises(InvalidValue, match="X-Note"):
        filled(made(headers={"X-Note": "{{ args.note }}"}), invoice="7", note=value)


def test_bodies_and_queries_are_bounded() -> None:
    """A model that repeats itself fills no service."""
    with pytest.raises(InvalidValue):
        filled(made(), invoice="7", note="x" * 300_000)
    with pytest.raises(InvalidValue):
        filled(made("GET"), invoice="7", note="x" * 10_000)


@settings(max_examples=200, deadline=None)
@given(note=st.text(max_size=40), cents=st.one_of(st.integers(), st.text(max_size=20), st.none()))
def test_values_add_no_parameters(note: str, cents: Any) -> None:
    """Neither to a query nor to a form, and no member to a body."""
    query = filled(
        made("GET", query={"note": "{{ args.note }}", "cents": "{{ args.cents }}"}), invoice="7", note=note, cents=cents
    )
    assert query.url.startswith("https://pay.example.com/refunds/7?")
    assert query.url.count("&") == (cents is not None)
    assert "#" not in query.url
    body = filled(
        made(body={"note": "{{ args.note }}", "cents": "{{ args.cents }}"}), invoice="7", note=note, cents=cents
    )
    assert json.loads(body.content).keys() <= {"note", "cents"}
