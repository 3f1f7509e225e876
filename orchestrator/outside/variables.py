"""Values from the environment and from files as they are meant: without what copying and deploying leave around them.

Secrets mounted as files end with a newline, `docker run --env-file` keeps quotes, and editors put a mark at the start.
"""

from __future__ import annotations

from collections.abc import Mapping

MARK = "\ufeff"  # of byte order, which some editors write at the start of a file; never part of a text
INVISIBLE = f"{MARK}\u200b"


def plain(text: str) -> str:
    """Return a value without white space and one pair of quotes around it."""
    text = _stripped(text)
    quote = text[:1]
    quoted = len(text) > 1 and quote in ("'", '"') and text.endswith(quote) and quote not in text[1:-1]
    return _stripped(text[1:-1]) if quoted else text


def variable(environ: Mapping[str, str], name: str) -> str:
    """Return the value of a variable; "" if it is not set or has none."""
    return plain(environ.get(name, ""))


def _stripped(text: str) -> str:
    before = ""
    while text != before:
        before, text = text, text.strip().strip(INVISIBLE)
    return text
