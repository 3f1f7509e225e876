"""What the router does with colleagues: advice, what comes first, callers who come back."""

from __future__ import annotations

import json

import pytest

from orchestrator.core.wording import (
    ENDING,
    FILLER,
    GIVEN_BACK,
    GOODBYE,
    HAND_BACK,
    HANDED_OVER,
    LOOKING,
    NO_ANSWER,
    ROLE,
)
from orchestrator.local.brain.port import CallFunction, Say
from orchestrator.local.brain.saying import phrases
from tests.local.brain.routing import Caller, called, desk, message, text, tool

pytestmark = pytest.mark.speech
WISH = "I was charged twice, I want a refund"
VERIFY = tool("transfer_to_verify", "Hand the caller over to verify. Finds out who is calling.", reason=text("why"))
BILLING = tool(
    "transfer_to_billing",
    "Hand the caller over to billing. Use it for: invoices, charges and refunds.",
    ["I was charged twice"],
    reason=text("why", optional=True),
    account=text("the account number, six digits", optional=True),
)
CHECK = tool("check_pin", "Check the PIN of the caller.", pin=text("the PIN, four digits"))
BACK = tool("hand_back", "Give the caller back to the colleague who handed them to you, once you are done.")
PLANNER = tool(
    "ask_planner",
    "Ask planner while the caller stays with you. Use it for: a payment in parts.",
    ["Can I pay in three parts?"],
    question=text("the whole question"),
)
PLAN = tool("payment_plan", "Work out a payment plan.", months={"type": "integer", "description": "how many months"})
ASKED = ROLE.format(asker="billing")
SENT = f"Reason: Needed first for billing: a refund\n{HAND_BACK.format(source='reception')}"


def refused(first: str = "transfer_to_verify", **more: object) -> str:
    """Return what a refused call is answered."""
    return json.dumps({"error": "transfer_to_billing needs verified.", "call_first": first, **more})


def test_what_a_call_needs_first_is_done_first_and_once() -> None:
    """The error is not read to the caller; a circle ends in words."""
    caller = Caller([VERIFY, BILLING])
    assert caller.say(WISH) == ("transfer_to_billing", {"reason": WISH})
    assert caller.returns(refused()) == ("transfer_to_verify", {"reason": f"Needed first for billing: {WISH}"})

    assert caller.returns(refused()) == f"{phrases.NOT_YET} {phrases.ANYTHING_ELSE}"


def test_a_function_that_does_not_exist_is_not_called_first() -> None:
    """Then the reason is told."""
    caller = Caller([VERIFY, BILLING])
    caller.say(WISH)

    assert str(caller.returns(refused("transfer_to_nobody"))).startswith("I am sorry")


def test_what_the_caller_can_say_is_asked_for() -> None:
    """`ask_for`: then the call is made again."""
    caller = Caller([BILLING])
    caller.say(WISH)
    output = json.dumps({"error": "transfer_to_billing needs account.", "ask_for": ["account"]})
    assert caller.returns(output) == "What is the account number?"

    assert caller.say("204170") == ("transfer_to_billing", {"reason": WISH, "account": "204170"})


DOCTOR = tool(
    "transfer_to_doctor",
    "Hand the caller over to doctor. Use it for: the caller needs the doctor.",
    ["put me through to the doctor"],
    reason=text("why", optional=True),
    consent={"type": "boolean", "description": "agrees to be recorded", "optional": True},
)
NO_CONSENT = json.dumps({"error": "transfer_to_doctor needs consent. Ask the caller.", "ask_for": ["consent"]})


def test_a_no_to_what_is_needed_is_not_called_again() -> None:
    """The caller hears that it cannot be done; asked for anew, the question is put anew."""
    caller = Caller([DOCTOR])
    for _ in range(2):
        assert caller.calls("put me through to the doctor")[0] == "transfer_to_doctor"
        assert str(caller.returns(NO_CONSENT)).endswith("?")
        assert caller.calls("no")[1] == {"reason": "put me through to the doctor", "consent": False}
        assert str(caller.returns(NO_CONSENT)).startswith("I am sorry")


def test_the_same_call_is_not_made_twice_without_new_words() -> None:
    """Whatever it is answered."""
    caller = Caller([VERIFY, BILLING])
    caller.say(WISH)
    caller.returns(json.dumps({"error": "no", "ask_for": ["nothing that it takes"]}))

    assert caller.items[-1]["role"] == "assistant"


