"""The files that a team is made of, as they were when they were read first.

Each file is read once in a load of a team. So the code that runs is the code that the team's hash names, and a function
that imports a file beside its own only when it is called gets that file as it was when the team was loaded, although it
has been edited since.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

MOST_FOUND = 10_000  # paths that a pattern may lead to; nobody names so many, and no further ones are looked at
PATTERN = re.compile(r"[*?\[]")  # what makes a path a pattern
Stamp: TypeAlias = tuple[int, int, int] | None  # what changes when a file does; None: there is no such file
Searched: TypeAlias = Mapping[tuple[Path, str], tuple[Path, ...]]  # folder and pattern → the files that were found


def stamp_of(path: Path) -> Stamp:
    """Return what tells a file from what it was before; symbolic links are followed."""
    try:
        return _stamp(path.stat())
    except (OSError, ValueError):
        return None


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_mtime_ns, found.st_size, found.st_ino


@dataclass(frozen=True, slots=True)
class Read:
    """A file that was read."""

    path: Path  # as it was asked for: a part of it may be a link, which is followed anew when it is looked at again
    content: bytes
    stamp: Stamp  # at that time


class Sources:
    """The files that one load of a team has read."""

    def __init__(self) -> None:
        # Path without links → what was read.
        self._read: dict[Path, Read] = {}
        # Folder and pattern → the files that were found by it.
        self._searched: dict[tuple[Path, str], tuple[Path, ...]] = {}
        # Folders in which further ones may appear → their stamps from when they were searched.
        self._folders: dict[Path, Stamp] = {}

    def read(self, path: Path) -> bytes:
        """Return what is in a file; raises `OSError` if it cannot be read."""
        found = path.resolve()
        if found not in self._read:
            with path.open("rb") as file:
                self._read[found] = Read(path, file.read(), _stamp(os.fstat(file.fileno())))
        return self._read[found].content

    def text(self, path: Path) -> str:
        """Return the text in a file; raises `OSError`, or `UnicodeDecodeError` if it is not UTF-8."""
        return self.read(path).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")

    def search(self, folder: Path, pattern: str) -> tuple[Path, ...]:
        """Return what a pattern such as `docs/*.md` leads to from a folder, in alphabetical order."""
        if (folder, pattern) not in self._searched:
            first = _first_folder(folder, pattern)
            self._folders.setdefault(first, stamp_of(first))
            found = self._searched[folder, pattern] = _matching(folder, pattern)
            for path in found:
                self._folders.setdefault(path.parent, stamp_of(path.parent))
        return self._searched[folder, pattern]

    @property
    def searched(self) -> Searched:
        """Folder and pattern → what was found by it."""
        return self._searched

    def has(self, path: Path) -> bool:
        """Return whether a file was read, or is there to be read."""
        return path.resolve() in self._read or path.is_file()

    def module(self, name: str) -> ModuleType | None:
        """Return a module that is no file, and not installed; None if there is none of this name."""
        return None

    def follow(self, path: Path, root: Path) -> None:
        """Read a Python file, and all below `root` that it imports with a dot, wherever in its code it does."""
        todo = [path]
        while todo:
            one = todo.pop()
            for found in _imported(self.read(one), one, root):
                if found.resolve() not in self._read and found.is_file():
                    self.read(found)
                    todo.append(found)

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that were read, in the order in which they were."""
        return tuple(one.path for one in self._read.values())

    @property
    def stamps(self) -> dict[Path, Stamp]:
        """Each file with its stamp from when it was read, and each folder in which others were looked for."""
        return self._folders | {one.path: one.stamp for one in self._read.values()}

    def hash(self, folder: Path) -> str:
        """Return what names the files and all that is in them, wherever the team's folder is."""
        found = hashlib.sha256()
        named = {Path(os.path.relpath(path, folder.resolve())).as_posix(): one for path, one in self._read.items()}
        for name, one in sorted(named.items()):
            found.update(f"{name}\0{len(one.content)}\0".encode(errors="surrogateescape") + one.content)
        return found.hexdigest()


def _matching(folder: Path, pattern: str) -> tuple[Path, ...]:
    try:
        return tuple(sorted(islice(folder.glob(pattern), MOST_FOUND)))
    except (ValueError, NotImplementedError, OSError):  # no pattern, or a folder that cannot be read
        return ()


def _first_folder(folder: Path, pattern: str) -> Path:
    """Return the folder from which on a pattern leaves open where it leads."""
    for part in Path(pattern).parts[:-1]:
        if PATTERN.search(part):
            break
        folder /= part
    return folder


def _imported(code: bytes, path: Path, root: Path) -> Iterator[Path]:
    """Yield the files that a Python file may import from its own package, whether they exist or not."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # told when it is run
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = path.parent
        for _ in range(node.level - 1):
            base = base.parent
        if not base.is_relative_to(root):
            continue
        parts = node.module.split(".") if node.module else []
        for depth in range(len(parts) + 1):
            yield base.joinpath(*parts[:depth], "__init__.py")
        within = base.joinpath(*parts)
        if parts:
            yield within.with_name(f"{within.name}.py")
        for name in node.names:
            yield within / f"{name.name}.py"
            yield within / name.name / "__init__.py"
