"""Which proxy a connection goes through, by the variables that other programs use: one rule for all connections.

`HTTPS_PROXY` for https and wss, `HTTP_PROXY` for http and ws, otherwise `ALL_PROXY`; lower case goes before upper case.
This machine and what `NO_PROXY` lists are reached directly. No message shows a proxy's user name or password.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from urllib.parse import quote, unquote, urlsplit

from orchestrator.errors import RealtimeError
from orchestrator.outside.variables import variable
from orchestrator.settings import is_loopback

SCHEMES = {"http": "http", "https": "https", "socks": "socks5", "socks5": "socks5", "socks5h": "socks5"}
PORTS = {"http": 80, "https": 443, "socks5": 1080}
SECURE = ("https", "wss")
LONGEST = 255  # bytes of a user name or password, for SOCKS
WORDS = 200  # characters of a proxy's own words that are repeated


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy: HTTP (`CONNECT`), also over TLS, or SOCKS 5, which resolves names itself."""

    scheme: str
    host: str
    port: int
    variable: str  # that names it
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self._authority} ({self.variable})"

    @property
    def url(self) -> str:
        """Its address with user name and password, for those who connect."""
        who = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}@" if self.user else ""
        return f"{self.scheme}://{who}{self._authority}"

    @property
    def _authority(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def refused(self, why: object) -> RealtimeError:
        """Make the error of a connection that the proxy did not make, with its own words."""
        printable = "".join(each if each.isprintable() else " " for each in str(why))
        words = " ".join(printable.split())[:WORDS].rstrip(".")
        told = f": {words}" if words and not (self.password and self.password in words) else ""
        message = f"The proxy {self} refused the connection{told}."
        remedy = f"Correct {self.variable}, or list the host in NO_PROXY if it can be reached directly."
        return RealtimeError(f"{message} {remedy}", code="unreachable")


def through(proxy: Proxy | None) -> str:
    """Say through which proxy something was tried; "" without one."""
    return f" through the proxy {proxy}" if proxy else ""


def proxy_for(url: str, environ: Mapping[str, str] = os.environ) -> Proxy | None:
    """Return the proxy for an address, None if it is reached directly.

    Raises `RealtimeError` (`invalid_proxy`, fatal) for a variable that names none, and ValueError for what is no URL.
    """
    parts = urlsplit(url)
    host, secure = (parts.hostname or "").rstrip("."), parts.scheme in SECURE
    if not host or is_this_machine(host) or _exempt(host, parts.port or (443 if secure else 80), environ):
        return None
    for name in ("HTTPS_PROXY" if secure else "HTTP_PROXY", "ALL_PROXY"):
        if value := _either(environ, name):
            return _parse(value, name)
    return None


def _either(environ: Mapping[str, str], name: str) -> str:
    return variable(environ, name.lower()) or variable(environ, name)


def _parse(value: str, name: str) -> Proxy:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        scheme, host, port = SCHEMES[parts.scheme], parts.hostname, parts.port
    except (ValueError, KeyError):
        scheme, host, port = "", None, None
    else:
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        sendable = all(part.isascii() and len(part) <= LONGEST for part in (user, password))
    if not host or not (sendable or scheme != "socks5"):
        message = f"{name} is not the address of a proxy. Write http://host:port or socks5://host:port."
        remedy = "Special characters in a user name or password are written as %40."
        raise RealtimeError(f"{message} {remedy}", code="invalid_proxy", fatal=True)
    return Proxy(scheme, host, port or PORTS[scheme], name, user, password)


def is_this_machine(host: str) -> bool:
    """Return whether a host is this machine, which no proxy can reach for us."""
    address = _address(host)
    return is_loopback(host) or host.endswith(".localhost") or (address is not None and address.is_unspecified)


def _exempt(host: str, port: int, environ: Mapping[str, str]) -> bool:
    """Return whether `NO_PROXY` lists a host: by name, with all below it, by address, network, or with a port."""
    entries = re.split(r"[,;\s]+", _either(environ, "NO_PROXY").lower())
    return any(_lists(entry, host, port) for entry in entries if entry)


def _lists(entry: str, host: str, port: int) -> bool:
    entry = (entry.partition("://")[2] or entry).removesuffix("/")
    address = _address(host)
    if address is not None and "/" in entry:
        try:
            return address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    named = re.fullmatch(r"(\[[^]]*\]|[^:]*):(\d+)", entry)  # an address of IPv6 without brackets has no port
    name = named[1] if named else entry
    if named and int(named[2]) != port:
        return False
    if address is not None and (listed := _address(name)) is not None:
        return listed == address
    if name == "*":
        return True
    name = name.removeprefix("*").strip(".")
    return fnmatchcase(host, name) or (bool(name) and address is None and host.endswith(f".{name}"))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
