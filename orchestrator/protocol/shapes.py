"""Small shapes for what services send: each takes a value and returns it, corrected where that is safe, or `BAD`.

The other side of `checks`: a client is told what is wrong with its event; of what a service sends, the unreadable parts
are left out instead. Unknown keys are kept, because the protocol grows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

Shape = Callable[[Any], Any]
BAD: Final[Any] = object()  # what cannot be read
LARGEST = 10**12  # of numbers: no count, time or place in the protocol is beyond


def string(value: Any) -> Any:
    """Take a string."""
    return value if isinstance(value, str) else BAD


def name(value: Any) -> Any:
    """Take a string with something in it."""
    return value if isinstance(value, str) and value else BAD


def number(value: Any) -> Any:
    """Take a number of a size that the protocol knows."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST else BAD


def integer(value: Any) -> Any:
    """Take a number as an integer: a float would end a client."""
    return BAD if number(value) is BAD else int(value)


def mapping(value: Any) -> Any:
    """Take an object, whatever is in it."""
    return value if isinstance(value, Mapping) else BAD


def word(*words: Any) -> Shape:
    """Take one of a few values."""
    return lambda value: next((one for one in words if one == value and type(one) is type(value)), BAD)


def nullable(shape: Shape) -> Shape:
    """Take null too."""
    return lambda value: None if value is None else shape(value)


def every(shape: Shape) -> Shape:
    """Take an array, without the elements that cannot be read."""

    def corrected(value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return BAD
        return [one for one in map(shape, value) if one is not BAD]

    return corrected


def fields(needed: Mapping[str, Shape], known: Mapping[str, Shape] | None = None, *, grows: bool = True) -> Shape:
    """Take an object that has some fields, and perhaps others; those that cannot be read are left out.

    `grows`: keys that are not named are kept.
    """
    shapes, required = {**needed, **(known or {})}, needed.keys()

    def corrected(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return BAD
        taken = {}
        for key, one in value.items():  # of every event of every call
            shape = shapes.get(key)
            new = shape(one) if shape is not None else one if grows else BAD
            if new is not BAD:
                taken[key] = new
        return taken if required <= taken.keys() else BAD

    return corrected
