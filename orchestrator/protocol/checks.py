"""Small checks for what callers send: each takes a value and its path, and raises `CallerError` as the service does.

Codes: `missing_required_parameter`, `unknown_parameter`, `invalid_value`; `param` is the path. A message names the
type of a bad value, or the value itself when it is short.
"""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Mapping
from typing import Any, Never

from orchestrator.errors import CallerError

DEEPEST = 100  # levels in an object that may hold anything: Python reads and writes about 900
BASE64 = (string.ascii_letters + string.digits + "+/").encode()
Check = Callable[[Any, str], None]
NAMES = {str: "a string", bool: "a boolean", int: "an integer", float: "a number", list: "an array", dict: "an object"}


def refuse(path: str, expected: str, value: Any) -> Never:
    """Raise the error for a bad value."""
    short = isinstance(value, str | int | float) and len(repr(value)) <= 60
    got = repr(value) if short else "null" if value is None else NAMES.get(type(value), "something else")
    raise CallerError(f"Invalid value for '{path}': expected {expected}, got {got}.", code="invalid_value", param=path)


def missing(path: str) -> Never:
    """Raise the error for a field that must be there."""
    raise CallerError(f"Missing required parameter: '{path}'.", code="missing_required_parameter", param=path)


def anything(value: Any, path: str) -> None:
    """Accept every value."""


def text(longest: int, *, shortest: int = 0) -> Check:
    """Accept a string of bounded length."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, str) or not shortest <= len(value) <= longest:
            refuse(path, f"a string of {shortest} to {longest} characters", value)

    return check


def encoded(longest: int, heads: tuple[str, ...] = ("",)) -> Check:
    """Accept base64 of bounded length, behind one of some heads: those of a data URI."""
    expected = "base64" if heads == ("",) else f"base64 behind one of {', '.join(map(repr, heads))}"

    def check(value: Any, path: str) -> None:
        text(longest)(value, path)
        head = next((one for one in heads if value.startswith(one)), None)
        if head is None:
            refuse(path, expected, value)
        bare = value[len(head) :]
        left = bare.encode("ascii", "replace").translate(None, BASE64)  # four times as fast as to decode it
        if len(bare) % 4 or left not in (b"", b"=", b"==") or not bare.endswith(left.decode()):
            refuse(path, expected, value)

    return check


def boolean(value: Any, path: str) -> None:
    """Accept true and false."""
    if not isinstance(value, bool):
        refuse(path, "a boolean", value)


def mapping(value: Any, path: str) -> None:
    """Accept an object, whatever is in it: what could be read from JSON, and can be written again from anywhere."""
    if not isinstance(value, dict):
        refuse(path, "an object", value)
    level: list[Any] = [value]
    for _ in range(DEEPEST + 1):
        if any(isinstance(one, float) and not math.isfinite(one) for one in level):
            refuse(path, "finite numbers", value)
        inside = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [one for values in inside for one in values]
    if level:
        refuse(path, f"at most {DEEPEST} levels of nesting", value)


def number(low: float, high: float) -> Check:
    """Accept a number within bounds."""

    def check(value: Any, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            refuse(path, f"a number from {low} to {high}", value)

    return check


def integer(low: int, high: int) -> Check:
    """Accept an integer within bounds."""

    def check(value: Any, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            refuse(path, f"an integer from {low} to {high}", value)

    return check


def word(*words: Any) -> Check:
    """Accept one of a few values."""
    listed = ", ".join(repr(one) for one in words)

    def check(value: Any, path: str) -> None:
        if not any(value == one and type(value) is type(one) for one in words):
            refuse(path, listed if len(words) == 1 else f"one of {listed}", value)

    return check


def nullable(check: Check) -> Check:
    """Accept null too."""
    return lambda value, path: None if value is None else check(value, path)


def object_or(inside: Check, otherwise: Check) -> Check:
    """Accept an object that one check accepts, or what is none and the other accepts."""
    return lambda value, path: (inside if isinstance(value, dict) else otherwise)(value, path)


def array(check: Check, longest: int) -> Check:
    """Accept an array of bounded length, each element checked."""

    def check_all(value: Any, path: str) -> None:
        if not isinstance(value, list) or len(value) > longest:
            refuse(path, f"an array of at most {longest} elements", value)
        for index, element in enumerate(value):
            check(element, f"{path}[{index}]")

    return check_all


def fields(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    """Accept an object with these fields; others are unknown."""
    known = {**required, **optional}

    def check(value: Any, path: str) -> None:
        at = f"{path}." if path else ""
        if not isinstance(value, dict):
            refuse(path, "an object", value)
        for name in value:
            if name not in known:
                message = f"Unknown parameter: '{at}{name[:60]}'."
                raise CallerError(message, code="unknown_parameter", param=f"{at}{name[:60]}")
        for name in required:
            if name not in value:
                missing(f"{at}{name}")
        for name, field in value.items():
            known[name](field, f"{at}{name}")

    return check


def variants(key: str, table: Mapping[str, Check]) -> Check:
    """Accept an object whose field `key` says which check applies."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            refuse(path, "an object", value)
        if key not in value:
            missing(f"{path}.{key}")
        word(*table)(value[key], f"{path}.{key}")
        table[value[key]](value, path)

    return check
