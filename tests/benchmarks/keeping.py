"""What it costs to record calls: processor time for a minute of audio, without a record, with one, and with sound.

That is what the process with the calls takes while they run. When a recorded call is over, another process makes a
stereo file of its sound: what that takes is a figure of its own, and meanwhile none is made, as it would take the core
from the next system.
"""

from __future__ import annotations

import base64
import math
import resource
import tempfile
from array import array
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from orchestrator.records.audio.conversion import convert
from orchestrator.records.audio.files import base as base_of
from orchestrator.records.audio.files import spool_of
from orchestrator.records.audio.sound import RATE
from orchestrator.records.audio.spool import Spool, mark
from tests.benchmarks.audio import CALLS, TEAM, WAYS, Bench, System
from tests.benchmarks.machine import end_children, gateway

ROUNDS, SECONDS = 7, 4.0
SOUND = "record: {audio: true}\n"
MINUTES = 5  # of the sound that is converted
TONE = array("h", (int(9000 * math.sin(n / 9) * math.sin(n / 150)) for n in range(RATE // 50))).tobytes()  # 20 ms
TEXT = base64.b64encode(TONE).decode()
FRAMES = (
    f'{{"type":"input_audio_buffer.append","audio":"{TEXT}"}}',
    '{"type":"response.output_audio.delta","event_id":"e","response_id":"r","item_id":"i","output_index":0,'
    f'"content_index":0,"delta":"{TEXT}"}}',
)
MORE = {"record": "≤ 1.05", "record and sound": "≤ 1.15"}


def costs(bench: Bench) -> Iterator[tuple[str, float, str, str, str]]:
    """Yield figures: their name, value, unit, goal, and what they are made of; the gateways take turns."""
    team = TEAM.format(port=bench.port)
    with ExitStack() as stack:
        none = System("none", *stack.enter_context(gateway(team, ORCHESTRATOR_RECORDS="none")))
        kept = System("record", *stack.enter_context(gateway(team)))
        heard = System("record and sound", *stack.enter_context(gateway(team + SOUND)))
        systems = [none, kept, heard]
        for _ in range(ROUNDS):
            for way, traffic in WAYS.items():
                for system in systems:  # one after the other: between them, what is converted is ended
                    system.runs.setdefault(way, []).extend(bench.run([system], CALLS, SECONDS, **traffic))
                    end_children(system.pid)
    for system in systems[1:]:
        for way in WAYS:
            beside = f"{system.median(way, 'cpu'):.0f} ms to {none.median(way, 'cpu'):.0f} ms"
            name = f"CPU per audio-minute with {system.name}, {way}"
            yield name, system.ratio(none, way, "cpu"), "× without", MORE[system.name], beside
    yield from conversions()


def conversions() -> Iterator[tuple[str, float, str, str, str]]:
    """Yield what a call costs when it is over, and each minute of it."""
    short, long = made(1), made(MINUTES * 60)
    minute = (long - short) / MINUTES
    yield "CPU for the stereo file of a call, afterwards", short, "ms", "", "another process"
    yield "CPU for each audio-minute of it, afterwards", minute, "ms", "", "both sides speak all the time"


def made(seconds: int) -> float:
    """Make the stereo file of a call; return the milliseconds of processor time."""
    with tempfile.TemporaryDirectory() as folder:
        own = base_of(Path(folder), "sess_1")
        own.parent.mkdir()
        spool = Spool(spool_of(own), 0.0)
        for second in range(seconds):
            spool.write([(second + (number + 1) / 50, text) for number in range(50) for text in FRAMES])
        spool.write([(float(seconds), mark("ended"))])
        spool.close()
        before = children_ms()
        assert convert(own)
        return children_ms() - before


def children_ms() -> float:
    """Return the processor time of all processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (used.ru_utime + used.ru_stime)
