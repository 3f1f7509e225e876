"""What a tool returned, written as text for the model: strict JSON, and no more of it than the model is given.

JSON is written piece by piece, and no further than it is read: a result of 50 MB, or one that never ends, costs no more
than its beginning.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, MappingView, Sequence, Set
from dataclasses import fields, is_dataclass
from itertools import chain
from json.encoder import encode_basestring
from typing import Any

from pydantic_core import to_jsonable_python

from orchestrator.team import NOTHING

RESULT = 16_000  # characters; longer results are cut
LONGEST = 10_000  # bits of a whole number; Python writes no longer ones
DEEPEST = 100  # objects and arrays inside each other
PARTS = (Sequence, Set, MappingView, Iterator)  # a data frame has parts of another kind: it is no array


class Unwritable(Exception):
    """A result that cannot be written; the text says what it is or holds."""


def written(result: Any, *, most: int = RESULT) -> str:
    """Return a result as text for the model: text as it is, None as `done`, anything else as JSON; cut after `most`.

    NaN, which means nothing, is written as null, and an infinite number by its name: JSON has neither. Raises
    `Unwritable`, or whatever an iterator or property of the result raises.
    """
    if result is None:
        return NOTHING
    # Half a surrogate pair, as in the name of a file, is no text for a service.
    return _json_or_text(result, most).encode("utf-8", "replace").decode()


def _json_or_text(result: Any, most: int) -> str:
    if isinstance(result, str):
        return result[:] if len(result) <= most else f"{result[:most]} … (cut: {len(result)} characters)"
    text, size = [], 0
    for piece in _pieces(result, 0, most):
        text.append(piece[: most + 1 - size])
        size += len(text[-1])
        if size > most:
            return f"{''.join(text)[:most]} … (cut: more than {most} characters)"
    return "".join(text)


def _pieces(value: Any, depth: int, most: int) -> Iterator[str]:
    """Yield the JSON of a value."""
    if depth > DEEPEST:
        raise Unwritable(f"{type(value).__name__} in more than {DEEPEST} others")
    value = _plain(value)
    match value:
        case str():
            yield encode_basestring(value[: most + 1])
        case None | bool():
            yield {None: "null", True: "true", False: "false"}[value]
        case int() if value.bit_length() > LONGEST:
            raise Unwritable(f"number of more than {LONGEST} bits")
        case int():
            yield int.__repr__(value)
        case float() if math.isnan(value):
            yield "null"
        case float() if math.isinf(value):
            yield '"Infinity"' if value > 0 else '"-Infinity"'
        case float():
            yield float.__repr__(value)
        case Mapping():
            members = (chain([_key(key), ":"], _pieces(one, depth + 1, most)) for key, one in value.items())
            yield from _joined("{", members, "}")
        case _:
            yield from _joined("[", (_pieces(one, depth + 1, most) for one in value), "]")


def _plain(value: Any) -> Any:
    """Turn a value into one that JSON has, or into an iterable of its parts."""
    if value is None or isinstance(value, str | int | float | Mapping):
        return value
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return value._asdict()  # a named tuple
    if isinstance(value, PARTS) and not isinstance(value, bytes | bytearray | memoryview):
        return value
    if hasattr(value, "ndim") and hasattr(value, "dtype"):  # an array or a number of numpy
        return value if value.ndim else _plain(value.tolist())
    if is_dataclass(value) and not isinstance(value, type) and not hasattr(value, "__pydantic_serializer__"):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    return _by_pydantic(value, value)


def _key(key: Any) -> str:
    key = key.tolist() if hasattr(key, "dtype") else key
    return encode_basestring(key if isinstance(key, str) else next(iter(_by_pydantic({key: None}, key))))


def _by_pydantic(value: Any, culprit: Any) -> Any:
    try:
        return to_jsonable_python(value)
    except Exception:
        raise Unwritable(type(culprit).__name__) from None


def _joined(opening: str, parts: Iterable[Iterator[str]], closing: str) -> Iterator[str]:
    yield opening
    for number, part in enumerate(parts):
        if number:
            yield ","
        yield from part
    yield closing
