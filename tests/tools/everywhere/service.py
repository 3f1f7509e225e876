"""The orders of the sample team as a service of their own: over HTTP, or as an MCP server.

`python -m tests.tools.everywhere.service http` serves HTTP on a free port, `mcp-http` MCP over streamable HTTP; both
print the port. `mcp` speaks MCP over standard input and output. What is cancelled is kept as long as the process runs.
"""

from __future__ import annotations

import importlib.util
import json
import socket
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import fastapi
import uvicorn
from pydantic import BaseModel, Field

from orchestrator.testing import FakeCall

ORDERS = Path(__file__).parents[3] / "agents" / "orders.py"
FIND = "Find out where an order is and when it will arrive."
CANCEL = "Cancel an order that has not been shipped."
NUMBER = "the order number, five digits"
InPath = Annotated[str, fastapi.Path(description=NUMBER)]
Number = Annotated[str, Field(description=NUMBER)]


def _module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("orders", ORDERS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DESK: Any = _module()
KEPT = FakeCall({"cancelled": ""})


class Told(BaseModel):
    """What the desk says, and what has been cancelled so far."""

    text: str
    cancelled: str


def find(order_number: str) -> Told:
    """Find an order."""
    return Told(text=DESK.find_order(order_number, KEPT), cancelled=KEPT.variables["cancelled"])


def cancel(order_number: str) -> Told:
    """Cancel an order."""
    return Told(text=DESK.cancel_order(order_number, KEPT), cancelled=KEPT.variables["cancelled"])


def http_app() -> fastapi.FastAPI:
    """Return the service over HTTP."""
    app = fastapi.FastAPI(title="Orders")

    @app.get("/orders/{order_number}", operation_id="find_order", summary=FIND)
    def find_order(order_number: InPath) -> Told:
        return find(order_number)

    @app.post("/orders/{order_number}/cancellation", operation_id="cancel_order", summary=CANCEL)
    def cancel_order(order_number: InPath) -> Told:
        return cancel(order_number)

    return app


def description() -> str:
    """Return the OpenAPI file of the service, as FastAPI writes it."""
    return json.dumps(http_app().openapi(), indent=2)


def mcp_server() -> Any:
    """Return the service as an MCP server."""
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("orders")

    @server.tool(description=FIND)
    def find_order(order_number: Number) -> Told:
        return find(order_number)

    @server.tool(description=CANCEL)
    def cancel_order(order_number: Number) -> Told:
        return cancel(order_number)

    return server


def serve(app: Any) -> None:
    """Serve an application on a free port of this machine, and print the port."""
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)  # noqa: T201
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


if __name__ == "__main__":
    match sys.argv[1]:
        case "http":
            serve(http_app())
        case "mcp-http":
            serve(mcp_server().streamable_http_app())
        case "mcp":
            mcp_server().run("stdio")
