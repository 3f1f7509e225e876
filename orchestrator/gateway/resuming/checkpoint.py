"""Checkpoints of a call: what its journal comes to, so that whoever takes it over need not let all of it happen again.

One is made in a quiet moment, once so many lines were written since the last: the core's state, and what the caller's
side knows. It is good for the same version of the team in the same version of this package; any other lets the lines
happen, as does one who finds none.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import structlog

from orchestrator import __version__
from orchestrator.core import renewal
from orchestrator.core.effects import Effect
from orchestrator.core.events import Event
from orchestrator.core.state import State
from orchestrator.core.takeover.checkpoint import CheckpointError
from orchestrator.gateway.caller import RealtimeCaller
from orchestrator.gateway.resuming.journal import CallJournal
from orchestrator.gateway.teams.version import Version
from orchestrator.runner import RunningCall

EVERY = 100  # lines
STAMP = 16  # bytes
PACKAGE = Path(__file__).parents[2]
FORMED = ("core", "gateway")  # the rooms whose code says what is in a checkpoint
log = structlog.get_logger("orchestrator")


class Checkpoints:
    """Looks for moments in which a checkpoint of a call is made."""

    def __init__(self, journal: CallJournal, *, at_once: bool) -> None:
        # What it is to stand for, and how many lines that has when the next is due.
        self._journal, self._due = journal, 0 if at_once else EVERY
        # Makes and keeps one if the moment is good; None: the call does not run.
        self.make: Callable[[], bool] | None = None

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Make one if it is due."""
        if self._journal.lines >= self._due and self.make is not None and self.make():
            self._due = self._journal.lines + EVERY


def quiet(state: State) -> bool:
    """Return whether nobody speaks and nothing is outstanding."""
    return state.at_rest and renewal.quiet(state, state.active) and not state.caller.goodbye


def checkpoint(running: RunningCall, caller: RealtimeCaller, version: Version) -> bytes | None:
    """Return a checkpoint of a call; None when this is no moment for it. Raises `CheckpointError`."""
    if not quiet(running.state) or running.state.route.waiting is not None:
        return None
    kept = caller.kept()
    return None if kept is None else stamp(version.hash) + running.save(version.parts, kept)


def load(running: RunningCall, caller: RealtimeCaller, version: Version, written: bytes) -> None:
    """Let a call that was just made be as a checkpoint has it; raises `CheckpointError`, having changed nothing."""
    if written[:STAMP] != stamp(version.hash):
        raise CheckpointError("another version of the team or of this package has made it")
    caller.restore(running.load(version.parts, written[STAMP:]), running.state.route.active)


@cache
def stamp(team_hash: str) -> bytes:
    """Return what a checkpoint begins with, by which its readers know that they can read it."""
    known = f"{__version__} {sys.version_info[:2]} {team_hash} {_code()}"
    return hashlib.blake2b(known.encode(), digest_size=STAMP).digest()


@cache
def _code() -> str:
    digest = hashlib.blake2b()
    for room in FORMED:
        for path in sorted((PACKAGE / room).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
