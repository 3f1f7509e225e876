"""The modules that a team's Python files are loaded into: each load of a team has its own.

Two versions of a team live side by side: a call that runs on the older one goes on with the older modules, also when a
function of them imports a file beside it only now. So every load has packages under private names that no other load
has, in `sys.modules` as usual. They leave it when nothing needs them any more: when the last tool that was made of them
is gone, for each tool keeps its `Modules`.

No bytecode is read or written: it is told apart by a file's size and its time in whole seconds, so that of two edits
within a second the older one could be run.
"""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import logging
import sys
import typing
import weakref
from collections.abc import Collection, Sequence
from hashlib import sha256
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType

from orchestrator.tools.sources import Sources

PREFIX = "_orchestrator_tools_"
_numbers = itertools.count(1)
# Package of a load → the files it is loaded from.
_open: dict[str, Sources] = {}


class Modules:
    """The modules of one load of a team."""

    def __init__(self, sources: Sources) -> None:
        # The files they are loaded from.
        self._sources = sources
        # Folder → the package that its files are loaded into.
        self._packages: dict[Path, str] = {}
        # What this load is, among all of this process.
        self._number = next(_numbers)
        weakref.finalize(self, _forget, self._packages)

    def load(self, path: Path) -> ModuleType:
        """Load a file as a module of its folder's package, unless it is; what fails leaves nothing half loaded.

        Raises whatever its code raises.
        """
        before = set(sys.modules)
        try:
            folder = path.resolve().parent
            name = f"{self._package(folder)}.{path.stem}"
            if name in sys.modules:  # another tool file has imported it
                return sys.modules[name]
            self._sources.follow(path, path.parent)
            return _run(_spec(name, path, self._sources))
        except BaseException:
            for name in [name for name in list(sys.modules) if name not in before and self._owns(name)]:
                sys.modules.pop(name, None)
            for folder in [folder for folder, name in self._packages.items() if name not in sys.modules]:
                _open.pop(self._packages.pop(folder), None)
            raise

    def _owns(self, name: str) -> bool:
        return name.partition(".")[0] in self._packages.values()

    def _package(self, folder: Path) -> str:
        """Make the package of a folder, once."""
        if folder not in self._packages:
            name = f"{PREFIX}{sha256(str(folder).encode(errors='surrogateescape')).hexdigest()[:8]}_{self._number}"
            importlib.invalidate_caches()
            if FINDER not in sys.meta_path:
                sys.meta_path.insert(0, FINDER)
            self._packages[folder], _open[name] = name, self._sources
            init = folder / "__init__.py"
            if self._sources.has(init):
                self._sources.follow(init, folder)
                _run(_spec(name, init, self._sources, within=folder))
            else:
                _run(_folder_spec(name, folder))
        return self._packages[folder]


class Loader(SourceFileLoader):
    """Loads a module from what was read of its file."""

    def __init__(self, name: str, path: str, sources: Sources) -> None:
        super().__init__(name, path)
        self._sources = sources

    def get_data(self, path: str) -> bytes:
        """Return the file as it was when the team was loaded."""
        return self._sources.read(Path(path))

    def path_stats(self, path: str) -> typing.NoReturn:
        """Say that there is no bytecode."""
        raise OSError


class Finder(MetaPathFinder):
    """Finds what the modules of a load import from their own packages; all else is found as usual."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module of a load."""
        sources = _open.get(fullname.partition(".")[0])
        if sources is None or path is None:
            return None
        tail = fullname.rpartition(".")[2]
        for folder in map(Path, path):
            within = folder / tail
            if sources.has(within / "__init__.py"):
                return _spec(fullname, within / "__init__.py", sources, within=within)
            if sources.has(file := folder / f"{tail}.py"):
                return _spec(fullname, file, sources)
            if within.is_dir():
                return _folder_spec(fullname, within)
        return None  # compiled, perhaps


FINDER = Finder()


def _spec(name: str, path: Path, sources: Sources, *, within: Path | None = None) -> ModuleSpec:
    """Say how a file is loaded; `within`: as the package of this folder."""
    loader = Loader(name, str(path), sources)
    folders = None if within is None else [str(within)]
    found = importlib.util.spec_from_file_location(name, path, loader=loader, submodule_search_locations=folders)
    assert found is not None
    return found


def _folder_spec(name: str, folder: Path) -> ModuleSpec:
    found = ModuleSpec(name, None, is_package=True)
    assert found.submodule_search_locations is not None
    found.submodule_search_locations.append(str(folder))
    return found


def _run(spec: ModuleSpec) -> ModuleType:
    """Make a module and run its code."""
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and pickle look up their module
    if spec.loader is not None:
        spec.loader.exec_module(module)
    return module


def _forget(packages: dict[Path, str]) -> None:
    """Let go of the modules of a load, and of what the standard library keeps for them by name or by type."""
    names = set(packages.values())
    for name in names:
        _open.pop(name, None)
    _remove(names, sys.modules)
    _remove(names, logging.root.manager.loggerDict)  # `getLogger(__name__)`
    for clear in getattr(typing, "_cleanups", ()):  # of `list[Order]` and the like
        clear()


def _remove(packages: Collection[str], held: dict[str, typing.Any]) -> None:
    for name in [name for name in list(held) if name.partition(".")[0] in packages]:
        held.pop(name, None)
