"""Looks at files until they have changed, and have stopped changing.

It asks for each file's time, size and number again and again instead of letting the system tell it (inotify and its
like, for which there is a package, `watchfiles`): a network mount and a folder shared with a container tell nothing of
edits made elsewhere, and Kubernetes changes a ConfigMap by letting a link two folders up lead elsewhere, which a watch
on the file does not see. A team is a few dozen files, so that a look costs some tens of microseconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from orchestrator.tools.sources import Stamp

EVERY = 0.3  # seconds between two looks; what is found must be the same twice, as an editor writes in several steps
Stamps: TypeAlias = Mapping[Path, Stamp]
Changed: TypeAlias = Mapping[Path, Stamps]  # team file → how all that belongs to it looks now


class Watch:
    """Looks in a thread of its own: a network mount that hangs must not stop the calls."""

    def __init__(self, look: Callable[[], Changed], found: Callable[[Changed], None]) -> None:
        # Returns what has changed; told what it is once it changes no more.
        self._look, self._found = look, found
        # What was found by the look before.
        self._before: Changed = {}
        # Set when it is to end.
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def stop(self) -> None:
        """Look no more; a look that hangs is not waited for."""
        self._stopped.set()

    def step(self) -> None:
        """Look once."""
        changed = self._look()
        if changed and changed == self._before:
            self._before = {}
            self._found(changed)
        else:
            self._before = changed

    def _run(self) -> None:
        while not self._stopped.wait(EVERY):
            with suppress(OSError):  # of a folder that cannot be read now
                self.step()