def came_back(
    caller: Caller, why: str = "it is them", said: str = "My PIN is 4821."
) -> str | tuple[str, dict[str, object]]:
    """Let a caller come back from `verify`."""
    lines = [HANDED_OVER.format(source="verify"), GIVEN_BACK.format(source="verify")]
    brief = "\n".join([*lines, f"Reason: {why}", f"Caller: {said}"])
    caller.items.append(message("system", brief))
    return caller.outcome()


def test_a_caller_who_comes_back_gets_what_was_refused() -> None:
    """They need not say it again."""
    caller = Caller([VERIFY, BILLING])
    caller.say(WISH)
    caller.returns(refused())
    caller.items.append({"type": "function_call_output", "call_id": caller.items[-1]["call_id"], "output": "{}"})

    assert came_back(caller) == ("transfer_to_billing", {"reason": WISH})


def test_a_caller_who_comes_back_with_a_new_wish_gets_that() -> None:
    """Their last words are why they come: they are answered, whatever was refused before."""
    caller = Caller([VERIFY, BILLING, BACK])
    caller.say(WISH)
    caller.returns(refused())
    assert came_back(caller, "When do you open?", "When do you open?") == "From eight to six."
    words = "I was charged twice, you know"
    assert came_back(caller, words, words) == ("transfer_to_billing", {"reason": words})
    assert "What do you need?" in str(came_back(caller, "Qwertz uiop asdf", "Qwertz uiop asdf"))


def test_old_words_are_not_answered_again() -> None:
    """A caller who was sent away for what they had asked for, or whose refused call is past, is asked."""
    sending = tool("transfer_to_verify", "Hand the caller over to verify.", ["I want a refund"], reason=text("why"))
    caller = Caller([sending, BILLING])
    assert caller.say("I want a refund") == ("transfer_to_verify", {"reason": "I want a refund"})
    assert "What do you need?" in str(came_back(caller))

    gone = Caller([VERIFY, BILLING])
    gone.say(WISH)
    gone.returns(refused())
    gone.tools = [VERIFY]
    assert "What do you need?" in str(came_back(gone))


def test_who_was_sent_the_caller_for_something_does_it_and_gives_them_back() -> None:
    """The result is said first."""
    caller = Caller([CHECK, BACK])
    assert caller.arrive(SENT) == "I can help you with that. What is the PIN?"
    assert caller.say("4821") == ("check_pin", {"pin": "4821"})
    caller.items.append({"type": "function_call_output", "call_id": caller.items[-1]["call_id"], "output": "Right."})
    said, back = caller.respond()

    assert said == Say("Right.")
    assert called(back)[0] == "hand_back"


@pytest.mark.parametrize(
    ("why", "output"),
    [
        (SENT, '{"error": "check_pin failed: wrong"}'),
        (SENT, "The account number and the PIN do not belong together."),
        (SENT, "The PIN was looked at."),
        (SENT.replace("Needed first for billing: ", ""), "Right."),
    ],
)
def test_who_cannot_be_given_back_stays(why: str, output: str) -> None:
    """A failure, a result that may be one, a caller who was sent for their own sake; until they want something else."""
    caller = Caller([CHECK, BACK])
    caller.arrive(why)
    caller.say("4822")
    assert str(caller.returns(output)).endswith(phrases.ANYTHING_ELSE)

    other = "I need new tyres for my bicycle"
    assert caller.say(other) == ("hand_back", {"reason": other})


def test_nobody_is_given_back_who_came_by_themselves() -> None:
    """The function is not offered then."""
    caller = Caller([CHECK, BACK])
    caller.say("I want to check my pin")
    caller.say("4821")

    assert caller.returns("Right.") == f"Right. {phrases.ANYTHING_ELSE}"


def test_a_colleague_is_asked_in_the_callers_words() -> None:
    """The question is never asked for; the answer is told, and so is that there is none."""
    caller = Caller([*desk(), PLANNER])
    words = "Can I pay in three parts?"
    assert caller.say(words) == ("ask_planner", {"question": words})
    assert caller.returns("Yes, in three.") == f"Yes, in three. {phrases.ANYTHING_ELSE}"

    caller.say(words)
    error = json.dumps({"error": NO_ANSWER.format(agent="planner", reason="no answer within 30 seconds")})
    assert str(caller.returns(error)).startswith("I am sorry, planner cannot tell me that at the moment.")


