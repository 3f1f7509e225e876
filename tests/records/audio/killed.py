"""A process that records calls until it is killed: `python -m tests.records.audio.killed FOLDER CALLS SECONDS`.

It says so when it has recorded all calls for so long, and goes on.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from orchestrator.records.audio import Recordings
from tests.records.audio.hearing import CALLER_HERTZ, TEAM_HERTZ, append, delta, tone
from tests.records.audio.test_tape import KIND


def main(folder: str, calls: str, seconds: str) -> None:
    """Record."""
    frame, answer = append(tone(CALLER_HERTZ, 20)), delta("a", tone(TEAM_HERTZ, 100))
    recordings, began = Recordings(Path(folder)), time.monotonic()
    all_of_them = [
        recordings.open(f"sess_{number}", "caller", clock=time.monotonic, began=began, mask=str)
        for number in range(int(calls))
    ]
    for recording in all_of_them:
        for _ in range(100):
            recording.sent("a", answer, KIND)
    due, told = began, False
    all_began: float | None = None
    while True:
        due += 0.02
        time.sleep(max(0.0, due - time.monotonic()))
        for recording in all_of_them:
            recording.heard(frame, KIND, 20)
        if all_began is None and len(list(Path(folder).iterdir())) == len(all_of_them):
            all_began = due  # later on a busy machine
        if not told and all_began is not None and due - all_began >= float(seconds):
            told = True
            sys.stdout.write("now\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
