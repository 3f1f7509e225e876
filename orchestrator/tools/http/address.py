"""The address of a request as the team file has it: arguments fill in parts of its path and query, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from orchestrator.team.tools.templates import as_text

ARGUMENT = re.compile(r"\{([A-Za-z0-9_-]+)\}")
PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
LONGEST = 1000  # characters of a value in an address
SAFE = "/:@!$&'()*+,;=-._~%"  # characters of the file's own text that stay as they are
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class InvalidAddress(Exception):
    """An address that no request can go to: what is wrong, and what to do."""

    def __init__(self, what: str, remedy: str = "Write https://host/path/{argument}.") -> None:
        super().__init__(what)
        self.remedy = remedy


class InvalidValue(Exception):
    """A value that may not stand in an address; the text says which, and why."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address with places for arguments."""

    scheme: str
    host: str  # as it stands in the address: of IPv6 in brackets
    port: int
    path: str  # with `{name}` for arguments
    query: str = ""  # as well

    @property
    def origin(self) -> str:
        """Where the request goes, whatever its arguments are."""
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments that are filled in, in their order."""
        return tuple(ARGUMENT.findall(f"{self.path}?{self.query}"))

    def filled(self, values: Mapping[str, Any]) -> str:
        """Return the address with arguments filled in; raises `InvalidValue`."""
        path = "/".join(_segment(each, values) for each in self.path.split("/"))
        query = ARGUMENT.sub(lambda found: quote(_text(values, found[1]), safe=""), self.query)
        return f"{self.origin}{path}{'?' if query else ''}{query}"


def read_address(text: str) -> Address:
    """Read an address; raises `InvalidAddress`, without repeating the address, which may be from the environment."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise InvalidAddress("this is not an address") from None
    if parts.scheme not in PORTS:
        raise InvalidAddress("the address does not begin with https:// or http://")
    if parts.username is not None or parts.password is not None:
        raise InvalidAddress("a user name or password in the address", "Write a header, `Authorization: Basic …`.")
    if ARGUMENT.search(parts.netloc) or ARGUMENT.search(parts.scheme):
        raise InvalidAddress("an argument in the host", "The host is that of the file; arguments fill in the path.")
    if parts.fragment or "#" in text:
        raise InvalidAddress("a fragment (#…) in the address", "Remove it: it is never sent.")
    named = _named(host)
    if named is None or port == 0:
        raise InvalidAddress("this is no host")
    if CONTROLS.search(text) or "\\" in text:
        raise InvalidAddress("a character in the address that no address has")
    if any(unquote(each) in (".", "..") for each in parts.path.split("/")):
        raise InvalidAddress("`.` or `..` in the path", "Write the path that is meant.")
    return Address(parts.scheme, named, port or PORTS[parts.scheme], _quoted(parts.path or "/"), _quoted(parts.query))


def _named(host: str) -> str | None:
    """Return a host as it stands in an address; None if it cannot be one."""
    if ":" in host:
        return f"[{host}]" if HOST.fullmatch(f"[{host}]") else None
    try:
        named = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        return None
    return named if HOST.fullmatch(named) else None


def _quoted(text: str) -> str:
    """Return a part of the file's address with all characters as they are sent, but for the places of arguments."""
    return "".join(_pieces(text))


def _pieces(text: str) -> Iterator[str]:
    end = 0
    for found in ARGUMENT.finditer(text):
        yield quote(text[end : found.start()], safe=SAFE + "?")
        yield found[0]
        end = found.end()
    yield quote(text[end:], safe=SAFE + "?")


def _segment(written: str, values: Mapping[str, Any]) -> str:
    """Fill in one segment of a path: it stays one, and never leads upwards."""
    names = ARGUMENT.findall(written)
    if not names:
        return written
    for name in names:
        value = _text(values, name)
        decoded = unquote(unquote(value))  # some servers do so before they look for segments
        if not value:
            raise InvalidValue(f"{name}: must not be empty")
        if any(sign in decoded for sign in "/\\") or CONTROLS.search(decoded):
            raise InvalidValue(f"{name}: must have no slash, backslash or control character")
    plain = ARGUMENT.sub(lambda found: _text(values, found[1]), written)
    if unquote(unquote(plain)).strip() in (".", ".."):
        raise InvalidValue(f"{names[0]}: must not be . or ..")
    return ARGUMENT.sub(lambda found: quote(_text(values, found[1]), safe=""), written)


def _text(values: Mapping[str, Any], name: str) -> str:
    """Return a value as text; nothing for one that was left out."""
    text = as_text(values.get(name))
    if len(text) > LONGEST:
        raise InvalidValue(f"{name}: must have at most {LONGEST} characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidValue(f"{name}: is no text") from None
    return text
