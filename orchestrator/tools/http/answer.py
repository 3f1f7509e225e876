"""The answer to a request: read within bounds, also unpacked, and told to the model as far as it can act on it."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from orchestrator.errors import ToolError
from orchestrator.team.tools.templates import as_text

LARGEST = 256 * 1024  # bytes that are read, packed and unpacked
FOR_MODEL = 4_000  # characters of an answer that the model is given
WORDS = 500  # characters of a refusal
ACCEPTED = "gzip"
PACKED = {"gzip": 31, "x-gzip": 31, "deflate": 47}  # coding → how zlib is told of it
HIDDEN = "•••"
# What texts are written in. Python has further codecs: for names of hosts, which take seconds for a large text.
CHARSET = re.compile(
    r"charset=\"?((?:utf-?8|utf-?16|utf-?32|us-ascii|iso|latin|windows|cp|koi8|shift|euc|gb|big5)[\w-]*)"
)
MARKUP = re.compile(r"^\s*<(!doctype|html)", re.IGNORECASE)
FAILED = "{name} failed; try again later, or help the caller in another way."


class Failed(Exception):
    """A request that came to nothing: why, for the log."""


class Unsent(Failed):
    """A request that has not reached the service, which has done nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: Any  # as JSON, else as text; None for nothing
    text: str


async def read_answer(status: int, headers: Mapping[str, str], chunks: AsyncIterator[bytes]) -> Answer:
    """Read an answer; raises `Failed` for one that is too large, or packed in a way that cannot be read."""
    content = await _unpacked(headers.get("content-encoding", "").strip().lower(), chunks)
    kind = headers.get("content-type", "").lower()
    text = _decoded(content, kind)
    return Answer(status, _parsed(text, kind), text)


async def _unpacked(coding: str, chunks: AsyncIterator[bytes]) -> bytes:
    if coding not in ("", "identity", *PACKED):
        raise Failed(f"its answer is packed as {coding[:40]!r}, which was not asked for")
    unpack = zlib.decompressobj(PACKED[coding]) if coding in PACKED else None
    found, packed = bytearray(), 0
    async for chunk in chunks:
        packed += len(chunk)
        try:
            found += chunk if unpack is None else unpack.decompress(chunk, LARGEST + 1 - len(found))
        except zlib.error as error:
            raise Failed("its answer cannot be unpacked") from error
        if packed > LARGEST or len(found) > LARGEST or (unpack is not None and unpack.unconsumed_tail):
            raise Failed(f"its answer has more than {LARGEST} bytes")
    if unpack is not None and found and not unpack.eof:
        raise Failed("its answer is cut off")
    return bytes(found)


def _decoded(content: bytes, kind: str) -> str:
    charset = CHARSET.search(kind)
    try:
        return content.decode(charset[1] if charset else "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _parsed(text: str, kind: str) -> Any:
    """Return the JSON of an answer; what is none stays text."""
    if not text.strip():
        return None
    if "json" not in kind and text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text


def judge(name: str, answer: Answer, host: str, secrets: Iterable[str] = ()) -> None:
    """Raise what is told of an answer that is none: a refusal in its own words, of a fault only that there was one."""
    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ToolError(f"{name} was refused ({_phrase(answer.status)}){_words(answer, secrets)}")
    raise ToolError(FAILED.format(name=name)) from Failed(f"{host} answered {_phrase(answer.status)}")


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _words(answer: Answer, secrets: Iterable[str]) -> str:
    """Return the words of a refusal without secrets, also where it is cut; a page for people has none for a model."""
    if answer.body is None or MARKUP.match(answer.text):
        return "."
    words = " ".join(without(as_text(answer.body), secrets).split())
    return f": {words[:WORDS]}{' …' if len(words) > WORDS else ''}"


def without(text: str, secrets: Iterable[str]) -> str:
    """Return a text without secrets that a server repeats."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text
