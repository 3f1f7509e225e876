"""Whole calls in which agents work together: questions, needs, ways back, bridges, secrets, limits."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from orchestrator.testing import ScriptedConnection, call, say
from tests.calls import CallerClient, Desk, desk
from tests.chat_server import chat_server, end, text

BANK = """
team: helpdesk
providers: {{service: {{url: "{url}"}}}}
variables:
  account: {{type: string, pattern: "^[0-9]{{6}}$"}}
  verified: {{type: boolean, set_by: check_pin}}
  card: {{type: string, set_by: take_card, secret: true}}
rules: [verify before billing, refund at most 1 per call, card stays in billing]
limits: {{tokens: {{at: 10000, say: That was all.}}, tool: 60}}
defaults: {{warm: all}}
agents:
  front:
    model: service/front
    instructions: Find out what the caller needs.
    handoffs:
      verify: {{returns: true, bridge: I check who you are.}}
      billing: {{needs: [account, verified]}}
  verify: {{model: service/verify, instructions: Check., tools: [tools.py:check_pin]}}
  billing:
    model: service/billing
    instructions: Solve.
    handoffs: [front]
    tools: [tools.py:take_card, {{tool: tools.py:refund, filler: {{say: Still here., after: 0.05}}}}]
    consult:
      planner: {{when: how to pay, context: all, filler: {{say: Please wait., after: 0.05}}}}
  planner: {{model: service/planner, instructions: Plan., tools: [tools.py:rates]}}
"""
TOOLS = '''
"""Tools of the bank."""
import asyncio
from pathlib import Path


def check_pin(account: str, pin: str, call) -> str:
    """Check who calls."""
    call.variables["verified"] = pin == "2054"
    return "It is them." if pin == "2054" else "The PIN is wrong."


def take_card(number: str, call) -> str:
    """Take a card number."""
    call.variables["card"] = number
    if number.startswith("9"):
        raise ValueError(f"no bank knows {number}")
    return f"Taken: {number}"


async def refund(amount: int) -> str:
    """Pay back, as late as the test wants."""
    while not Path(__file__).with_name("go").exists():
        await asyncio.sleep(0.01)
    return f"{amount} paid back."


def rates() -> str:
    """Tell the rates."""
    return "3 %"
'''
CARD = "4111222244443333"


@asynccontextmanager
async def bank() -> AsyncIterator[tuple[Desk, CallerClient]]:
    """Serve the bank and call it."""
    async with desk(BANK, TOOLS) as desk_, desk_.caller() as caller:
        yield desk_, caller


async def at_billing(desk_: Desk, caller: CallerClient) -> None:
    """Bring the caller to billing, by way of verification."""
    to_billing = call("transfer_to_billing", account="123456", reason="a refund")
    desk_.service.reply("front", to_billing)
    desk_.service.reply("front", call("transfer_to_verify", reason="a refund"))
    desk_.service.reply("front", say("I check who you are.", ms=20))
    checked = (say("One moment.", ms=20), call("check_pin", account="123456", pin="2054"))
    desk_.service.reply("verify", *checked, held=True)
    desk_.service.reply("verify", call("hand_back", reason="it is them"))
    desk_.service.reply("front", say("I pass you on.", ms=20), to_billing)
    desk_.service.reply("billing", say("Billing here.", ms=20))
    await caller.type("I want a refund.")
    await caller.until("response.done", where=lambda event: "I check who you are." in json.dumps(event))
    (await desk_.service.session("verify")).release()  # had it been faster, there would be nothing to bridge
    await caller.until("team.handoff.completed", where=lambda event: event["to"] == "billing")
    await caller.until("response.done", where=lambda event: "Billing here." in json.dumps(event))


def outputs(session: ScriptedConnection) -> list[str]:
    """Return what an agent's functions answered."""
    items = [event["item"] for event in session.of("conversation.item.create")]
    return [item["output"] for item in items if item["type"] == "function_call_output"]


async def test_nobody_gets_to_billing_without_verification() -> None:
    """The refused transfer says what is missing and where to go; the way back leads on."""
    async with bank() as (desk_, caller):
        await at_billing(desk_, caller)
        front = await desk_.service.session("front")

        refused = json.loads(outputs(front)[0])
        assert refused["call_first"] == "transfer_to_verify"
        ways = [(event["from"], event["to"]) for event in caller.of("team.handoff.completed")]
        assert ways == [("front", "verify"), ("verify", "front"), ("front", "billing")]


