"""The page on tools: its keys are those of the code, and its examples run."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from textwrap import indent
from typing import Any

import httpcore
import pytest

from orchestrator.core.away import leaving
from orchestrator.outside import guard, pools
from orchestrator.outside.http import Stream
from orchestrator.protocol import tones
from orchestrator.team import ToolKeys, Variable, check_team, load_team
from orchestrator.team.tools import HttpArg, HttpRef, Knowledge, OpenApiFile
from orchestrator.tools import CallView, Variables, check_tools, load_tools
from orchestrator.tools.command import run
from orchestrator.tools.http import answer as answers
from orchestrator.tools.http import tool as http_tool
from orchestrator.tools.http.address import read_address
from orchestrator.tools.http.request import Template
from orchestrator.tools.http.sending import MOST_REDIRECTS
from orchestrator.tools.knowledge import files, index, passages
from tests.docs.pages import ROOT, TOOLS, block, keys, read
from tests.patience import PATIENCE
from tests.tools.http.service import answer, service
from tests.tools.openapi.files import FILES

PUBLIC = "93.184.215.14"


def written(folder: Path, mark: str) -> Path:
    """Write an example of the page into a folder."""
    path = folder / "agents.yaml"
    path.write_text(block(TOOLS, mark), encoding="utf-8")
    return path


def test_every_key_is_explained() -> None:
    """No key without a word, no word without a key."""
    common = {field.alias or name for name, field in ToolKeys.model_fields.items()}
    http = {field.alias or name for name, field in HttpRef.model_fields.items()}

    assert keys(TOOLS, "## Keys of every tool") == common
    assert keys(TOOLS, "## HTTP") == http - common
    assert keys(TOOLS, "## OpenAPI") == set(OpenApiFile.model_fields)
    assert keys(TOOLS, "## Knowledge") == set(Knowledge.model_fields) - set(ToolKeys.model_fields)
    assert all(f"{name}" in read(TOOLS) for name in HttpArg.model_fields)


def test_the_bounds_are_those_of_the_code() -> None:
    """Each is in the text."""
    text = read(TOOLS)

    assert f"up to {answers.WORDS} characters" in text
    assert f"at most {answers.FOR_MODEL:,} characters of an answer" in text
    assert f"more than {answers.LARGEST // 1024} kB" in text
    assert {1: "once", 2: "twice", 3: "three times"}[MOST_REDIRECTS] in text


def test_somebody_outside_can_be_called(tmp_path: Path) -> None:
    """Nothing is wrong with the team of the page, and its bounds are those of the code."""
    path = written(tmp_path, "outside")
    text = read(TOOLS)

    assert check_team(path) == []
    assert load_team(path).outsiders == ("office",)
    assert (tones.ON_MS, tones.OFF_MS, tones.WAIT_MS) == (100, 70, 500)
    assert f"{tones.ON_MS} ms each, {tones.OFF_MS} ms apart" in text
    assert (leaving.SLACK_SECONDS, leaving.TALK_SECONDS // 3600) == (60, 4)
    assert "a minute after `limit`, or after four hours" in text


async def test_the_requests_of_the_page_are_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the addresses that stand there, which are public; nothing is wrong with the team."""
    path = written(tmp_path, "http")
    monkeypatch.setenv("PAY_TOKEN", "sk-12345")
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    team = load_team(path)
    assert [*check_team(path), *check_tools(team)] == []
    refund, find = load_tools(team)["front"]

    async def names(host: str, port: int) -> Sequence[str]:
        return [PUBLIC]

    async def connect(self: guard.GuardedBackend, address: str, port: int) -> httpcore.AsyncNetworkStream:
        assert (address, port) == (PUBLIC, 443)
        return Plain(*await asyncio.open_connection("127.0.0.1", found.port))

    monkeypatch.setattr(guard, "checked", lambda host, port, _: names(host, port))
    monkeypatch.setattr(guard.GuardedBackend, "connect", connect)
    call = CallView(
        "c", "front", Variables(dict.fromkeys(team.variables), team.variables, "refund"), function_call="fc"
    )
    async with (
        service(answer({"id": "r1", "status": "paid", "amount": 250}), answer({"state": "sent"})) as found,
        pools.pooling(),
    ):
        assert await refund.run('{"invoice": "RE 1", "cents": 250}', call, seconds=PATIENCE) == "paid: 250 cents"
        assert await find.run('{"number": "48213"}', call, seconds=PATIENCE) == '{"state":"sent"}'

    assert call.variables["refund_id"] == "r1"
    assert [got.target for got in found.got] == ["/refunds/RE%201", "/orders?number=48213&with_items=false"]
    assert json.loads(found.got[0].body) == {"amount": 250}
    assert found.got[0].headers["authorization"] == "Bearer sk-12345"
    assert found.got[0].headers["idempotency-key"] == "fc"


