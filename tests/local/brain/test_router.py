"""The default brain, with the real encoder: what it does about the newest item."""

from __future__ import annotations

import pytest

from orchestrator.core.wording import (
    APOLOGIZE,
    APOLOGY,
    GOODBYE,
    GREET,
    GREETING,
    LAST_WORDS,
    SUMMARIZE,
    SUMMARY,
)
from orchestrator.local.brain.port import Action, CallFunction, Request, Say
from orchestrator.local.brain.router import Router
from orchestrator.local.brain.saying import phrases
from tests.local.brain.routing import TODAY, Caller, desk, encoder, message, tool

pytestmark = pytest.mark.speech


async def test_actions_are_yielded() -> None:
    """The port of the session: an iterator of actions, computed off the event loop; a call says why it is made."""
    item = {"role": "user", "type": "message", "content": [{"type": "input_text", "text": "Has 48213 been shipped?"}]}
    request = Request("", desk(), "auto", [item], TODAY)
    actions: list[Action] = [action async for action in Router(encoder()).respond(request, {})]

    assert actions == [CallFunction("find_order", {"order_number": "48213"})]
    (call,) = (action for action in actions if isinstance(action, CallFunction))
    assert (call.why["why"], next(iter(call.why["candidates"]))) == ("wants something", "find_order")


def test_who_speaks_first_greets() -> None:
    """Asked to respond before anybody has spoken."""
    assert Caller().outcome() == phrases.GREETING


def test_greeting_can_be_asked_for() -> None:
    """A handoff that opens with a greeting asks for one."""
    assert Caller().respond(GREET, GREETING) == [Say(phrases.GREETING)]


def test_p47_an_apology_can_be_asked_for() -> None:
    """P47: when no model has answered."""
    assert Caller().respond(APOLOGIZE, APOLOGY) == [Say(phrases.NO_ANSWER)]


def test_silence_is_asked_about() -> None:
    """Audio in which nothing was understood is no request."""
    assert Caller().say("") == phrases.NOT_HEARD


def test_results_are_spoken() -> None:
    """What a function returned is said as it is, and the caller is asked for more."""
    caller = Caller()
    caller.say("Has 48213 been shipped?")

    assert caller.returns("It is on its way.") == f"It is on its way. {phrases.ANYTHING_ELSE}"


def test_result_that_asks_is_left_alone() -> None:
    """One question at a time."""
    caller = Caller()
    caller.say("Has 48213 been shipped?")

    assert caller.returns("There is none. Could you say it again?") == "There is none. Could you say it again?"


def test_several_results_are_told_in_order() -> None:
    """The results of one response belong together."""
    caller = Caller()
    for call_id, output in (("a", "First."), ("b", "Second.")):
        caller.items.append({"type": "function_call", "call_id": call_id, "name": "find_order", "arguments": "{}"})
        caller.items.append({"type": "function_call_output", "call_id": call_id, "output": output})

    assert caller.outcome() == f"First. Second. {phrases.ANYTHING_ELSE}"


def test_refusal_that_was_made_good_is_not_told() -> None:
    """Only what came of it."""
    caller = Caller()
    for call_id, output in (("a", '{"error": "no", "call_first": "find_order"}'), ("b", "Found.")):
        caller.items.append({"type": "function_call", "call_id": call_id, "name": "find_order", "arguments": "{}"})
        caller.items.append({"type": "function_call_output", "call_id": call_id, "output": output})

    assert caller.outcome() == f"Found. {phrases.ANYTHING_ELSE}"


def test_summary_is_what_the_caller_said() -> None:
    """An agent that hands over is asked for a summary; nothing is made up."""
    caller = Caller()
    assert caller.respond(SUMMARIZE, SUMMARY) == [Say("The caller has said nothing yet.")]
    caller.say("Hello.")
    caller.say("I was charged twice.")

    assert caller.respond(SUMMARIZE, SUMMARY) == [Say("The caller said: Hello. I was charged twice.")]


def test_instructions_of_an_author_are_no_request_for_a_summary() -> None:
    """Only the orchestrator's mark is, whatever the words."""
    caller = Caller()
    caller.say("Hello.")

    assert caller.respond("Summarise what you can do in one sentence.") == [Say(phrases.GREETING)]