async def test_p24_a_consult_goes_on_in_the_background_with_a_filler() -> None:
    """P24: another agent's session answers, in text, with its tools; the caller hears the filler, then the answer."""
    async with bank() as (desk_, caller):
        await at_billing(desk_, caller)
        desk_.service.reply("billing", call("ask_planner", question="How can they pay 400?"))
        desk_.service.reply("billing", say("Please wait."))
        desk_.service.reply("planner", call("rates"))
        desk_.service.reply("planner", say("In four parts at 3 %."), held=True)
        desk_.service.reply("billing", say("You can pay in four parts."))
        await caller.type("How can I pay?")
        billing, planner = await desk_.service.session("billing"), await desk_.service.session("planner", 1)
        filler = await billing.wait_for("response.create", 3)
        assert filler["response"]["instructions"] == "Say exactly: Please wait."
        await planner.wait_for("response.create", 2)
        planner.release()
        said = "response.output_audio_transcript.done"
        await caller.until(said, where=lambda event: event["transcript"] == "You can pay in four parts.")

        assert outputs(planner) == ["3 %"]
        assert outputs(billing)[-1] == "In four parts at 3 %."
        assert planner.fields["output_modalities"] == ["text"]
        assert not planner.of("input_audio_buffer.append")
        assert [event["transcript"] for event in caller.of(said)][-2:] == ["Please wait.", "You can pay in four parts."]
        asked = await caller.until("team.consult.returned")
        assert (asked["agent"], asked["name"], asked["ok"]) == ("billing", "ask_planner", True)
        await planner.gone()


async def test_p17_a_secret_is_in_no_other_agents_context_and_in_no_log(capfd: pytest.CaptureFixture[str]) -> None:
    """P17: neither what was said, nor reasons, nor answers, nor what a tool complains about."""
    async with bank() as (desk_, caller):
        await at_billing(desk_, caller)
        billing = await desk_.service.session("billing")
        desk_.service.reply("billing", call("take_card", number=CARD))
        desk_.service.reply("billing", call("take_card", number=f"9{CARD}"))
        desk_.service.reply("billing", call("ask_planner", question=f"Is {CARD} any good?"))
        desk_.service.reply("billing", say("Please wait."))
        desk_.service.reply("planner", say(f"{CARD} is fine."), held=True)
        desk_.service.reply("billing", call("transfer_to_front", reason=f"{CARD} is charged"))
        desk_.service.reply("front", say("Anything else?"))
        await caller.type(f"My card is {CARD[:8]}, then {CARD[8:]}.")
        await caller.until("response.done", where=lambda event: "Please wait." in json.dumps(event))
        planner = await desk_.service.session("planner", 1)
        await planner.wait_for("response.create")
        planner.release()
        await caller.until("team.handoff.completed", 4)

        seen = {session.model: json.dumps(session.received) for session in desk_.service.sessions}
        assert CARD in seen["billing"]
        assert all(CARD[:8] not in text and CARD[8:] not in text for name, text in seen.items() if name != "billing")
        assert "My card is [card], then [card]." in seen["front"]
        assert "[card] is charged" in seen["front"]
        assert "[card] is fine." in outputs(billing)
        assert CARD not in json.dumps([event for event in caller.events if event["type"].startswith("team.")])
    logged = capfd.readouterr()
    assert "no bank knows [card]" in logged.err + logged.out
    assert CARD not in logged.err + logged.out


async def test_a_rule_caps_a_tool_and_a_slow_one_has_a_filler() -> None:
    """P72: the second refund is refused with a reason; the first, which waits for it, is bridged by a filler."""
    async with bank() as (desk_, caller):
        await at_billing(desk_, caller)
        billing = await desk_.service.session("billing")
        desk_.service.reply("billing", call("refund", amount=40))
        desk_.service.reply("billing", say("Still here."))
        desk_.service.reply("billing", call("refund", amount=40))
        desk_.service.reply("billing", say("It is done, once."))
        await caller.type("My money, twice.")
        said = "response.output_audio_transcript.done"
        await caller.until(said, where=lambda event: event["transcript"] == "Still here.")
        desk_.go()
        await caller.until(said, where=lambda event: event["transcript"] == "It is done, once.")

        assert outputs(billing)[0] == "40 paid back."
        assert "can run once per call" in outputs(billing)[1]


