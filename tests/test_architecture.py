"""The rules that keep the shape: who may import whom, how large things may grow, and where their tests are."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "orchestrator"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "samples" not in path.parts)
NAMES = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in MODULES}

# Room → the other rooms of this package that it may import while running. A room is a folder, or a module at the root.
INSIDE = {
    "errors": set[str](),
    "log": set(),
    "settings": {"errors", "outside"},
    "outside": {"settings", "errors"},
    "threads": set(),
    "team": {"outside", "errors", "protocol"},
    "protocol": {"errors"},
    "core": {"errors"},
    "tools": {"errors", "team", "threads", "outside"},
    "providers": {"outside", "protocol", "core", "team", "errors"},
    "text": {"outside", "providers", "protocol", "errors", "log"},
    "realtime": {"outside", "text", "providers", "protocol", "team", "errors", "log"},
    "people": {"providers", "protocol", "errors", "log"},
    "local": {"outside", "text", "providers", "protocol", "core", "team", "errors", "log"},
    "observe": {"core", "team", "errors", "log"},
    "records": {"core", "team", "observe", "protocol", "outside", "errors", "log", "settings", "threads"},
    "runner": {"core", "tools", "team", "providers", "protocol", "observe", "errors", "log"},
    "fleet": {"outside", "settings", "errors", "log"},
    "gateway": {"people", "fleet", "observe", "records", "runner", "core", "team", "tools", "providers", "protocol"}
    | {"outside", "errors", "settings", "log"},
    "server": {"gateway", "fleet", "observe", "records", "realtime", "local", "providers", "protocol", "tools", "team"}
    | {"outside", "errors", "settings", "log", "threads"},
    "library": {"server", "gateway", "core", "tools", "errors", "settings"},
    "terminal": {"outside", "protocol", "errors", "threads", "core", "observe", "records", "settings"},
    "testing": {"realtime", "providers", "protocol", "tools", "team", "errors"},
    "replay": {"core", "team", "tools", "providers", "observe", "records", "protocol", "settings", "errors"},
    "trials": {
        "server",
        "gateway",
        "runner",
        "observe",
        "records",
        "replay",
        "testing",
        "realtime",
        "local",
        "providers",
        "terminal",
    }
    | {"protocol", "tools", "team", "core", "outside", "settings", "threads", "log", "errors"},
    "pytest_plugin": {
        "trials",
        "testing",
        "runner",
        "observe",
        "tools",
        "team",
        "core",
        "protocol",
        "outside",
        "errors",
    },
    "cli": {
        "outside",
        "local",
        "trials",
        "replay",
        "terminal",
        "server",
        "realtime",
        "providers",
        "tools",
        "team",
        "settings",
        "log",
        "errors",
    },
    "": set(),  # the package itself: `import orchestrator` brings nothing
}
ROOT_MODULES, FOLDER_FILES, MODULE_LINES, FUNCTION_LINES, CLASS_ATTRIBUTES = 8, 25, 400, 40, 12


def room(name: str) -> str:
    """Return the folder or module of the package that a dotted name belongs to."""
    return (*name.split("."), "")[1]


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield the modules of this project that are imported while running, also inside functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            whole = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in NAMES else str(node.module) for name in whole)
        else:
            yield from imports(node)


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def told(wrong: Iterable[object]) -> str:
    """Return what is wrong, all of it, a line each."""
    return "\n".join(map(str, wrong))


def test_each_room_imports_only_what_it_may() -> None:
    """The import table of the design holds for every module."""
    wrong = [
        f"{name} imports {other}"
        for name, path in NAMES.items()
        for other in imports(parsed(path))
        if other in NAMES and room(other) not in (room(name), "") and room(other) not in INSIDE[room(name)]
    ]

    assert not wrong, told(wrong)


@pytest.mark.parametrize("path", sorted((PACKAGE / "core").rglob("*.py")), ids=lambda path: path.name)
def test_the_core_knows_no_io(path: Path) -> None:
    """Only the standard library, and of it nothing that waits, sleeps, logs or rolls dice."""
    banned = {"asyncio", "socket", "time", "random", "secrets", "logging", "threading", "os", "pathlib", "subprocess"}
    tree = parsed(path)
    for name in imports(tree):
        top = name.split(".")[0]
        assert top == "orchestrator" or top in sys.stdlib_module_names, name
        assert top not in banned, name
    assert not any(isinstance(node, ast.Await) for node in ast.walk(tree))


@pytest.mark.parametrize("path", sorted((PACKAGE / "protocol").glob("*.py")), ids=lambda path: path.name)
def test_the_protocol_needs_nothing_but_python(path: Path) -> None:
    """Every role uses it, so it brings no library and waits for nothing."""
    for name in imports(parsed(path)):
        top = name.split(".")[0]
        assert top == "orchestrator" or top in sys.stdlib_module_names, name
        assert top != "asyncio"


def test_no_module_grows_too_large() -> None:
    """A breach is a sign to split, not a reason to pack lines."""
    large = [path for path in MODULES if path.read_text(encoding="utf-8").count("\n") > MODULE_LINES]

    assert not large, told(large)


def test_no_function_grows_too_large() -> None:
    """The same."""
    functions = [
        (path, node)
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    large = [
        f"{path} {node.name}" for path, node in functions if (node.end_lineno or 0) >= node.lineno + FUNCTION_LINES
    ]

    assert functions
    assert not large, told(large)


def test_folders_stay_small() -> None:
    """A newcomer can read the names in a folder at a glance."""
    for folder in {path.parent for path in MODULES}:
        files = len(list(folder.glob("*.py")))
        assert files <= (ROOT_MODULES if folder == PACKAGE else FOLDER_FILES), folder


def test_every_module_says_what_it_is_for() -> None:
    """A module without a word of explanation is a riddle."""
    silent = [path for path in MODULES if not ast.get_docstring(parsed(path))]

    assert not silent, told(silent)


def test_importing_the_package_is_light() -> None:
    """`import orchestrator` brings no framework and no model."""
    script = "import sys, orchestrator; print(sorted({'numpy', 'fastapi', 'networkx', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def reached(graph: dict[str, set[str]], start: str) -> set[str]:
    """Return all modules that a module imports, directly or through others."""
    seen: set[str] = set()
    todo = list(graph[start])
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += graph[name]
    return seen


def test_no_module_imports_itself_through_others() -> None:
    """There is no import circle anywhere, also none inside functions."""
    graph = {name: {other for other in imports(parsed(path)) if other in NAMES} for name, path in NAMES.items()}

    assert [name for name in graph if name in reached(graph, name)] == []


def test_no_class_remembers_too_much() -> None:
    """A class with more than twelve attributes is two classes."""
    classes = [(path, node) for path in MODULES for node in ast.walk(parsed(path)) if isinstance(node, ast.ClassDef)]

    large = [f"{path} {node.name}" for path, node in classes if len(attributes(node)) > CLASS_ATTRIBUTES]

    assert classes
    assert not large, told(large)


def attributes(node: ast.ClassDef) -> set[str]:
    """Return the names that the methods of a class assign on `self`."""
    assigned: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
            assigned |= {inner.attr} if isinstance(inner.value, ast.Name) and inner.value.id == "self" else set()
    return assigned


# Modules that hold only types, which every test of their users checks.
ONLY_TYPES = {
    "core/effects.py",
    "fleet/port.py",
    "local/brain/port.py",
    "observe/observer.py",
    "observe/story/part.py",
    "providers/port.py",
    "records/format/entries.py",
    "runner/caller.py",
    "trials/line.py",
}


def test_each_module_has_its_tests_beside_it() -> None:
    """Who changes a module finds its tests at the same place below `tests/`."""
    tested = [
        where
        for where in (path.relative_to(PACKAGE) for path in MODULES)
        if where.name != "__init__.py" and str(where) not in ONLY_TYPES
    ]

    missing = [where for where in tested if not (ROOT / "tests" / where.parent / f"test_{where.name}").is_file()]

    assert not missing, told(missing)
