"""Who runs the agents' models over the network: OpenAI, Azure, or any service that speaks the Realtime protocol.

Agents of `kind: text` run on the same services' chat completions.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from orchestrator.errors import RealtimeError
from orchestrator.outside.addresses import azure_url, correction, socket_url
from orchestrator.outside.variables import variable
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


def websocket_providers(team: Team, environ: Mapping[str, str]) -> dict[str, Provider]:
    """Return the providers that are reached over the network, by name; those that lack a key say so when opened."""
    named = {name: spec for name, spec in team.providers.items() if name not in ("openai", "azure", "local")}
    return {
        "openai": _openai(team.providers.get("openai", ProviderSpec()), environ),
        "azure": _azure(team.providers.get("azure", ProviderSpec()), environ),
        **{name: _named(spec) for name, spec in named.items()},
    }


def _key(spec: ProviderSpec, environ: Mapping[str, str], name: str) -> str:
    return spec.api_key.get_secret_value() if spec.api_key else variable(environ, name)


def _openai(spec: ProviderSpec, environ: Mapping[str, str]) -> Provider:
    key = _key(spec, environ, "OPENAI_API_KEY")
    url = spec.url or variable(environ, "OPENAI_BASE_URL") or OPENAI_URL
    if not key:
        return Unusable("OpenAI needs a key: set OPENAI_API_KEY, or use another model.")
    if remedy := correction(url):
        return Unusable(f"OPENAI_BASE_URL is not the address of a service. {remedy}")
    return _reached(socket_url(url), {"Authorization": f"Bearer {key}"}, spec.max_age or HOUR)


def _azure(spec: ProviderSpec, environ: Mapping[str, str]) -> Provider:
    key = _key(spec, environ, "AZURE_OPENAI_API_KEY")
    url = spec.url or variable(environ, "AZURE_OPENAI_ENDPOINT")
    if not key or not url:
        return Unusable("Azure needs a key and a resource: set AZURE_OPENAI_API_KEY and AZURE_OPENAI_ENDPOINT.")
    if remedy := correction(url, "azure"):
        return Unusable(f"AZURE_OPENAI_ENDPOINT is not the address of a resource. {remedy}")
    return _reached(azure_url(url), {"api-key": key}, spec.max_age or HOUR)


def _named(spec: ProviderSpec) -> Provider:
    key = spec.api_key.get_secret_value() if spec.api_key else ""
    return _reached(socket_url(spec.url or ""), {"Authorization": f"Bearer {key}"} if key else {}, spec.max_age)


def _reached(url: str, headers: Mapping[str, str], max_age: float | None) -> Provider:
    """Return the provider at a URL, unless its key cannot be sent: two lines, or a letter that is not ASCII."""
    if not all(value.isascii() and value.isprintable() for value in headers.values()):
        return Unusable("The API key contains characters that no key has. Copy it again, as one line.")
    return WebSocketProvider(url, headers, max_age=max_age)
