"""Both ends of the line, in one process on one core: callers that speak, and a scripted service that answers.

    python -m tests.benchmarks.traffic '{"urls": […], "listen": …, "calls": 20, "seconds": 9, "up": true, "down": true}'

Callers send 20 ms frames. The service sends 20 ms frames too, or, with `"words": true`, what a real service sends:
audio deltas of 100 ms, each with a transcript delta beside it. Every audio frame carries its number and the moment it
was sent, so that each is accounted for: lost, doubled, out of order, or how long it took. Transcript deltas are
counted. Several systems take turns, a second each, so that all have the same share of a noisy machine; of those whose
`pids` are given, the processor time is counted in their own turns, and not while they only wait. Prints `steady`
when all calls are up, `over` when the time is, and then one line of JSON. picows on uvloop, so that the ends cost
little beside what is measured.
"""

from __future__ import annotations

import asyncio
import base64
import json
import struct
import sys
from collections.abc import Sequence
from time import perf_counter, perf_counter_ns
from typing import Any

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_connect, ws_create_server

from tests.benchmarks.machine import cpu_seconds

FRAME_MS, DELTA_MS = 20, 100  # of a caller's frame, and of what the service sends with words beside it
BYTES_PER_MS = 48
HEAD = struct.Struct("<QQxx")  # number, nanoseconds; 18 bytes are 24 characters of base64
APPEND, DELTA = b'{"type":"input_audio_buffer.append","audio":"', b'"delta":"'
WORDS = b"audio_transcript.delta"
SLOTS = 20  # a frame of each call goes out in one of so many moments of the 20 ms
TURN_SECONDS = 1.0


def silence(ms: int) -> bytes:
    """Return what follows the head of a frame of so many milliseconds, in base64."""
    return base64.b64encode(bytes(ms * BYTES_PER_MS - HEAD.size))


