"""From references in the team file to tools; every wrong reference is told with its place."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from orchestrator.team import load_team
from orchestrator.tools import CallView, check_tools, load_tools, tool_files
from orchestrator.tools.python.importing import CIRCLE, IMPORT, WORDS
from orchestrator.tools.python.modules import PREFIX
from orchestrator.tools.python.parameters import SIGNATURE, TYPES
from tests.tools.teams import problems_of, team_with

ORDERS = """
    from functools import cache
    from json import dumps
    from dataclasses import dataclass

    LOADED = []

    @dataclass
    class Order:
        number: str

    def _secret() -> str: ...

    def find_order(number: str) -> str:
        "Find an order."
        return f"order {number} of {len(LOADED)}"

    async def cancel_order(number: str) -> str:
        "Cancel an order."
        LOADED.append(number)
        return "cancelled"

    @cache
    def list_orders() -> str:
        "List orders."
        return "none"
"""


def test_one_function_of_a_file(tmp_path: Path) -> None:
    """`agents/orders.py:find_order` is that function, with the examples of the team file."""
    reference = '{tool: "agents/orders.py:find_order", examples: [where is it], confirm: true}'
    team = team_with(tmp_path, reference, orders=ORDERS)

    tools = load_tools(team)

    assert [tool.name for tool in tools["front"]] == ["find_order"]
    assert tools["front"][0].description.startswith("Find an order. Ask the caller to confirm")
    assert tools["billing"] == ()


def test_a_whole_file(tmp_path: Path) -> None:
    """`agents/orders.py` means its public functions, decorated ones too, without imports, classes and private names."""
    team = team_with(tmp_path, "agents/orders.py", orders=ORDERS)

    assert [tool.name for tool in load_tools(team)["front"]] == ["find_order", "cancel_order", "list_orders"]
    assert tool_files(team) == (tmp_path / "agents" / "orders.py",)


def test_a_file_has_a_private_module_name(tmp_path: Path) -> None:
    """It shows where the file is; two files of the same name in two teams are two modules."""
    names = set()
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        text = "def where() -> str:\n    return __name__\n"
        (tool,) = load_tools(team_with(tmp_path / folder, "agents/orders.py", orders=text))["front"]
        names |= {name for name in sys.modules if name.startswith("_orchestrator_tools_") and name.endswith(".orders")}
        assert tool.name == "where"

    assert len(names) >= 2
    assert "orders" not in sys.modules


def test_a_file_may_use_features_that_look_up_its_module(tmp_path: Path) -> None:
    """Dataclasses and postponed annotations find the module under its private name."""
    text = """
        from __future__ import annotations
        from dataclasses import dataclass
        from typing import Optional

        @dataclass
        class Order:
            number: Optional[str]

        def find(order: Order) -> None: ...
    """
    (tool,) = load_tools(team_with(tmp_path, "agents/x.py", x=text))["front"]

    assert list(tool.parameters["properties"]["order"]["properties"]) == ["number"]


async def test_a_file_is_one_module(tmp_path: Path) -> None:
    """Functions of one file share its state, however they are referenced; each load has its own state."""
    references = ("agents/orders.py:find_order", "agents/orders.py:cancel_order")
    team = team_with(tmp_path, *references, orders=ORDERS)
    call = CallView(id="call_1", agent="front")

    for _ in range(2):
        find, cancel = load_tools(team)["front"]
        assert await cancel.run('{"number": "7"}', call, seconds=10) == "cancelled"
        assert await find.run('{"number": "7"}', call, seconds=10) == "order 7 of 1"


def test_the_folder_is_not_a_package(tmp_path: Path) -> None:
    """A published package `agents` can still be imported, and `sys.path` is unchanged."""
    before = list(sys.path), sys.modules.get("agents")
    load_tools(team_with(tmp_path, "agents/orders.py", orders=ORDERS))

    assert (sys.path, sys.modules.get("agents")) == before


def test_installed_code(tmp_path: Path) -> None:
    """`package.module:function` is imported."""
    tools = load_tools(team_with(tmp_path, "statistics:fmean", "textwrap:dedent"))

    assert [tool.name for tool in tools["front"]] == ["fmean", "dedent"]
    assert tool_files(team_with(tmp_path, "textwrap:dedent")) == ()


def test_a_tool_has_the_name_in_its_reference(tmp_path: Path) -> None:
    """Even if a decorator does not keep the name of the function it wraps."""
    text = """
        def logged(function):
            def wrapper(number: str) -> str:
                return function(number)
            return wrapper

        @logged
        def find(number: str) -> str: ...
        @logged
        def cancel(number: str) -> str: ...
    """
    tools = load_tools(team_with(tmp_path, "agents/x.py:find", "agents/x.py:cancel", x=text))

    assert [tool.name for tool in tools["front"]] == ["find", "cancel"]


BAD = [
    pytest.param("orders", "", "'orders' is not a tool reference. Write agents/orders.py:find_order", id="form"),
    pytest.param("agents/x.py:a b", "", "'agents/x.py:a b' is not a tool reference", id="spaces"),
    pytest.param("agents/y.py", "", "there is no file 'agents/y.py'. Paths are relative to the team", id="file"),
    pytest.param("agents/x.py:find", "def f(:\n", "agents/x.py:1: invalid syntax. Fix the syntax", id="syntax"),
    pytest.param("agents/x.py:find", "\0", "agents/x.py: source code string cannot contain null bytes", id="null"),
    pytest.param(
        "agents/x.py:find",
        "import no_such_package\n",
        "agents/x.py:1 cannot be imported: ModuleNotFoundError: No module named 'no_such_package'.",
        id="import",
    ),
    pytest.param(
        "agents/x.py", "import x\n", "No module named 'x'. Import what is in this folder as `from .x", id="self"
    ),
    pytest.param(
        "agents/x.py:find", "1 / 0\n", "cannot be imported: ZeroDivisionError: division by zero.", id="raises"
    ),
    pytest.param("agents/x.py", "raise SystemExit(2)\n", "agents/x.py:1 cannot be imported: SystemExit: 2", id="exit"),
    pytest.param(
        "agents/x.py:fnd",
        "def find() -> None: ...\n",
        "there is no function 'fnd' in agents/x.py. Did you mean 'find'?",
        id="misspelt",
    ),
    pytest.param("agents/x.py:zzz", "def find() -> None: ...\n", "It has: find.", id="unknown"),
    pytest.param("agents/x.py:zzz", "", "It has: no public functions.", id="empty"),
    pytest.param("agents/x.py", "from json import dumps\n", "agents/x.py has no public functions", id="no functions"),
    pytest.param("agents/x.py:N", "N = 1\n", "'N' in agents/x.py is not a function. Name a function.", id="value"),
    pytest.param("agents/x.py:C", "class C: ...\n", "'C' in agents/x.py is not a function", id="class"),
    pytest.param(
        "agents/x.py:f",
        "def f(*a): ...\n",
        "f cannot be used as a tool: the parameter 'a' cannot be passed by name",
        id="args",
    ),
    pytest.param("agents/x.py:für", "def für(): ...\n", "'für' is not a valid tool name", id="letters"),
    pytest.param("no_such_thing.x:f", "", "no module 'no_such_thing.x' is installed", id="not installed"),
    pytest.param("json.nothing:f", "", "no module 'json.nothing' is installed", id="no submodule"),
    pytest.param("json:dmps", "", "there is no function 'dmps' in json. Did you mean 'dumps'?", id="not in module"),
]


@pytest.mark.parametrize(("reference", "text", "told"), BAD)
def test_an_invalid_reference_is_reported_with_its_position(
    tmp_path: Path, reference: str, text: str, told: str
) -> None:
    """Wrong form, no file, an error inside it, no such function, a signature that cannot be used."""
    team = team_with(tmp_path, reference, x=text)

    (problem,) = problems_of(team)

    assert problem.where == "agents.yaml:6:9 agents.front.tools.0"
    assert told in str(problem)


def test_a_file_that_fails_leaves_no_module_behind(tmp_path: Path) -> None:
    """A half-loaded module must not be found later."""
    before = set(sys.modules)

    assert problems_of(team_with(tmp_path, "agents/x.py", x="1 / 0"))
    assert set(sys.modules) == before


def test_an_error_inside_installed_code_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that exists but cannot be imported is not called missing."""
    (tmp_path / "shop_tools.py").write_text("import no_such_package\n", encoding="utf-8")
    (tmp_path / "shop_broken.py").write_text("1 / 0\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    first, second = problems_of(team_with(tmp_path, "shop_tools:find", "shop_broken:find"))

    assert first.what == "shop_tools cannot be imported: ModuleNotFoundError: No module named 'no_such_package'"
    assert second.what == "shop_broken cannot be imported: ZeroDivisionError: division by zero"


def test_all_invalid_references_are_reported_at_once(tmp_path: Path) -> None:
    """One round of fixes is enough; a broken file is reported where it is referenced first."""
    problems = problems_of(team_with(tmp_path, "orders", "agents/x.py:f", "agents/x.py:g", x="1 / 0"))

    assert [problem.where.split()[0] for problem in problems] == [f"agents.yaml:{line}:9" for line in (6, 7)]


def test_a_problem_in_defaults_is_reported_once(tmp_path: Path) -> None:
    """There, not for each agent; all agents have the tools of `defaults`."""
    path = tmp_path / "agents.yaml"
    agents = "agents: {a: {instructions: x, handoffs: [b]}, b: {instructions: x, handoffs: [a]}}\n"
    path.write_text(f"team: t\ndefaults: {{tools: [nothing]}}\n{agents}", encoding="utf-8")

    (problem,) = problems_of(load_team(path, environ={}))
    assert problem.where == "agents.yaml:2:20 defaults.tools.0"

    path.write_text(f"team: t\ndefaults: {{tools: ['textwrap:dedent']}}\n{agents}", encoding="utf-8")
    assert [len(tools) for tools in load_tools(load_team(path, environ={})).values()] == [1, 1]


@pytest.mark.parametrize("tool", ["'${TOOL}'", "{tool: '${TOOL}'}"], ids=["short", "long"])
@pytest.mark.parametrize("value", ["sk-secret", "sk-secret.py", "sk-secret.py:f", "json:sk_secret", "sk_secret:f"])
def test_p42_a_reference_from_the_environment_is_not_shown(tmp_path: Path, tool: str, value: str) -> None:
    """P42: its position is reported, its value is not."""
    path = tmp_path / "agents.yaml"
    path.write_text(f"team: t\nagents:\n  a:\n    instructions: x\n    tools: [{tool}]\n", encoding="utf-8")

    (problem,) = problems_of(load_team(path, environ={"TOOL": value}))

    assert problem.where == "agents.yaml:5:13 agents.a.tools.0"
    assert problem.what == "the tool named by the environment cannot be loaded"
    assert "secret" not in str(problem)


def test_p42_warnings_about_a_tool_from_the_environment_are_not_shown(tmp_path: Path) -> None:
    """P42: they would show its name."""
    path = tmp_path / "agents.yaml"
    (tmp_path / "secret.py").write_text("def secret(): ...\n", encoding="utf-8")
    path.write_text("team: t\nagents: {a: {instructions: x, tools: ['${TOOL}', 'secret.py:secret']}}\n", "utf-8")

    assert check_tools(load_team(path, environ={"TOOL": "textwrap:dedent"})) != []
    path.write_text("team: t\nagents: {a: {instructions: x, tools: ['${TOOL}']}}\n", encoding="utf-8")
    assert check_tools(load_team(path, environ={"TOOL": "secret.py:secret"})) == []


def test_names_of_tools_are_unique_for_each_agent(tmp_path: Path) -> None:
    """The model could not choose between two tools of one name, or a tool and a handoff."""
    text = "def transfer_to_billing() -> None: ...\ndef find() -> None: ...\n"
    problems = problems_of(team_with(tmp_path, "agents/x.py:find", "agents/x.py", x=text))

    assert [problem.what for problem in problems] == [
        "'transfer_to_billing' is reserved for the function that hands the caller over to 'billing'"
    ]

    (problem,) = problems_of(team_with(tmp_path, "agents/x.py:find", "agents/x.py:find", x=text))

    assert problem.what == "duplicate tool 'find'"


def test_rules_about_tools_are_checked_once_tools_are_loaded(tmp_path: Path) -> None:
    """Rules and `set_by` may name functions of a whole file; a warning alone does not stop a team."""
    (tmp_path / "x.py").write_text("def check() -> None: 'Check.'\ndef refund() -> None: 'Pay.'\n", encoding="utf-8")
    path = tmp_path / "agents.yaml"
    text = "team: t\nvariables: {v: {set_by: check}}\nrules: [%s]\nagents: {a: {instructions: x, tools: [x.py]}}\n"
    path.write_text(text % "chek at most 3 per call, check needs v", encoding="utf-8")

    (problem,) = problems_of(load_team(path, environ={}))
    assert str(problem) == "agents.yaml:3:9 rules.0: no agent has a tool 'chek'. Did you mean 'check'?"

    path.write_text(text.replace("set_by: check", "set_by: refnd") % "refund at most 1 per call", encoding="utf-8")
    (problem,) = check_tools(load_team(path, environ={}))
    assert str(problem).endswith("variables.v.set_by: no agent has a tool 'refnd'. Did you mean 'refund'?")

    path.write_text(text % "refund at most 1 per call, refund needs v", encoding="utf-8")
    assert check_tools(load_team(path, environ={})) == []
    assert [tool.name for tool in load_tools(load_team(path, environ={}))["a"]] == ["check", "refund"]


def test_a_file_that_cannot_be_loaded_is_reported_once(tmp_path: Path) -> None:
    """Where it is referenced first; other invalid references are reported too."""
    team = team_with(tmp_path, "agents/x.py:find", "agents/x.py:pay", "agents/x.py", "agents/y.py", x="def find(:\n")

    found = problems_of(team)

    assert [problem.what for problem in found] == ["agents/x.py:1: invalid syntax", "there is no file 'agents/y.py'"]
    assert "tools.0" in found[0].where


async def test_p63_a_tool_file_may_import_those_beside_it(tmp_path: Path) -> None:
    """P63: with a dot, below it too; a file that is loaded as well is the same module."""
    (tmp_path / "agents" / "shop").mkdir(parents=True)
    (tmp_path / "agents" / "shop" / "prices.py").write_text("PRICE = 3\n", encoding="utf-8")
    (tmp_path / "agents" / "__init__.py").write_text("NAME = 'desk'\n", encoding="utf-8")
    crm = "SEEN = []\ndef remember(name: str) -> str:\n    SEEN.append(name)\n    return 'noted'\n"
    orders = """
        from . import NAME, crm
        from .crm import SEEN
        from .shop.prices import PRICE

        def names() -> str:
            return f"{NAME} {SEEN} {crm.SEEN is SEEN} {PRICE}"
    """
    call, before = CallView(id="call_1", agent="front"), set(sys.modules)

    for _ in range(2):  # each load of a team has modules of its own
        team = team_with(tmp_path, "agents/orders.py", "agents/crm.py", crm=crm, orders=orders)
        names, remember = load_tools(team)["front"]
        assert await remember.run('{"name": "Ann"}', call, seconds=10) == "noted"
        assert await names.run("{}", call, seconds=10) == "desk ['Ann'] True 3"
    assert all(name.startswith(PREFIX) for name in set(sys.modules) - before)


BESIDE = "Import what is in this folder as `from .{} import …`."


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("import crm", BESIDE.format("crm")),
        ("from crm import client", BESIDE.format("crm")),
        ("from shop.prices import PRICE", BESIDE.format("shop")),
        (
            "from ..crm import client",
            "A tool file can import installed packages, and what is in its own folder or below.",
        ),
        ("from .missing import client", IMPORT),
        ("from .crm import missing", IMPORT),
    ],
)
def test_p63_another_way_to_import_a_neighbour_is_told_the_right_one(tmp_path: Path, text: str, remedy: str) -> None:
    """P63: at the line that imports it; nothing half loaded stays."""
    (tmp_path / "agents" / "shop").mkdir(parents=True)
    before = set(sys.modules)
    files = {"crm": "client = 1\n", "x": f"\n{text}\ndef find() -> None: ...\n"}

    (problem,) = problems_of(team_with(tmp_path, "agents/x.py", **files))

    assert problem.what.startswith("agents/x.py:2 cannot be imported: ")
    assert problem.remedy == remedy
    assert set(sys.modules) == before


