"""Parameters in the path, the query and the headers, and how their values are written."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.tools.openapi.parameters import Parameter, read_parameters
from orchestrator.tools.openapi.reading import Fault, Placed
from orchestrator.tools.openapi.schemas import Schemas
from tests.tools.openapi.files import written


def read(
    *parameters: str, of_path: str = "", given: frozenset[str] = frozenset()
) -> tuple[list[Parameter], list[Fault]]:
    """Read the parameters of an operation."""
    found = written(f"openapi: 3.1.0\nparameters: [{', '.join(parameters)}]\nitem: {{parameters: [{of_path}]}}")
    return read_parameters(found, Schemas(found), found.mapping(found.root["item"]), found.root, given)


def one(parameter: str) -> Parameter:
    """Read one parameter."""
    return read(parameter)[0][0]


@pytest.mark.parametrize(
    ("parameter", "value", "pairs"),
    [
        ("{name: q, in: query}", "a b", [("q", "a b")]),
        ("{name: q, in: query}", True, [("q", "true")]),
        ("{name: q, in: query}", 1.5, [("q", "1.5")]),
        ("{name: q, in: query}", None, [("q", "")]),
        ("{name: q, in: query}", ["a", 2], [("q", "a"), ("q", "2")]),
        ("{name: q, in: query, explode: false}", ["a", 2], [("q", "a,2")]),
        ("{name: q, in: query, style: pipeDelimited}", ["a", 2], [("q", "a|2")]),
        ("{name: q, in: query, style: spaceDelimited, explode: true}", ["a", 2], [("q", "a 2")]),
        ("{name: q, in: query}", {"a": 1, "b": "c"}, [("a", "1"), ("b", "c")]),
        ("{name: q, in: query, explode: false}", {"a": 1, "b": "c"}, [("q", "a,1,b,c")]),
        (
            "{name: q, in: query, style: deepObject}",
            {"a": 1, "b": {"c": [2, 3]}},
            [("q[a]", "1"), ("q[b][c]", "2"), ("q[b][c]", "3")],
        ),
        ("{name: q, in: query, content: {application/json: {schema: {}}}}", {"a": ["ä"]}, [("q", '{"a":["ä"]}')]),
    ],
)
def test_values_in_a_query(parameter: str, value: Any, pairs: list[tuple[str, str]]) -> None:
    """In the style of the parameter."""
    assert one(parameter).pairs(value) == pairs


@pytest.mark.parametrize(
    ("parameter", "value", "text"),
    [
        ("{name: q, in: path}", "a/b", "a/b"),
        ("{name: q, in: path}", [1, 2], "1,2"),
        ("{name: q, in: header}", {"a": 1, "b": 2}, "a,1,b,2"),
        ("{name: q, in: header, explode: true}", {"a": 1, "b": 2}, "a=1,b=2"),
        ("{name: q, in: header, content: {application/json: {}}}", [1], "[1]"),
    ],
)
def test_values_in_a_path_or_a_header(parameter: str, value: Any, text: str) -> None:
    """As text; what it may hold there is for the one who sends it."""
    assert one(parameter).text(value) == text


def test_the_operation_has_the_last_word() -> None:
    """Of a parameter that its path has too."""
    kept, _ = read("{name: a, in: query, required: true}", of_path="{name: a, in: query}, {name: b, in: query}")

    assert [(each.name, each.required) for each in kept] == [("a", True), ("b", False)]


def test_what_is_said_of_a_parameter() -> None:
    """Its description goes to the model; one in a path is always required; without a schema it is text."""
    found = one("{name: a, in: path, description: A thing., schema: {type: integer, description: Not this.}}")

    assert found.required
    assert found.schema == {"type": "integer", "description": "A thing."}
    assert one("{name: a, in: query}").schema == {"type": "string"}


def test_the_only_value_of_a_required_parameter() -> None:
    """Nobody has to fill it in."""
    assert one("{name: a, in: query, required: true, schema: {enum: [x]}}").same == "x"
    assert one("{name: a, in: query, schema: {enum: [x]}}").same is None
    assert one("{name: a, in: query, required: true, schema: {enum: [x, y]}}").same is None


def test_headers_that_are_no_arguments() -> None:
    """Those that the client writes, and those that the team file gives; old ones that need not be given."""
    kept, faults = read(
        "{name: Accept, in: header}",
        "{name: authorization, in: header}",
        "{name: Host, in: header}",
        "{name: X-Tenant, in: header, required: true}",
        "{name: X-Old, in: header, deprecated: true}",
        "{name: X-New, in: header}",
        given=frozenset({"x-tenant"}),
    )

    assert [each.name for each in kept] == ["X-New"]
    assert not faults


@pytest.mark.parametrize(
    ("parameter", "what"),
    [
        ("{name: a, in: cookie", "the parameter 'a' is a cookie, which is not sent"),
        ("{name: a, in: body", "a parameter is in 'body', which is not sent"),
        ("{name: a, in: query, style: matrix", "the parameter 'a' has the style 'matrix', which is not written"),
        ("{name: a, in: query, content: {text/csv: {}}", "the parameter 'a' is not JSON"),
        ("{name: a, in: query, schema: {$ref: '#/x'}", "there is nothing at '#/x'"),
    ],
)
def test_parameters_that_are_not_sent(parameter: str, what: str) -> None:
    """They are left out, unless they must be given."""
    kept, faults = read(f"{parameter}}}")

    assert not kept
    assert [str(fault) for fault in faults] == [what]
    with pytest.raises(Fault, match=r"which is not|not JSON|nothing"):
        read(f"{parameter}, required: true}}")


def test_what_is_no_list_of_parameters_is_none() -> None:
    """The file is not checked beyond what is used."""
    found = written("{openapi: 3.1.0, parameters: none}")

    assert read_parameters(found, Schemas(found), Placed(), found.root, frozenset()) == ([], [])
