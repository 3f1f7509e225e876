"""Whole calls over real sockets, and what their recordings hold: tones of the caller left, of the team right."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchestrator.local.speech.g711 import encode
from orchestrator.records.audio import conversion
from orchestrator.testing import call, say
from orchestrator.testing.output import Output
from tests.calls import desk
from tests.gateway.serving import keep_sound
from tests.gateway.webrtc.phone import RATE as WEBRTC_RATE
from tests.gateway.webrtc.phone import phoning
from tests.phone import dialled
from tests.records.audio.hearing import (
    CALLER_HERTZ,
    TEAM_HERTZ,
    Heard,
    Microphone,
    Wire,
    clock_of,
    is_tone,
    longest_pause,
    microphone,
    recorded,
    seconds,
    tone,
)

NEAR = 0.06  # seconds
CALLS = 4  # over WebRTC at most, until one comes without gaps: on a busy machine packets are lost
CARD = "4111222244443333"
BANK = """
team: helpdesk
providers: {{service: {{url: "{url}"}}}}
variables:
  card: {{type: string, set_by: take_card, secret: true}}
agents:
  front:
    model: service/front
    instructions: Find out what the caller needs.
    transcription: {{model: gpt-4o-transcribe}}
    tools: [tools.py]
    handoffs: [billing]
  billing: {{model: service/billing, instructions: Take the money., handoffs: [front]}}
"""
BANK_TOOLS = '''
"""Tools of the bank."""


def take_card(number: str, call) -> str:
    """Take a card number."""
    call.variables["card"] = number
    return "Taken."
'''


def mulaw(hertz: float, ms: float) -> bytes:
    """Return a tone as a telephone sends it."""
    return encode(np.frombuffer(tone(hertz, ms, 8000), np.int16), law="audio/pcmu")


@pytest.fixture(autouse=True)
def _tones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let agents speak in a tone, and leave recordings as they were written."""

    def audio(self: Output, ms: int, audio_format: dict[str, Any]) -> str:
        kind = audio_format["type"]
        return base64.b64encode(mulaw(TEAM_HERTZ, ms) if kind == "audio/pcmu" else tone(TEAM_HERTZ, ms)).decode()

    monkeypatch.setattr(Output, "audio", audio)
    monkeypatch.setattr(conversion, "convert", lambda base, stopped: True)


async def test_an_interruption_sounds_as_it_was(tmp_path: Path) -> None:
    """The agent ends where the caller's player was stopped, and the caller's first words lie over it."""
    async with desk(ears=lambda pcm: "Stop.") as at:
        keep_sound(at.calls, tmp_path)
        at.service.reply("front", say("A very long story.", 20_000))
        at.service.reply("front", say("As you like.", 500))
        async with at.caller() as caller:
            wire = Wire(at, caller.call)
            speaks = microphone(caller, clock_of(at, caller.call))
            await caller.send("response.create")
            first = await caller.until("response.output_audio.delta")
            await speaks.say(bytes(48_000))
            speaks.saying = tone(CALLER_HERTZ, 800)
            await caller.until("input_audio_buffer.speech_started")
            began, stopped = wire.of("sent")[0][0], wire.of("stopped")[0][0]
            heard = stopped - began + 0.1  # the client hears of it late, and so plays more than we would think
            told = {"item_id": first["item_id"], "content_index": 0, "audio_end_ms": round(1000 * heard)}
            await caller.send("conversation.item.truncate", **told)
            await caller.until("response.done", 2)
            await speaks.say(bytes(48_000))
            speaks.task.cancel()
        await at.quiet()
    left, right = recorded(tmp_path, caller.call)
    earliest, latest = wire.spoken()

    assert is_tone(left, CALLER_HERTZ)
    assert earliest - NEAR < left[0].start < latest + NEAR
    assert seconds(left) == pytest.approx(0.8, abs=NEAR)
    assert right[0].hertz == pytest.approx(TEAM_HERTZ, rel=0.03)
    assert right[0].start == pytest.approx(began, abs=NEAR)
    assert right[0].end == pytest.approx(began + heard, abs=NEAR)
    assert right[0].end > left[0].start, "the caller spoke over it"
    assert seconds(right[1:]) == pytest.approx(0.5, abs=NEAR)


