"""Requests in a team file become tools, and what is wrong with one is told at its key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestrator.errors import Problem
from orchestrator.team import read_team
from orchestrator.tools import Tool, read_tools

REFUND = {
    "name": "refund",
    "description": "Pays an invoice back.",
    "http": "POST https://pay.example.com/refunds/{invoice}",
    "args": {"invoice": "string", "cents": {"type": "integer", "minimum": 1}},
}


def read(
    folder: Path, entry: dict[str, Any], *, environ: dict[str, str] | None = None, **keys: Any
) -> tuple[list[Tool], list[Problem]]:
    """Return the tools of a team whose agent has an entry, and all problems."""
    agent = {"instructions": "Help.", "tools": [{**REFUND, **entry}]}
    team = {"team": "shop", "agents": {"front": agent}, **keys}
    path = folder / "agents.yaml"
    path.write_text(yaml.safe_dump(team, sort_keys=False), encoding="utf-8")
    found, problems = read_team(path, environ=environ or {})
    assert found is not None
    tools, more = read_tools(found)
    return list(tools["front"]), [*problems, *more]


def told(folder: Path, entry: dict[str, Any], **keys: Any) -> list[str]:
    """Return the problems of an entry, from the key on."""
    _, problems = read(folder, entry, **keys)
    return [str(problem).partition("tools.0")[2].lstrip(".: ") for problem in problems]


def test_an_entry_becomes_a_tool(tmp_path: Path) -> None:
    """With the schema of its arguments."""
    args = {
        "invoice": {"description": "its number"},
        "cents": {"type": "integer", "minimum": 1},
        "why": {"default": "none"},
    }
    (tool,), problems = read(tmp_path, {"args": args, "examples": ["I want my money back"], "timeout": 8})

    assert problems == []
    assert (tool.kind, tool.seconds, tool.moves, tool.sees_call) == ("http", 8, False, False)
    assert tool.definition() == {
        "type": "function",
        "name": "refund",
        "description": 'Pays an invoice back. For example: "I want my money back".',
        "parameters": {
            "type": "object",
            "properties": {
                "invoice": {"type": "string", "description": "its number"},
                "cents": {"type": "integer", "minimum": 1},
                "why": {"type": "string", "default": "none"},
            },
            "additionalProperties": False,
            "required": ["invoice", "cents"],
        },
    }


PAY = "POST https://pay.example.com"
NOT_PUBLIC = "http: the address is not public. Write `private: true`"
BODY = "a template knows no `body`: only `result` and `sets` know the answer; it knows args, variables, call."
CALL = "Use one of: call.id, call.function_call, call.agent."
KEPT = "'front' may not know the variable 'card', by a rule. Add 'front' to the rule, or remove it."


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (
            {"http": "POST https://{invoice}.example.com/"},
            "http: an argument in the host. The host is that of the file;",
        ),
        ({"http": f"{PAY}/{{invoce}}"}, "http: the address needs an argument 'invoce'. Did you mean 'invoice'?"),
        ({"http": f"{PAY}/{{x}}", "args": {}}, "http: the address needs an argument 'x'. Add `args: {x: string}`."),
        ({"http": "POST http://127.0.0.1:80/{invoice}"}, NOT_PUBLIC),
        ({"http": "POST http://2130706433/{invoice}"}, NOT_PUBLIC),
        ({"http": "POST http://[fd00::1]/{invoice}"}, NOT_PUBLIC),
        ({"http": "POST http://localhost/{invoice}"}, NOT_PUBLIC),
        ({"args": {"invoice": {"required": False}}}, "args.invoice: the path needs 'invoice', which may be left out."),
        ({"args": {"invoice": "string", "n": {"type": "integer", "default": "x"}}}, "args.n: the default value is not"),
        ({"body": {"a": "{{ args.cent }}"}}, "body.a: there is no argument 'cent'. Did you mean 'cents'?"),
        ({"body": {"a": ["{{ variables.acount }}"]}}, "body.a.0: unknown variable 'acount'. Did you mean 'account'?"),
        ({"headers": {"X": "{{ body.id }}"}}, f"headers.X: {BODY}"),
        ({"query": {"x": "{{ call.number }}"}}, f"query.x: a template knows no `call.number`. {CALL}"),
        ({"idempotent": "{{ call.nothing }}"}, f"idempotent: a template knows no `call.nothing`. {CALL}"),
        ({"result": "{{ result.id }}"}, "result: a template knows no `result`: only"),
        ({"sets": {"acount": "{{ body.id }}"}}, "sets.acount: unknown variable 'acount'. Did you mean 'account'?"),
        ({"sets": {"owner": "{{ body.id }}"}}, "sets.owner: variable 'owner' may only be set by who_calls. Write"),
        ({"sets": {"card": "{{ body.id }}"}}, f"sets.card: {KEPT}"),
        ({"body": {"a": "{{ variables.card }}", "b": "{{ args.cents }}"}}, f"body.a: {KEPT}"),
        ({"hide": ["cent"]}, "hide.0: there is no argument 'cent'. Did you mean 'cents'?"),
        ({"headers": {"Host": "x"}}, "headers.Host: the header Host is set by this program. Remove it."),
        ({"headers": {"X Y": "x"}}, "headers.X Y: not the name of a header. Write a name such as Authorization."),
        ({"headers": {"X": "a\nb"}}, "headers.X: a line break or control character in a header. Remove it."),
        ({"http": "GET https://pay.example.com/{invoice}", "body": {"a": 1}}, "body: a GET request has no body. Write"),
    ],
)
def test_what_is_wrong_is_told_at_its_key(tmp_path: Path, entry: dict[str, Any], problem: str) -> None:
    """With what to do about it."""
    variables = {"account": None, "owner": {"set_by": "who_calls"}, "card": None}
    agents = {"variables": variables, "rules": ["card stays in billing"]}
    team = json.loads(json.dumps(agents))
    found = told_among(tmp_path, entry, team)

    assert any(each.startswith(problem) for each in found), found


def told_among(folder: Path, entry: dict[str, Any], keys: dict[str, Any]) -> list[str]:
    """Return the problems of an entry of a team with another agent."""
    agents = {
        "front": {"instructions": "Help.", "tools": [{**REFUND, **entry}], "handoffs": ["billing"]},
        "billing": {"instructions": "Invoices.", "handoffs": ["front"]},
    }
    return told(folder, entry, agents=agents, **keys)


UNENCRYPTED = {"http": "POST http://pay.example.com/{invoice}", "headers": {"Authorization": "Bearer x"}}


@pytest.mark.parametrize(
    ("entry", "warning"),
    [
        ({"body": {"a": 5}}, "args.cents: the argument 'cents' is sent nowhere. Use it: `{{ args.cents }}`, or"),
        (UNENCRYPTED, "http: the secrets in its headers travel unencrypted. Write https://, unless"),
    ],
)
def test_what_may_not_be_meant_is_a_warning(tmp_path: Path, entry: dict[str, Any], warning: str) -> None:
    """The team runs all the same."""
    tools, problems = read(tmp_path, entry)

    assert [problem.fatal for problem in problems] == [False]
    assert told(tmp_path, entry)[0].startswith(warning)
    assert len(tools) == 1


def test_a_variable_that_only_it_may_set_should_be_set(tmp_path: Path) -> None:
    """Otherwise what needs the variable can never happen."""
    (warning,) = told(tmp_path, {}, variables={"refund_id": {"set_by": "refund"}})

    assert warning.startswith(
        "only 'refund' may set the variable 'refund_id', and does not. Add `sets: {refund_id: …}`"
    )
    assert told(tmp_path, {"sets": {"refund_id": "{{ body.id }}"}}, variables={"refund_id": {"set_by": "refund"}}) == []


def test_a_private_address_may_be_named(tmp_path: Path) -> None:
    """Plain HTTP within a network of one's own is nobody's business."""
    entry = {"http": "POST http://10.0.0.5:8080/{invoice}", "headers": {"Authorization": "Bearer x"}, "private": True}

    assert told(tmp_path, entry) == []


def test_a_template_that_is_none_is_told(tmp_path: Path) -> None:
    """There are no expressions."""
    (problem, *_) = told(tmp_path, {"body": {"a": "{{ args.cents * 2 }}"}})

    assert problem.startswith("body")
    assert "invalid template: {{ args.cents * 2 }} is not a path" in problem


@pytest.mark.parametrize("where", ["http", "headers", "body"])
def test_values_of_the_environment_are_not_shown(tmp_path: Path, where: str) -> None:
    """Whatever is wrong with them."""
    entries: dict[str, dict[str, Any]] = {
        "http": {"http": "POST https://me:${SECRET}@pay.example.com/{invoice}"},
        "headers": {"headers": {"X": "{{ args.${SECRET} }}"}},
        "body": {"body": {"a": "{{ ${SECRET} }}"}},
    }
    _, problems = read(tmp_path, entries[where], environ={"SECRET": "hush-hush"})

    assert problems
    assert "hush-hush" not in "".join(map(str, problems))


def test_a_proxy_that_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the team is loaded, and not in the middle of a call."""
    monkeypatch.setenv("HTTPS_PROXY", "ftp://proxy.example")
    (problem,) = told(tmp_path, {})

    assert "HTTPS_PROXY is not the address of a proxy" in problem
