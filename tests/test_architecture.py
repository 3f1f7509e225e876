"""The rules that keep the shape: who may import whom, how large a room may grow, tests beside their modules."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "orchestrator"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Folder or module → what of this package it may import while running. `cli`, `serve`, `talk`, `testing`: anything.
INSIDE = {
    "errors": set[str](),
    "team": {"errors", "team"},
    "core": {"core", "errors"},
    "tools": {"errors", "team", "tools"},
    "realtime": {"realtime", "core", "errors", "team", "log"},
    "local": {"local", "core", "realtime", "errors", "team", "log"},
    "tally": {"core"},
    "runner": {"core", "tools", "team", "realtime", "errors", "journal", "tally"},
    "journal": {"core", "log"},
    "gateway": {"gateway", "runner", "core", "team", "tools", "realtime", "errors", "settings", "log"},
    "settings": {"errors"},
    "log": set[str](),
    "wav": {"errors"},
}
NOBODY_IMPORTS = {"cli", "talk", "testing"}
MODULE_LINES, FUNCTION_LINES = 400, 50


def room(path: Path) -> str:
    """Return the folder or module of the package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.AST, *, types_too: bool) -> Iterator[str]:
    """Yield the names of imported modules; those under TYPE_CHECKING only on request."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test) and not types_too:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from imports(node, types_too=types_too)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_room_imports_only_what_it_may(path: Path) -> None:
    """The import table of the design holds."""
    allowed = INSIDE.get(room(path))
    for name in imports(ast.parse(path.read_text(encoding="utf-8")), types_too=False):
        parts = name.split(".")
        if parts[0] != "orchestrator" or len(parts) == 1:
            continue
        assert parts[1] not in NOBODY_IMPORTS - {room(path)} or room(path) == "cli", f"{path.name} imports {name}"
        assert allowed is None or parts[1] in allowed, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", sorted((PACKAGE / "core").glob("*.py")), ids=lambda path: path.name)
def test_the_core_knows_no_io(path: Path) -> None:
    """Only the standard library, and of it nothing that waits, sleeps, logs or rolls dice."""
    banned = {"asyncio", "socket", "time", "random", "logging", "threading", "os", "pathlib", "subprocess"}
    for name in imports(ast.parse(path.read_text(encoding="utf-8")), types_too=False):
        top = name.split(".")[0]
        assert top == "orchestrator" or top in sys.stdlib_module_names, name
        assert top not in banned, name
    assert not any(isinstance(node, ast.Await) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_room_grows_too_large(path: Path) -> None:
    """A breach is a sign to split, not a reason to pack lines."""
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MODULE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < FUNCTION_LINES, node.name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    """A module without a word of explanation is a riddle."""
    assert path.name == "__main__.py" or ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_folders_are_not_nested() -> None:
    """Two levels are enough to guess where a thing is."""
    assert all(len(path.relative_to(PACKAGE).parts) <= 2 for path in MODULES if "starter" not in path.parts)


def test_importing_the_package_is_light() -> None:
    """`import orchestrator` brings no framework and no model."""
    script = "import sys, orchestrator; print(sorted({'numpy', 'fastapi', 'networkx', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
