"""Where the operations of an OpenAPI file are served, and which key they want."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.tools.openapi.operations import Listed
from orchestrator.tools.openapi.reading import Document, Fault, Placed

SERVER = "Write `server: https://…` beside `file`."


def server_of(document: Document, listed: Listed) -> str:
    """Return the address that the path of an operation is below; raises `Fault`."""
    for around in (listed.operation, listed.item, document.root):
        servers = around.get("servers")
        server = document.mapping(servers[0]) if isinstance(servers, list) and servers else None
        if server is None:
            continue
        url, variables = str(server.get("url", "")), document.mapping(server.get("variables"))
        for name in variables:
            url = url.replace(f"{{{name}}}", str(document.mapping(variables[name]).get("default", "")))
        if not url.startswith(("http://", "https://")):
            raise Fault(f"the address {url!r} does not say on which host", SERVER, server.place("url"))
        if "{" in url:
            raise Fault(f"the address {url!r} has a variable without a default", SERVER, server.place("url"))
        return url
    raise Fault("the file has no address under `servers`", SERVER, document.root.place("paths"))


def missing_keys(document: Document, used: Iterable[Listed], given: frozenset[str]) -> list[Fault]:
    """Return which keys operations want that no header of the team file (`given`, in lower case) gives."""
    schemes = document.mapping(document.mapping(document.root.get("components")).get("securitySchemes"))
    wanting: dict[str, list[str]] = {}
    for one in used:
        ways = one.operation.get("security", document.root.get("security"))
        wanted = [list(way) for way in ways if isinstance(way, Placed)] if isinstance(ways, list) else []
        if not wanted or any(all(_is_given(document, schemes, name, given) for name in way) for way in wanted):
            continue
        wanting.setdefault(wanted[0][0], []).append(one.id)
    return [_missing(document, schemes, name, ids) for name, ids in wanting.items()]


def _is_given(document: Document, schemes: Placed, name: str, given: frozenset[str]) -> bool:
    return _header(document.mapping(schemes.get(name))).lower() in given


def _header(scheme: Placed) -> str:
    """Return the header that a key is sent in; "" when it is sent elsewhere."""
    if scheme.get("type") == "apiKey":
        return str(scheme.get("name")) if scheme.get("in") == "header" else ""
    return "Authorization"


def _missing(document: Document, schemes: Placed, name: str, ids: list[str]) -> Fault:
    scheme = document.mapping(schemes.get(name))
    who = f"{ids[0]} wants" if len(ids) == 1 else f"{ids[0]} and {len(ids) - 1} more want"
    at = schemes.place(name)
    header = _header(scheme)
    if not header:
        what = f"{who} the key {name!r} in the {scheme.get('in')}, which is not given"
        return Fault(what, "Use a key in a header, or write the tools as `http:`.", at)
    kind = f" ({scheme.get('scheme') or scheme.get('type')})" if scheme else ""
    value = "Bearer ${TOKEN}" if header == "Authorization" else "${KEY}"
    what = f"{who} the header {header}{kind}, which is not given"
    return Fault(what, f'Write `headers: {{{header}: "{value}"}}` beside `file`.', at)