async def test_a_telephone_call_is_recorded_as_it_was_heard(tmp_path: Path) -> None:
    """µ-law both ways; what the telephone had not played when it was cleared is not in it."""
    async with desk() as at:
        keep_sound(at.calls, tmp_path)
        at.service.reply("front", say("A very long story.", 20_000))
        async with dialled(at.url, plays="by hand") as phone:
            front = await at.service.session("front")
            (call_id,) = at.calls._register._open
            wire = Wire(at, call_id)
            await phone.until("media")

            async def send(pcm: bytes) -> None:
                samples = np.frombuffer(pcm, np.int16)[::3]
                await phone.speak(base64.b64encode(encode(samples, law="audio/pcmu")).decode())

            speaks = Microphone(send, clock_of(at, call_id))
            for sound in (bytes(24_000), bytes(24_000), tone(CALLER_HERTZ, 500)):
                await speaks.say(sound)
                await phone.play(1)  # half a second of it
            item = await front.hear_start()
            await phone.until("clear")
            await speaks.say(bytes(24_000))
            await front.hear_end(item, "Stop.")
            await front.wait_for("input_audio_buffer.append")
            speaks.task.cancel()
            await phone.hang_up()
        await at.quiet()
    left, right = recorded(tmp_path, call_id)
    began, heard = wire.of("sent")[0][0], wire.of("truncated")[0][2] / 1000
    late = max(0.0, wire.of("marked")[0][0] - began - 0.5)  # the telephone began so much later
    earliest, latest = wire.spoken()

    assert is_tone(left, CALLER_HERTZ)
    assert earliest - NEAR < left[0].start < latest + NEAR
    assert seconds(left) == pytest.approx(0.5, abs=NEAR)
    assert right[0].hertz == pytest.approx(TEAM_HERTZ, rel=0.03)
    assert began - NEAR < right[0].start < began + late + NEAR
    assert right[0].end == pytest.approx(right[0].start + heard, abs=NEAR)
    assert 1.5 <= heard < 2.0


async def over_webrtc(folder: Path) -> tuple[list[Heard], list[Heard], Wire]:
    """Interrupt a long story over WebRTC; return what is heard on both sides, and what the recording was told."""
    async with desk() as at:
        keep_sound(at.calls, folder)
        at.service.reply("front", say("A very long story.", 20_000))
        async with phoning(at) as phone:
            wire = Wire(at, phone.call_id)
            front = await at.service.session("front")
            await phone.client.send("response.create")
            await phone.hears(400)
            phone.microphone.saying = tone(CALLER_HERTZ, 600, WEBRTC_RATE)
            await phone.hears(300)
            await front.hear_start()
            await phone.client.until("output_audio_buffer.cleared")
            await front.wait_for("input_audio_buffer.append", len(front.of("input_audio_buffer.append")) + 50)
        await at.quiet()
    return *recorded(folder, phone.call_id), wire


async def test_a_call_over_webrtc_is_recorded_as_it_was_played(tmp_path: Path) -> None:
    """The sound of both tracks; an answer that is cut ends where our player was stopped."""
    for number in range(CALLS):
        left, right, wire = await over_webrtc(tmp_path / str(number))
        if len(left) == 1:
            break
    played = [when for when, *_ in wire.of("played")]
    earliest, latest = wire.spoken()

    assert is_tone(left, CALLER_HERTZ, rel=0.05)
    assert earliest - NEAR < left[0].start < latest + NEAR
    assert seconds(left) == pytest.approx(0.6, abs=NEAR)
    assert is_tone(right, TEAM_HERTZ, rel=0.1)
    # What is played late, on a busy machine, comes in a burst, and is placed where it would have begun in time.
    assert min(when - 0.02 * number for number, when in enumerate(played)) - NEAR < right[0].start < played[0] + NEAR
    assert right[-1].end == pytest.approx(played[-1] + 0.02, abs=NEAR)
    assert right[-1].end < wire.of("stopped")[0][0] + NEAR


async def test_a_secret_is_silent(tmp_path: Path) -> None:
    """The turn in which it was said before anybody knew that it is one, and the agent's that repeated it."""
    words = ["I want to pay.", "It is 4111 2222 4444 3333.", "Thank you."]
    async with desk(BANK, BANK_TOOLS, ears=lambda pcm: words.pop(0)) as at:
        keep_sound(at.calls, tmp_path)
        at.service.reply("front", say("With which card?", 500))
        at.service.reply("front", call("take_card", number=CARD))
        at.service.reply("front", say("So it is 4111 2222 4444 3333.", 1500))
        at.service.reply("front", say("Goodbye.", 500))
        async with at.caller() as caller:
            speaks = microphone(caller, clock_of(at, caller.call))
            await speaks.say(bytes(24_000))
            for answers in (1, 2, 3):
                await speaks.say(tone(CALLER_HERTZ, 800))
                await caller.until("response.output_audio.done", answers)
                await speaks.say(bytes(2 * 48_000))
            speaks.task.cancel()
        await at.quiet()
    left, right = recorded(tmp_path, caller.call)

    assert words == []
    assert seconds(left) == pytest.approx(2 * 0.8, abs=2 * NEAR)
    assert [one.end - one.start for one in right] == [pytest.approx(0.5, abs=NEAR)] * 2
    assert left[0].start == pytest.approx(speaks.started[1], abs=NEAR)
    assert longest_pause(left) > 3, "the second turn is missing"
    assert right[1].start - right[0].start > 4, "and its answer"


