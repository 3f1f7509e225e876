"""From an entry of `tools:` to a request as a tool; what is wrong with it is told at its keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.errors import RealtimeError
from orchestrator.outside.pools import Way
from orchestrator.outside.proxies import is_this_machine, proxy_for
from orchestrator.outside.public import is_public
from orchestrator.team import Team
from orchestrator.team.tools import HttpRef
from orchestrator.team.tools.secrets import in_address, values
from orchestrator.tools.checking import Templates, suggest
from orchestrator.tools.entries import Entry, InvalidReference
from orchestrator.tools.http.address import Address, InvalidAddress, read_address
from orchestrator.tools.http.request import BREAKS, Template
from orchestrator.tools.http.tool import HttpTool
from orchestrator.tools.tool import Tool

HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
OURS = ("host", "content-length", "transfer-encoding", "connection", "te", "upgrade", "trailer", "accept-encoding")
LITERAL = re.compile(r"\[.*\]|[0-9.]+|0x[0-9a-f]+", re.IGNORECASE)  # a host that is an address, however it is written
PRIVATE = "Write `private: true` if the service is in your own network."


def http_tools(ref: HttpRef, entry: Entry) -> list[Tool]:
    """Return the tool of an entry; raises `InvalidReference`, or reports what is wrong with the entry."""
    method, _, url = ref.http.partition(" ")
    try:
        address = read_address(url.strip())
    except InvalidAddress as error:
        raise InvalidReference(str(error), error.remedy, "http") from None
    key = ref.idempotent if isinstance(ref.idempotent, str) else None
    request = Template(method, address, tuple(ref.args), ref.headers, ref.query, ref.body, key)
    _check(ref, entry, request)
    secrets = (
        *values(entry.team, ref.headers, *entry.path, "headers"),
        *in_address(entry.team, url, *entry.path, "http"),
    )
    way = way_to(address, entry.team, private=ref.private)
    try:
        return [HttpTool(ref.own_name, ref.description, schema_of(ref), ref, request=request, way=way, secrets=secrets)]
    except ValueError as error:
        raise InvalidReference(f"the arguments are no JSON Schema: {error}", "Correct them.", "args") from None


def way_to(address: Address, team: Team, *, private: bool) -> Way:
    """Return how an address is reached; raises `InvalidReference` for a proxy that is none."""
    try:
        return Way(proxy_for(address.origin), private=private)
    except RealtimeError as error:
        raise InvalidReference(f"the service cannot be reached: {error}", "", "http") from None


def schema_of(ref: HttpRef) -> dict[str, Any]:
    """Return the JSON Schema of the arguments."""
    properties = {}
    for name, arg in ref.args.items():
        more = {"default": arg.default, "minimum": arg.minimum, "maximum": arg.maximum}
        properties[name] = {**arg.schema_of(), **{key: value for key, value in more.items() if value is not None}}
    required = [name for name, arg in ref.args.items() if arg.required and arg.default is None]
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def check_headers(headers: Mapping[str, str], entry: Entry, *below: str) -> None:
    """Report headers that cannot be sent."""
    for name, value in headers.items():
        if not HEADER.fullmatch(name):
            entry.report("not the name of a header", "Write a name such as Authorization.", *below, name)
        elif name.lower() in OURS:
            entry.report(f"the header {name} is set by this program", "Remove it.", *below, name)
        elif BREAKS.search(value):
            entry.report("a line break or control character in a header", "Remove it.", *below, name)


def check_place(address: Address, entry: Entry, *, private: bool, headers: Mapping[str, str], key: str) -> None:
    """Report an address that cannot be reached without `private`, and secrets that travel unencrypted."""
    inside = is_inside(address.host)
    if inside and not private:
        entry.report("the address is not public", PRIVATE, key)
    if address.scheme == "http" and not inside and not private and any(map(_is_secret, headers)):
        what = "the secrets in its headers travel unencrypted"
        entry.report(what, "Write https://, unless the network is your own.", key, fatal=False)


def is_inside(host: str) -> bool:
    """Whether a host is not public, as far as it can be told without resolving its name."""
    bare = host.strip("[]")
    return is_this_machine(bare) or (LITERAL.fullmatch(host) is not None and not is_public(bare))


def _is_secret(header: str) -> bool:
    return re.search(r"auth|key|token|secret|cookie", header, re.IGNORECASE) is not None


def _check(ref: HttpRef, entry: Entry, request: Template) -> None:
    check_place(request.address, entry, private=ref.private, headers=ref.headers, key="http")
    check_headers(ref.headers, entry, "headers")
    templates = Templates(entry, ref.args)
    for key, value in (("headers", ref.headers), ("query", ref.query), ("body", ref.body)):
        templates.of(value, (), key)
    for what, remedy, *below in _arguments(ref, request):
        entry.report(what, remedy, *below)
    for name in request.dropped:
        what = f"the argument {name!r} is sent nowhere"
        entry.report(what, f"Use it: `{{{{ args.{name} }}}}`, or remove it.", "args", name, fatal=False)


def _arguments(ref: HttpRef, request: Template) -> Iterator[tuple[str, ...]]:
    """Yield what is wrong with arguments: what, what to do, and where."""
    for name in dict.fromkeys(request.address.arguments):
        arg = ref.args.get(name)
        if arg is None:
            yield (
                f"the address needs an argument {name!r}",
                suggest(name, ref.args) or f"Add `args: {{{name}: string}}`.",
                "http",
            )
        elif name in path_arguments(request.address) and not arg.required and arg.default is None:
            yield f"the path needs {name!r}, which may be left out", "Remove `required: false`.", "args", name
    for name, arg in ref.args.items():
        if arg.default is not None and (fault := arg.fault(arg.default)):
            yield f"the default value is not valid: it {fault}", "Correct it.", "args", name
    if ref.body is not None and request.method in ("GET", "HEAD"):
        yield f"a {request.method} request has no body", "Write `query:`, or another method.", "body"


def path_arguments(address: Address) -> tuple[str, ...]:
    """Return the arguments in the path of an address."""
    return Address(address.scheme, address.host, address.port, address.path).arguments
