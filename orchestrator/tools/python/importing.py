"""From references in a team file to Python functions, and to tools made of them.

A path such as `agents/orders.py:find_order` is relative to the team file. Its folder is loaded as a package under a
private name (`modules`): it is called `agents`, like a published package, and neither must be mistaken for the other.
So a tool file imports those beside it as `from .crm import client`. `package.module:function` refers to installed code,
and `end_call` to the function that ends the call.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from traceback import extract_tb, format_exception_only
from types import ModuleType
from typing import Any

from orchestrator.team import END_CALL, Team, ToolRef
from orchestrator.team.tools import NAME, VALID_NAME
from orchestrator.tools.end_call import EXAMPLES, end_call
from orchestrator.tools.entries import InvalidReference, LoadFailure
from orchestrator.tools.python.function import FunctionTool
from orchestrator.tools.python.modules import PREFIX, Modules
from orchestrator.tools.python.parameters import SIGNATURE, Unusable, written
from orchestrator.tools.sources import Sources
from orchestrator.tools.tool import Tool

FORMS = "Write agents/orders.py:find_order, agents/orders.py, package.module:function, mcp:SERVER or end_call."
IMPORT = "Install what it imports, or fix the error: its code is run once when the team is loaded."
CIRCLE = "Files that import each other cannot be loaded: move what both need to a third one."
WORDS = 300  # characters of an error
FILE = re.compile(r"^(?P<source>.+\.py)(:(?P<name>\w+))?$")
INSTALLED = re.compile(r"^(?P<source>[^\W\d]\w*(\.[^\W\d]\w*)*):(?P<name>\w+)$")
TYPES = ("types", "typing", "typing_extensions")  # whose objects, such as `NewType`, can be called too


class Importer:
    """Imports the functions that a team names; each file is loaded once, however many references it has."""

    def __init__(self, team: Team, sources: Sources) -> None:
        # The folder that paths are relative to.
        self._folder = team.folder
        # Its files, and what they are loaded into.
        self._sources, self.modules = sources, Modules(sources)
        # File → its module, or why it cannot be loaded.
        self._files: dict[str, ModuleType | InvalidReference] = {}

    def tools(self, ref: ToolRef) -> list[Tool]:
        """Return the tools that a reference names; raises `InvalidReference`."""
        if ref.built_in:
            if ref.own_name:
                raise InvalidReference(f"{END_CALL} cannot have another name", "Remove the key.", "name")
            given = ref if ref.examples else ref.model_copy(update={"examples": EXAMPLES})
            return [_tool(END_CALL, end_call, given)]
        module, source, named = self.module(ref.ref, FORMS)
        if named:
            return [_tool(named, function_of(module, named, source), ref)]
        if ref.own_name:
            raise InvalidReference(f"a name for all functions of {source}", "Name one function of it.", "name")
        functions = _public(module)
        if not functions:
            remedy = "Define one whose name does not start with an underscore."
            raise InvalidReference(f"{source} has no public functions", remedy)
        return [_tool(name, function, ref) for name, function in functions.items()]

    def module(self, ref: str, forms: str) -> tuple[ModuleType, str, str | None]:
        """Return the module that a reference names, how it names it, and which of its functions."""
        if found := FILE.match(ref):
            module = self._file(found["source"])
        elif found := INSTALLED.match(ref):
            module = self._sources.module(found["source"]) or _installed(found["source"])
        else:
            raise InvalidReference(f"{ref!r} is not a tool reference", forms)
        return module, found["source"], found["name"]

    def _file(self, source: str) -> ModuleType:
        if source not in self._files:
            try:
                self._files[source] = self._load(self._folder / source, source)
            except InvalidReference as error:
                self._files[source] = error
        module = self._files[source]
        if isinstance(module, InvalidReference):
            raise module
        return module

    def _load(self, path: Path, source: str) -> ModuleType:
        if not path.is_file():
            raise InvalidReference(f"there is no file {source!r}", "Paths are relative to the team file.")
        try:
            return self.modules.load(path)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # also what ends a process, or skips a test
            raise _load_failure(path, source, error) from error


def _installed(source: str) -> ModuleType:
    try:
        return importlib.import_module(source)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if isinstance(error, ModuleNotFoundError) and error.name and f"{source}.".startswith(f"{error.name}."):
            raise InvalidReference(f"no module {source!r} is installed", FORMS) from None
        raise LoadFailure(f"{source} cannot be imported: {_said(error)}", IMPORT) from error


def _load_failure(path: Path, source: str, error: BaseException) -> LoadFailure:
    folder = path.resolve().parent

    def shown(file: str) -> str:
        """Return a file beside the tool's as the team file would name it."""
        inside = Path(file).resolve()
        return (Path(source).parent / inside.relative_to(folder)).as_posix() if inside.is_relative_to(folder) else file

    if isinstance(error, SyntaxError):
        line = f":{error.lineno}" if error.lineno else ""
        return LoadFailure(f"{shown(error.filename or str(path))}{line}: {error.msg}", "Fix the syntax of the file.")
    # The line of the tool's file, and where that led to in a file that it imports.
    tried = extract_tb(error.__traceback__)
    frames = [frame for frame in tried if Path(frame.filename).resolve().is_relative_to(folder)]
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    place = f"{source}:{lines[-1]}" if lines else source
    inside = f"{shown(frames[-1].filename)}:{frames[-1].lineno}: " if frames else ""
    what = f"{place} cannot be imported: {inside.removeprefix(f'{place}: ')}{_said(error)}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        name = error.name.removeprefix(path.parent.name).strip(".")
        beside = path.parent.joinpath(*name.split("."))
        if beside.is_dir() or beside.with_suffix(".py").is_file():
            return LoadFailure(what, f"Import what is in this folder as `from .{name or 'NAME'} import …`.")
    elif isinstance(error, ImportError) and error.path in [frame.filename for frame in frames]:
        return LoadFailure(what, CIRCLE)
    if "beyond top-level package" in what:
        return LoadFailure(what, "A tool file can import installed packages, and what is in its own folder or below.")
    return LoadFailure(what, IMPORT)


