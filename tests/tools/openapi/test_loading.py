"""From an entry of `tools:` to the operations of an OpenAPI file; what is wrong is told with its place in a file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestrator.errors import Problem
from orchestrator.team import Team, load_team
from orchestrator.tools import check_tools, load_tools, read_functions, tool_files
from orchestrator.tools.sources import Sources
from tests.tools.openapi.files import FILES
from tests.tools.teams import problems_of, team_with

HEADERS = 'headers: {Authorization: "Bearer x"}'


def team(folder: Path, openapi: str, *keys: str) -> Team:
    """Write a team with one entry, and the files."""
    for path in FILES.iterdir():
        shutil.copy(path, folder)
    return team_with(folder, f"{{openapi: {openapi}{''.join(f', {key}' for key in keys)}}}")


def only(problems: tuple[Problem, ...] | list[Problem]) -> str:
    """Return the only problem."""
    (problem,) = problems
    return str(problem)


def test_operations_become_tools(tmp_path: Path) -> None:
    """Those that `allow` names, with what the entry says of all of them."""
    entry = f"{{file: shop.yaml, allow: [getCustomer, 'search*'], {HEADERS}}}"
    one, other = load_tools(team(tmp_path, entry, "confirm: caller", "timeout: 3"))["front"]

    assert (one.name, one.kind, one.where) == (
        "getCustomer",
        "openapi",
        "GET https://eu.shop.example/v1/customers/{customer_id}",
    )
    assert one.description.startswith("Find a customer. Returns what is known of a customer.")
    assert "confirm" in one.description
    assert list(other.parameters["properties"]) == ["limit", "filter"]
    assert {tool.seconds for tool in (one, other)} == {3}


def test_a_file_alone(tmp_path: Path) -> None:
    """The short form; a small file needs no `allow`. What cannot be a tool is left out, with a warning."""
    found = team(tmp_path, "shop.yaml")

    assert [tool.name for tool in load_tools(found)["front"]] == [
        "getCustomer",
        "updateCustomer",
        "searchCustomers",
        "createCustomer",
        "get_health",
    ]
    assert [str(problem) for problem in check_tools(found) if not problem.fatal] == [
        "shop.yaml:25:28 GET /customers/{customer_id}: the parameter 'session' is a cookie, which is not sent. "
        "Use an operation that does without it.",
        "shop.yaml:60:5 PUT /customers/{customer_id}/photo: it is no tool: no parameter describes {customer_id} in its "
        "path. Add it to `parameters`.",
        "shop.yaml:103:5: getCustomer and 3 more want the header Authorization (bearer), which is not given. "
        'Write `headers: {Authorization: "Bearer ${TOKEN}"}` beside `file`.',
    ]


def test_one_operation_can_have_another_name(tmp_path: Path) -> None:
    """And another description; several cannot."""
    (tool,) = load_tools(team(tmp_path, f"{{file: shop.yaml, allow: [getCustomer], {HEADERS}}}", "name: customer"))[
        "front"
    ]
    assert tool.name == "customer"
    (tool,) = load_tools(team(tmp_path, "{file: shop.yaml, allow: [getCustomer]}", "description: Find one."))["front"]
    assert tool.description.startswith("Find one.")

    told = only(problems_of(team(tmp_path, f"{{file: shop.yaml, allow: ['*et*'], {HEADERS}}}", "name: customer")))
    assert "agents.front.tools.0.name: a name for 2 tools. Name one operation: `allow: [getCustomer]`." in told
    told = only(problems_of(team(tmp_path, "{file: shop.yaml, allow: ['*C*']}", "description: x")))
    assert "a description for 4 tools" in told


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("{file: none.yaml}", "tools.0.openapi.file: none.yaml cannot be read: No such file or directory."),
        ('"x\\0"', "cannot be read: not a valid path. Paths are relative to the team file."),
        (
            "{file: shop.yaml, allow: [getCostumer]}",
            "tools.0.openapi.allow.0: shop.yaml: no operation is called 'getCostumer'. Did you mean 'getCustomer'",
        ),
        ("{file: shop.yaml, allow: [setPhoto]}", "tools.0.openapi: shop.yaml has no operation that can be a tool."),
        ("{file: shop.yaml, allow: []}", "shop.yaml has no operation that can be a tool"),
        ("old.yaml", "tools.0.openapi.file: old.yaml:2:1: it is Swagger 2.0; OpenAPI 3.0 and 3.1 are read. Convert it"),
        ("bare.yaml", "tools.0.openapi: bare.yaml:2:1: the file has no address under `servers`. Write `server:"),
        (
            "{file: shop.yaml, allow: [get_health], server: 'https://{x}.shop.example'}",
            "tools.0.openapi.server: GET /health: an argument in the host. The host is that of the file",
        ),
        (
            f"{{file: shop.yaml, allow: [getCustomer, get_health], server: 'http://10.0.0.1', {HEADERS}}}",
            "tools.0.openapi: the address is not public. Write `private: true`",
        ),
        (
            "{file: shop.yaml, allow: [get_health], headers: {Host: x}}",
            "tools.0.openapi.headers.Host: the header Host is set by this program. Remove it.",
        ),
        (
            "{file: shop.yaml, allow: [get_health], headers: {X: '{{ variables.x }}'}}",
            "tools.0.openapi.headers.X: unknown variable 'x'.",
        ),
        ("many.yaml", "tools.0.openapi.allow: many.yaml: the file has 20 operations, and an agent cannot use so many."),
    ],
)
def test_what_is_wrong_with_an_entry(tmp_path: Path, entry: str, told: str) -> None:
    """It is told at the key that can mend it."""
    (tmp_path / "old.yaml").write_text("info: {}\nswagger: '2.0'\n", encoding="utf-8")
    (tmp_path / "bare.yaml").write_text("openapi: 3.1.0\npaths: {/x: {get: {}}}\n", encoding="utf-8")
    many = "".join(f"  /{number}: {{get: {{}}}}\n" for number in range(20))
    (tmp_path / "many.yaml").write_text(f"openapi: 3.1.0\npaths:\n{many}", encoding="utf-8")

    assert told in only(problems_of(team(tmp_path, entry)))


def test_the_team_file_can_name_the_address(tmp_path: Path) -> None:
    """Instead of the one in the file."""
    (tmp_path / "bare.yaml").write_text("openapi: 3.1.0\npaths: {/x: {get: {}}, /y: {$ref: '#/z'}}\n", encoding="utf-8")
    found = team(tmp_path, "{file: bare.yaml, server: 'https://crm.example/v2/?key=1'}")

    (tool,) = load_tools(found)["front"]

    assert tool.where == "GET https://crm.example/v2/x"
    assert "bare.yaml:2:29: there is nothing at '#/z'" in only(check_tools(found))


def test_an_argument_that_cannot_be_described(tmp_path: Path) -> None:
    """An operation with such an argument is left out; the others are there."""
    parameter = "{name: a, in: query, schema: {type: string, maxLength: many}}"
    (tmp_path / "odd.yaml").write_text(
        f"openapi: 3.1.0\nservers: [{{url: https://x.example}}]\npaths: {{/x: {{get: {{parameters: [{parameter}]}}, "
        "post: {}}}\n",
        encoding="utf-8",
    )
    found = team(tmp_path, "odd.yaml")

    assert [tool.name for tool in load_tools(found)["front"]] == ["post_x"]
    assert "odd.yaml:3:14 GET /x: it is no tool: its arguments are no JSON Schema: 'many'" in only(check_tools(found))


def test_a_file_is_read_once_and_watched(tmp_path: Path) -> None:
    """However many agents have tools of it; an edit of it is an edit of the team."""
    found = team(tmp_path, "shop.yaml")
    path = tmp_path / "agents.yaml"
    path.write_text(
        path.read_text("utf-8").replace("Invoices.", "Invoices.\n    tools: [{openapi: shop.yaml}]"), "utf-8"
    )
    found = load_team(path, environ={})
    sources = Sources()

    tools, _, _ = read_functions(found, sources)

    assert [len(own) for own in tools.values()] == [5, 5]
    assert sources.files == (tmp_path / "shop.yaml",)
    assert tool_files(found) == (tmp_path / "shop.yaml",)


def test_what_is_wrong_with_a_file_is_told_of_each_entry(tmp_path: Path) -> None:
    """Although it is read once."""
    (tmp_path / "old.yaml").write_text("swagger: '2.0'\n", encoding="utf-8")
    found = team_with(tmp_path, "{openapi: old.yaml}", "{openapi: {file: old.yaml, allow: [x]}}")

    assert [problem.what for problem in problems_of(found)] == [
        "old.yaml:1:1: it is Swagger 2.0; OpenAPI 3.0 and 3.1 are read"
    ] * 2


def test_a_path_from_the_environment_is_not_shown(tmp_path: Path) -> None:
    """As nothing from there is."""
    team(tmp_path, "shop.yaml")
    path = tmp_path / "agents.yaml"
    path.write_text(path.read_text("utf-8").replace("shop.yaml", "'${SPEC}'"), encoding="utf-8")
    found = load_team(path, environ={"SPEC": "secret/none.yaml"})

    assert "the OpenAPI file cannot be read" in only(problems_of(found))


def test_names_that_the_team_file_has_count_for_rules(tmp_path: Path) -> None:
    """Patterns may bring others."""
    refs = [
        team(tmp_path, entry, *keys).agents["front"].tools[0]
        for entry, keys in (
            ("shop.yaml", ()),
            ("{file: shop.yaml, allow: [getCustomer, 'search*']}", ()),
            ("{file: shop.yaml, allow: [getCustomer]}", ()),
            ("{file: shop.yaml, allow: ['getCustome*']}", ("name: find",)),
        )
    ]

    assert [(ref.names, ref.more) for ref in refs] == [
        ((), True),
        (("getCustomer",), True),
        (("getCustomer",), False),
        (("find",), False),
    ]
