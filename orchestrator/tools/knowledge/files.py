"""The files that an agent knows: found by the patterns of the team file, read through its sources, within bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from orchestrator.outside.variables import MARK
from orchestrator.tools.entries import InvalidReference
from orchestrator.tools.knowledge.passages import Passage, passages
from orchestrator.tools.sources import PATTERN, Sources

SUFFIXES = (".md", ".txt")
MOST_FILES, MOST_BYTES, MOST_PASSAGES = 100, 500_000, 1_500
TOO_MUCH = "Name fewer files; a program with a search of its own can be asked by a tool."


def read_passages(patterns: Sequence[str], folder: Path, sources: Sources) -> list[Passage]:
    """Return the passages of all files that patterns lead to, relative to the team file's folder.

    Raises `InvalidReference`.
    """
    found: list[Passage] = []
    size = 0
    files = dict.fromkeys(path for pattern in patterns for path in matching(pattern, folder, sources))
    if len(files) > MOST_FILES:
        raise InvalidReference(f"{len(files)} files are more than {MOST_FILES}", TOO_MUCH)
    for path in files:
        name = path.relative_to(folder).as_posix()
        text = _text(path, name, sources)
        size += len(text.encode())
        if size > MOST_BYTES:
            raise InvalidReference(f"the files have more than {MOST_BYTES // 1000} kB", TOO_MUCH)
        found += passages(text, name)
        if len(found) > MOST_PASSAGES:
            raise InvalidReference(f"the files have more than {MOST_PASSAGES} paragraphs", TOO_MUCH)
    if not found:
        raise InvalidReference("there is no text in these files", "Write what the agent should know.")
    return found


def matching(pattern: str, folder: Path, sources: Sources) -> Iterator[Path]:
    """Yield the files of a pattern, in alphabetical order; raises `InvalidReference` if there are none."""
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise InvalidReference(f"{pattern!r} leads out of the team file's folder", "Name files in it, or below.")
    files = [path for path in sources.search(folder, pattern) if path.is_file()]
    if not files:
        what = f"no file matches {pattern!r}" if PATTERN.search(pattern) else f"there is no file {pattern!r}"
        raise InvalidReference(what, "Patterns are relative to the team file: docs/*.md, faq.txt.")
    for path in files:
        name = path.relative_to(folder).as_posix()
        if path.suffix.lower() not in SUFFIXES:
            remedy = "Write it as Markdown (.md) or plain text (.txt), or name a pattern that leaves it out."
            raise InvalidReference(f"{name} cannot be read as knowledge", remedy)
        if not path.resolve().is_relative_to(folder.resolve()):
            raise InvalidReference(f"{name} is a link out of the team file's folder", "Copy the file.")
        yield path


def _text(path: Path, name: str, sources: Sources) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InvalidReference(f"{name} has more than {MOST_BYTES // 1000} kB", TOO_MUCH)
        return sources.text(path).replace(MARK, "")
    except UnicodeDecodeError:
        raise InvalidReference(f"{name} is not UTF-8 text", "Save it as UTF-8.") from None
    except OSError as error:
        raise InvalidReference(f"{name} cannot be read: {error.strerror}", "Make it readable.") from None
