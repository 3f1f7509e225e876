"""The tools that a server lists, as far as they can be used: bounded, and with arguments that a model can write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING, Any

import structlog

from orchestrator.tools.mcp.schemas import checked
from orchestrator.tools.schema_arguments import SchemaArguments

if TYPE_CHECKING:
    from mcp import Client
    from mcp_types import Tool as Described

PAGES, MOST = 50, 1000  # of one list, and tools of it that are looked at
LONGEST = 4000  # characters of a description
NAME, MOST_TOLD = 100, 5  # characters of a name in the log, and tools that one line of it names
LARGEST = 50_000  # characters of a schema
NO_SERVICES = ("$schema", "$id", "title")  # keys of a schema that tell a model nothing, and that some services refuse
FEW = 12  # tools that a server may bring without `allow`
log = structlog.get_logger("orchestrator")


class TooMany(Exception):
    """A server that brings more tools than agents can have without the file saying which."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A tool of a server."""

    name: str  # as the server calls it
    description: str
    parameters: Mapping[str, Any] = field(hash=False)  # JSON Schema
    # Reads its arguments: made once, in the servers' thread, as checking a schema takes milliseconds.
    arguments: SchemaArguments = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "arguments", SchemaArguments(self.parameters, checked(self.parameters)))


async def listed(client: Client, server: str) -> tuple[Listed, ...]:
    """Ask a server for its tools; what cannot be used is left out, and told in the log."""
    found: dict[str, Listed] = {}
    unfit: dict[str, str] = {}
    cursor: str | None = None
    for _ in range(PAGES):
        page = await client.list_tools(cursor=cursor)
        for tool in page.tools[: MOST - len(found) - len(unfit)]:
            if tool.name in found:
                continue
            if why := fault(tool):
                unfit[tool.name[:NAME]] = why
            else:
                found[tool.name] = _listed(tool)
        cursor = page.next_cursor
        if cursor is None or len(found) + len(unfit) >= MOST:
            break
    if unfit:
        log.warning("mcp tools left out", server=server, reasons=dict(islice(unfit.items(), MOST_TOLD)), of=len(unfit))
    return tuple(found.values())


def _listed(tool: Described) -> Listed:
    about = tool.description or tool.title or tool.name.replace("_", " ")
    schema = {key: value for key, value in tool.input_schema.items() if key not in NO_SERVICES}
    return Listed(tool.name, " ".join(about.split())[:LONGEST], schema)


def fault(tool: Described) -> str:
    """Return why no model can call a tool; "" when one can."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    schema = tool.input_schema
    if not tool.name:
        return "it has no name"
    if schema.get("type") != "object":
        return "its arguments are no object"
    if len(str(schema)) > LARGEST:
        return f"its schema has more than {LARGEST} characters"
    if not isinstance(schema.get("properties", {}), Mapping):
        return "its schema has `properties` that are no object"
    try:
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError):
        return "its schema is no JSON Schema"
    except Exception as error:  # a reference that leads nowhere
        return f"its schema cannot be read: {type(error).__name__}"
    return ""


def allowed(tools: Iterable[Listed], patterns: Iterable[str] | None) -> tuple[Listed, ...]:
    """Return the tools that agents may have; raises `TooMany` if the file has to say which."""
    tools = tuple(tools)
    if patterns is None:
        if len(tools) > FEW:
            raise TooMany(f"it lists {len(tools)} tools; more than {FEW} confuse a model. Name some under `allow`")
        return tools
    patterns = tuple(patterns)
    return tuple(tool for tool in tools if any(fnmatchcase(tool.name, pattern) for pattern in patterns))
