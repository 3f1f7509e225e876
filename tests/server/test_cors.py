"""Pages of another origin, before and with their request."""

from __future__ import annotations

import httpx
import pytest

from tests.gateway.serving import serve

ASKS = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}


@pytest.mark.parametrize(
    ("keys", "origin", "allowed"),
    [
        ("k-1", "https://shop.example", "*"),
        ("", "http://localhost:3000", "http://localhost:3000"),
        ("", "http://127.0.0.1:5173", "http://127.0.0.1:5173"),
        ("", "https://shop.example", None),
        ("", "http://localhost.shop.example", None),
        ("", "null", None),
    ],
)
async def test_preflights(monkeypatch: pytest.MonkeyPatch, keys: str, origin: str, allowed: str | None) -> None:
    """With keys from anywhere, without keys from this machine; never with credentials."""
    async with serve(monkeypatch, api_keys=keys) as gateway, httpx.AsyncClient() as http:
        asked = await http.options(f"{gateway.url}/v1/realtime/calls", headers={"origin": origin, **ASKS})
        answered = await http.post(f"{gateway.url}/v1/realtime/calls", headers={"origin": origin})
        page = await http.get(f"{gateway.url}/healthz", headers={"origin": origin})

    assert asked.headers.get("access-control-allow-origin") == allowed
    assert asked.status_code == (200 if allowed else 400)
    assert answered.headers.get("access-control-allow-origin") == allowed
    assert answered.headers.get("access-control-expose-headers") == "Location"
    assert "access-control-allow-credentials" not in {*asked.headers, *answered.headers}
    assert "access-control-allow-origin" not in page.headers
    if allowed:
        assert "authorization" in asked.headers["access-control-allow-headers"]