def test_p63_a_file_that_fails_leaves_its_neighbours_alone(tmp_path: Path) -> None:
    """P63: what another tool file of the folder has loaded stays."""
    files = {
        "crm": "def find() -> None: 'Find.'\n",
        "x": "from . import crm\n1 / 0\n",
        "y": "from . import crm\ndef look() -> None: 'Look.'\n",
    }

    (problem,) = problems_of(team_with(tmp_path, "agents/crm.py", "agents/x.py", "agents/y.py", **files))

    assert problem.what == "agents/x.py:2 cannot be imported: ZeroDivisionError: division by zero"
    assert any(name.startswith(PREFIX) and name.endswith(".crm") for name in sys.modules)


@pytest.mark.parametrize(
    ("signature", "what", "remedy"),
    [
        ("call: str", "the parameter 'call' is the running call, and cannot be of type str", "Rename it."),
        ("x: type[int]", "the type of 'x' cannot be described in JSON Schema", TYPES),
        ("*x", "the parameter 'x' cannot be passed by name", SIGNATURE),
    ],
)
def test_p63_a_signature_that_cannot_be_used_is_told(tmp_path: Path, signature: str, what: str, remedy: str) -> None:
    """P63: where the tool is named, with what to do."""
    (problem,) = problems_of(team_with(tmp_path, "agents/x.py:f", x=f"def f({signature}): 'Find.'\n"))

    assert problem.where == "agents.yaml:6:9 agents.front.tools.0"
    assert (problem.what, problem.remedy) == (f"f cannot be used as a tool: {what}", remedy)


