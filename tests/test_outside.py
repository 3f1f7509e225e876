"""Whole calls whose callers leave for somebody outside, or hear keys, over real sockets."""

from __future__ import annotations

import base64

from orchestrator.core.events import TimerExpired
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.testing import call, say
from tests.calls import TEAM, desk
from tests.gateway.phone.test_dialling import OUTSIDE, told, who_knows
from tests.phone import audio, dialled
from tests.protocol.test_tones import heard

KEYS = TEAM.replace("    greeting: Hello, this is Acme.", "    greeting: Hello, this is Acme.\n    press: true")


async def test_a_client_is_told_whom_to_call_and_may_bring_the_caller_back() -> None:
    """By `response.create`, as soon as nobody answers; it hangs up if somebody does."""
    async with desk(OUTSIDE) as desk_, desk_.caller("events=team,transfer") as caller:
        desk_.service.reply("front", call("transfer_to_office", reason="a form"))
        await caller.type("I want to talk to the office.")
        event = await caller.until("team.call.transfer")
        started = await caller.until("team.transfer.started")
        await caller.send("response.create")
        ended = await caller.until("team.transfer.ended")
        await caller.until("team.handoff.completed")

        assert (event["agent"], event["target"], event["seconds"]) == ("office", "tel:+4930999", 20.0)
        assert "Reason: a form" in event["brief"]
        assert (started["from"], started["to"]) == ("front", "office")
        assert ended["status"] == "unknown"
        assert "nobody could be reached" in told(who_knows(desk_))


async def test_a_client_that_does_nothing_has_its_caller_again() -> None:
    """When the time is over that the file gives to whoever is called."""
    async with desk(OUTSIDE) as desk_, desk_.caller("events=team,transfer") as caller:
        desk_.service.reply("front", call("transfer_to_office", reason="a form"))
        await caller.type("I want to talk to the office.")
        await caller.until("team.call.transfer")
        (one,) = desk_.calls._all()
        one.running.feed(TimerExpired(Timer(TimerKind.AWAY)))
        await caller.until("team.handoff.completed")

        assert "nobody answered" in told(who_knows(desk_))


async def test_a_client_that_cannot_is_not_asked() -> None:
    """Its agent can say the number."""
    async with desk(OUTSIDE) as desk_, desk_.caller() as caller:
        front = await desk_.service.session("front")
        desk_.service.reply("front", call("transfer_to_office", reason="a form"))
        desk_.service.reply("front", say("Please call +4930999."))
        await caller.type("I want to talk to the office.")
        await caller.until("team.function.refused")
        await caller.until("response.output_audio_transcript.done")

        outputs = [event["item"].get("output", "") for event in front.of("conversation.item.create")]
        assert any("tell them the number instead: +4930999" in output for output in outputs)
        assert caller.of("team.call.transfer") == []


async def test_a_telephone_hears_the_keys_behind_the_words() -> None:
    """In μ-law, in the order in which they were pressed."""
    async with desk(KEYS) as desk_, dialled(desk_.url) as phone:
        front = await desk_.service.session("front")
        await phone.until("mark")
        before = len(phone.heard)
        desk_.service.reply("front", call("press_keys", keys="1w48213#"))
        desk_.service.reply("front", say("I have chosen."))
        await front.hear("Press one for invoices.")
        await front.wait_for("response.create", 2)
        await phone.until("mark", 3)

        assert heard(phone.heard[before:], "audio/pcmu") == "148213#"


async def test_a_browser_hears_the_keys_too() -> None:
    """As audio like any other."""
    async with desk(KEYS) as desk_, desk_.caller() as caller:
        desk_.service.reply("front", call("press_keys", keys="0#"))
        await caller.type("Press zero.")
        pressed = await caller.until("team.keys.pressed")
        await caller.until("response.done", 2)
        sound = b"".join(base64.b64decode(event["delta"]) for event in caller.of("response.output_audio.delta"))

        assert pressed["count"] == 2
        assert heard(sound, "audio/pcm") == "0#"


def test_a_test_of_a_telephone_hears_what_is_sent() -> None:
    """The stand-in keeps the audio of a message as it came."""
    assert audio({"media": {"payload": base64.b64encode(b"x").decode()}}) == b"x"