class Account:
    """The frames of one direction of all calls."""

    def __init__(self) -> None:
        # Milliseconds of each frame that came while the time ran.
        self.took: list[float] = []
        self.sent = self.came = self.doubled = self.reordered = 0
        # Transcript deltas on their way.
        self.words = 0
        # Whether the time runs.
        self.open = False

    def note(self, audio: bytes, expected: int) -> int:
        """Account for a frame; returns the number expected next."""
        head: tuple[int, int] = HEAD.unpack(base64.b64decode(audio))
        number, sent = head
        self.came += 1
        self.doubled += number < expected
        self.reordered += number > expected
        if self.open:
            self.took.append((perf_counter_ns() - sent) / 1e6)
        return max(expected, number + 1)

    def told(self) -> dict[str, Any]:
        """Return the figures."""
        took = sorted(self.took) or [0.0]
        spread = {f"p{share}": took[min(len(took) - 1, len(took) * share // 100)] for share in (50, 99)}
        lost = {"lost": self.sent - self.came + self.words, "doubled": self.doubled, "reordered": self.reordered}
        return {"frames": len(self.took), **spread, "max": took[-1], **lost}


class End(WSListener):
    """One end of one call."""

    def __init__(self, account: Account, mark: bytes) -> None:
        super().__init__()
        # The frames that come here, and the number expected next.
        self.account, self.expected = account, 0
        # What stands before the audio of a frame that comes.
        self.mark = mark
        # The number of the next frame that goes out.
        self.number = 0
        self.transport: WSTransport | None = None
        # Set when this end may send.
        self.ready = asyncio.Event()
        # What goes before and after the audio of a frame that goes out.
        self.before, self.after = APPEND, silence(FRAME_MS) + b'"}'
        # A transcript delta that goes out with each frame.
        self.words = b""

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        payload = frame.get_payload_as_bytes()
        if payload.find(WORDS, 0, 60) >= 0:
            self.account.words -= 1
            return
        at = payload.find(self.mark, 0, 400)
        if at >= 0:
            start = at + len(self.mark)
            self.expected = self.account.note(payload[start : start + 24], self.expected)
        elif frame.msg_type == WSMsgType.TEXT:
            self.event(json.loads(payload))

    def event(self, event: dict[str, Any]) -> None:
        """Take an event that is no audio."""

    def send(self, **event: Any) -> None:
        """Send an event."""
        assert self.transport is not None
        self.transport.send(WSMsgType.TEXT, json.dumps(event, separators=(",", ":")).encode())

    def stop_reading(self) -> None:
        """Read nothing more, and count no more."""
        assert self.transport is not None
        self.transport.underlying_transport.pause_reading()
        self.account = Account()

    def speak(self, account: Account) -> None:
        """Send one frame of audio."""
        if self.transport is None or not self.ready.is_set():
            return
        audio = base64.b64encode(HEAD.pack(self.number, perf_counter_ns()))
        self.transport.send(WSMsgType.TEXT, b"".join((self.before, audio, self.after)))
        self.number += 1
        account.sent += 1
        if self.words:
            self.transport.send(WSMsgType.TEXT, self.words)
            account.words += 1


class Service(End):
    """A session of the scripted service: it speaks from the first `response.create` on, without an end."""

    def __init__(self, account: Account, mark: bytes, asked: asyncio.Semaphore, *, wordy: bool) -> None:
        super().__init__(account, mark)
        # Counts the services that were asked to speak.
        self.asked = asked
        # Whether it sends a transcript beside its audio.
        self.wordy = wordy

    def on_ws_connected(self, transport: WSTransport) -> None:
        super().on_ws_connected(transport)
        self.send(type="session.created", event_id="e", session={"type": "realtime", "id": "sess_1"})

    def event(self, event: dict[str, Any]) -> None:
        if event["type"] == "session.update":
            self.send(type="session.updated", event_id="e", session=event["session"])
        elif event["type"] == "response.create":
            self.begin()

    def begin(self) -> None:
        """Open a response and one item in it."""
        name = f"{id(self):x}"
        response = {"id": f"resp_{name}", "object": "realtime.response", "status": "in_progress", "output": []}
        item = {"id": f"item_{name}", "object": "realtime.item", "type": "message", "role": "assistant", "content": []}
        at = {"response_id": response["id"], "item_id": item["id"], "output_index": 0, "content_index": 0}
        self.send(type="response.created", event_id="e", response=response)
        self.send(
            type="response.output_item.added", event_id="e", response_id=response["id"], output_index=0, item=item
        )
        self.send(type="conversation.item.added", event_id="e", previous_item_id=None, item=item)
        self.send(type="response.content_part.added", event_id="e", **at, part={"type": "audio", "transcript": ""})
        named = {"event_id": "event_123456789012345678901", **at}
        audio = json.dumps({"type": "response.output_audio.delta", **named, "delta": ""}, separators=(",", ":"))
        self.before = audio[:-2].encode()
        if self.wordy:
            words = {"type": "response.output_audio_transcript.delta", **named, "delta": " and so on"}
            self.words = json.dumps(words, separators=(",", ":")).encode()
            self.after = silence(DELTA_MS) + b'"}'
        self.asked.release()
        self.ready.set()


class Caller(End):
    """A caller: speaks as soon as it is told who it is talking to, and asks for an answer."""

    def __init__(self, account: Account, mark: bytes, *, asks: bool) -> None:
        super().__init__(account, mark)
        # Whether it wants to hear something.
        self.asks = asks

    def event(self, event: dict[str, Any]) -> None:
        if event["type"] == "session.created":
            if self.asks:
                self.send(type="response.create")
            self.ready.set()


class Party:
    """The calls with one system: who speaks there, and what has come through."""

    def __init__(self) -> None:
        self.up, self.down = Account(), Account()
        self.callers: list[Caller] = []
        self.services: list[Service] = []
        # Seconds of its turns, and of processor time that the system has used in them.
        self.turns = self.cpu = 0.0

    def told(self) -> dict[str, Any]:
        """Return the figures of both directions, and of the turns."""
        return {"up": self.up.told(), "down": self.down.told(), "turns": self.turns, "cpu": self.cpu}


async def pace(parties: list[tuple[Sequence[End], Account]], seconds: float, frame_ms: float) -> None:
    """Let every end of a party send a frame each `frame_ms`, spread over that time; the parties take turns of a second.

    No timer is used: theirs are whole milliseconds, and would bunch frames now and then.
    """
    began, step = perf_counter(), frame_ms / 1000 / SLOTS
    tick = 0
    while tick * step < seconds:
        ends, account = parties[int(tick * step / TURN_SECONDS) % len(parties)]
        for end in ends[tick % SLOTS :: SLOTS]:
            end.speak(account)
        tick += 1
        await asyncio.sleep(0)
        while perf_counter() < began + tick * step:  # noqa: ASYNC110 - there is no event: time has to pass
            await asyncio.sleep(0)


async def weigh(parties: list[Party], pids: list[int], seconds: float) -> None:
    """Count the processor time of each system in its turns, after the first."""
    began, turn = perf_counter(), 0
    while pids and turn * TURN_SECONDS < seconds:
        party, pid = parties[turn % len(parties)], pids[turn % len(parties)]
        before, clock = cpu_seconds(pid), perf_counter()
        await asyncio.sleep(began + min((turn + 1) * TURN_SECONDS, seconds) - clock)
        if turn >= len(parties):
            party.turns += perf_counter() - clock
            party.cpu += cpu_seconds(pid) - before
        turn += 1


class Calls:
    """The scripted service, and the calls that reach it through the systems."""

    def __init__(self, *, asks: bool, wordy: bool) -> None:
        # Whether callers want to hear something, and whether the service sends a transcript beside it.
        self.asks, self.wordy = asks, wordy
        # Whose calls are being opened; who else would get the service that is asked for? Counts those that were opened.
        self.opening, self.opened = Party(), asyncio.Semaphore(0)
        # Counts the services that were asked to speak.
        self.asked = asyncio.Semaphore(0)

    def session(self, _: WSUpgradeRequest) -> Service:
        """Open a session of the service."""
        self.opening.services.append(Service(self.opening.up, b'"audio":"', self.asked, wordy=self.wordy))
        self.opened.release()
        return self.opening.services[-1]

    async def open(self, url: str, calls: int) -> Party:
        """Call a system, so many times at once."""
        party = self.opening = Party()
        for _ in range(calls):
            _, caller = await ws_connect(lambda: Caller(party.down, DELTA, asks=self.asks), url)
            party.callers.append(caller)  # type: ignore[arg-type]
        for caller in party.callers:
            await caller.ready.wait()
            await self.opened.acquire()
        for _ in party.callers if self.asks else ():
            await self.asked.acquire()
        return party


async def main(job: dict[str, Any]) -> None:
    """Run one measurement."""
    wordy = job.get("words", False)
    calls = Calls(asks=job["down"], wordy=wordy)
    server = await ws_create_server(calls.session, "127.0.0.1", job["listen"])
    async with asyncio.timeout(30):
        deaf = await calls.open(job["urls"][0], job.get("deaf", 0))  # nobody reads, though both sides go on speaking
        for end in (*deaf.callers, *deaf.services):
            end.stop_reading()
        parties = [await calls.open(url, job["calls"]) for url in job["urls"]]
    warm = len(parties) * TURN_SECONDS
    seconds, speed = warm + job["seconds"], job.get("speed", 1.0)
    up, down = FRAME_MS / speed, (DELTA_MS if wordy else FRAME_MS) / speed
    sending = [pace([([*deaf.callers, *deaf.services], Account())], seconds, up)]
    sending += [pace([(party.callers, party.up) for party in parties], seconds, up)] if job["up"] else []
    sending += [pace([(party.services, party.down) for party in parties], seconds, down)] if job["down"] else []
    running = asyncio.gather(*sending, weigh(parties, job.get("pids", []), seconds))
    await asyncio.sleep(warm)
    for party in parties:
        party.up.open = party.down.open = True
    print("steady", flush=True)
    await running
    print("over", flush=True)
    await asyncio.sleep(0.5)  # for the last frames to arrive
    print(json.dumps([party.told() for party in parties]), flush=True)
    for party in (deaf, *parties):
        for caller in party.callers:
            assert caller.transport is not None
            caller.transport.disconnect()
    server.close()


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1])))
