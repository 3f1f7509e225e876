"""The default brain, with the real encoder: what it chooses, asks, confirms and says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from orchestrator.local.brain import Action, CallFunction, Conversation, Say
from orchestrator.local.encoder import Encoder
from orchestrator.local.router import Router, prototypes
from orchestrator.team import with_examples

pytestmark = pytest.mark.speech
NUMBER = {
    "type": "object",
    "properties": {"order_number": {"type": "string", "description": "the order number, digits"}},
}
NUMBER["required"] = ["order_number"]  # type: ignore[assignment]
REASON = {"type": "object", "properties": {"reason": {"type": "string"}}, "required": []}


def tool(
    name: str, description: str, *examples: str, parameters: Any = NUMBER, confirm: bool = False
) -> dict[str, Any]:
    text = with_examples(description, examples, confirm)
    return {"type": "function", "name": name, "description": text, "parameters": parameters}


TOOLS = [
    tool("find_order", "Find out where an order is.", "Where is my parcel?", "Has order 12345 been shipped?"),
    tool("cancel_order", "Cancel an order.", "Cancel my order", "I do not want it any more", confirm=True),
    tool(
        "transfer_to_billing",
        "Hand the caller over to billing. Use it for: invoices, charges and refunds.",
        "I have a question about my invoice",
        "I was charged twice",
        parameters=REASON,
    ),
]
INSTRUCTIONS = "You are the orders desk of Acme.\n\n# Known answers\nQ: When are you open? A: From nine to five."


class Desk:
    """One session of the router."""

    router: Router

    def __init__(self, tools: list[dict[str, Any]] = TOOLS, tool_choice: str = "auto") -> None:
        self.tools, self.tool_choice = tools, tool_choice
        self.items: list[Mapping[str, Any]] = []
        self.memory: dict[str, Any] = {}

    def hear(self, text: str) -> Action:
        return self.add({"type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": text}]})

    def add(self, item: Mapping[str, Any], extra: str = "") -> Action:
        self.items.append(item)
        seen = Conversation(INSTRUCTIONS, self.tools, self.tool_choice, self.items, extra)
        (action,) = ROUTER.decide(seen, self.memory)
        return action


ROUTER = Router(Encoder())


def said(action: Action) -> str:
    assert isinstance(action, Say)
    return action.text


def test_a_function_is_called_with_what_was_said() -> None:
    """One sentence is enough when it has everything."""
    action = Desk().hear("Where is my order? The number is four eight two one three.")
    assert action == CallFunction("find_order", {"order_number": "48213"})


def test_what_is_missing_is_asked_for_and_the_call_is_kept() -> None:
    """The next sentence answers the question."""
    desk = Desk()
    assert said(desk.hear("Where is my parcel?")) == "What is the order number?"
    assert desk.hear("It's double four two one three.") == CallFunction("find_order", {"order_number": "44213"})


def test_a_question_is_asked_again_twice_then_dropped() -> None:
    """Nobody is asked for ever."""
    desk = Desk()
    desk.hear("Where is my parcel?")
    assert "did not get that" in said(desk.hear("well"))
    assert "did not get that" in said(desk.hear("hmm"))
    assert "did not understand" in said(desk.hear("well"))
    assert "pending" not in desk.memory


def test_never_mind_drops_it_and_another_subject_breaks_it_off() -> None:
    """The caller is free to go elsewhere."""
    desk = Desk()
    desk.hear("Where is my parcel?")
    assert "never mind" in said(desk.hear("Oh, never mind."))
    desk.hear("Where is my parcel?")
    assert desk.hear("I have a question about my invoice") == CallFunction(
        "transfer_to_billing", {"reason": "I have a question about my invoice"}
    )


def test_what_destroys_is_confirmed() -> None:
    """Only a yes does it; the number is read back."""
    desk = Desk()
    assert said(desk.hear("Cancel my order 77042")) == "Just to be sure: cancel order 77042. Is that right?"
    assert desk.hear("Yes, please.") == CallFunction("cancel_order", {"order_number": "77042"})


@pytest.mark.parametrize(
    ("answers", "last"),
    [
        (["No."], "leave it as it is"),
        (["No, 77043."], "cancel order 77043"),
        (["Maybe."], "yes or no"),
        (["Hm.", "Um.", "Hm."], "leave it as it is"),
    ],
)
def test_without_a_yes_nothing_is_destroyed(answers: list[str], last: str) -> None:
    """A no, a correction, and words that are neither."""
    desk = Desk()
    action = desk.hear("Cancel my order 77042")
    for answer in answers:
        action = desk.hear(answer)
    assert last in said(action)


def test_a_confirmation_can_be_broken_off() -> None:
    """A new subject is heard."""
    desk = Desk()
    desk.hear("Cancel my order 77042")
    assert isinstance(desk.hear("I have a question about my invoice"), CallFunction)


def test_two_near_choices_are_asked_back() -> None:
    """Better a question than the wrong function; the answer picks one."""
    near = [tool("find_order", "Orders.", "my order"), tool("change_order", "Orders.", "my order")]
    for answer, chosen in [
        ("change it", "change_order"),
        ("the first one", "find_order"),
        ("the second", "change_order"),
    ]:
        desk = Desk(near)
        assert "Do you want to find order or to change order?" in said(desk.hear("something with my order 12345"))
        assert desk.hear(answer) == CallFunction(chosen, {"order_number": "12345"})
    desk = Desk(near)
    desk.hear("something with my order 12345")
    assert "never mind" in said(desk.hear("no"))


def test_a_bare_number_is_for_the_harmless_function() -> None:
    """It never cancels anything."""
    assert Desk().hear("It's four eight two one three.") == CallFunction("find_order", {"order_number": "48213"})


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Hello, good morning.", "How can I help"),
        ("Thank you very much, that was really helpful.", "welcome"),
        ("Goodbye, have a nice day.", "Goodbye"),
        ("What is your name?", "I am the orders desk of Acme."),
        ("What can you do for me?", "I can find order or cancel order. I can connect you with billing."),
        ("Can you tell me a joke?", "glasses"),
        ("When are you open?", "From nine to five."),
        ("Purple elephants calculate sideways.", "I am not sure I understood"),
        ("", "did not catch that"),
    ],
)
def test_small_talk_answers_and_nonsense_call_nothing(text: str, part: str) -> None:
    """Nobody is handed over because of small talk, and nothing is invented."""
    assert part in said(Desk().hear(text))


def test_results_are_spoken() -> None:
    """All the results of one response, then a question."""
    desk = Desk()
    desk.items = [{"type": "function_call"}, {"type": "function_call_output", "output": "One."}]
    assert said(desk.add({"type": "function_call_output", "output": '{"say": "Two."}'})).startswith(
        "One. Two. Is there"
    )


BRIEF = (
    "The caller was handed to you by front.\nReason: an order\nWhat was said so far:\nfront: Hello.\nCaller: {}\nGo on."
)


@pytest.mark.parametrize(
    ("words", "action"),
    [
        ("Where is my order 48213?", CallFunction("find_order", {"order_number": "48213"})),
        ("Where is my parcel?", Say("I can help you with that. What is the order number?")),
    ],
)
def test_after_a_handoff_it_acts_on_what_was_said_and_does_not_greet(words: str, action: Action) -> None:
    """The caller repeats nothing."""
    brief = {"type": "message", "role": "system", "content": [{"type": "input_text", "text": BRIEF.format(words)}]}
    assert Desk().add(brief) == action


def test_after_a_handoff_about_nothing_it_knows_it_says_what_it_can_do() -> None:
    """Without words of the caller the reason counts."""
    brief = {
        "type": "message",
        "role": "system",
        "content": [{"type": "input_text", "text": "The caller was handed to you by x."}],
    }
    assert "taking over" in said(Desk().add(brief))
    assert "From nine to five." in said(
        Desk().add({**brief, "content": [{"text": "The caller was handed to you by x.\nReason: When are you open?"}]})
    )


def test_functions_can_be_forbidden() -> None:
    """`tool_choice: none` leaves words only."""
    assert isinstance(Desk(tool_choice="none").hear("Where is order 48213?"), Say)


def test_a_summary_is_what_the_caller_said() -> None:
    """Asked out of band for a summary, nothing is made up."""
    desk = Desk()
    desk.hear("Where is my parcel?")
    assert (
        said(desk.add({"type": "message", "role": "assistant"}, "Summarize this call"))
        == "The caller said: Where is my parcel?"
    )
    assert said(Desk().add({"type": "message", "role": "assistant"}, "Summarize this call")) == "Nothing was said yet."


def test_nothing_said_yet() -> None:
    """Asked to speak first, it offers help."""
    assert "How can I help" in said(Desk().add({"type": "message", "role": "system", "content": []}))


async def test_the_port_yields_actions() -> None:
    """A session iterates over what to do."""
    items = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]}]
    actions = [action async for action in ROUTER.respond(Conversation("", [], "auto", items), {})]
    assert isinstance(actions[0], Say)


def test_examples_and_lists_stand_for_a_function() -> None:
    """A description with a list is several sentences."""
    assert prototypes(tool("pay_bill", "Pays: rent, power and water, phone.", "Pay my rent")) == [
        "Pays: rent, power and water, phone.",
        "rent, power and water, phone.",
        "rent",
        "power and water",
        "phone",
        "pay bill",
        "Pay my rent",
    ]
