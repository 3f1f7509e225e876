"""Cross-origin requests: any browser page may use the `/v1/` routes with an API key, or a local page without.

The console and everything else that is served stay with their own origin.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import SecretStr
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = r"https?://(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?"
AGE = 600  # seconds that a browser caches a preflight


class CrossOrigin:
    """Middleware that answers preflights and adds the CORS headers, below `/v1/` only."""

    def __init__(self, app: ASGIApp, api_keys: Iterable[SecretStr]) -> None:
        # The application, without and with the CORS middleware.
        self._app = app
        with_keys = any(True for _ in api_keys)
        self._shared = CORSMiddleware(
            app,
            allow_origins=["*"] if with_keys else [],
            allow_origin_regex=None if with_keys else LOOPBACK,
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            expose_headers=["Location"],  # its last segment is the call's id
            max_age=AGE,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shared = scope["type"] == "http" and scope["path"].startswith(f"{scope['root_path']}/v1/")
        await (self._shared if shared else self._app)(scope, receive, send)
