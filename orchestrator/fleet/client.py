"""From an address to a client of Redis: one server, or the master that Sentinels name, with TLS and a login."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from orchestrator.errors import OrchestratorError
from orchestrator.outside.cluster import ClusterAddress

if TYPE_CHECKING:
    from redis.asyncio import Redis

CONNECT = 2.0  # seconds for a connection, and for each step of its beginning
NAME = "orchestrator"  # how connections are called in Redis's own lists
NEEDED = ("redis", "hiredis", "cryptography")


def check_installed() -> None:
    """Raise `OrchestratorError` if the packages are missing."""
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        raise OrchestratorError(
            "ORCHESTRATOR_CLUSTER: a fleet needs packages that are not installed. "
            "Install them with: pip install 'voice-orchestrator[cluster]'"
        )


def client_for(address: ClusterAddress) -> Redis:
    """Return a client that has not connected yet; raises `OrchestratorError` for files of TLS that cannot be used."""
    from redis.asyncio import Redis
    from redis.asyncio.connection import Connection, ConnectionPool, SSLConnection
    from redis.asyncio.retry import Retry
    from redis.asyncio.sentinel import Sentinel
    from redis.backoff import NoBackoff

    tls = {name: value for name, value in address.options.items() if name.startswith("ssl_")}
    common: dict[str, Any] = {"socket_connect_timeout": CONNECT, "socket_timeout": None, "client_name": NAME, **tls}
    common["retry"] = Retry(NoBackoff(), 0)
    login: dict[str, Any] = {"username": address.user, "password": address.password, "db": address.database}
    if address.tls:
        _check_tls(tls)
    if not address.master:
        host, port = address.hosts[0]
        kind = SSLConnection if address.tls else Connection
        return Redis(connection_pool=ConnectionPool(kind, host=host, port=port, **common, **login))
    asked = {
        **common,
        "socket_timeout": CONNECT,
        "ssl": address.tls,
        "username": address.options.get("sentinel_username"),
        "password": address.options.get("sentinel_password"),
    }
    sentinel = Sentinel(address.hosts, sentinel_kwargs=asked)  # type: ignore[no-untyped-call]
    master: Redis = sentinel.master_for(address.master, ssl=address.tls, **common, **login)
    return master


async def close(client: Redis) -> None:
    """Close all connections of a client, also those to Sentinels."""
    sentinel = getattr(client.connection_pool, "sentinel_manager", None)
    for one in [client, *(sentinel.sentinels if sentinel is not None else ())]:
        await one.connection_pool.disconnect()


def _check_tls(options: dict[str, str]) -> None:
    import ssl

    ca, cert = options.get("ssl_ca_certs"), options.get("ssl_certfile")
    try:
        context = ssl.create_default_context(cafile=ca)
        if cert is not None:
            context.load_cert_chain(cert, options.get("ssl_keyfile"), password="")
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise OrchestratorError(
            f"ORCHESTRATOR_CLUSTER: a file of TLS cannot be used: {what}. "
            "Name PEM files with ssl_ca_certs, and with ssl_certfile and ssl_keyfile, the key without a passphrase."
        ) from None