END = tool("end_call", "End the call when the caller needs nothing more.", ["Goodbye", "That is all, thank you"])


@pytest.mark.parametrize("words", ["Goodbye.", "No thanks, that was all.", "Okay, bye bye!", "That is all, thank you."])
def test_p70_a_caller_who_says_goodbye_ends_the_call(words: str) -> None:
    """P70: with a farewell, whether it is said before the function call or asked for after it."""
    caller = Caller([*desk(), END])
    content = [{"type": "input_audio", "transcript": words}]
    caller.items.append({"type": "message", "role": "user", "content": content})
    *said, last = caller.respond()

    assert last == CallFunction("end_call", {})
    if not said:
        caller.items.append({"type": "function_call_output", "call_id": caller.items[-1]["call_id"], "output": "done"})
        said = caller.respond(LAST_WORDS, GOODBYE)
    assert said == [Say(phrases.FAREWELL)]


@pytest.mark.parametrize("words", ["Has 48213 been shipped?", "Thank you.", "What can you do?", "I was charged twice."])
def test_p70_a_caller_who_wants_something_keeps_the_line(words: str) -> None:
    """P70: an agent that can end the call does so at its end only, and counts that as no ability."""
    caller = Caller([*desk(), END])
    content = [{"type": "input_audio", "transcript": words}]
    caller.items.append({"type": "message", "role": "user", "content": content})
    (action,) = caller.respond()

    said = action.text if isinstance(action, Say) else action.name
    assert "end" not in said.split()
    assert said != "end_call"


def test_p70_a_result_is_told_before_the_goodbye() -> None:
    """P70: what a tool that ends the call has returned."""
    caller = Caller()
    caller.say("Has 48213 been shipped?")
    call_id = caller.items[-1]["call_id"]
    caller.items.append({"type": "function_call_output", "call_id": call_id, "output": "It is on its way."})

    assert caller.respond(LAST_WORDS, GOODBYE) == [Say(f"It is on its way. {phrases.FAREWELL}")]


def test_whoever_knows_gets_the_caller() -> None:
    """What only a colleague's answers tell; what this agent knows too is nothing to transfer anybody for."""
    told = {"type": "function", "name": "how_long_does_a_passport_take", "description": "Tell: About four weeks."}
    hours = {"type": "function", "name": "what_are_your_opening_hours", "description": "Tell: From eight to six."}
    caller = Caller([tool("transfer_to_registry", "Hand the caller over to registry.")])
    caller.router = Router(encoder(), {"registry": [told, hours]})

    assert caller.say("What are your opening hours?") == "From eight to six."
    assert caller.calls("How long does it take to get a passport?")[0] == "transfer_to_registry"


def test_session_is_prepared() -> None:
    """What an agent can do is encoded before its first turn, so that no caller waits for it."""
    router = Router(encoder())

    router.prepare("Q: Are you open? A: Yes.", desk(), "en")

    assert encoder().likeness("Are you open?", ["Are you open?"])[0] > 0.9


def test_the_router_speaks_the_teams_language() -> None:
    """As the request has it; a sentence that is put together has no spaces where the script has none."""
    german = Caller(instructions="Sie sind der Empfang.", language="de")
    chinese = Caller([], instructions="你是前台。", language="zh")

    assert german.outcome() == "Guten Tag. Wie kann ich Ihnen helfen?"
    assert german.say("Wer sind Sie?") == "Ich bin ein automatischer Assistent: der Empfang. Wie kann ich Ihnen helfen?"
    assert chinese.say("你是谁？") == "我是自动语音助手：前台。请问有什么可以帮您？"


@pytest.mark.parametrize(("goes_on", "answer"), [("", "On its way."), ("Thank you.", "On its way.")])
def test_a_result_that_was_not_heard_is_told_again(goes_on: str, answer: str) -> None:
    """A cough, or another word, was heard instead."""
    caller = Caller()
    caller.calls("Where is order 48213?")
    caller.returns("On its way.")
    caller.hears_only("On its")
    caller.items.append(message("user", goes_on))

    assert caller.respond()[0] == Say(answer)


def test_a_result_that_was_heard_is_not_told_again() -> None:
    """Silence is asked about then."""
    caller = Caller()
    caller.calls("Where is order 48213?")
    caller.returns("On its way.")

    assert caller.say("") == phrases.NOT_HEARD
