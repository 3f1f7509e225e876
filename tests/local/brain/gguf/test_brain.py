"""The brain on a GGUF file: what becomes of what a model writes. The model here writes what it is told."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import structlog

from orchestrator.core import wording
from orchestrator.errors import RealtimeError
from orchestrator.local.brain.gguf import brain as module
from orchestrator.local.brain.gguf.brain import PROMPT, GgufBrain, allowed, newest, prompt
from orchestrator.local.brain.gguf.model import LanguageModel
from orchestrator.local.brain.port import Action, CallFunction, Request, Say
from orchestrator.local.brain.saying import phrases
from orchestrator.team.functions import CONFIRM
from orchestrator.text.chat import Answer

TODAY = date(2026, 11, 28)
BOOK = {
    "type": "function",
    "name": "book",
    "description": "Book an appointment.",
    "parameters": {
        "type": "object",
        "properties": {
            "day": {"type": "string", "format": "date"},
            "name": {"type": "string", "description": "The patient's name."},
            "note": {"type": "string"},
        },
        "required": ["day", "name"],
    },
}


def heard(text: str, role: str = "user") -> dict[str, Any]:
    """Return what somebody said."""
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def request(*items: Mapping[str, Any]) -> Request:
    """Return what the brain is asked."""
    return Request("You are the desk. A cleaning costs ninety euros.", [BOOK], "auto", items, TODAY)


class Written(LanguageModel):
    """A model that writes one given text, in pieces."""

    def __init__(self, raw: str, ending: str = "stop", error: RealtimeError | None = None) -> None:
        self.host = "tiny.gguf"
        self.raw, self.ending, self.error = raw, ending, error
        self.bodies: list[Mapping[str, Any]] = []
        self.closed = False

    async def ask(self, body: Mapping[str, Any], answer: Answer) -> AsyncGenerator[None, None]:
        self.bodies.append(body)
        try:
            for at in range(0, len(self.raw), 7):
                answer.add({"choices": [{"delta": {"content": self.raw[at : at + 7]}}]})
                yield
            if self.error is not None:
                raise self.error
            answer.add({"choices": [{"delta": {}, "finish_reason": self.ending}]})
            yield
        finally:
            self.closed = True

    def read_in_advance(self, body: Mapping[str, Any]) -> None:
        self.bodies.append(body)


def say(words: str) -> str:
    """Write words as a model does."""
    return json.dumps({"say": words}, separators=(",", ":"), ensure_ascii=False)


def call(**arguments: Any) -> str:
    """Write a call as a model does."""
    return json.dumps({"call": "book", "arguments": arguments}, separators=(",", ":"))


async def acts(model: Written, asked: Request) -> list[Action]:
    """Return what the brain does with what a model writes."""
    return [action async for action in GgufBrain(model).respond(asked, {})]


HELLO = request(heard("Hello, Anna Schmidt here. Next Tuesday?"))


async def test_words_come_as_sentences() -> None:
    """What is written in JSON is said as sentences."""
    assert await acts(Written(say("Good day. How can I help?")), HELLO) == [Say("Good day."), Say("How can I help?")]


async def test_first_sentence_does_not_wait_for_the_last() -> None:
    """A sentence is said while the model writes on; who stops listening ends the answer."""
    model = Written(say("Good day to you. How can I help you today?"))
    actions = GgufBrain(model).respond(HELLO, {})

    assert await anext(actions) == Say("Good day to you.")
    assert not model.closed
    await actions.aclose()  # type: ignore[attr-defined]
    assert model.closed


async def test_only_what_was_given_is_said() -> None:
    """An invented price is left out, and the rest is said; the log says how many, not what."""
    with structlog.testing.capture_logs() as logs:
        said = await acts(Written(say("It costs 80 euros. A cleaning costs 90.")), HELLO)

    assert said == [Say("A cleaning costs 90.")]
    assert [(line["event"], line["unfounded"]) for line in logs] == [("model was not believed", 1)]
    assert "80" not in str(logs)


async def test_nothing_left_is_said_so() -> None:
    """Nothing but inventions: the agent is not sure."""
    assert await acts(Written(say("Ask for Doctor Miller.")), HELLO) == [Say(phrases.NOT_SURE)]


async def test_greeting_with_an_invented_name_is_the_plain_one() -> None:
    """What the orchestrator asks for is said in any case."""
    asked = replace(HELLO, purpose=wording.GREETING)
    assert await acts(Written(say("Hello, this is Lisa.")), asked) == [Say(phrases.GREETING)]


async def test_call_with_given_arguments_is_made() -> None:
    """What the caller said is what the function gets."""
    made = {"day": "2026-12-01", "name": "Anna Schmidt"}
    assert await acts(Written(call(**made)), HELLO) == [CallFunction("book", made)]


@pytest.mark.parametrize("invented", ["2023-04-15", "2026-11-28", "2026-12-02"])
async def test_invented_argument_becomes_what_was_said(invented: str) -> None:
    """Small models cannot count days: the caller's words are read instead, as the router reads them."""
    wrong = call(day=invented, name="Anna Schmidt")
    right = {"day": "2026-12-01", "name": "Anna Schmidt"}
    assert await acts(Written(wrong), HELLO) == [CallFunction("book", right)]