async def test_a_bridge_is_heard_in_the_old_voice_before_the_new_one() -> None:
    """One response of each agent, in order."""
    async with bank() as (desk_, caller):
        desk_.service.reply("front", call("transfer_to_verify", reason="a refund"))
        desk_.service.reply("front", say("I check who you are.", ms=20))
        desk_.service.reply("verify", say("What is your account number?"))
        await caller.type("I want a refund.")
        said = "response.output_audio_transcript.done"
        await caller.until(said, 2)

        assert [event["transcript"] for event in caller.of(said)] == [
            "I check who you are.",
            "What is your account number?",
        ]
        sessions = [session.model for session in desk_.service.sessions]
        assert caller.voices() == [sessions.index("front") + 1, sessions.index("verify") + 1]


async def test_p37_a_call_that_has_used_up_its_tokens_says_goodbye() -> None:
    """P37: the caller hears why, to the end, and the close code says it."""
    async with desk(BANK.replace("at: 10000", "at: 10"), TOOLS) as desk_, desk_.caller() as caller:
        await caller.type("Hello.")
        await caller.until("response.done", 2)
        front = await desk_.service.session("front")
        assert front.of("response.create")[-1]["response"]["instructions"] == "Say exactly: That was all."

        assert (await caller.closed())[0] == 4413


CHAT = """
team: helpdesk
providers: {{{{service: {{{{url: "{{url}}"}}}}, chat: {{{{url: "{chat}"}}}}}}}}
prices: {{{{chat/planner: {{{{text_in: 1000000}}}}}}}}
limits: {{{{money: 1000}}}}
agents:
  front: {{{{model: service/front, instructions: Help., consult: {{{{planner: how to pay}}}}}}}}
  planner: {{{{kind: text, model: chat/old, fallback: [chat/planner], instructions: Plan.}}}}
"""


async def test_a_text_agent_answers_from_a_chat_endpoint_and_falls_back(capfd: pytest.CaptureFixture[str]) -> None:
    """The first model does not exist; the next one answers, and what it costs is counted."""
    async with chat_server() as chat, desk(CHAT.format(chat=chat.url)) as desk_, desk_.caller() as caller:
        answer = text("Three parts.")[:-1] + end("stop", prompt_tokens=5, completion_tokens=3)
        chat.answers = [(404, "no such model"), answer]
        desk_.service.reply("front", call("ask_planner", question="How can they pay?"))
        desk_.service.reply("front", say("In three parts."))
        await caller.type("How can I pay?")
        said = "response.output_audio_transcript.done"
        await caller.until(said, where=lambda event: event["transcript"] == "In three parts.")

        assert outputs(await desk_.service.session("front")) == ["Three parts."]
        assert [body["model"] for _, body in chat.requests] == ["old", "planner"]
        told = chat.requests[-1][1]["messages"]
        assert told[0]["content"].startswith("Plan.")
        assert told[-1]["content"].endswith("Caller: How can I pay?]\nHow can they pay?")
        assert (await caller.until("team.session.fallback"))["model"] == "chat/planner"
    assert "dollars=5.0" in capfd.readouterr().out


EMBEDDED = """
team: helpdesk
providers: {{service: {{url: "{url}"}}}}
agents:
  front:
    model: service/front
    fallback: [local]
    instructions: Help.
    turn_detection: {{type: semantic_vad, eagerness: low}}
    answers: {{"What are your opening hours?": From eight to six.}}
"""


@pytest.mark.speech
async def test_a_service_that_fails_leaves_the_call_to_the_embedded_provider(capfd: pytest.CaptureFixture[str]) -> None:
    """Its session drops and is not let in again; the real `local` knows what was asked and answers aloud."""
    async with desk(EMBEDDED) as desk_, desk_.caller() as caller:
        await caller.type("Hello.")
        await caller.until("response.done")
        desk_.service.faults.key = "another"
        (await desk_.service.session("front")).drop()
        await caller.until("team.session.fallback")
        await caller.type("What are your opening hours?")
        answer = await caller.until("response.output_audio_transcript.done", 2)
        await caller.until("response.done", 2)

        assert answer["transcript"] == "From eight to six."
        audio = [
            one["delta"] for one in caller.of("response.output_audio.delta") if one["item_id"] == answer["item_id"]
        ]
        assert len("".join(audio)) > 32_000, "half a second of PCM16 at 24 kHz, as base64"
        assert caller.of("error") == []
    assert "session fallback" in capfd.readouterr().out
