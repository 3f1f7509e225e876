"""What the settings must be for a fleet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from orchestrator.errors import OrchestratorError
from orchestrator.fleet.node import RedisFleet
from orchestrator.fleet.starting import fleet_for
from orchestrator.settings import Settings

ROOT = Path(__file__).parent.parent.parent


def made(**settings: Any) -> RedisFleet:
    """Make a fleet that is not started."""
    fleet = fleet_for(Settings(**{"cluster": "redis://localhost", "secret": SecretStr("s" * 32), **settings}))
    assert fleet is not None
    return fleet


def test_without_an_address_there_is_none() -> None:
    """As before."""
    assert fleet_for(Settings()) is None


def test_without_an_address_nothing_is_imported() -> None:
    """The packages need not be installed."""
    script = (
        "import sys; from orchestrator.server.serve import build; from orchestrator.fleet.starting import fleet_for; "
        "from orchestrator.settings import Settings; fleet_for(Settings()); "
        "print(sorted({'redis', 'hiredis'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout.strip() == "[]"


def test_a_node_is_one_process() -> None:
    """The error says what to do instead."""
    with pytest.raises(OrchestratorError, match=r"^ORCHESTRATOR_CLUSTER: .* 2 workers .* Start several nodes"):
        made(workers=2)


def test_nodes_need_a_secret_in_common() -> None:
    """The error says how to make one."""
    with pytest.raises(OrchestratorError, match=r"^ORCHESTRATOR_CLUSTER: .*Set ORCHESTRATOR_SECRET .*openssl"):
        made(secret=None)


def test_the_packages_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says how to install them."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "redis" else object())
    with pytest.raises(OrchestratorError, match=r"voice-orchestrator\[cluster\]"):
        made()


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"host": "::1", "port": 90}, "http://[::1]:90"),
        ({"tls_cert": Path("cert.pem")}, "https://127.0.0.1:8080"),
        ({"node_url": "https://one.example/voice/"}, "https://one.example/voice"),
        ({"host": "0.0.0.0"}, "http://:8080"),
    ],
)
def test_others_reach_a_node_where_it_listens(settings: dict[str, Any], url: str) -> None:
    """Unless it says another address; without a host where it is not known yet."""
    assert made(**settings)._url == url


def test_a_port_that_was_free_is_told() -> None:
    """The settings do not know it."""
    fleet = fleet_for(Settings(cluster="redis://localhost", secret=SecretStr("s" * 32), port=0), 4711)
    assert fleet is not None
    assert fleet._url == "http://127.0.0.1:4711"
