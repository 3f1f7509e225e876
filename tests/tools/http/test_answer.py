"""Answers of services: read within bounds, and told as far as a model can act on them."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from orchestrator.errors import ToolError
from orchestrator.tools.http.answer import LARGEST, WORDS, Answer, Failed, judge, read_answer, without


async def chunks(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    """Yield content in pieces."""
    for at in range(0, len(content), size):
        yield content[at : at + size]


async def read(content: bytes, **headers: str) -> Answer:
    """Read an answer with these headers, with underscores for hyphens."""
    return await read_answer(200, {name.replace("_", "-"): value for name, value in headers.items()}, chunks(content))


@pytest.mark.parametrize(
    ("content", "kind", "body"),
    [
        (b'{"a": [1, 2.5, null]}', "application/json", {"a": [1, 2.5, None]}),
        (b"7", "application/json; charset=utf-8", 7),
        (b'["a"]', "text/plain", ["a"]),
        (b"7", "text/plain", "7"),
        ("grün".encode("latin-1"), "text/plain; charset=latin-1", "grün"),
        (b"gr\xfcn", "text/plain; charset=nonsense", "gr\ufffdn"),
        (b"gr\xfcn", "text/plain; charset=windows-1252", "gr\xfcn"),
        (b"xn--grn-hoa", "text/plain; charset=idna", "xn--grn-hoa"),
        (b"grn-hoa", "text/plain; charset=punycode", "grn-hoa"),
        (b"{broken", "application/json", "{broken"),
        (b"[" * 100_000, "application/json", "[" * 100_000),
        (b'{"n": NaN}', "application/json", {"n": "NaN"}),
        (b"", "application/json", None),
        (b" \n", "", None),
    ],
)
async def test_a_body_is_json_or_text(content: bytes, kind: str, body: Any) -> None:
    """Whatever the service says of it."""
    assert (await read(content, content_type=kind)).body == body


@pytest.mark.parametrize(
    ("coding", "packed"),
    [("gzip", gzip.compress), ("GZIP", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)],
)
async def test_packed_answers_are_unpacked(coding: str, packed: Any) -> None:
    """Those that were asked for."""
    assert (await read(packed(b'{"a": 1}'), content_encoding=coding)).body == {"a": 1}


@pytest.mark.parametrize(
    ("content", "coding", "why"),
    [
        (lambda: b"x" * (LARGEST + 1), "", "more than"),
        (lambda: gzip.compress(b"x" * 50_000_000, mtime=0), "gzip", "more than"),
        (lambda: gzip.compress(b"x" * (LARGEST + 1), mtime=0), "gzip", "more than"),
        (lambda: b"not packed", "gzip", "cannot be unpacked"),
        (lambda: gzip.compress(b"x" * 1000, mtime=0)[:-9], "gzip", "cut off"),
        (lambda: b"x", "br", "'br', which was not asked for"),
        (lambda: b"x", "gzip, gzip", "which was not asked for"),
    ],
)
async def test_an_answer_is_bounded_also_unpacked(content: Callable[[], bytes], coding: str, why: str) -> None:
    """50 MB in 50 kB are read no further than the bound."""
    with pytest.raises(Failed, match=why):
        await read(content(), content_encoding=coding)


async def test_the_largest_answer_is_read() -> None:
    """Nothing is cut off before the bound."""
    body = json.dumps("x" * (LARGEST - 2)).encode()
    assert len(body) == LARGEST
    assert (await read(body)).text == body.decode()
    assert (await read(gzip.compress(body, mtime=0), content_encoding="gzip")).text == body.decode()


@pytest.mark.parametrize(
    ("status", "body", "text", "told"),
    [
        (404, {"error": "no such invoice"}, "", 'pay was refused (404 Not Found): {"error": "no such invoice"}'),
        (409, "already\n paid", "", "pay was refused (409 Conflict): already paid"),
        (422, None, "", "pay was refused (422 Unprocessable Entity)."),
        (403, "<!DOCTYPE html><p>", "<!DOCTYPE html><p>", "pay was refused (403 Forbidden)."),
        (499, "x" * 900, "", f"pay was refused (499): {'x' * WORDS} …"),
    ],
)
def test_a_refusal_is_told_in_its_own_words(status: int, body: Any, text: str, told: str) -> None:
    """The model can correct what it asked for, or tell the caller."""
    with pytest.raises(ToolError) as raised:
        judge("pay", Answer(status, body, text), "https://pay.example.com")

    assert str(raised.value) == told


@pytest.mark.parametrize("status", [300, 302, 304, 500, 502, 599])
def test_a_fault_is_only_told_to_the_log(status: int) -> None:
    """What a broken service writes is not for callers."""
    with pytest.raises(ToolError, match=r"^pay failed; try again later") as raised:
        judge("pay", Answer(status, "Traceback: secret", "secret"), "https://pay.example.com")

    assert f"https://pay.example.com answered {status}" in str(raised.value.__cause__)
    assert "secret" not in f"{raised.value} {raised.value.__cause__}"


def test_an_answer_is_no_failure() -> None:
    """Whichever success it is."""
    judge("pay", Answer(204, None, ""), "https://pay.example.com")


def test_secrets_that_a_service_repeats_are_hidden() -> None:
    """Wherever they stand."""
    assert without("Bearer sk-1234 is wrong: sk-1234", ["Bearer sk-1234", "sk-1234"]) == "••• is wrong: •••"


def test_a_secret_is_hidden_also_where_a_refusal_is_cut() -> None:
    """Not half of it is told."""
    body = f"{'x' * (WORDS - 8)} sk-12345678 is wrong"

    with pytest.raises(ToolError) as raised:
        judge("pay", Answer(401, body, body), "https://pay.example.com", ("sk-12345678",))

    assert "sk-1" not in str(raised.value)
    assert "•••" in str(raised.value)
