"""Makes the fleet that the settings ask for, or says what keeps this process from being a node."""

from __future__ import annotations

from orchestrator.errors import OrchestratorError
from orchestrator.fleet.client import check_installed, client_for
from orchestrator.fleet.node import RedisFleet
from orchestrator.outside.cluster import read_cluster
from orchestrator.settings import Settings

EVERYWHERE = ("0.0.0.0", "::")  # addresses that others cannot call
NO_SECRET = (
    "ORCHESTRATOR_CLUSTER: the nodes need a secret in common, by which journals are encrypted. "
    "Set ORCHESTRATOR_SECRET to the same value on all of them; make one with: openssl rand -hex 32"
)


def fleet_for(settings: Settings, port: int | None = None) -> RedisFleet | None:
    """Return the fleet; None without `ORCHESTRATOR_CLUSTER`. `port`: the one that is listened on, if that was free.

    Raises `OrchestratorError` for settings that do not go with it.
    """
    if settings.cluster is None:
        return None
    if settings.workers > 1:
        raise OrchestratorError(
            f"ORCHESTRATOR_CLUSTER: a node is one process, and {settings.workers} workers are wanted. "
            "Start several nodes, each with its own port and without --workers."
        )
    if settings.secret is None:
        raise OrchestratorError(NO_SECRET)
    check_installed()
    address = read_cluster(settings.cluster)
    return RedisFleet(client_for(address), address, settings.secret.get_secret_value(), _url(settings, port))


def _url(settings: Settings, port: int | None) -> str:
    """Return the address by which other nodes reach this one; without a host if it listens everywhere."""
    if settings.node_url is not None:
        return settings.node_url
    host = "" if settings.host in EVERYWHERE else settings.host
    scheme = "https" if settings.tls_cert is not None else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port or settings.port}"
