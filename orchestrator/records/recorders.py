"""The calls of a server that are being recorded: all callers of a call have one record, which ends with the last."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.core.memory.shared import Shared
from orchestrator.records.format.header import TeamHeader
from orchestrator.records.recorder import Caller, Recorder, Records, SeatRecorder
from orchestrator.team.limits import Record


@dataclass(slots=True)
class _Recorded:
    """A call that is being recorded."""

    recorder: Recorder
    callers: int  # that have not left


class Recorders:
    """The recorders of open calls."""

    def __init__(self, records: Records, header: TeamHeader, policy: Record) -> None:
        # Where calls are recorded, what all headers say, and what may be kept.
        self._records, self._header, self._policy = records, header, policy
        # Id of a party → its record.
        self._open: dict[str, _Recorded] = {}

    def find(self, party: str) -> Recorder | None:
        """Return the recorder of a call; None when it is not recorded."""
        found = self._open.get(party)
        return None if found is None else found.recorder

    def begin(
        self,
        party: str,
        shared: Shared,
        caller: Caller,
        formats: Mapping[str, Any],
        now: float,
        started: float | None = None,
    ) -> SeatRecorder:
        """Record a caller, who begins a call or joins one; return what observes them.

        `now` is the call's clock; `started` is when the call began, in unix seconds, if that is not now.
        """
        if party in self._open:
            found = self._open[party]
            found.callers += 1
            return found.recorder.join(caller, now, formats)
        made_of = (self._records, self._header, self._policy, shared, caller)
        recorder = Recorder(*made_of, started=started or time.time(), now=now, formats=formats)
        self._open[party] = _Recorded(recorder, 1)
        return recorder.seat(caller.seat)

    def leave(self, party: str) -> None:
        """Leave the record of a call to another process."""
        if found := self._open.pop(party, None):
            found.recorder.leave()

    def left(self, party: str, at: float, then: Callable[[], None] | None = None) -> None:
        """Note that a caller has left, in unix seconds; the record ends with the last of them.

        `then` is called in any thread when nothing of the caller is to be written any more.
        """
        found = self._open.get(party)
        if found is not None:
            found.callers -= 1
        if found is not None and not found.callers:
            del self._open[party]
            found.recorder.close(at, then)
        elif then is not None:
            then()
