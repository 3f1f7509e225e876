"""An agent that has the caller ends the call, after its last words: over real sockets, on every transport."""

from __future__ import annotations

import pytest

from orchestrator.testing import call, say
from tests.calls import TEAM, desk
from tests.phone import dialled

ENDING = TEAM.replace("tools: [tools.py]", "tools: [tools.py, end_call]").replace(
    "handoffs: [billing, tech]", "handoffs: [billing, tech]\n    consult: {{billing: invoices}}"
)
TOOLS = '''
def book(number: str, call) -> str:
    """Book a parcel's collection."""
    call.end()
    return f"Booked as {number}."


def close(call) -> None:
    """Close the case."""
    call.end("Thank you for calling Acme.")
'''
SPOKEN = "response.output_audio_transcript.done"


async def test_p70_the_agent_says_goodbye_and_the_call_ends() -> None:
    """P70: its words reach the caller whole, the application is told, and the close is an ordinary one."""
    async with desk(ENDING, TOOLS) as desk_, desk_.caller() as caller:
        desk_.service.reply("front", say("Goodbye, take care.", 300), call("end_call"))
        await caller.type("That was all.")
        code, reason = await caller.closed()

        assert (code, reason) == (1000, "the agent ended the call")
        assert [event["transcript"] for event in caller.of(SPOKEN)] == ["Goodbye, take care."]
        (ending,) = caller.of("team.call.ending")
        assert (ending["agent"], ending["reason"]) == ("front", "the agent ended the call")
        assert caller.events[-1]["type"] != "error"


@pytest.mark.parametrize(
    ("function", "asked"),
    [
        (call("end_call"), "The call ends when you have said this."),
        (call("book", number="48213"), "The call ends when you have said this."),
        (call("close"), "Say exactly: Thank you for calling Acme."),
    ],
    ids=["end_call", "a tool with a result", "a tool with words"],
)
async def test_p70_the_last_words_are_asked_for(function: object, asked: str) -> None:
    """P70: when the agent has said nothing, or has more to say."""
    async with desk(ENDING, TOOLS) as desk_, desk_.caller() as caller:
        desk_.service.reply("front", function)  # type: ignore[arg-type]
        desk_.service.reply("front", say("Goodbye.", 200))
        await caller.type("That was all.")
        assert await caller.closed() == (1000, "the agent ended the call")

        front = await desk_.service.session("front")
        assert asked in front.of("response.create")[-1]["response"]["instructions"]
        assert [event["transcript"] for event in caller.of(SPOKEN)] == ["Goodbye."]


async def test_p70_a_call_in_text_ends_too() -> None:
    """P70: nothing has to be played."""
    async with desk(ENDING, TOOLS) as desk_, desk_.caller() as caller:
        await caller.send("session.update", session={"type": "realtime", "output_modalities": ["text"]})
        await caller.until("session.updated")
        desk_.service.reply("front", say("Goodbye."), call("end_call"))
        await caller.type("That was all.")

        assert await caller.closed() == (1000, "the agent ended the call")


async def test_p70_a_telephone_is_hung_up_after_the_last_word() -> None:
    """P70: the stream is closed when all of it was played."""
    async with desk(ENDING, TOOLS) as desk_, dialled(desk_.url) as phone:
        front = await desk_.service.session("front")
        await phone.until("mark")
        before = len(phone.heard)
        desk_.service.reply("front", say("Goodbye.", 300), call("end_call"))
        await front.hear("That was all.")

        assert await phone.closed() == 1000
        assert len(phone.heard) - before == 300 * 8


async def test_p70_a_colleague_is_not_offered_to_end_the_call() -> None:
    """P70: who is consulted does not have the function; who calls it all the same is told so, and the call goes on."""
    team = ENDING.replace("    voice: cedar\n", "    voice: cedar\n    tools: [end_call]\n")
    async with desk(team, TOOLS) as desk_, desk_.caller() as caller:
        desk_.service.reply("front", call("ask_billing", question="What is due?"))
        desk_.service.reply("billing", call("end_call"))
        desk_.service.reply("billing", say("Nothing is due."))
        desk_.service.reply("front", say("Nothing."))
        await caller.type("What is due?")
        await caller.until(SPOKEN, where=lambda event: event["transcript"] == "Nothing.")

        consulted = next(one for one in desk_.service.sessions if one.model == "billing" and one.of("response.create"))
        assert "end_call" not in str(consulted.of("session.update"))
        outputs = [one["item"]["output"] for one in consulted.of("conversation.item.create") if "output" in one["item"]]
        assert "only the agent that has the caller can end it" in outputs[0]
        assert caller.of("team.call.ending") == []