def test_p63_what_the_model_is_not_told_is_a_warning(tmp_path: Path) -> None:
    """P63: with the place of the tool."""
    text = "def f(limit: float = float('inf')):\n    'Find.\\n\\nArgs:\\n    limit： how many'\n"

    (problem,) = check_tools(team_with(tmp_path, "agents/x.py:f", x=text))

    assert (problem.fatal, problem.where) == (False, "agents.yaml:6:9 agents.front.tools.0")
    assert problem.what == "the tool 'f' has a default for 'limit' that JSON does not have: inf"


@pytest.mark.parametrize(
    ("neighbour", "what", "remedy"),
    [
        ("\nimport no_such_package", "2: ModuleNotFoundError: No module named 'no_such_package'", IMPORT),
        ("import crm", "1: ModuleNotFoundError: No module named 'crm'", BESIDE.format("crm")),
        ("\n\ndef client(:\n", "3: invalid syntax", "Fix the syntax of the file."),
        ("def load():\n    raise KeyError('KEY')\nload()", "2: KeyError: 'KEY'", IMPORT),
        ("from .x import find", "1: ImportError: cannot import name 'find' from 'x'", CIRCLE),
    ],
    ids=["missing", "another way", "syntax", "inside", "circle"],
)
def test_p63_an_error_in_a_neighbour_is_shown_where_it_is(
    tmp_path: Path, neighbour: str, what: str, remedy: str
) -> None:
    """P63: the line that imports the file, and the line in it that raised it, without our names of modules."""
    files = {"crm": f"{neighbour}\n", "x": "from .crm import client\ndef find() -> None: ...\n"}

    (problem,) = problems_of(team_with(tmp_path, "agents/x.py:find", **files))

    at = "" if "syntax" in what else "agents/x.py:1 cannot be imported: "
    assert problem.what.startswith(f"{at}agents/crm.py:{what}")
    assert problem.remedy == remedy
    assert PREFIX not in problem.what


