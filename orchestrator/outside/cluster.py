"""The address of the Redis that nodes of a fleet share, as it is written in `ORCHESTRATOR_CLUSTER`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote, urlsplit

FORMS = "write redis://HOST:PORT/DATABASE, rediss://… for TLS, or redis+sentinel://HOST:PORT,HOST:PORT/MASTER/DATABASE"
SCHEMES = {"redis": (False, False), "rediss": (True, False)}  # whether with TLS, and by Sentinels
SCHEMES |= {"redis+sentinel": (False, True), "rediss+sentinel": (True, True)}
PORT, SENTINEL_PORT, LAST_PORT = 6379, 26379, 65535
HOST = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[\w.-]+)(?::(\d+))?")
TLS_OPTIONS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs")
SENTINEL_OPTIONS = ("sentinel_username", "sentinel_password")


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """Where Redis is, and as whom to log in."""

    hosts: tuple[tuple[str, int], ...]  # of Redis, or of its Sentinels
    tls: bool = False
    master: str = ""  # what the Sentinels call it; "" without them
    database: int = 0
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    def __str__(self) -> str:
        """Return it as messages may show it: without user and password."""
        hosts = ",".join(f"{f'[{host}]' if ':' in host else host}:{port}" for host, port in self.hosts)
        return f"redis{'s' if self.tls else ''}{'+sentinel' if self.master else ''}://{hosts}"


def read_cluster(address: str) -> ClusterAddress:
    """Read an address; raises `ValueError`, whose text shows neither user nor password."""
    scheme, separator, rest = address.partition("://")
    if not separator or scheme not in SCHEMES:
        raise ValueError(f"this is not the address of a Redis; {FORMS}")
    tls, by_sentinels = SCHEMES[scheme]
    try:
        parts = urlsplit(f"//{rest}")
    except ValueError:
        raise ValueError(f"this is not the address of a Redis; {FORMS}") from None
    login, _, hosts = parts.netloc.rpartition("@")
    user, colon, password = login.partition(":")
    path = [unquote(part) for part in parts.path.split("/") if part]
    master = path.pop(0) if by_sentinels and path else ""
    if by_sentinels and not master:
        raise ValueError(
            "the name of the master is missing; write redis+sentinel://HOST:PORT,HOST:PORT/MASTER/DATABASE"
        )
    found = [_host(host, SENTINEL_PORT if by_sentinels else PORT) for host in hosts.split(",")]
    if len(found) > 1 and not by_sentinels:
        raise ValueError("only Sentinels can be several; write redis+sentinel://HOST:PORT,HOST:PORT/MASTER/DATABASE")
    return ClusterAddress(
        tuple(found),
        tls=tls,
        master=master,
        database=_database(path),
        user=unquote(user) or None,
        password=unquote(password) if colon else None,
        options=_options(parts.query, [*(TLS_OPTIONS if tls else ()), *(SENTINEL_OPTIONS if by_sentinels else ())]),
    )


def passwords(address: str) -> list[str]:
    """Return the passwords in an address, as they are written there and as they are meant."""
    try:
        read = read_cluster(address)
    except ValueError:
        return []
    meant = [word for word in (read.password, read.options.get("sentinel_password")) if word]
    login = address.partition("://")[2].rpartition("@")[0].partition(":")[2]
    return list(dict.fromkeys([*meant, login])) if login else meant


def _host(written: str, port: int) -> tuple[str, int]:
    found = HOST.fullmatch(written)
    if found is None or not 0 < int(found[2] or port) <= LAST_PORT:
        raise ValueError(f"a host or a port in it cannot be read; {FORMS}")
    return found[1].strip("[]"), int(found[2] or port)


def _database(path: list[str]) -> int:
    if len(path) > 1 or (path and not (path[0].isascii() and path[0].isdigit())):
        raise ValueError(f"the number of the database cannot be read; {FORMS}")
    return int(path[0]) if path else 0


def _options(query: str, known: list[str]) -> Mapping[str, str]:
    given = dict(parse_qsl(query, keep_blank_values=True))
    unknown = [name for name in given if name not in known]
    if unknown:
        can = f"known here: {', '.join(known)}" if known else "there are none without TLS or Sentinels"
        raise ValueError(f"the option {unknown[0]!r} is not known; {can}")
    return MappingProxyType(given)
