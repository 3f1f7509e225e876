"""A team file that is served: what was read of it last, and whether it is still like that.

`look`, `same` and `stamps_…` ask the disk, which may be slow: they are called in threads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.errors import Problem
from orchestrator.server.edits.watch import Stamps
from orchestrator.tools.sources import Searched, Sources, stamp_of


@dataclass(slots=True)
class TeamFile:
    """What is known of a team file since it was read last."""

    path: Path  # as it was given
    name: str = ""  # of the team that is served from it; "" before the first
    hash: str = ""  # of what was read last without an error
    folder: Path = Path()  # of the team
    stamps: Stamps = field(default_factory=dict)  # of the files that were read, and of folders where one may be missing
    read: tuple[Path, ...] = ()  # those files
    searched: Searched = field(default_factory=dict)  # what was looked for by a pattern, and found
    problems: tuple[Problem, ...] = ()  # why the last edit was refused
    refused: float = 0.0  # unix seconds: when

    def accept(self, name: str, hash: str, folder: Path, sources: Sources, stamps: Stamps) -> None:
        """Note that what was read is a team without errors, and how its files looked then."""
        self.name, self.hash, self.folder = name, hash, folder
        self.problems, self.refused = (), 0.0
        self.read, self.searched, self.stamps = sources.files, sources.searched, stamps

    def refuse(self, problems: tuple[Problem, ...], at: float, sources: Sources, stamps: Stamps) -> None:
        """Note why what was read is not served, and how its files looked then."""
        self.problems, self.refused = problems, at
        self.read, self.searched, self.stamps = sources.files, sources.searched, stamps

    def stamps_of(self, sources: Sources) -> Stamps:
        """Return how the files looked that were read."""
        # A reader may have followed links in the path; it is looked at as it was given, too.
        return {self.path: stamp_of(self.path), **sources.stamps}

    def stamps_with_folders(self, sources: Sources) -> Stamps:
        """Return the same, with their folders: a file that is missing may appear in one of them."""
        files = self.stamps_of(sources)
        return {**files, **{folder: stamp_of(folder) for folder in {path.parent for path in files}}}

    def look(self) -> Stamps | None:
        """Return how its files look now if one of them has changed."""
        now = {path: stamp_of(path) for path in self.stamps}
        return None if now == self.stamps else now

    def same(self) -> bool:
        """Return whether it has the same files with the content that was read last, whatever their times say."""
        again = Sources()
        if any(again.search(*what) != found for what, found in self.searched.items()):
            return False
        try:
            for path in self.read:
                again.read(path)
        except OSError:
            return False
        return again.hash(self.folder) == self.hash

    def seen(self, stamps: Stamps) -> None:
        """Note how files look whose content is the same."""
        self.stamps = stamps
