"""Whole phone calls over real sockets: Twilio's end, the gateway, the core, and a scripted Realtime service behind."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import connect

from orchestrator.testing import ScriptedConnection, call, say
from tests.calls import TEAM, CallerClient, Desk, desk
from tests.patience import PATIENCE
from tests.phone import CALL, Phone, audio, dialled

PCMU = {"type": "audio/pcmu"}
FRAME_MS = 20
KNOWN = TEAM.replace("customer: null", "customer: null, caller: null, call_sid: null")
WELCOME = KNOWN.replace(
    "Find out what", "'{{{{ variables.caller }}}} calls, {{{{ variables.call_sid }}}}. Find out what"
)
WELCOME = WELCOME.replace("caller needs.", "caller needs.'")


def spoken(number: int, ms: int) -> bytes:
    """Return what the service's session of a number says in its first response, in µ-law."""
    name = number.to_bytes(2, "little")
    return b"".join(name + piece.to_bytes(2, "little") + name * 398 for piece in range(1, ms // 100 + 1))


def formats(session: ScriptedConnection) -> list[tuple[Any, Any]]:
    """Return the audio formats that each `session.update` of a session has said."""
    updates = [event["session"]["audio"] for event in session.of("session.update")]
    return [(one["input"]["format"], one["output"]["format"]) for one in updates]


async def greeted(desk_: Desk, phone: Phone, marks: int = 1) -> ScriptedConnection:
    """Wait until the first agent has spoken to a caller who has said nothing."""
    front = await desk_.service.session("front")
    await phone.until("mark", marks)
    return front


async def test_the_caller_is_greeted_unasked() -> None:
    """Who dials a number waits for somebody to speak; the number is known to the agent."""
    async with desk(WELCOME) as desk_, dialled(desk_.url, From="+4930123", nobody="asked") as phone:
        front = await greeted(desk_, phone)

    (asked,) = front.of("response.create")
    assert asked["response"]["instructions"] == "Say exactly: Hello, this is Acme."
    assert f"+4930123 calls, {CALL}." in front.fields["instructions"]
    assert phone.heard == spoken(1, 400)


async def test_p13_the_telephones_format_holds_for_every_session_of_the_call() -> None:
    """P13: µ-law after a handoff, after a session was lost, and whatever a program beside the call asks for."""
    with capture_logs() as logs:
        async with desk() as desk_, dialled(desk_.url) as phone:
            front = await greeted(desk_, phone)
            (call_id,) = [log["call"] for log in logs if log["event"] == "phone call"]
            async with connect(f"{desk_.url}/v1/realtime?call_id={call_id}") as socket:
                sideband = CallerClient(socket)
                wanted = {"format": {"type": "audio/pcm", "rate": 24000}}
                session = {"type": "realtime", "audio": {"input": wanted, "output": wanted}}
                await sideband.send("session.update", session=session)
                updated = await sideband.until("session.updated")
            desk_.service.reply("front", call("transfer_to_billing", reason="an invoice"))
            desk_.service.reply("billing", say("Which invoice is it?", 300))
            await front.hear("My invoice is wrong.")
            billing = await desk_.service.session("billing")
            await phone.until("mark", 2)
            billing.drop()
            again = await desk_.service.session("billing", 1)
            words = [base64.b64encode(bytes([number]) * 160).decode() for number in range(256)]
            for word in words:
                await phone.speak(word)
            await again.wait_for("input_audio_buffer.append", len(words))

    assert updated["session"]["audio"]["output"]["format"] == PCMU
    for one in desk_.service.sessions:
        assert formats(one)
        assert set(map(str, formats(one))) == {str((PCMU, PCMU))}
    heard = [event["audio"] for event in again.of("input_audio_buffer.append")]
    assert heard[-len(words) :] == words
    number = desk_.service.sessions.index(billing) + 1
    assert phone.heard == spoken(1, 400) + spoken(number, 300)


async def test_keys_reach_the_agent_that_has_the_caller() -> None:
    """As one message, and the agent answers; what it says meanwhile is not stopped."""
    async with desk() as desk_, dialled(desk_.url) as phone:
        front = await greeted(desk_, phone)
        await phone.press("48213#")
        await front.wait_for("response.create", 2)

        item = front.of("conversation.item.create")[0]["item"]
        assert item["content"][0]["text"] == "The caller pressed 4 8 2 1 3 # on the keypad."
        await phone.until("mark", 2)
        assert phone.of("clear") == []


async def test_p70_a_key_stops_an_announcement() -> None:
    """P70: the telephone is silenced at the first key, the agent keeps only what was heard, and answers the number."""
    async with desk() as desk_, dialled(desk_.url, plays="by hand") as phone:
        front = await greeted(desk_, phone)
        await phone.play()
        desk_.service.reply("front", say("Press one for invoices, two for everything else.", 5000))
        await front.hear("What is there?")
        await phone.until("mark", 11)
        await phone.play(3)
        desk_.service.reply("front", say("Invoices, then."))
        await phone.press("1#")
        await phone.until("clear", 2)  # the first was for the caller's question
        cut = await front.wait_for("conversation.item.truncate")
        await phone.until("mark", 12)

        assert 0 < cut["audio_end_ms"] < 5000
        assert front.of("conversation.item.create")[-1]["item"]["content"][0]["text"].endswith("1 # on the keypad.")


async def test_what_the_caller_never_heard_is_taken_back() -> None:
    """P25, P27: interrupted before anything was played, the answer leaves the agent's history and the telephone."""
    async with desk() as desk_, dialled(desk_.url, plays="by hand") as phone:
        front = await greeted(desk_, phone)
        await phone.play()
        desk_.service.reply("front", say("A long answer.", 5000))
        await front.hear_end(await front.hear_start(), "What is there?")
        await phone.until("mark", 11)
        await front.hear_start()
        await phone.until("clear", 2)
        taken = (front.of("conversation.item.truncate") + front.of("conversation.item.delete"))[-1]

        assert taken.get("audio_end_ms", 0) < 1000
        assert not phone.waiting


async def test_a_program_hangs_up_and_the_farewell_is_heard() -> None:
    """The call ends when the telephone has played all of it."""
    with capture_logs() as logs:
        async with desk() as desk_, dialled(desk_.url, plays="by hand") as phone:
            await greeted(desk_, phone)
            (call_id,) = [log["call"] for log in logs if log["event"] == "phone call"]
            async with httpx.AsyncClient(base_url=desk_.url.replace("ws", "http")) as program:
                assert (await program.post(f"/v1/realtime/calls/{call_id}/hangup")).status_code == 200
            assert len(desk_.calls) == 1
            await phone.play()

            assert await phone.closed() == 1000
            await desk_.quiet()
    assert phone.heard == spoken(1, 400)


async def test_hanging_up_ends_the_agents_sessions() -> None:
    """Nothing of a call is left when the caller is gone."""
    async with desk() as desk_, dialled(desk_.url) as phone:
        front = await greeted(desk_, phone)
        await phone.hang_up()
        await desk_.quiet()
        await asyncio.wait_for(front.gone(), PATIENCE)

        assert await phone.closed() == 1000


class Earpiece:
    """A telephone that plays at the pace of speech, `late` seconds behind, as networks are."""

    def __init__(self, phone: Phone, late: float) -> None:
        self._phone, self._late = phone, late
        # Milliseconds heard since the last `clear`.
        self.ms = 0

    async def run(self) -> None:
        """Play for ever."""
        clock = asyncio.get_running_loop().time
        due = 0.0
        while True:
            if not self._phone.waiting:
                await self._phone.sent_audio()
                due = clock() + self._late
                continue
            await asyncio.sleep(max(0.0, due - clock()))
            if not self._phone.waiting:
                continue  # cleared
            message = self._phone.waiting[0]
            if message["event"] == "mark":
                await self._phone.play(marks=1)
                continue
            self.ms += FRAME_MS
            due += FRAME_MS / 1000
            rest = audio(message)[FRAME_MS * 8 :]
            if rest:
                message["media"]["payload"] = base64.b64encode(rest).decode()
            else:
                self._phone.waiting.popleft()


async def speak_with_jitter(phone: Phone, words: list[str]) -> None:
    """Say frames 20 ms apart, each up to 15 ms early or late, their numbers with gaps and out of order."""
    chance = random.Random(27)
    clock = asyncio.get_running_loop().time
    begun = clock()
    for place, word in enumerate(words):
        at = begun + (place * FRAME_MS + chance.uniform(-15, 15)) / 1000
        await asyncio.sleep(max(0.0, at - clock()))
        await phone.speak(word, chunk=chance.randrange(1000))


@pytest.mark.parametrize(
    ("plays", "least", "most"),
    [("by hand", -120, 120), ("marks lost", -2000, 0)],
    ids=["marks returned", "marks lost"],
)
async def test_p27_at_the_pace_of_speech(plays: str, least: int, most: int) -> None:
    """P27: two seconds of speech with jitter while a telephone that is 250 ms late plays an answer, then a barge-in.

    The agent's history is cut to what the telephone has played; without marks, to less rather than to more.
    """
    words = [base64.b64encode(place.to_bytes(2, "big") * 80).decode() for place in range(100)]
    async with desk() as desk_, dialled(desk_.url, plays=plays) as phone:
        earpiece = Earpiece(phone, late=0.25)
        desk_.service.reply("front", say("A long answer. " * 10, 6000))
        playing = asyncio.ensure_future(earpiece.run())
        try:
            front = await greeted(desk_, phone)
            await speak_with_jitter(phone, words)
            await front.wait_for("input_audio_buffer.append", len(words))
            played = earpiece.ms
            await front.hear_start()
            await phone.until("clear")
            await front.wait_for("conversation.item.truncate")
        finally:
            playing.cancel()

    assert [event["audio"] for event in front.of("input_audio_buffer.append")] == words
    (by_marks,) = (event["audio_end_ms"] for event in front.of("conversation.item.truncate"))
    assert least <= by_marks - played <= most


async def test_p27_marks_that_come_back_because_of_the_clear() -> None:
    """P27: at the pace of speech too, they say nothing of the answer that comes after."""
    async with desk() as desk_, dialled(desk_.url, plays="by hand") as phone:
        front = await greeted(desk_, phone)
        desk_.service.reply("front", say("A second answer.", 3000))
        await front.hear("Wait!")  # clears the greeting, whose mark comes back
        await phone.until("mark", 7)
        await phone.play(marks=1)  # half a second
        await phone.speak()  # behind the mark, so that it is known when this is
        await front.wait_for("input_audio_buffer.append")
        before = len(front.of("conversation.item.truncate"))
        await front.hear_start()
        await phone.until("clear", 2)
        cut = await front.wait_for("conversation.item.truncate", before + 1)

    assert 500 <= cut["audio_end_ms"] <= 1000
    assert json.dumps(phone.messages).count('"clear"') == 2