def _said(error: BaseException) -> str:
    """Return an error on one line, with its kind, and without the private names of modules."""
    words = " ".join("".join(format_exception_only(error)).split())
    return re.sub(rf"{PREFIX}\w+\.", "", words)[:WORDS].rstrip(".")


def function_of(module: ModuleType, name: str, source: str) -> Callable[..., Any]:
    found = getattr(module, name, None)
    if found is None:
        known = _public(module)
        close = get_close_matches(name, known, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"It has: {', '.join(known) or 'no public functions'}."
        raise InvalidReference(f"there is no function {name!r} in {source}", hint)
    if not callable(found) or inspect.isclass(found):
        raise InvalidReference(f"{name!r} in {source} is not a function", "Name a function.")
    return found  # type: ignore[no-any-return]


def _public(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """Return the public functions that a module defines itself: those in `__all__`, no imported ones, and no types."""
    found: dict[str, Callable[..., Any]] = {}
    for name, item in vars(module).items():
        hidden = name.startswith("_") or name not in getattr(module, "__all__", [name])
        if hidden or not callable(item) or inspect.isclass(item) or type(item).__module__ in TYPES:
            continue
        made = written(item) if isinstance(item, partial) else item
        own = getattr(made, "__module__", None) == module.__name__ and hasattr(made, "__name__")
        if own and not any(item is other for other in found.values()):
            found[name] = item
    return found


def _tool(name: str, function: Callable[..., Any], ref: ToolRef) -> Tool:
    if not VALID_NAME.match(ref.own_name or name):
        raise InvalidReference(f"{name!r} is not a valid tool name", NAME)
    try:
        return FunctionTool(function, ref, name=name)
    except Unusable as error:
        raise InvalidReference(f"{name} cannot be used as a tool: {error}", error.remedy) from error
    except Exception as error:
        raise InvalidReference(f"{name} cannot be used as a tool: {error}", SIGNATURE) from error
