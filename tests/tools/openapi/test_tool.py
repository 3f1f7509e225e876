"""Operations as tools: what a service gets for the plain arguments of a model, and what the model is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import ToolError
from orchestrator.team import load_team
from orchestrator.tools import CallView, Tool, load_tools
from tests.tools.http.service import Service, answer, service
from tests.tools.openapi.files import FILES

TEAM = """\
team: shop
variables: {{account: A7}}
agents:
  front:
    instructions: Help.
    tools:
      - openapi:
          file: {file}
          server: "{server}"
          private: true
          headers: {{Authorization: "Bearer ${{TOKEN}}", X-Account: "{{{{ variables.account }}}}"}}
        {more}
"""


def tools(folder: Path, found: Service, file: str = "shop.yaml", more: str = "", below: str = "/v1") -> dict[str, Tool]:
    """Load the operations of a file, which are served on loopback."""
    shutil.copy(FILES / file, folder)
    path = folder / "agents.yaml"
    server = f"http://127.0.0.1:{found.port}{below}"
    path.write_text(TEAM.format(file=file, server=server, more=more), encoding="utf-8")
    loaded = load_tools(load_team(path, environ={"TOKEN": "secret-token"}))
    return {tool.name: tool for tool in loaded["front"]}


async def run(tool: Tool, **arguments: Any) -> str:
    """Run a tool as a call does."""
    view = CallView("sess_1", "front", {"account": "A7"}, "call_1")
    return await tool.run(json.dumps(arguments, ensure_ascii=False), view, seconds=5)


async def test_parameters_are_sent_where_the_file_has_them(tmp_path: Path) -> None:
    """In the path, the query and the headers; the team file's headers come with them."""
    async with service(answer({"name": "Ann"})) as found:
        told = await run(
            tools(tmp_path, found)["getCustomer"], customer_id=7, expand=["orders", "invoices"], **{"X-Trace": "t"}
        )

    (got,) = found.got
    assert json.loads(told) == {"name": "Ann"}
    assert (got.method, got.target) == ("GET", "/v1/customers/7?expand=orders&expand=invoices")
    assert {got.headers[name] for name in ("authorization", "x-account", "x-trace")} == {
        "Bearer secret-token",
        "A7",
        "t",
    }
    assert got.body == b""


async def test_a_body_is_put_together(tmp_path: Path) -> None:
    """Of what is given, and nothing else: defaults are the service's."""
    async with service(answer({"id": "9"}, "201 Created")) as found:
        told = await run(tools(tmp_path, found)["createCustomer"], name="Ann", address_city="Bonn", address_street="")

    (got,) = found.got
    assert json.loads(told) == {"id": "9"}
    assert (got.method, got.target, got.headers["content-type"]) == ("POST", "/v1/customers", "application/json")
    assert got.json == {"name": "Ann", "address": {"city": "Bonn"}}


async def test_a_query_beside_that_of_the_address(tmp_path: Path) -> None:
    """A key in the address stays; brackets in names are encoded; a body has the type that the file names."""
    async with service(answer({})) as found:
        shop = tools(tmp_path, found, below="/v1?tenant=3")
        await run(shop["searchCustomers"], filter={"name": "a&b", "city": "C"}, limit="5")
        pay = tools(tmp_path, found, "pay.json", below="")
        await run(pay["refunds_create"], amount=5, method={"kind": "card", "number": "4"})
        await run(pay["balance"], at={"day": 1})

    search, refund, balance = found.got
    assert search.target == "/v1/customers?tenant=3&limit=5&filter%5Bname%5D=a%26b&filter%5Bcity%5D=C"
    assert refund.headers["content-type"] == "application/vnd.api+json"
    assert refund.json == {"data": {"type": "refund", "amount": 5, "method": {"kind": "card", "number": "4"}}}
    assert balance.target == "/balance?currency=eur&at=%7B%22day%22%3A1%7D"


async def test_templates_and_a_key(tmp_path: Path) -> None:
    """`result` and `idempotent` as for any request; a body that need not be there is left out."""
    more = 'idempotent: "{{ call.function_call }}"\n        result: "It is {{ body.name }}."'
    async with service(answer({"name": "Ann"})) as found:
        shop = tools(tmp_path, found, more=more)
        assert await run(shop["updateCustomer"], customer_id="7") == "It is Ann."

    (got,) = found.got
    assert got.headers["idempotency-key"] == "call_1"
    assert got.body == b""


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("getCustomer", {}, "customer_id: Field required"),
        ("getCustomer", {"customer_id": "x"}, "customer_id: must match ^[0-9]+$"),
        ("getCustomer", {"customer_id": "7", "id": "8"}, "id: there is no such argument"),
        ("getCustomer", {"customer_id": "7", "expand": ["all"]}, "expand.0: must be one of orders, invoices"),
        ("getCustomer", {"customer_id": "7", "X-Trace": "a\r\nX-Admin: 1"}, "X-Trace has a line break"),
        ("createCustomer", {"name": "A", "address_city": "B", "contact_hours": "8"}, "contact_phone: needed with name"),
        ("createCustomer", {"name": "A", "address_city": "B", "parent": {"x": "ä" * 150_000}}, "larger than"),
        ("searchCustomers", {"filter": {"name": "x" * 9000}}, "longer than 8000 characters"),
    ],
)
async def test_arguments_that_are_not_sent(tmp_path: Path, name: str, arguments: dict[str, Any], said: str) -> None:
    """The model learns what to correct, and the service nothing."""
    async with service(answer({})) as found:
        tool = tools(tmp_path, found)[name]
        with pytest.raises(ToolError) as raised:
            await run(tool, **arguments)

    assert said in str(raised.value)
    assert not raised.value.ran
    assert not found.got


async def test_a_refusal_of_the_service_is_for_the_model(tmp_path: Path) -> None:
    """Without the secrets that it repeats; a fault is not."""
    async with service(answer({"detail": "no secret-token here"}, "404 Not Found"), answer("x", "500 Oh")) as found:
        tool = tools(tmp_path, found)["getCustomer"]
        with pytest.raises(ToolError, match=r"404 Not Found\): .*no ••• here"):
            await run(tool, customer_id="7")
        with pytest.raises(ToolError, match="failed; try again later"):
            await run(tool, customer_id="7")


async def test_values_stay_in_their_segment_of_the_path(tmp_path: Path) -> None:
    """No argument leads to another operation."""
    spec = tmp_path / "free.yaml"
    spec.write_text(
        "openapi: 3.1.0\n"
        "paths: {'/a/{user.id}/b': {get: {operationId: it, parameters: [{name: user.id, in: path}]}}}\n",
        encoding="utf-8",
    )
    async with service(answer({})) as found:
        path = tmp_path / "agents.yaml"
        text = TEAM.format(file="free.yaml", server=f"http://127.0.0.1:{found.port}", more="")
        path.write_text(text, encoding="utf-8")
        (tool,) = load_tools(load_team(path, environ={"TOKEN": "t"}))["front"]
        await run(tool, user_id="x?y=1#z")
        for value in ("../..", "x/y", "..%2f..", "", "."):
            with pytest.raises(ToolError) as raised:
                await run(tool, user_id=value)
            assert not raised.value.ran

    assert [got.target for got in found.got] == ["/a/x%3Fy%3D1%23z/b"]
