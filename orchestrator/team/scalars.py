"""Numbers without quotes: kept as they are written, until it is known whether text or a number is meant."""

from __future__ import annotations

import re
from typing import Any

# A plus or a needless zero at the start is no part of a number: they make a telephone number, or a code.
INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,3999})")
FLOAT = re.compile(r"-?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


class Unquoted(str):
    """A number as the file has it, without quotes."""

    __slots__ = ()


def unquoted(text: str) -> str:
    """Return what stands without quotes in a file: text, marked if it can be read as a number."""
    return Unquoted(text) if INTEGER.fullmatch(text) or FLOAT.fullmatch(text) else text


def read_scalar(value: Any) -> Any:
    """Return the number that a value without quotes is; any other value as it is."""
    if not isinstance(value, Unquoted):
        return value
    return int(value) if INTEGER.fullmatch(value) else float(value)
