"""Messages between agents on the default brain: it writes them, reads them out, and works on them by itself."""

from __future__ import annotations

import json

import pytest

from orchestrator.core.wording import (
    HANDED_OVER,
    MESSAGE_FROM,
    NOBODY_CAME,
    NOTE_FROM_DESK,
    PERSON_GONE,
    REASON,
    SAY_FROM_DESK,
    WRITTEN_TO,
)
from orchestrator.local.brain.port import CallFunction, Say
from orchestrator.local.brain.saying import phrases
from orchestrator.team.functions import WRITE
from tests.local.brain.routing import Caller, desk, message, text, tool

pytestmark = pytest.mark.speech
MEDIC = tool(
    "message_medic",
    f"{WRITE.format(agent='medic')} Use it for: somebody is hurt or ill.",
    ["He is bleeding", "She cannot breathe"],
    text=text("the message, with all that must be known to understand it"),
    urgent={"type": "boolean", "description": "whether it cannot wait", "optional": True},
)


def test_a_message_holds_what_the_caller_said() -> None:
    """Word for word: nobody is asked for the text."""
    caller = Caller([*desk(), MEDIC])
    caller.items.append(message("user", "My father fell and is bleeding badly."))

    assert caller.respond() == [CallFunction("message_medic", {"text": "My father fell and is bleeding badly."})]


@pytest.mark.parametrize("outcome", ["delivered", "queued"])
def test_the_caller_is_told_what_became_of_it(outcome: str) -> None:
    """That it was passed on, or that it waits."""
    caller = Caller([*desk(), MEDIC])
    caller.say("He is bleeding")

    assert str(caller.returns(json.dumps({"outcome": outcome}))).startswith(phrases.line(outcome))


def test_messages_are_read_out() -> None:
    """All that have come since it spoke last, with the sender; what the desk wants said is said."""
    caller = Caller()
    caller.say("What are your opening hours?")
    for told in (MESSAGE_FROM.format(sender="the_medic", text="Lock the door."), SAY_FROM_DESK.format(text="Wait.")):
        caller.items.append(message("system", told))

    assert caller.respond() == [Say("the medic says: Lock the door."), Say("Wait.")]


def test_a_message_does_not_keep_the_caller_waiting() -> None:
    """It is read out, and the caller's turn is answered."""
    caller = Caller()
    caller.items.append(message("user", "What are your opening hours?"))
    caller.items.append(message("system", NOTE_FROM_DESK.format(text="Be brief.")))

    assert caller.respond() == [Say("Be brief."), Say("From eight to six.")]


@pytest.mark.parametrize(
    "told",
    [
        NOBODY_CAME.format(person="chief", why="nobody took the call in time"),
        "\n".join((HANDED_OVER.format(source="chief"), REASON.format(reason=PERSON_GONE.format(person="chief")))),
    ],
)
def test_a_caller_who_waits_in_vain_is_told_so(told: str) -> None:
    """By whichever agent has them then; they are not sent to wait again."""
    chief = tool(
        "transfer_to_chief", "Hand the caller over to chief. Use it for: a wish to speak to somebody in charge."
    )
    caller = Caller([*desk(), chief])
    caller.say("I want to speak to somebody in charge")
    caller.items.append(message("system", told))

    assert caller.respond() == [Say(f"{phrases.NOBODY_FREE} {phrases.WHAT_CAN_I_DO}")]


def test_an_agent_without_a_caller_works_on_a_message() -> None:
    """It writes on, or does what it can, as when it is asked something."""
    caller = Caller([MEDIC])
    caller.items.append(message("system", WRITTEN_TO.format(sender="dispatcher")))
    caller.items.append(message("user", "Tell the medic that she cannot breathe."))

    assert caller.respond() == [CallFunction("message_medic", {"text": "Tell the medic that she cannot breathe."})]