async def test_argument_that_nobody_gave_is_asked_for() -> None:
    """No call is made with a name that the model made up."""
    asked = request(heard("An appointment next Tuesday, please."))
    assert await acts(Written(call(day="2026-12-01", name="John Smith")), asked) == [Say("What is the patient's name?")]


@pytest.mark.parametrize(("name", "day"), [("Caller", "2026-12-01"), ("Anna Schmidt", "four")])
async def test_argument_of_another_kind_is_asked_for(name: str, day: str) -> None:
    """ "Caller" is no name and "four" no day, although both were said."""
    came = heard(
        wording.HANDED_OVER.format(source="front") + "\nCaller: Four nights, and next time Anna Schmidt.", "system"
    )
    (said,) = await acts(Written(call(day=day, name=name)), request(came, heard("So?")))
    assert isinstance(said, Say)


async def test_call_is_confirmed_with_its_arguments() -> None:
    """`confirm: true`: the caller hears what is about to be done; another time is another question."""
    tool = {**BOOK, "description": f"Book an appointment. {CONFIRM}"}
    asked = replace(HELLO, tools=[tool])
    made = {"day": "2026-12-01", "name": "Anna Schmidt"}

    (question,) = await acts(Written(call(**made)), asked)
    assert isinstance(question, Say)
    assert question.text.startswith("Shall I book an appointment")
    answered = [*asked.items, heard(question.text, "assistant"), heard("Yes, please.")]
    assert await acts(Written(call(**made)), replace(asked, items=answered)) == [CallFunction("book", made)]
    answered[-1] = heard("Yes, but on Wednesday.")
    (again,) = await acts(Written(call(**made | {"day": "2026-12-02"})), replace(asked, items=answered))
    assert isinstance(again, Say)


async def test_optional_argument_that_nobody_gave_is_left_out() -> None:
    """The call is made without it."""
    made = {"day": "2026-12-01", "name": "Anna Schmidt"}
    assert await acts(Written(call(**made, note="Room 77")), HELLO) == [CallFunction("book", made)]


async def test_call_is_not_repeated_without_a_word_between() -> None:
    """A model that calls the same again after its result does not loop."""
    made = {"day": "2026-12-01", "name": "Anna Schmidt"}
    before = {"type": "function_call", "call_id": "c", "name": "book", "arguments": json.dumps(made)}
    after = {"type": "function_call_output", "call_id": "c", "output": "Booked."}
    assert await acts(Written(call(**made)), request(*HELLO.items, before, after)) == [Say(phrases.NOT_SURE)]


