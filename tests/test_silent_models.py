"""Whole calls in which nothing is heard of a model: the caller is never left with that."""

from __future__ import annotations

import pytest

from orchestrator.testing import ScriptedRealtime
from orchestrator.testing.script import FunctionCall, Prompt, Reply, Say, call, say
from tests.calls import CallerClient, desk

TEAM = """
team: helpdesk
providers: {{service: {{url: "{url}"}}}}
limits: {{answer: 0.4}}
agents:
  front:
    model: service/front
    fallback: [service/spare, service/last]
    instructions: Find out what the caller needs.
    tools: [tools.py]
    consult: {{planner: {{when: how to pay, timeout: 1.2}}}}
  planner:
    model: service/planner
    fallback: [service/thinker]
    instructions: Work out plans.
"""
ALONE = TEAM.replace("    fallback: [service/spare, service/last]\n", "")
NOTHING, WRITTEN = Reply(()), Reply((Say("I am only written.", 0),))
LIMITED = Reply((), fails="rate_limit_exceeded")


async def models(service: ScriptedRealtime, caller: CallerClient) -> list[str]:
    """Return the models whose audio was heard, in order."""
    return [service.sessions[number - 1].model for number in caller.voices()]


@pytest.mark.parametrize(
    "reply",
    [NOTHING, WRITTEN, LIMITED, Reply((say("Half", 0), say("never", 400)), held=True)],
    ids=["no items", "text", "a rate limit", "stopped"],
)
async def test_p47_what_is_not_heard_is_asked_again(reply: Reply) -> None:
    """P47: the caller hears the second answer, from the same model."""
    async with desk(TEAM) as desk_, desk_.caller() as caller:
        desk_.service.script.add("front", reply)
        await caller.type("Hello?")
        await caller.until("response.output_audio.delta")

        assert await models(desk_.service, caller) == ["front"]
        assert (await caller.until("team.response.unheard"))["agent"] == "front"


@pytest.mark.parametrize("reply", [NOTHING, WRITTEN, LIMITED], ids=["no items", "text", "a rate limit"])
async def test_p47_the_next_model_answers_when_nothing_is_heard_twice(
    reply: Reply, capfd: pytest.CaptureFixture[str]
) -> None:
    """P47: along the whole chain, with the reason in the log; the caller's words go along."""
    async with desk(TEAM) as desk_, desk_.caller() as caller:
        for model in ("front", "front", "spare", "spare"):
            desk_.service.script.add(model, reply)
        await caller.type("Hello?")
        await caller.until("response.output_audio.delta")
        reason = (await caller.until("team.session.fallback", 2))["reason"]

        assert await models(desk_.service, caller) == ["last"]
        assert "Hello?" in str((await desk_.service.session("last")).received)
        said = capfd.readouterr().out
        assert "session fallback" in said
        assert reason in said


async def test_p47_a_response_that_never_begins_is_asked_for_on_a_new_session() -> None:
    """P47: then of the next model."""
    async with desk(TEAM) as desk_, desk_.caller() as caller:
        desk_.service.faults.ignore_creates = 2
        await caller.type("Hello?")
        await caller.until("response.output_audio.delta")

        assert await models(desk_.service, caller) == ["spare"]
        assert [session.model for session in desk_.service.sessions] == ["front", "front", "spare"]


async def test_p47_a_turn_of_which_no_end_is_reported_is_answered() -> None:
    """P47: nothing comes from the caller any more; the next session hears what they said."""
    async with desk(TEAM) as desk_, desk_.caller() as caller:
        front = await desk_.service.session("front")
        await caller.speak(10)
        await front.wait_for("input_audio_buffer.append", 10)
        await front.hear_start()
        await caller.until("response.output_audio.delta")

        assert caller.voices() == [2]
        again = await desk_.service.session("front", 1)
        assert [event["type"] for event in again.received].count("input_audio_buffer.append") == 10
        assert "input_audio_buffer.commit" in [event["type"] for event in again.received]


async def test_p47_an_apology_is_heard_when_no_model_answers() -> None:
    """P47: the application is told too, and the next turn is answered as any other."""

    def brain(prompt: Prompt) -> Reply:
        return Reply() if "sorry" in str(prompt.options.get("instructions")) else NOTHING

    async with desk(ALONE) as desk_, desk_.caller() as caller:
        desk_.service.script.brain = brain
        await caller.type("Hello?")
        assert (await caller.until("error"))["error"]["code"] == "server_error"
        await caller.until("response.output_audio.delta")

        desk_.service.script.brain = None
        await caller.until("response.done", 3)
        await caller.type("Hello again?")
        await caller.until("response.done", 4, where=lambda event: event["response"]["status"] == "completed")


async def test_p47_a_tool_call_without_words_is_an_answer() -> None:
    """P47: what it returns is waited for, and nothing is asked twice."""
    async with desk(TEAM) as desk_, desk_.caller() as caller:
        desk_.service.reply("front", call("find_order", number="1"))
        await caller.type("Where is my order?")
        await caller.until("response.output_audio.delta")

        asked = (await desk_.service.session("front")).received
        assert [event["type"] for event in asked].count("response.create") == 2
        assert not caller.of("team.response.unheard")


@pytest.mark.parametrize(
    "reply", [NOTHING, Reply((say("I", 0), say("think", 0)), held=True)], ids=["nothing said", "stopped"]
)
async def test_p47_a_consulted_agent_that_does_not_answer_is_asked_again(reply: Reply) -> None:
    """P47: it is not heard, but the caller waits for what it says."""
    async with desk(TEAM) as desk_, desk_.caller() as caller:
        desk_.service.script.add("front", Reply((FunctionCall("ask_planner", '{"question": "How?"}'),)))
        desk_.service.script.add("planner", reply)
        await caller.type("How can I pay?")

        assert (await caller.until("team.consult.returned"))["ok"]
