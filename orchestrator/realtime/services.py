"""Who runs the agents' models over the network: OpenAI, Azure, or any service that speaks the Realtime protocol.

Agents of `kind: text` run on the same services' chat completions.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

from orchestrator.errors import RealtimeError
from orchestrator.providers.port import Provider, Session
from orchestrator.realtime.connection import Connection
from orchestrator.team import ProviderSpec, Team
from orchestrator.text.session import TextSession

OPENAI_URL = "https://api.openai.com/v1"
HOUR = 3600.0  # seconds that a session lives with OpenAI and Azure


class WebSocketProvider(Provider):
    """A service at a URL. Its key is in no message, log or repr."""

    def __init__(self, url: str, headers: Mapping[str, str], *, max_age: float | None = None) -> None:
        # Where sessions are opened, without the model.
        self._url = url
        # What authorises them.
        self._headers = dict(headers)
        # Seconds that they live there when they do not say so.
        self._max_age = max_age

    def __repr__(self) -> str:
        return f"WebSocketProvider({urlsplit(self._url).netloc.rpartition('@')[2]!r})"

    async def open(self, model: str) -> Connection:
        """Open a session of a model (a deployment, with Azure)."""
        joint = "&" if "?" in self._url else "?"
        url = f"{self._url}{joint}model={quote(model, safe='')}"
        return await Connection.open(url, self._headers, max_age=self._max_age)

    async def open_text(self, model: str) -> Session:
        """Open a session on the service's chat completions.

        Realtime models are not to be had there; they write as well as they speak, in a session of their own.
        """
        if "realtime" in model:
            return await self.open(model)
        return await TextSession.open(self._url, self._headers, model)


class Unusable(Provider):
    """A provider that lacks something; whoever opens a session is told what."""

    def __init__(self, message: str) -> None:
        # What is missing, and what to do.
        self.message = message

    async def open(self, model: str) -> Connection:
        """Raise: there is nothing to open."""
        raise RealtimeError(self.message, code="not_configured", fatal=True)


def socket_url(base: str) -> str:
    """Turn a base URL (http, https, ws or wss) into that of its Realtime socket."""
    parts = urlsplit(base)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    path = parts.path.rstrip("/")
    if parts.scheme in ("http", "https") and not path.endswith("/realtime"):
        path += "/realtime"
    return urlunsplit((scheme, parts.netloc, path or "/", parts.query, ""))


def websocket_providers(team: Team, environ: Mapping[str, str]) -> dict[str, Provider]:
    """Return the providers that are reached over the network, by name; those that lack a key say so when opened."""
    named = {name: spec for name, spec in team.providers.items() if name not in ("openai", "azure", "local")}
    return {
        "openai": _openai(team.providers.get("openai", ProviderSpec()), environ),
        "azure": _azure(team.providers.get("azure", ProviderSpec()), environ),
        **{name: _named(spec) for name, spec in named.items()},
    }


def _key(spec: ProviderSpec, usual: str | None = None) -> str | None:
    said = spec.api_key.get_secret_value() if spec.api_key else usual
    return said.strip() if said else None  # a key read from a file often ends with its newline


def _openai(spec: ProviderSpec, environ: Mapping[str, str]) -> Provider:
    key = _key(spec, environ.get("OPENAI_API_KEY"))
    if not key:
        return Unusable("OpenAI needs a key: set OPENAI_API_KEY, or use another model.")
    url = spec.url or environ.get("OPENAI_BASE_URL") or OPENAI_URL
    return WebSocketProvider(socket_url(url), {"Authorization": f"Bearer {key}"}, max_age=spec.max_age or HOUR)


def _azure(spec: ProviderSpec, environ: Mapping[str, str]) -> Provider:
    key = _key(spec, environ.get("AZURE_OPENAI_API_KEY"))
    url = spec.url or environ.get("AZURE_OPENAI_ENDPOINT")
    if not key or not url:
        return Unusable("Azure needs a key and a resource: set AZURE_OPENAI_API_KEY and AZURE_OPENAI_ENDPOINT.")
    path = "" if "/openai" in urlsplit(url).path else "/openai/v1"  # the GA path, without an api-version
    return WebSocketProvider(socket_url(url.rstrip("/") + path), {"api-key": key}, max_age=spec.max_age or HOUR)


def _named(spec: ProviderSpec) -> Provider:
    key = _key(spec)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return WebSocketProvider(socket_url(spec.url or ""), headers, max_age=spec.max_age)
