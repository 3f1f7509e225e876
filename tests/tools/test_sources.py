"""What a team was read from: each file once, and a hash of all of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestrator.tools.sources import Sources, stamp_of


def test_a_file_is_what_it_was_when_it_was_read(tmp_path: Path) -> None:
    """An edit, or its removal, changes nothing for who has read it."""
    file = tmp_path / "a.md"
    file.write_bytes(b"one\r\ntwo")
    sources = Sources()

    assert sources.text(file) == "one\ntwo"
    file.unlink()
    assert sources.read(file) == b"one\r\ntwo"
    assert sources.has(file)
    assert not Sources().has(file)
    with pytest.raises(OSError, match="No such file"):
        Sources().read(file)


def test_a_link_and_what_it_leads_to_are_one_file(tmp_path: Path) -> None:
    """A link that leads elsewhere later shows in its stamp."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").write_text(name, encoding="utf-8")
    link = tmp_path / "current"
    link.symlink_to(tmp_path / "old")
    sources = Sources()

    assert sources.read(link / "a.md") == b"old"
    assert sources.read(tmp_path / "old" / "a.md") == b"old"
    assert sources.files == (link / "a.md",)
    assert sources.stamps == {link / "a.md": stamp_of(link / "a.md")}
    link.unlink()
    link.symlink_to(tmp_path / "new")
    assert sources.stamps != {link / "a.md": stamp_of(link / "a.md")}


def test_a_stamp_tells_a_file_from_what_it_was(tmp_path: Path) -> None:
    """An edit in place, a file moved over it, and its removal."""
    file, other = tmp_path / "a", tmp_path / "b"
    file.write_text("one", encoding="utf-8")
    first = stamp_of(file)
    os.utime(file, ns=(0, 0))
    second = stamp_of(file)
    other.write_text("two", encoding="utf-8")
    os.utime(other, ns=(0, 0))
    other.replace(file)

    assert len({first, second, stamp_of(file)}) == 3
    assert stamp_of(tmp_path / "none") is None
    assert stamp_of(Path("no\0file")) is None


def test_all_that_a_file_imports_is_read_with_it(tmp_path: Path) -> None:
    """With a dot, also inside a function, and what those files import; nothing else, and nothing outside."""
    (tmp_path / "agents" / "shop" / "deep").mkdir(parents=True)
    late = "def f():\n    from .late import y\n"
    written = {
        "outside.py": "",
        "agents/orders.py": f"import json\nfrom . import crm\nfrom ..outside import x\n{late}",
        "agents/crm.py": "from .shop.prices import PRICE\nfrom .missing import z\n",
        "agents/late.py": "from .orders import f\n",
        "agents/other.py": "",
        "agents/shop/__init__.py": "",
        "agents/shop/prices.py": "from ..broken import x\nfrom . import deep\n",
        "agents/shop/deep/__init__.py": "",
        "agents/broken.py": "def f(:\n",
    }
    for name, text in written.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    sources = Sources()

    sources.follow(tmp_path / "agents" / "orders.py", tmp_path / "agents")

    found = {file.relative_to(tmp_path / "agents").as_posix() for file in sources.files}
    assert found == {
        *("orders.py", "crm.py", "late.py", "broken.py"),
        *("shop/__init__.py", "shop/prices.py", "shop/deep/__init__.py"),
    }


def test_a_hash_names_the_files_and_what_is_in_them(tmp_path: Path) -> None:
    """Wherever the folder is, and in whatever order they were read; each change makes another one."""

    def hashed(folder: str, **texts: str) -> str:
        (tmp_path / folder).mkdir(exist_ok=True)
        sources = Sources()
        for name, text in texts.items():
            (tmp_path / folder / name).write_text(text, encoding="utf-8")
            sources.read(tmp_path / folder / name)
        return sources.hash(tmp_path / folder)

    first = hashed("one", a="1", b="2")

    assert hashed("two", b="2", a="1") == first
    assert len({first, hashed("one", a="1"), hashed("one", a="1", b="3"), hashed("one", a="1", c="2")}) == 4


def test_files_are_searched_by_patterns(tmp_path: Path) -> None:
    """What was found stays found; a folder looks different once there is another file in it."""
    (tmp_path / "docs" / "more").mkdir(parents=True)
    for name in ("b.md", "a.md", "c.txt", "more/d.md"):
        (tmp_path / "docs" / name).write_text(name, encoding="utf-8")
    sources = Sources()
    docs = tmp_path / "docs"

    assert sources.search(tmp_path, "docs/*.md") == (docs / "a.md", docs / "b.md")
    assert sources.search(tmp_path, "docs/**/*.md") == (docs / "a.md", docs / "b.md", docs / "more" / "d.md")
    assert sources.search(tmp_path, "docs/c.txt") == (docs / "c.txt",)
    assert sources.search(tmp_path, "none/*") == ()
    assert sources.stamps == {docs: stamp_of(docs), docs / "more": stamp_of(docs / "more"), tmp_path / "none": None}
    assert Sources().search(tmp_path, "") == ()
    (docs / "e.md").write_text("e", encoding="utf-8")
    assert sources.stamps[docs] != stamp_of(docs)
    assert sources.search(tmp_path, "docs/*.md") == (docs / "a.md", docs / "b.md")
    assert sources.searched[tmp_path, "docs/*.md"] == (docs / "a.md", docs / "b.md")