async def test_nothing_is_kept_while_an_agent_has_the_caller_unheard(tmp_path: Path) -> None:
    """By the team file's `pause_in`: neither side, until the next agent is heard."""
    async with desk(BANK, BANK_TOOLS) as at:
        keep_sound(at.calls, tmp_path, ["billing"])
        at.service.reply("front", say("One moment.", 300), call("transfer_to_billing"))
        at.service.reply("billing", say("Your card number, please.", 500))
        at.service.reply("billing", call("transfer_to_front"))
        at.service.reply("front", say("Welcome back.", 500))
        async with at.caller() as caller:
            speaks = microphone(caller, clock_of(at, caller.call))
            await speaks.say(tone(CALLER_HERTZ, 500))
            await caller.send("response.create")
            await caller.until("team.handoff.completed")
            await speaks.say(tone(CALLER_HERTZ, 1000))
            await (await at.service.session("billing")).hear("I have paid.")
            await caller.until("team.handoff.completed", 2)
            await speaks.say(tone(CALLER_HERTZ, 700))
            speaks.task.cancel()
        await at.quiet()
    left, right = recorded(tmp_path, caller.call)

    assert seconds(left) == pytest.approx(0.5 + 0.7, abs=2 * NEAR)
    assert longest_pause(left) > 1.0 - NEAR, "a second of theirs is missing"
    assert right[-1].start - left[0].end > 1.0 - NEAR, "and what billing said"
    assert seconds(right[-1:]) == pytest.approx(0.5, abs=NEAR)
    assert seconds(right[:-1]) < 0.3 + NEAR, "of the farewell, what was heard before the handoff"


async def test_each_seat_has_a_recording_on_the_time_line_of_the_call(tmp_path: Path) -> None:
    """Of what was heard there."""
    async with desk() as at:
        keep_sound(at.calls, tmp_path)
        async with at.caller() as caller:
            clock = clock_of(at, caller.call)
            first = microphone(caller, clock)
            await first.say(tone(CALLER_HERTZ, 1500))
            async with at.joining(caller, "billing") as joined:
                second = microphone(joined, clock)
                await second.say(tone(TEAM_HERTZ, 500))
                second.task.cancel()
            first.task.cancel()
        await at.quiet()
    one, other = recorded(tmp_path, caller.call)[0], recorded(tmp_path, caller.call, "billing")[0]

    assert is_tone(one, CALLER_HERTZ)
    assert is_tone(other, TEAM_HERTZ)
    assert other[0].start == pytest.approx(second.started[0], abs=NEAR)


async def test_no_sound_is_kept_unless_it_is_wanted() -> None:
    """By default nothing is."""
    async with desk() as at, at.caller() as caller:
        await caller.speak(10)
        open_call = at.calls.find(caller.call)

        assert open_call is not None
        assert open_call.caller.recording is None


async def test_the_team_file_wants_it(tmp_path: Path) -> None:
    """`record: {audio: true}` keeps the sound beside the database, and pauses where it says so."""
    text = f"{BANK}record: {{{{audio: true, pause_in: [billing]}}}}\n"
    async with desk(text, BANK_TOOLS, records=f"sqlite:///{tmp_path / 'calls.db'}") as at:
        async with at.caller() as caller:
            speaks = microphone(caller, clock_of(at, caller.call))
            await speaks.say(tone(CALLER_HERTZ, 500))
            async with at.joining(caller, "billing") as joined:
                other = microphone(joined, clock_of(at, caller.call))
                await other.say(tone(CALLER_HERTZ, 500))
                other.task.cancel()
            speaks.task.cancel()
        await at.quiet()

    assert seconds(recorded(tmp_path / "recordings", caller.call)[0]) == pytest.approx(0.5, abs=NEAR)
    assert recorded(tmp_path / "recordings", caller.call, "billing") == ([], [])
