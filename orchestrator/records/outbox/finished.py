"""A call as it is handed on when it has ended: collected from the facts of all its seats, written as JSON.

It has the keys of a call in the REST API. What was said is kept in bounds while the call runs, and cut to the size of a
body when it has ended, the oldest first: `left_out` says how many lines that were. Secrets are taken out with what is
known of them at the end.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Collection
from typing import Any

from orchestrator.core.memory.shared import Shared
from orchestrator.observe.facts import Answered, CallBegan, CallerTurn, Fact, FirstAudio, HandedOver, Outcome, Said
from orchestrator.records.summary import Summary
from orchestrator.records.transcript import CALLER, Line, transcript
from orchestrator.team import Team

FACTS, CHARACTERS = 20_000, 2_000_000  # that are kept of what was said
UNKEPT = 100  # turns of which the words have not come
BYTES = 900_000  # of a body: many receivers take no more than a megabyte


class Finished:
    """Collects what happened in one call."""

    def __init__(self, call_id: str, team: Team, shared: Shared) -> None:
        # The call, its team, and what its callers share.
        self.id, self._team, self._shared = call_id, team, shared
        # How many callers have a seat in it.
        self.seats = 0
        # When it began, unix time.
        self._started = time.time()
        # What it amounts to.
        self._summary = Summary()
        # What tells what was said; the characters in it; the lines that were dropped for want of space.
        self._facts: deque[Fact] = deque()
        self._size, self._left_out = 0, 0
        # Seat → the agent that has its caller.
        self._having: dict[str, str] = {}
        # Turns of callers whose words, which come later, are not kept: seats and items.
        self._unkept: deque[tuple[str, str]] = deque(maxlen=UNKEPT)

    @property
    def began(self) -> bool:
        """Whether an agent had a caller in it."""
        return bool(self._summary.agents)

    def take(self, fact: Fact) -> None:
        """Take in a fact."""
        self._summary.take(fact)
        match fact:
            case CallBegan(agent=agent) | HandedOver(target=agent, outcome=Outcome.COMPLETED):
                self._having[fact.seat] = agent
            case Said():
                if self._kept(fact):
                    self._size += len(fact.text)
                    self._facts.append(fact)
            case CallerTurn() | Answered() | FirstAudio():
                self._facts.append(fact)
                if isinstance(fact, CallerTurn) and self._team.record and fact.agent in self._team.record.pause_in:
                    self._unkept.append((fact.seat, fact.item_id))
        while len(self._facts) > FACTS or self._size > CHARACTERS:
            dropped = self._facts.popleft()
            if isinstance(dropped, Said):
                self._size -= len(dropped.text)
                self._left_out += 1

    def _kept(self, said: Said) -> bool:
        """Return whether the team file lets words be kept: those of callers not while some agents have them."""
        record = self._team.record
        if record is None or not record.transcript:
            return False
        paused = self._having.get(said.seat) in record.pause_in or (said.seat, said.item_id) in self._unkept
        return said.who != CALLER or not paused

    def body(self, ended: float) -> str:
        """Return the call as JSON; it takes a moment, and changes nothing."""
        mask, variables = self._shared.variables.mask, self._shared.variables.shown()
        known = {
            "id": self.id,
            "object": "call",
            "team": self._team.name,
            "started": round(self._started, 3),
            "ended": round(ended, 3),
            **self._summary.told(),
        }
        known["reason"] = mask(known["reason"])
        known["variables"] = dict(variables)
        lines = list(_written(transcript(self._facts), mask))
        room = BYTES - _bytes(known)
        kept: deque[dict[str, Any]] = deque()
        for line in reversed(lines):
            room -= _bytes(line) + 2
            if room < 0:
                break
            kept.appendleft(line)
        left_out = self._left_out + len(lines) - len(kept)
        return json.dumps({**known, "transcript": list(kept), "left_out": left_out})


def _written(lines: Collection[Line], mask: Callable[..., str]) -> Any:
    """Yield lines as JSON has them, without secrets, also such as were said in several lines."""
    before = ""
    for line in lines:
        told = {"t": round(line.start, 3), "seat": line.seat, "who": line.who, "text": mask(line.text, (), before)}
        yield {**told, "typed": line.typed}
        before = f"{line.text}\n"


def _bytes(value: object) -> int:
    return len(json.dumps(value))
