"""Addresses of services as people copy them, and the addresses that are meant."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
ADDRESS = "Write https://host/v1, or wss://host/v1/realtime."
# Pages for people, whose addresses are copied instead of that of the resource they show.
PAGES = ("ai.azure.com", "oai.azure.com", "portal.azure.com", "learn.microsoft.com")
AZURE = "Write https://NAME.openai.azure.com, which the portal shows as the endpoint of the resource."
# What stands below the base URL of a service, and is copied with it.
BELOW = re.compile(r"/(realtime|chat/completions|completions|responses|models|audio)(/.*)?$")
# What the portal appends to the endpoint of a resource: `/openai/deployments/…`, `/api/projects/…`, `/models`.
AZURE_PATH = re.compile(r"/(openai|v1|api/projects|models|anthropic|voice-live)(/.*)?$", re.IGNORECASE)
HOST = re.compile(r"[\w.:%-]+")
# What older addresses say of the model, which agents name themselves.
AZURE_QUERY = ("model", "deployment", "api-version")


def correction(url: str, provider: str = "") -> str:
    """Return what to write in place of a text that cannot be the address of a service; "" if it can."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removesuffix(".")
        host.encode("idna")
        fit = HOST.fullmatch(host) is not None and url.isprintable() and " " not in url
        usable = fit and parts.scheme in SCHEMES and parts.port != 0
    except ValueError:  # brackets, a port out of range, or a name without a part
        usable = False
    if provider == "azure":
        return "" if usable and parts.hostname not in PAGES else AZURE
    return "" if usable else ADDRESS


def socket_url(base: str) -> str:
    """Turn a base URL into that of its Realtime socket; one of ws or wss with a path of its own is taken as it is."""
    parts = urlsplit(base)
    path = parts.path
    if parts.scheme in ("http", "https") or path.rstrip("/") in ("", "/v1"):
        path = f"{_base(path)}/realtime"
    return _socket(base, path, ("model",))


def http_url(base: str, below: str) -> str:
    """Turn a base URL, be it of a Realtime socket, into that of something below it."""
    parts = urlsplit(base)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    return urlunsplit((scheme, _ascii(parts.netloc), f"{_base(parts.path)}/{below}", parts.query, ""))


def _ascii(authority: str) -> str:
    """Return where a service is with its host in ASCII, as proxies and handshakes want it."""
    if authority.isascii():
        return authority
    user, at, place = authority.rpartition("@")
    host, colon, port = place.partition(":")
    return f"{user}{at}{host.encode('idna').decode()}{colon}{port}"


def _base(path: str) -> str:
    """Return the path of a base URL, of whatever below it a path is; `/v1` is where there is none."""
    return BELOW.sub("", path.rstrip("/")) or "/v1"


def azure_url(endpoint: str) -> str:
    """Turn any address that Azure's portal shows for a resource into that of its Realtime socket."""
    path = AZURE_PATH.sub("", urlsplit(endpoint).path.rstrip("/"))
    return _socket(endpoint, f"{path}/openai/v1/realtime", AZURE_QUERY)


def _socket(base: str, path: str, left_out: Collection[str]) -> str:
    parts = urlsplit(base)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([(key, value) for key, value in pairs if key.lower() not in left_out])
    return urlunsplit((SCHEMES.get(parts.scheme, parts.scheme), _ascii(parts.netloc), path or "/", query, ""))
