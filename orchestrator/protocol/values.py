"""How many values a JSON text holds, seen before it is parsed: parsing stops the process for as long as it takes."""

from __future__ import annotations

import re

STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
MARKS = ",[{"  # before an element, a field, or what is inside


def more_values(text: str, most: int) -> bool:
    """Return whether a JSON text holds more elements, fields and brackets than `most`."""
    if len(text) <= most or sum(map(text.count, MARKS)) <= most:
        return False
    bare = STRING.sub("", text)  # those within strings do not count
    return sum(map(bare.count, MARKS)) > most
