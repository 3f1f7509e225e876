"""The router's own phrases: questions for missing values, what it can do, small talk. Nothing is invented."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from orchestrator.local.brain.port import FunctionTool
from orchestrator.local.brain.saying.spoken import phrase
from orchestrator.local.brain.understanding import numbers
from orchestrator.local.brain.understanding.kinds import Kind, counts_people, is_past, kind_of
from orchestrator.local.brain.understanding.parameter import Parameter, parameters
from orchestrator.team.functions import END_CALL, EXAMPLES, HAND_BACK, consult_name, transfer_name

GREETING = "Hello. How can I help you?"
STILL_THERE = "Are you still there?"
NOT_HEARD = "Sorry, I did not catch that. Could you say it again?"
ANYTHING_ELSE = "Is there anything else I can do for you?"
DROPPED = "All right, never mind."
ELSE = "What else can I do for you?"
NOT_DONE = "All right, I will leave it. If something was wrong, tell me what to change. Is there anything else?"
AGAIN = "I said: {said}"
NOTHING_SAID = "I have not said anything yet. How can I help you?"
NOBODY = "I am sorry, there is no colleague I can put you through to. {able} What can I do for you?"
NOT_UNDERSTOOD = (
    "I am not sure I understood. {able} What can I do for you?",
    "Sorry, I still do not understand. {able}",
)
SORRY = "I am sorry about that. {able} What can I do for you?"
NEED_IT = "I need that to {aim}."
NOT_GOT = "Sorry, I did not get that. "
ACKNOWLEDGED = ("All right.", "Thank you.", "Good.")
TAKE_YOUR_TIME = "Take your time."
LOOKING = "One moment, please. I am looking into it."
THE_END = "I have to end the call now: {why}. Goodbye."
NO_ANSWER = "I am sorry, I have a technical problem. Could you say that again?"
CANNOT = "I am sorry, I cannot do that."
NOT_YET = "I am sorry, I cannot do that yet: something else has to be done first."
TOO_OFTEN = "I am sorry, that can be done only so many times in a call."
DO_NOT_KNOW = "I do not know about that."
WHO_I_AM = "{who} How can I help you?"
FAREWELL = "Thank you for calling. Goodbye."
# Reply → the small talk that it answers. The router fills in `{who}` and `{able}`.
SMALL_TALK: dict[str, tuple[str, ...]] = {
    GREETING: ("hello", "hi there", "good morning", "good evening", "hey", "can you hear me"),
    "I am fine, thank you. How can I help you?": ("how are you", "hi there, how are you", "how are you doing"),
    "You are welcome. Is there anything else?": (
        "thanks a lot", "thank you", "that was great, thank you", "thank you very much for your help",
        "great, that helps", "that's very kind", "it works now, thanks", "okay, I will try that", "okay, I understand",
    ),
    FAREWELL: (
        "goodbye", "bye bye", "okay, bye", "thanks, bye", "see you", "have a nice day", "that is all, goodbye",
        "no thanks, that was all", "I don't need anything else",
    ),
    WHO_I_AM: (
        "who are you", "what's your name", "am I talking to a computer", "are you a robot", "are you a real person",
        "who am I speaking to",
    ),
    "{able} What would you like?": (
        "what can you do", "what can you help me with", "how can you help me", "what are my options",
    ),
    "I only know one: why did the phone wear glasses? It had lost its contacts. How can I help you?": (
        "tell me something funny", "tell me a joke",
    ),
    "I cannot see outside from here. How can I help you?": (
        "nice weather today", "is it raining", "what's the weather",
    ),
    "I am afraid I do not know about that. {able}": (
        "I like music", "what is the capital of France", "tell me the news", "do you sell cars",
    ),
}  # fmt: skip
ROUTE_WORDS = ("reason", "question")
CALENDAR = re.compile(
    r"day\b|tomorrow|today|\d(?:st|nd|rd|th)\b|january|february|march|april|may|june|july|august|"
    r"september|october|november|december",
    re.IGNORECASE,
)
QUESTIONS = {
    Kind.TIME: "At what time?",
    Kind.MOMENT: "On which day, and at what time?",
    Kind.PHONE: "What is your telephone number?",
    Kind.EMAIL: "What is your e-mail address?",
}
PLURAL = re.compile(r"(?:the|your) (?:\w+ )*?\w+[^su\W]s(?: of\b| in\b|$)")
LONGEST_AIM = 16  # most words of a description that is spoken as what a function does
HELPING = {"is": "Are", "has": "Have", "does": "Do", "was": "Were", "can": "Can", "will": "Will", "may": "May"}
# How the names of functions begin that are no abilities: they lead to others, or end the call.
WAYS = (transfer_name(""), consult_name(""), HAND_BACK, END_CALL)
MOST_DESCRIBED = 3  # functions of an agent; of more only the names are spoken


def plain(name: str) -> str:
    """Return a function's or parameter's name as words."""
    return name.removeprefix(transfer_name("")).replace("_", " ").replace("-", " ").strip()


def question(parameter: Parameter) -> str:
    """Ask for a parameter."""
    about = str(parameter.schema.get("description") or "")
    about = re.split(r"[,;(]| as \"", about, maxsplit=1)[0].strip().rstrip(".")
    if parameter.choices:
        options = [plain(str(value)) for value in parameter.choices]
        return f"Which one is it: {_listed(options)}?" if len(options) > 1 else f"Is it {options[0]}?"
    if found := re.match(r"(?:the )?number of (?!(?:the|an?|your)\b)(.+)", about, re.IGNORECASE):
        return f"How many {found.group(1)}?"
    if parameter.kind == "boolean":
        return _yes_or_no(about) if about else f"Yes or no: {plain(parameter.name)}?"
    kind = kind_of(parameter)
    if kind in QUESTIONS:
        return QUESTIONS[kind]
    if kind is Kind.DAY:
        return _which_day(parameter)
    if kind is Kind.COUNT:
        counted = "people" if counts_people(parameter) else plain(parameter.name.removeprefix("number_of_"))
        if counted == "people" or counted.endswith("s"):
            return f"How many {counted}?"
    words = about or f"the {plain(parameter.name)}"
    words = re.sub(r"^(?:an?|the) (?=\w)", "the ", words)
    words = re.sub(r"^(?:the )?(?:caller|customer|user)'s ", "your ", words, flags=re.IGNORECASE)
    if words[:1].isupper() and not words[:2].isupper():
        words = words[0].lower() + words[1:]
    if re.match(r"(what|who|which|where|when|how|why) ", words):
        return f"Please tell me {words}."
    verb = "are" if PLURAL.match(words) else "is"
    return f"What {verb} {words}?" if words.startswith(("the ", "your ")) else f"What is the {words}?"


def _which_day(parameter: Parameter) -> str:
    """Ask for a day."""
    if is_past(parameter):
        return "What is the date of birth?" if parameter.hints("patient\\w*") else "What is your date of birth?"
    if parameter.hints("arriv\\w+", "check ?in"):
        return "On which day do you arrive?"
    return "On which day do you leave?" if parameter.hints("depart\\w+", "check ?out") else "On which day?"


def _yes_or_no(about: str) -> str:
    """Ask whether something is so."""
    stated = re.sub(r"^(?:true )?(?:whether|if) ", "", about, flags=re.IGNORECASE)
    of_the_caller = re.sub(r"^(?:the )?(?:caller|customer|user) ", "", stated, flags=re.IGNORECASE)
    verb, _, rest = of_the_caller.partition(" ")
    if verb in HELPING:
        if of_the_caller != stated:
            return f"{HELPING[verb]} you {rest}?"
    elif re.search(r"[a-z]{2}[^s]s$", verb):
        return f"Do you {verb[:-1]} {rest}".rstrip() + "?"
    return f"Yes or no: {stated}?"


def missing(wanted: Sequence[Parameter]) -> str:
    """Tell a colleague what a question lacks."""
    return f"I would have to know {_listed([plain(one.name) for one in wanted], 'and')}."


def rest(parameter: Parameter, heard: str) -> str:
    """Ask for the rest of a value of which the beginning was heard."""
    kind = kind_of(parameter)
    if kind is Kind.DAY:
        return "And the year, please?"
    if kind is Kind.MOMENT:
        return "At what time?" if CALENDAR.search(heard) else "On which day?"
    digits = "".join(run.digits for run in numbers.find(heard))
    return f"I have {', '.join(digits)} so far. Please say the rest, or the whole number again."


def acknowledged(count: int) -> str:
    """Return what comes before the next question, not always the same."""
    return f"{ACKNOWLEDGED[count % len(ACKNOWLEDGED)]} "


def without_lead(said: str) -> str:
    """Return what was said without "Thank you." and the like before it, to say it again."""
    for lead in (AGAIN.format(said=""), *(f"{one} " for one in ACKNOWLEDGED), NOT_GOT):
        said = said.removeprefix(lead)
    return said


def you_wanted(tool: FunctionTool) -> str:
    """Remind the caller of a matter."""
    said = aim(tool)
    asked = re.match(r"(?:tell|say|explain) ((?:how|what|when|where|which|who|whether|if)\b.+)", said)
    return f"You asked {asked.group(1)}." if asked else f"You wanted to {said}."


def without(parameter: Parameter) -> str:
    """Say that nothing can be done without a value."""
    name = plain(parameter.name)
    return f"I am sorry, I need the {name} for that. Call again when you have it. Is there anything else?"


def needed(names: Sequence[str]) -> str:
    """Say that something cannot be done without what the caller was asked for."""
    return f"I am sorry, that cannot be done without this: {_listed([plain(name) for name in names], 'and')}."


def confirmation(tool: FunctionTool, arguments: Mapping[str, Any], today: date) -> str:
    """Read back what is about to be done and ask the caller to confirm: "Shall I cancel order 77042?"."""
    said = aim(tool)
    for one in parameters(tool):
        if one.name not in arguments or one.name in ROUTE_WORDS:
            continue
        value = arguments[one.name]
        thing = one.name.removesuffix("_number").removesuffix("_id").removesuffix("_code").replace("_", " ")
        number = kind_of(one) is Kind.CODE
        if number and re.search(rf"\b(?:an?|the|your|this|that) {thing}\b", said):
            said = re.sub(rf"\b(?:an?|the|your|this|that) {thing}\b", f"{thing} {value}", said, count=1)
        else:
            said = f"{said} {phrase(one, value, today)}".replace(" ,", ",").rstrip(" ,")
    return f"Shall I {said}?"


def ask_back(tools: Sequence[FunctionTool]) -> str:
    """Ask which of two functions is meant."""
    own = [f"to {aim(tool)}" for tool in tools if not _transfers(tool)]
    others = [plain(str(tool["name"])) for tool in tools if _transfers(tool)]
    passed = [f"to be put through to {_listed(others)}"] if others else []
    return f"Do you want {'me ' if own else ''}{', or '.join([*own, *passed])}?"


def aim(tool: FunctionTool) -> str:
    """Say what a function does, after "I can": the first sentence of its description, or its name."""
    described = str(tool.get("description") or "").partition(EXAMPLES)[0]
    first = re.split(r"(?<=[.!?])\s|\n", described.strip(), maxsplit=1)[0].rstrip(".")
    verb = first.partition(" ")[0]
    if not first or len(first.split()) > LONGEST_AIM or verb.endswith("s") or not verb.isalpha():
        return plain(str(tool["name"]))
    said = re.sub(r"\b(?:the|a|an) (?:caller|customer|user)'s\b", "your", first, flags=re.IGNORECASE)
    said = re.sub(r"\b(?:the|a|an) (?:caller|customer|user)\b", "you", said, flags=re.IGNORECASE)
    return said[0].lower() + said[1:]


def abilities(tools: Sequence[FunctionTool]) -> str:
    """Say what the agent can do, from its functions."""
    own = [tool for tool in tools if not str(tool["name"]).startswith(WAYS)]
    names = [aim(tool) if len(own) <= MOST_DESCRIBED else plain(str(tool["name"])) for tool in own]
    others = [plain(str(tool["name"])) for tool in tools if _transfers(tool)]
    parts = [f"I can {_listed(names)}."] if names else []
    parts += [f"I can connect you with {_listed(others)}."] if others else []
    return " ".join(parts) or "I can listen, but there is nothing I can do myself."


def taking_over(tools: Sequence[FunctionTool]) -> str:
    """Tell a caller who was handed over that this agent takes over."""
    return f"I am taking over from here. {abilities(tools)} What do you need?"


def who(instructions: str) -> str:
    """Say who the agent is, from the first sentence of its instructions."""
    first = re.split(r"(?<=[.!?])\s|\n", instructions.strip(), maxsplit=1)[0]
    found = re.match(r"You are (.+)", first)
    return f"I am {found.group(1).rstrip('.')}." if found else "I am a voice assistant."


def _transfers(tool: FunctionTool) -> bool:
    return str(tool["name"]).startswith(transfer_name(""))


def _listed(items: Sequence[str], word: str = "or") -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"
