"""The files that an agent knows, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.tools.entries import InvalidReference
from orchestrator.tools.knowledge import files
from orchestrator.tools.knowledge.files import read_passages
from orchestrator.tools.sources import Sources


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with some files."""
    (tmp_path / "team" / "docs" / "more").mkdir(parents=True)
    written = {"docs/b.md": "Two.", "docs/a.md": "\ufeffOne.", "docs/more/c.txt": "Three.\n\nFour.", "faq.txt": "Five."}
    for name, text in written.items():
        (tmp_path / "team" / name).write_text(text, encoding="utf-8")
    (tmp_path / "outside.md").write_text("Secret.", encoding="utf-8")
    return tmp_path / "team"


def read(folder: Path, *patterns: str) -> list[str]:
    """Return the passages that patterns lead to, each with its place."""
    return [f"{one.place} {one.text}" for one in read_passages(patterns, folder, Sources())]


def test_patterns_are_followed_in_order(folder: Path) -> None:
    """A file that two of them find is read once, and is one of the files of the team."""
    sources = Sources()
    read_passages(["faq.txt", "docs/*.md", "**/*.md"], folder, sources)

    assert read(folder, "faq.txt", "docs/*.md", "docs/a.md") == [
        "faq.txt:1 Five.",
        "docs/a.md:1 One.",
        "docs/b.md:1 Two.",
    ]
    assert read(folder, "docs/**/*.txt") == ["docs/more/c.txt:1 Three.", "docs/more/c.txt:3 Four."]
    assert sources.files == (folder / "faq.txt", folder / "docs" / "a.md", folder / "docs" / "b.md")


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("docs/*.rst", "no file matches"),
        ("docs/none.md", "there is no file"),
        ("docs", "there is no file"),
        ("../outside.md", "leads out of the team file's folder"),
        ("/etc/passwd", "leads out of the team file's folder"),
        ("docs/link.md", "is a link out of the team file's folder"),
        ("docs/p.pdf", "cannot be read as knowledge"),
        ("docs/latin.txt", "is not UTF-8 text"),
        ("docs/empty.md", "there is no text in these files"),
    ],
)
def test_what_cannot_be_read_is_refused(folder: Path, pattern: str, what: str) -> None:
    """Each with what to do."""
    (folder / "docs" / "link.md").symlink_to(folder.parent / "outside.md")
    (folder / "docs" / "p.pdf").write_bytes(b"%PDF-1.7")
    (folder / "docs" / "latin.txt").write_bytes("Grüße".encode("latin-1"))
    (folder / "docs" / "empty.md").write_text("# Nothing\n", encoding="utf-8")

    with pytest.raises(InvalidReference, match=what) as caught:
        read(folder, pattern)

    assert caught.value.remedy


@pytest.mark.parametrize(
    ("bound", "value", "what"),
    [
        ("MOST_FILES", 1, "2 files are more than 1"),
        ("MOST_BYTES", 5, "the files have more than 0 kB"),
        ("MOST_BYTES", 2, "a.md has more than 0 kB"),
        ("MOST_PASSAGES", 1, "more than 1 paragraphs"),
    ],
)
def test_there_are_bounds(folder: Path, monkeypatch: pytest.MonkeyPatch, bound: str, value: int, what: str) -> None:
    """Of files, of what is in them, and of passages."""
    (folder / "docs" / "a.md").write_text("One.", encoding="utf-8")
    monkeypatch.setattr(files, bound, value)

    with pytest.raises(InvalidReference, match=what):
        read(folder, "docs/*.md")