class Plain(Stream):
    """A connection of which TLS is only said."""

    async def start_tls(self, *_: object, **__: object) -> httpcore.AsyncNetworkStream:
        """Go on as it is."""
        return self


def test_templates_know_what_the_page_says() -> None:
    """In a call, before and after the answer."""
    tool = any_request()
    known = tool.known({}, CallView("c", "a", Variables({"x": 1}, {"x": Variable()})))

    assert set(known) == {"args", "variables", "call"}
    assert set(known["call"]) == {"id", "agent", "function_call"}
    assert tool.answers == ("body", "status")


def any_request() -> http_tool.HttpTool:
    """Return any request."""
    request = Template("GET", read_address("https://x.example/"), ())
    return http_tool.HttpTool("x", "X.", {}, ToolKeys.model_validate({}), request=request, way=pools.Way())


def test_the_operations_of_the_page_are_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file that has them, and nothing else is wrong with the team than what that file says."""
    shutil.copy(FILES / "shop.yaml", tmp_path / "crm.yaml")
    monkeypatch.setenv("CRM_TOKEN", "sk-12345")
    path = written(tmp_path, "openapi")
    team = load_team(path)

    found, told = load_tools(team)["front"], [*check_team(path), *check_tools(team)]

    assert [tool.name for tool in found] == ["getCustomer", "searchCustomers", "updateCustomer"]
    assert "address_city" in found[-1].parameters["properties"]
    assert [problem.where.partition(":")[0] for problem in told] == ["crm.yaml"]


async def test_the_tools_of_the_page_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the sample team has them."""
    lines: list[str] = []
    monkeypatch.chdir(ROOT)
    options: dict[str, Any] = {"team": None, "agent": None, "set": [], "format": "text", "arguments": "{}"}

    await asyncio.to_thread(run, argparse.Namespace(tool=None, **options), lines.append, lambda _: str)

    assert "\n".join(lines[:4]) in read(TOOLS)
    call = {**options, "tool": "cancel_order", "arguments": '{"order_number": "77042"}'}
    await asyncio.to_thread(run, argparse.Namespace(**call), lines.append, lambda _: str)
    assert "\n".join(lines[-3:-1]) in read(TOOLS)


async def test_the_knowledge_of_the_page_is_looked_up(tmp_path: Path) -> None:
    """From both kinds of files; a server takes the place of the encoder by a few more keys."""
    path = written(tmp_path, "knowledge")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "house.md").write_text("# Paying\n\nWe take Visa.\n", encoding="utf-8")
    (tmp_path / "faq.txt").write_text("Q: May dogs come?\nA: Yes.\n", encoding="utf-8")
    team = load_team(path)
    assert [*check_team(path), *check_tools(team)] == []
    (tool,) = load_tools(team)["desk"]

    for question, told in (("Do you take Visa?", "We take Visa."), ("Dogs?", "Yes.")):
        answered = await tool.run(json.dumps({"question": question}), CallView("call_1", "desk"), seconds=PATIENCE)
        assert json.loads(answered)["passages"][0]["text"] == told
    head = path.read_text(encoding="utf-8").partition("    knowledge:")[0]
    path.write_text(head + indent(block(TOOLS, "knowledge by a server"), "    "), encoding="utf-8")
    assert [*check_team(path, environ={}), *check_tools(load_team(path, environ={}))] == []


def test_the_bounds_of_knowledge_are_those_of_the_code() -> None:
    """Each is in the text."""
    text = " ".join(read(TOOLS).split())
    most = f"at most {files.MOST_FILES} files, {files.MOST_BYTES // 1000} kB and {files.MOST_PASSAGES:,} paragraphs"

    assert most in text
    assert f"at most {passages.LONGEST} characters" in text
    assert {3: "the three best passages"}[index.BEST] in text
