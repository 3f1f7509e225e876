"""Checkpoints of a call: what its journal comes to, so that whoever takes it over need not let all of it happen again.

One is made in a quiet moment, once enough lines were written since the last: the core's state, and what the caller's
side knows. It is good for the same version of the team in the same version of this package; any other lets the lines
happen, as does one who finds none.
"""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path

from orchestrator import __version__
from orchestrator.core import renewal
from orchestrator.core.state import State
from orchestrator.core.takeover.checkpoint import CheckpointError
from orchestrator.gateway.caller import RealtimeCaller
from orchestrator.gateway.teams.version import Version
from orchestrator.records.format import values
from orchestrator.runner import RunningCall

STAMP = 16  # bytes
PACKAGE = Path(__file__).parents[2]
FORMED = ("core", "gateway")  # the rooms whose code says what is in a checkpoint


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


def prepare() -> None:
    """Learn what takes a while before a call has to wait for it."""
    values.prepare()
    _code()


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
