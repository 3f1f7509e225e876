"""From an entry of `tools:` to its tools: the operations of an OpenAPI file that `allow` names."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from orchestrator.team.tools import OpenApiRef
from orchestrator.team.tools.secrets import in_address, values
from orchestrator.tools.checking import Templates
from orchestrator.tools.entries import Entry, InvalidReference
from orchestrator.tools.http.address import Address, InvalidAddress, read_address
from orchestrator.tools.http.loading import check_headers, check_place, way_to
from orchestrator.tools.http.request import Template
from orchestrator.tools.openapi.allowing import NotAllowed, allowed
from orchestrator.tools.openapi.operations import Listed, Operation, list_operations, read_operation
from orchestrator.tools.openapi.reading import Document, Fault, read_document
from orchestrator.tools.openapi.services import missing_keys, server_of
from orchestrator.tools.openapi.tool import OpenApiTool
from orchestrator.tools.tool import Tool

SEVERAL = "Name one operation: `allow: [{}]`."


Documents: TypeAlias = dict[Path, Document | InvalidReference]  # file → what is in it, or why it cannot be read


def _read(ref: OpenApiRef, entry: Entry, documents: Documents) -> Document:
    """Return the file of an entry; raises `InvalidReference`."""
    path = entry.team.folder / ref.openapi.file
    if path not in documents:
        try:
            documents[path] = _document(path, _shown(ref, entry), entry)
        except InvalidReference as error:
            documents[path] = error
    found = documents[path]
    if isinstance(found, InvalidReference):
        raise found
    return found


def _shown(ref: OpenApiRef, entry: Entry) -> str:
    """Return how messages name the file: values from the environment are not shown."""
    at = (*entry.path, "openapi")
    hidden = entry.team.from_environment(*at) or entry.team.from_environment(*at, "file")
    return "the OpenAPI file" if hidden else ref.openapi.file


def _document(path: Path, file: str, entry: Entry) -> Document:
    try:
        return read_document(entry.sources.read(path), file)
    except (OSError, ValueError) as error:  # a path may be none
        reason = getattr(error, "strerror", None) or "not a valid path"
        remedy = "Paths are relative to the team file."
        raise InvalidReference(f"{file} cannot be read: {reason}", remedy, "openapi", "file") from None
    except Fault as fault:
        what = f"{file}:{fault.at[0]}:{fault.at[1]}: {fault}"
        raise InvalidReference(what, fault.remedy, "openapi", "file") from None


def openapi_tools(ref: OpenApiRef, entry: Entry, documents: Documents) -> list[Tool]:
    """Return the tools of an entry; raises `InvalidReference`, or reports what is wrong with the entry."""
    document = _read(ref, entry, documents)
    listed, faults = list_operations(document)
    entry.problems.extend(document.problem(fault) for fault in faults)
    try:
        chosen = allowed(listed, ref.openapi.allow)
    except NotAllowed as error:
        below = () if error.pattern is None else (error.pattern,)
        raise InvalidReference(f"{document.file}: {error}", error.remedy, "openapi", "allow", *below) from None
    _check_headers(ref, entry)
    given = frozenset(name.lower() for name in ref.openapi.headers)
    used: list[Listed] = []
    tools: list[Tool] = []
    for one in chosen:
        if tool := _tool(document, one, given, ref, entry):
            tools.append(tool)
            used.append(one)
    if not tools:
        what = f"{document.file} has no operation that can be a tool"
        raise InvalidReference(what, "See the warnings, or choose others with `allow`.", "openapi")
    _check_single(ref, used)
    entry.problems.extend(document.problem(fault) for fault in missing_keys(document, used, given))
    return tools


def _tool(document: Document, one: Listed, given: frozenset[str], ref: OpenApiRef, entry: Entry) -> Tool | None:
    """Make a tool of an operation; None, with a warning, when it cannot be one."""
    server = _server(document, one, ref)
    try:
        operation, left_out = read_operation(document, one, given)
    except Fault as fault:
        told = Fault(f"it is no tool: {fault}", fault.remedy, fault.at)
        entry.problems.append(document.problem(told, one.words))
        return None
    entry.problems.extend(document.problem(fault, one.words) for fault in left_out)
    headers, path = ref.openapi.headers, (*entry.path, "openapi")
    key = ref.idempotent if isinstance(ref.idempotent, str) else None
    request = Template(operation.method, _address(server, operation, ref), (), headers, key=key)
    check_place(request.address, entry, private=ref.openapi.private, headers=headers, key="openapi")
    secrets = (*values(entry.team, headers, *path, "headers"), *in_address(entry.team, server, *path, "server"))
    way = way_to(request.address, entry.team, private=ref.openapi.private)
    try:
        return OpenApiTool(one.name, operation, ref, request=request, way=way, secrets=secrets)
    except ValueError as error:
        told = Fault(f"it is no tool: its arguments are no JSON Schema: {error}", "Correct them.", one.at)
        entry.problems.append(document.problem(told, one.words))
        return None


def _server(document: Document, one: Listed, ref: OpenApiRef) -> str:
    try:
        return ref.openapi.server or server_of(document, one)
    except Fault as fault:
        what = f"{document.file}:{fault.at[0]}:{fault.at[1]}: {fault}"
        raise InvalidReference(what, fault.remedy, "openapi") from None


def _address(server: str, operation: Operation, ref: OpenApiRef) -> Address:
    """Return the address of an operation: the path of the file below that of the server."""
    base, mark, query = server.partition("?")
    try:
        return read_address(f"{base.rstrip('/')}{operation.path}{mark}{query}")
    except InvalidAddress as error:
        below = ("openapi", "server") if ref.openapi.server else ("openapi",)
        raise InvalidReference(f"{operation.method} {operation.path}: {error}", error.remedy, *below) from None


def _check_single(ref: OpenApiRef, used: list[Listed]) -> None:
    """Refuse what can be said of one tool only."""
    for key, value in (("name", ref.own_name), ("description", ref.description)):
        if value and len(used) > 1:
            raise InvalidReference(f"a {key} for {len(used)} tools", SEVERAL.format(used[0].id), key)


def _check_headers(ref: OpenApiRef, entry: Entry) -> None:
    """Report headers that cannot be sent, and templates in them that lead to nothing."""
    check_headers(ref.openapi.headers, entry, "openapi", "headers")
    templates = Templates(entry, ())
    for name, value in ref.openapi.headers.items():
        templates.of(value, (), "openapi", "headers", name)
