"""The files that a team is made of, as they were when they were read first.

Each file is read once in a load of a team. So the code that runs is the code that the team's hash names, and a function
that imports a file beside its own only when it is called gets that file as it was when the team was loaded, although it
has been edited since.
"""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

Stamp: TypeAlias = tuple[int, int, int] | None  # what changes when a file does; None: there is no such file


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
        """Each file with its stamp from when it was read."""
        return {one.path: one.stamp for one in self._read.values()}

    def hash(self, folder: Path) -> str:
        """Return what names the files and all that is in them, wherever the team's folder is."""
        found = hashlib.sha256()
        named = {Path(os.path.relpath(path, folder.resolve())).as_posix(): one for path, one in self._read.items()}
        for name, one in sorted(named.items()):
            found.update(f"{name}\0{len(one.content)}\0".encode(errors="surrogateescape") + one.content)
        return found.hexdigest()


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