def test_p63_a_line_is_shown_in_a_linked_folder_too(tmp_path: Path) -> None:
    """P63: the temporary folder of some systems is a link."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    (problem,) = problems_of(team_with(tmp_path / "link", "agents/x.py", x="\nfrom .crm import f\n", crm="\n\n1 / 0\n"))

    told = "agents/x.py:2 cannot be imported: agents/crm.py:3: ZeroDivisionError: division by zero"
    assert problem.what == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("raise ValueError('one\\n two')", "ValueError: one two"),
        ("assert 0", "AssertionError"),
        ("class Skip(BaseException): ...\nraise Skip('no')", "x.Skip: no"),
        (
            "class Mute(Exception):\n    def __str__(self): return self.text\nraise Mute",
            "x.Mute: <exception str() failed>",
        ),
        ("raise ValueError('x' * 5000)", f"ValueError: {'x' * (WORDS - 12)}"),
    ],
    ids=["lines", "empty", "no Exception", "no text", "long"],
)
def test_p63_an_error_is_told_on_one_line(tmp_path: Path, text: str, told: str) -> None:
    """P63: whatever it is, and whatever it says."""
    (problem,) = problems_of(team_with(tmp_path, "agents/x.py", x=f"{text}\n"))

    assert problem.what.partition(" cannot be imported: ")[2] == told


def test_p63_an_interrupt_is_no_error_of_a_tool(tmp_path: Path) -> None:
    """P63: Ctrl-C while a slow file is loaded."""
    with pytest.raises(KeyboardInterrupt):
        check_tools(team_with(tmp_path, "agents/x.py", x="raise KeyboardInterrupt\n"))


def test_p63_types_of_a_file_are_no_tools(tmp_path: Path) -> None:
    """P63: some can be called; a function with arguments filled in is one."""
    text = """
        from functools import partial
        from json import dumps
        from typing import Annotated, Generic, NewType, TypeVar
        T = TypeVar("T")
        class Box(Generic[T]): ...
        Boxes, Number, Text, Numbers = Box[int], NewType("Number", int), Annotated[str, "text"], list[int]
        def find(shop: str, number: Number) -> str: "Find."
        find_here, write = partial(find, "here"), partial(dumps, indent=1)
        def helper() -> None: ...
    """
    team = team_with(
        tmp_path, "agents/x.py", "agents/y.py", x=text, y="__all__ = ['look']\ndef look(): 'Look.'\ndef no(): ..."
    )

    assert [tool.name for tool in load_tools(team)["front"]] == ["find", "find_here", "helper", "look"]