def advised(question: str, *tools: dict[str, object], said: str = "") -> str | tuple[str, dict[str, object]]:
    """Ask a colleague."""
    caller = Caller(tools)
    lines = f"{ASKED}\nWhat was said in the call so far:\n{said}" if said else ASKED
    caller.items.append(message("system", lines))
    caller.items.append(message("user", question))
    return caller.outcome()


def test_advice_is_what_is_known_or_what_a_function_says() -> None:
    """With what the question says, or the caller before; nothing is asked back, nothing is added."""
    plan = ("payment_plan", {"months": 3})
    assert advised("A payment plan for three months?", PLAN) == plan
    assert advised("Which payment plan is there?", PLAN, said="Caller: I have 3 months.") == plan
    assert advised("Which payment plan is there?", PLAN) == "I would have to know months."
    assert advised("What are your opening hours?", PLAN, CHECK) == "From eight to six."
    assert advised("Who won the match yesterday?", PLAN, CHECK) == phrases.DO_NOT_KNOW
    assert advised("Can they pay in parts?", PLANNER) == ("ask_planner", {"question": "Can they pay in parts?"})


def test_advice_ends_with_the_result() -> None:
    """The colleague tells it to the caller, and asks what else there is."""
    caller = Caller([PLAN])
    caller.items.append(message("system", ASKED))
    caller.items.append(
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Three months?"}]}
    )
    assert caller.outcome() == ("payment_plan", {"months": 3})

    assert caller.returns("100 a month.") == "100 a month."


def test_what_the_orchestrator_asks_an_agent_to_say() -> None:
    """A filler, and why the call ends."""
    caller = Caller()
    assert caller.respond(LOOKING, FILLER) == [Say(phrases.LOOKING)]

    said = caller.respond(ENDING.format(why="the call reached its time limit"), GOODBYE)
    assert said == [Say("I have to end the call now: the call reached its time limit. Goodbye.")]
    assert not any(isinstance(action, CallFunction) for action in said)


CLIENT = tool("check_client", "Check who is calling.", number=text("the client number, five digits"))
ACCOUNTS = tool(
    "transfer_to_accounts",
    "Hand the caller over to accounts. Use it for: bills and payments.",
    ["What do I owe you?"],
    reason=text("why", optional=True),
)
OWING = "What do I still owe you?"


def test_a_check_is_only_a_step() -> None:
    """Once it is known who calls, they are put through for what they wanted."""
    caller = Caller([CLIENT, ACCOUNTS])
    note = f"{HANDED_OVER.format(source='reception')}\nWhat was said so far:\nCaller: {OWING}"
    caller.items.append(message("system", note))
    caller.calls("40718")
    caller.items.append(
        {"type": "function_call_output", "call_id": caller.items[-1]["call_id"], "output": "I have it."}
    )

    assert caller.respond() == [Say("I have it."), CallFunction("transfer_to_accounts", {"reason": OWING})]


def test_a_check_that_failed_leads_nowhere() -> None:
    """The caller stays, and another number is another try."""
    caller = Caller([CLIENT, ACCOUNTS])
    caller.arrive(f"Reason: {OWING}\nWhat was said so far:\nCaller: {OWING}")
    caller.calls("40781")

    assert "cannot find" in str(caller.returns("I cannot find that number."))
    assert caller.say("Oh, I've swapped two digits, it's 40718") == ("check_client", {"number": "40718"})


def test_what_was_refused_is_tried_again_after_what_it_needed() -> None:
    """A call that needed another one first is made when that has worked."""
    caller = Caller([CLIENT, ACCOUNTS])
    assert caller.say(OWING) == ("transfer_to_accounts", {"reason": OWING})
    caller.returns(json.dumps({"error": "first check", "call_first": "check_client"}))
    caller.calls("40718")
    caller.items.append(
        {"type": "function_call_output", "call_id": caller.items[-1]["call_id"], "output": "I have it."}
    )

    assert caller.respond() == [Say("I have it."), CallFunction("transfer_to_accounts", {"reason": OWING})]