@pytest.mark.parametrize(
    ("raw", "ending", "said"),
    [
        ('{"say":"Good day. How can I', "length", [Say("Good day.")]),
        ('{"say":"How can I', "length", [Say(phrases.EMPTY)]),
        ('{"call":"book","arguments":{"day":"20', "length", [Say(phrases.EMPTY)]),
        ("Sure! I booked it.", "stop", [Say(phrases.EMPTY)]),
        ("7", "stop", [Say(phrases.EMPTY)]),
        ("", "stop", [Say(phrases.EMPTY)]),
    ],
)
async def test_answer_without_an_end_or_form(raw: str, ending: str, said: list[Action]) -> None:
    """Half a sentence and half a call are dropped; nothing is put into words."""
    assert await acts(Written(raw, ending), HELLO) == said


@pytest.mark.parametrize(("raw", "ending"), [("Sure!", "stop"), ('{"call":"book","arg', "length")])
async def test_answer_that_says_nothing_is_logged(raw: str, ending: str) -> None:
    """A model that does not keep to its grammar, or does not come to an end, shows in the log."""
    with structlog.testing.capture_logs() as logs:
        await acts(Written(raw, ending), HELLO)

    assert [(line["event"], line["ending"]) for line in logs] == [("model gave no answer", ending)]


@pytest.mark.parametrize(("raw", "said"), [("", phrases.UNREACHABLE), (say("Good day. And"), phrases.BROKEN_OFF)])
async def test_failure_is_told_and_logged(raw: str, said: str) -> None:
    """A queue that is full, a time that is over: words for the caller, a reason in the log."""
    model = Written(raw, error=RealtimeError("16 answers wait for the model already"))

    with structlog.testing.capture_logs() as logs:
        actions = await acts(model, HELLO)

    assert actions[-1] == Say(said)
    assert logs[0]["reason"] == "16 answers wait for the model already"


async def test_filler_needs_no_model() -> None:
    """What is said while something takes a moment comes at once."""
    model = Written("")

    assert await acts(model, replace(HELLO, purpose=wording.FILLER)) == [Say(phrases.LOOKING)]
    assert model.bodies == []


def test_caller_who_just_came_is_not_passed_on() -> None:
    """Small models play ball with a caller: an agent says something first."""
    transfer = {"type": "function", "name": "transfer_to_nurse", "description": "", "parameters": {"type": "object"}}
    came = heard(wording.HANDED_OVER.format(source="front"), "system")
    arrived = replace(request(heard("Hello."), came), tools=[BOOK, transfer])

    assert allowed(arrived) == [BOOK]
    assert allowed(replace(arrived, items=[*arrived.items, heard("My tooth hurts.")])) == [BOOK, transfer]
    assert prompt(arrived)[0] == prompt(replace(arrived, items=[]))[0]


def test_prompts_of_an_agent_begin_alike() -> None:
    """Instructions of one response come last: what stands before them was read already."""
    plain, more = prompt(HELLO), prompt(replace(HELLO, response_instructions="Greet the caller."))

    assert plain[0] == more[0]
    assert "Greet the caller." in more[-1]["content"]


async def test_agent_is_prepared_with_the_prompt_of_its_turns() -> None:
    """What is read in advance is what every turn of the agent begins with."""
    model = Written("")

    GgufBrain(model, today=lambda: date(2031, 5, 6)).prepare(HELLO.instructions, HELLO.tools, HELLO.language)

    (system, *_) = model.bodies[0]["messages"]
    assert system == prompt(replace(HELLO, today=date(2031, 5, 6)))[0]


def test_long_conversation_loses_its_beginning() -> None:
    """The oldest messages go, several at a time, so that the rest begins alike for some turns."""
    told = [{"role": ("user", "assistant")[at % 2], "content": "x" * 200} for at in range(101)]

    kept = [len(newest(told[: size + 1])) for size in range(60, 101, 2)]

    assert all(count * 200 <= PROMPT for count in kept)
    assert len({size - count for size, count in zip(range(60, 101, 2), kept, strict=True)}) < len(kept) / 2
    assert newest(told)[0]["role"] == "user"
    assert newest(told[1:])[0] == {"role": "user", "content": module.LEFT_OUT}
