"""What is known of a team file since it was read."""

from __future__ import annotations

from pathlib import Path

from orchestrator.errors import Problem
from orchestrator.server.edits.team_file import TeamFile
from orchestrator.tools.sources import Sources


def read(folder: Path, *names: str) -> Sources:
    """Read files of a folder."""
    sources = Sources()
    for name in names:
        sources.read(folder / name)
    return sources


def test_it_looks_the_same_until_one_of_its_files_changes(tmp_path: Path) -> None:
    """By size, time or number; content that is the same again is known as such."""
    (tmp_path / "a.yaml").write_text("team", encoding="utf-8")
    (tmp_path / "b.md").write_text("one", encoding="utf-8")
    file = TeamFile(tmp_path / "a.yaml")
    sources = read(tmp_path, "a.yaml", "b.md")
    file.accept("shop", sources.hash(tmp_path), tmp_path, sources, file.stamps_of(sources))
    assert (file.look(), file.same()) == (None, True)

    (tmp_path / "b.md").write_text("three", encoding="utf-8")
    assert (file.look() is not None, file.same()) == (True, False)
    (tmp_path / "b.md").unlink()
    assert (file.look() is not None, file.same()) == (True, False)
    (tmp_path / "b.md").write_text("one", encoding="utf-8")
    now = file.look()
    assert now is not None
    assert file.same()
    file.seen(now)

    assert file.look() is None


def test_a_missing_file_may_appear(tmp_path: Path) -> None:
    """After an error its folders are looked at too; without one they are none of its business."""
    (tmp_path / "a.yaml").write_text("team", encoding="utf-8")
    file = TeamFile(tmp_path / "a.yaml")
    problem = Problem("a.yaml:1:1", "b.md cannot be read")
    sources = read(tmp_path, "a.yaml")
    file.refuse((problem,), 12.0, sources, file.stamps_with_folders(sources))
    assert (file.look(), file.problems, file.refused) == (None, (problem,), 12.0)

    (tmp_path / "b.md").write_text("one", encoding="utf-8")
    assert file.look() is not None
    sources = read(tmp_path, "a.yaml", "b.md")
    file.accept("shop", sources.hash(tmp_path), tmp_path, sources, file.stamps_of(sources))
    (tmp_path / "c.md").write_text("one", encoding="utf-8")

    assert (file.look(), file.problems) == (None, ())


def test_a_link_that_leads_elsewhere_is_a_change(tmp_path: Path) -> None:
    """As Kubernetes changes a ConfigMap: the link of the whole folder is exchanged."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_text(name, encoding="utf-8")
    (tmp_path / "..data").symlink_to(tmp_path / "old")
    (tmp_path / "a.yaml").symlink_to(Path("..data") / "a.yaml")
    file = TeamFile(tmp_path / "a.yaml")
    sources = read(tmp_path, "a.yaml")
    file.accept("shop", sources.hash(tmp_path), tmp_path, sources, file.stamps_of(sources))

    (tmp_path / "..next").symlink_to(tmp_path / "new")
    (tmp_path / "..next").rename(tmp_path / "..data")

    assert (file.look() is not None, file.same()) == (True, False)


def test_another_file_that_a_pattern_finds_is_noticed(tmp_path: Path) -> None:
    """One beside it that the pattern does not find makes the folder look different, and nothing else."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("a", encoding="utf-8")
    (tmp_path / "a.yaml").write_text("team", encoding="utf-8")
    file = TeamFile(tmp_path / "a.yaml")
    sources = read(tmp_path, "a.yaml", "docs/a.md")
    sources.search(tmp_path, "docs/*.md")
    file.accept("shop", sources.hash(tmp_path), tmp_path, sources, file.stamps_of(sources))
    assert (file.look(), file.same()) == (None, True)

    (tmp_path / "docs" / "b.txt").write_text("b", encoding="utf-8")
    assert (file.look() is not None, file.same()) == (True, True)
    (tmp_path / "docs" / "b.md").write_text("b", encoding="utf-8")
    assert (file.look() is not None, file.same()) == (True, False)
