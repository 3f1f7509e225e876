"""Whose client is served."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.requests import HTTPConnection

from orchestrator.gateway.admission import Admission
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.mahilo.admission import admit
from orchestrator.gateway.refusal import Refusal
from orchestrator.gateway.teams.quotas import Meters
from orchestrator.settings import Settings
from tests.gateway.serving import helpdesk, serving_only

KEY = "a-key-of-this-server"
HERE, ELSEWHERE = "127.0.0.1", "203.0.113.7"


def decision(*, keys: str, peer: str, headers: dict[str, str], **said: Any) -> str | None:
    """Return why a request is refused; None when it is not. `said` are other settings."""
    settings = Settings(api_keys=cast("Any", keys), mahilo=True, **said)
    calls = cast(
        "Calls",
        SimpleNamespace(
            settings=settings, draining=False, connected=0, teams=serving_only(helpdesk()), meters=Meters()
        ),
    )
    written = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "websocket", "path": "/ws/front", "query_string": b"", "headers": written, "client": (peer, 1)}
    decision = admit(HTTPConnection(scope), calls, Admission(calls))
    return decision.code if isinstance(decision, Refusal) else None


@pytest.mark.parametrize(
    ("keys", "peer", "headers", "refused"),
    [
        ("", HERE, {"host": "localhost:8080"}, None),
        ("", HERE, {"host": "rebound.example"}, "forbidden"),
        ("", HERE, {"x_forwarded_for": ELSEWHERE}, "forbidden"),
        ("", HERE, {"origin": "https://elsewhere.example"}, "origin_not_allowed"),
        (KEY, HERE, {"host": "localhost:8080"}, None),
        (KEY, HERE, {"authorization": f"Bearer {KEY}"}, None),
        (KEY, HERE, {"authorization": "Bearer another"}, "invalid_api_key"),
        (KEY, HERE, {"x_forwarded_for": ELSEWHERE}, "invalid_api_key"),
        (KEY, HERE, {"host": "rebound.example"}, "invalid_api_key"),
        (KEY, HERE, {"origin": "https://elsewhere.example"}, "invalid_api_key"),
        (KEY, ELSEWHERE, {}, "invalid_api_key"),
        (KEY, ELSEWHERE, {"api_key": KEY}, None),
    ],
)
def test_programs_here_need_no_key_and_others_do(
    keys: str, peer: str, headers: dict[str, str], refused: str | None
) -> None:
    """mahilo's clients send none; whoever comes from elsewhere, or through a proxy or a page, has to."""
    assert decision(keys=keys, peer=peer, headers=headers) == refused


@pytest.mark.parametrize("said", [{"tls": "self-signed"}, {"tls_cert": "cert.pem"}])
def test_over_tls_all_need_a_key(said: dict[str, Any]) -> None:
    """One process may relay a connection to another: then it comes from this machine, whoever it is."""
    assert decision(keys=KEY, peer=HERE, headers={"host": "localhost"}, **said) == "invalid_api_key"
    assert decision(keys=KEY, peer=HERE, headers={"api_key": KEY}, **said) is None
