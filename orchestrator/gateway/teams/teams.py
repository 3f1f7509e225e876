"""The teams of a server by their names, and which version of one a new call gets.

Of each team there is one current version; beside it there may be a canary, which some of the new calls get; and the
last `MOST_KEPT` versions before are kept, so that one can go back to them by their hashes. A version that is dropped
ends no call: its calls hold it until they end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator

from orchestrator.gateway.teams.version import Version

MOST_KEPT = 5  # versions before the current one


class Served:
    """One team: its current version, a canary, and the versions before."""

    def __init__(self, version: Version) -> None:
        # The name of the team.
        self.name = version.name
        # What new calls get.
        self.current = version
        # What a share of them gets instead; None: there is no such version.
        self.canary: Version | None = None
        self.share = 0.0
        # The versions before, the newest first.
        self.kept: list[Version] = []

    @property
    def versions(self) -> list[Version]:
        """All versions that may begin calls or can be gone back to: the current one, the canary, those before."""
        return [self.current, *([self.canary] if self.canary is not None else []), *self.kept]

    def find(self, hash: str) -> Version | None:
        """Return the version whose hash begins so; None when there is none, or more than one."""
        found = [version for version in self.versions if version.hash.startswith(hash)]
        return found[0] if len(found) == 1 else None

    def pick(self, call_id: str) -> Version:
        """Return the version for a new call: by a hash of its id, so that each call has the same chance."""
        if self.canary is None:
            return self.current
        drawn = int.from_bytes(hashlib.sha256(call_id.encode()).digest()[:8]) / 2**64
        return self.canary if drawn < self.share else self.current

    def put(self, version: Version) -> None:
        """Give a version to all new calls from here on; the current one is kept."""
        old, self.current = self.current, version
        self.canary, self.share = None, 0.0
        kept = [one for one in (old, *self.kept) if one.hash != version.hash]
        self.kept = list({one.hash: one for one in reversed(kept)}.values())[::-1][:MOST_KEPT]

    def try_out(self, version: Version, share: float) -> None:
        """Give a version to a share of the new calls, beside the current one."""
        self.canary, self.share = version, share
        self.kept = [one for one in self.kept if one.hash != version.hash]

    def promote(self) -> None:
        """Give the canary to all new calls; without one nothing changes."""
        if self.canary is not None:
            self.put(self.canary)

    def roll_back(self, version: Version) -> None:
        """Go back to a version that is kept, or from the canary to the current one."""
        if version is self.current:
            self.canary, self.share = None, 0.0
        else:
            self.put(version)


class Teams:
    """The teams of a server."""

    def __init__(self, versions: Iterable[Version] = ()) -> None:
        # By name.
        self._served: dict[str, Served] = {}
        # Who is told of a version before it is served: whatever keeps its calls, for one.
        self._told: list[Callable[[Version], None]] = []
        # Who is told of the version that a team has from now on: whatever is handed its finished calls.
        self._turned: list[Callable[[Version], None]] = []
        # Who is told that new calls may get other versions than before.
        self._watching: list[Callable[[], None]] = []
        for version in versions:
            self.put(version)

    def __iter__(self) -> Iterator[Served]:
        return iter(list(self._served.values()))

    def __len__(self) -> int:
        return len(self._served)

    def tell(self, prepare: Callable[[Version], None]) -> None:
        """Call a function with each version before it is served, those that are served already among them."""
        self._told.append(prepare)
        for served in self:
            for version in served.versions:
                prepare(version)

    def turn(self, turned: Callable[[Version], None]) -> None:
        """Call a function with the version that most calls of a team get, whenever that is another one."""
        self._turned.append(turned)

    def watch(self, changed: Callable[[], None]) -> None:
        """Call a function whenever new calls may get other versions than before."""
        self._watching.append(changed)

    @property
    def running(self) -> list[Version]:
        """The versions that new calls can get."""
        found = (one for served in self for one in (served.current, served.canary))
        return [version for version in found if version is not None]

    def _changed(self) -> None:
        for changed in self._watching:
            changed()

    def roll_back(self, served: Served, version: Version) -> None:
        """Go back to a version of a team that is kept, or from its canary to the current one."""
        served.roll_back(version)
        self._turn(served)

    def promote(self, served: Served) -> None:
        """Give all new calls of a team its canary; without one nothing changes."""
        served.promote()
        self._turn(served)

    def _turn(self, served: Served) -> None:
        for turned in self._turned:
            turned(served.current)
        self._changed()

    def find(self, name: str) -> Served | None:
        """Return the team of a name."""
        return self._served.get(name)

    def put(self, version: Version, share: float | None = None) -> None:
        """Serve a version from here on: to all new calls of its team, or to a share of them."""
        for prepare in self._told:
            prepare(version)
        served = self._served.get(version.name)
        if served is not None and share is not None:
            served.try_out(version, share)
            self._changed()
            return
        if served is None:
            served = self._served[version.name] = Served(version)
        else:
            served.put(version)
        self._turn(served)

    def remove(self, name: str) -> None:
        """Serve a team no longer; its calls go on to their ends."""
        self._served.pop(name, None)
        self._changed()

    @property
    def default(self) -> Served | None:
        """The team for callers who name none, or one that nobody knows: the one that says so, or the only one."""
        said = next((served for served in self if served.current.team.default), None)
        return next(iter(self)) if len(self) == 1 else said

    def dialled(self, number: str) -> Served | None:
        """Return the team that has a phone number, else the default one."""
        return next((served for served in self if number in served.current.team.numbers), self.default)

    def visible(self, may: Collection[str] | None) -> list[Served]:
        """Return the teams that a key may use; None stands for all."""
        return [served for served in self if may is None or served.name in may]

    def choose(self, model: str | None, may: Collection[str] | None = None) -> Served | None:
        """Return the team for a model's name, among those that a key may use; None: there is none.

        Most programs have a name built in, so one that nobody has stands for the default team. What a key may not use
        is not there for it.
        """
        seen = {served.name: served for served in self.visible(may)}
        if model in seen:
            return seen[model]
        if len(seen) == 1:
            return next(iter(seen.values()))
        return self.default if self.default in seen.values() else None
