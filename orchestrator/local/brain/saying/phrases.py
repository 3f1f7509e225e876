"""The router's own phrases: questions for missing values, what it can do, small talk. Nothing is invented."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from orchestrator.local.brain.dialogue.patterns import expression
from orchestrator.local.brain.language import Expression, Language, current, length, speaking
from orchestrator.local.brain.port import FunctionTool
from orchestrator.local.brain.saying.spoken import LABELLED, counted, label, phrase
from orchestrator.local.brain.saying.spoken import labelled as labelled_value
from orchestrator.local.brain.saying.spoken import plain as plain
from orchestrator.local.brain.understanding import numbers
from orchestrator.local.brain.understanding.kinds import Kind, counts_people, is_past, kind_of, may_be_speaker
from orchestrator.local.brain.understanding.parameter import Parameter, parameters
from orchestrator.team.functions import (
    END_CALL,
    EXAMPLES,
    HAND_BACK,
    HAND_OVER,
    USE_FOR,
    consult_name,
    message_name,
    transfer_name,
)

LABEL = re.compile(r"\w{3,}(?: \w{3,})?")  # a parameter's name that is short enough to be said
ROUTE_WORDS = ("reason", "question")
# Kinds of values with a question of their own; an empty line leaves it to the description.
ASK = {
    Kind.TIME: "ask_time", Kind.MOMENT: "ask_moment", Kind.PHONE: "ask_phone", Kind.EMAIL: "ask_email",
    Kind.NAME: "ask_name",
}  # fmt: skip
CALENDAR = Expression("calendar")
NUMBER_OF = Expression("number_of")
CONDITION = Expression("condition")  # begins a purpose that is none: "the caller is upset", "everything else"
FORM = Expression("form")  # says how a value is written
UNIT = re.compile(r"(?:in )?((?:whole |full )?[a-z]+s)")  # a description that only says in what a value is counted
# An English verb in the third person, with what follows it, and its endings.
TELLS = re.compile(r"[A-Z][a-z]+s (?:an?|the|all|your|whether|how|what|when|where|which|if|up|out|for)\b")
PERSON = re.compile(r"(?:ies|(?<=sh)es|(?<=ch)es|(?<=ss)es|(?<=x)es|s)$")
ENDINGS_OF_VERBS = {"ies": "y"}
LONGEST_AIM = 16  # most words of a description that is spoken as what a function does
# How the names of functions begin that are no abilities: they lead to others, or end the call.
WAYS = (transfer_name(""), consult_name(""), message_name(""), HAND_BACK, END_CALL)
SENTENCE_END = re.compile(r"(?<=[.!?])\s|\n|(?<=。)")
LEAD = re.compile(rf"^{expression(HAND_OVER)} ?")  # how the description of a way to another agent begins
USES = re.compile(rf"{USE_FOR}(.+?)(?:\\. It needs .+)?$", re.DOTALL)  # what a transfer is for
LONGEST_NAME = 6  # most words of a description that says who an agent is
MOST_CONNECTED = 6  # colleagues that are named
MOST_DESCRIBED = 6  # functions of an agent; of more only the names are spoken


def __getattr__(name: str) -> str:
    """Return a line in the language in use: the name of each is one of `lines` in its file, in capitals."""
    lines = current().lines
    if name.isupper() and isinstance(line := lines.get(name.lower()), str):
        return line
    raise AttributeError(name)


def line(name: str, /, **filled: str) -> str:
    """Return a line in the language in use, filled in."""
    return str(current().lines[name]).format(**filled)


def line_in(code: str, name: str) -> str:
    """Return a line in the language with this code."""
    with speaking(code):
        return line(name)


def small_talk() -> Mapping[str, Sequence[str]]:
    """Return the replies to small talk, with what each answers; `{who}` and `{able}` are to be filled in."""
    return _small_talk(current())


@cache
def _small_talk(language: Language) -> Mapping[str, Sequence[str]]:
    return {entry["reply"]: entry["to"] for entry in language.words["small_talk"]}


def not_understood(times: int) -> str:
    """Return what is said when nothing was understood, for the first or a later time."""
    lines: Sequence[str] = current().lines["not_understood"]
    return lines[min(times, len(lines)) - 1]


def question(parameter: Parameter) -> str:
    """Ask for a parameter."""
    about = described(parameter)
    kind = kind_of(parameter)
    if parameter.choices:
        options = [plain(str(value)) for value in parameter.choices]
        if len(options) == 1:
            return line("is_it", option=options[0])
        named = LABEL.fullmatch(label(parameter))  # "Which doctor is it: …?"
        return line("which_one", options=listed(options), label=named.group() if named else line("one"))
    if found := NUMBER_OF.match(about):
        return line("how_many", counted=found.group(1))
    if parameter.kind == "boolean":
        return _yes_or_no(about) if about else line("yes_or_no", what=plain(parameter.name))
    asked = ASK.get(kind, "")
    if asked and line(asked):
        return line(asked)
    if kind is Kind.DAY:
        return _which_day(parameter)
    if kind is Kind.COUNT:
        if counts_people(parameter):
            return line("ask_people")
        counted = parameter.words.removeprefix("number of ")
        if counted.endswith("s") and not current().words["labels_are_described"]:
            return line("how_many", counted=counted)
    if kind is Kind.NAME and Expression("question_word").match(about) and parameter.hints("name"):
        return _what_is(f"{current().words['the']} {plain(parameter.name)}")  # not "who calls"
    if kind is Kind.NAME and not about and not parameter.named("name"):  # not "What is the guest?"
        return _what_is(line("name_of", whom=plain(parameter.name)))
    return _what_is(_named(parameter, about))


def _named(parameter: Parameter, about: str) -> str:
    """Return what a parameter is called: by its name where its description only says how it is written or counted."""
    name = f"{current().words['the']} {plain(parameter.name)}"
    if kind_of(parameter) in (Kind.AMOUNT, Kind.COUNT) and (unit := UNIT.fullmatch(about)):
        return f"{name} in {unit.group(1)}"
    names_it = not FORM.search(about) or set(parameter.words.lower().split()) & set(about.lower().split())
    return about if about and names_it else name


def described(parameter: Parameter) -> str:
    """Return a parameter's description without what explains it."""
    about = str(parameter.schema.get("description") or "")
    return Expression("cut").pattern.split(about, maxsplit=1)[0].strip().rstrip(".。")


def explained(parameter: Parameter) -> str:
    """Say all that is known about a value that is asked for; "" when that is no more than the question says."""
    about = str(parameter.schema.get("description") or "").strip().rstrip(".。")
    more = len(Expression("cut").pattern.split(about, maxsplit=1)) > 1
    return line("that_is", about=Expression("an_article").sub(f"{current().words['the']} ", about)) if more else ""


def _what_is(words: str) -> str:
    """Ask for what a description names."""
    words = Expression("an_article").sub(f"{current().words['the']} ", words)
    words = Expression("callers_own").sub(f"{line('your')} ", words)
    if words[:1].isupper() and not words[:2].isupper() and Expression("lowered").match(words):
        words = words[0].lower() + words[1:]
    if Expression("question_word").match(words):
        return line("asked_in_words", words=words)
    if not Expression("with_article").match(words):
        return line("what_is_bare", words=words)
    return line("what_are" if Expression("plural").match(words) else "what_is", words=words)


def _which_day(parameter: Parameter) -> str:
    """Ask for a day."""
    if is_past(parameter):
        return line("ask_birth_of_another" if parameter.hints("patient") else "ask_birth")
    if parameter.hints("arrival"):
        return line("ask_arrival")
    if parameter.hints("departure"):
        return line("ask_departure")
    about = described(parameter)
    return _what_is(about) if about and not parameter.named("named_day") else line("ask_day")  # "What is the last day?"


def _yes_or_no(about: str) -> str:
    """Ask whether something is so."""
    stated = Expression("whether").sub("", about)
    of_the_caller = Expression("callers_doing").sub("", stated)
    verb, _, rest = of_the_caller.partition(" ")
    helping: Mapping[str, str] = current().lines["helping"]
    if verb in helping:
        if of_the_caller != stated:
            return line("helped", verb=helping[verb], rest=rest)
    elif Expression("third_person").search(verb):
        return line("do_you", what=f"{verb[:-1]} {rest}".rstrip())
    return line("yes_or_no", what=stated)


def missing(wanted: Sequence[Parameter]) -> str:
    """Tell a colleague what a question lacks."""
    return line("would_have_to_know", names=listed([label(one) for one in wanted], "and"))


def rest(parameter: Parameter, heard: str) -> str:
    """Ask for the rest of a value of which the beginning was heard."""
    kind = kind_of(parameter)
    if kind is Kind.DAY:
        return line("ask_year")
    if kind is Kind.MOMENT:
        return line("ask_time" if CALENDAR.search(heard) else "ask_day")
    digits = "".join(run.digits for run in numbers.find(heard))
    return line("so_far", digits=", ".join(digits))


def acknowledged(count: int) -> str:
    """Return what comes before the next question, not always the same."""
    lines: Sequence[str] = current().lines["acknowledged"]
    return f"{lines[count % len(lines)]} "


def without_lead(said: str) -> str:
    """Return what was said without "Thank you." and the like before it, to say it again."""
    lines = current().lines
    for lead in (line("again", said=""), *lines["acknowledged"], lines["not_got"]):
        said = said.removeprefix(lead).lstrip()
    return said


def you_wanted(tool: FunctionTool) -> str:
    """Remind the caller of a matter."""
    said = aim(tool)
    asked = Expression("asked_to_tell").match(said)
    return line("you_asked", what=asked.group(1)) if asked else line("you_wanted", aim=said)


def without(parameter: Parameter) -> str:
    """Say that nothing can be done without a value."""
    return line("without", name=label(parameter))


def needed(names: Sequence[str]) -> str:
    """Say that something cannot be done without what the caller was asked for."""
    return line("needed", names=listed([plain(name) for name in names], "and"))


def confirmation(tool: FunctionTool, arguments: Mapping[str, Any], today: date) -> str:
    """Read back what is about to be done and ask the caller to confirm: "Shall I cancel order 77042?".

    Where values do not fit into the sentence, all are listed behind it.
    """
    said, shape = aim(tool), "shall_i"
    spoken: list[str] = []
    whose = _whose(tool, arguments)
    for one in parameters(tool):
        if one.name not in arguments or one.name in ROUTE_WORDS:
            continue
        value = arguments[one.name]
        thing = one.words.removesuffix(" number").removesuffix(" id").removesuffix(" code")
        own = re.compile(current().words["expressions"]["replaced"].replace("{}", re.escape(thing)))
        if kind_of(one) is Kind.CODE and own.search(said):
            said = own.sub(lambda _, thing=thing, value=value: f"{thing} {value}", said, count=1)  # type: ignore[misc]
        elif phrased := _counted(one, tool, arguments) or _phrased(one, value, today, whose):
            spoken.append(phrased)
            if phrased.startswith(LABELLED) and kind_of(one) is not Kind.CHOICE:
                shape = "shall_i_listed"
    inner = "".join(f" {one}" for one in spoken if not one.startswith(LABELLED))
    labelled = "".join(one for one in spoken if one.startswith(LABELLED))
    values = "".join(one if one.startswith(LABELLED) else f" {one}" for one in spoken)
    listed = str(current().lines["comma"]).join(one.strip(" ,，") for one in spoken)
    whole = line(shape, aim=said, values=values, inner=inner, labelled=labelled, listed=listed)
    return " ".join(whole.split())


def _counted(one: Parameter, tool: FunctionTool, arguments: Mapping[str, Any]) -> str:
    """Return how many of what a parameter is called, where several count people: "for two adults"; "" elsewhere."""
    given = (each for each in parameters(tool) if each.name in arguments and kind_of(each) is Kind.COUNT)
    crowds = [each.name for each in given if counts_people(each)]
    return counted(one, int(arguments[one.name])) if one.name in crowds and len(crowds) > 1 else ""


def _phrased(one: Parameter, value: Any, today: date, whose: str) -> str:
    """Return a value as part of a sentence; a name that is not `whose` something is done for stands with its label."""
    if kind_of(one) is Kind.NAME and one.name != whose:
        return labelled_value(one, value, today)
    return phrase(one, value, today)


def _whose(tool: FunctionTool, arguments: Mapping[str, Any]) -> str:
    """Return the parameter with the name for which something is done: of several, the caller's own."""
    names = [one for one in parameters(tool) if one.name in arguments and kind_of(one) is Kind.NAME]
    return next((one.name for one in sorted(names, key=lambda one: not may_be_speaker(one))), "")


def value(parameter: Parameter, said: Any, today: date) -> str:
    """Return a value alone, as it is said."""
    return phrase(parameter, said, today).strip(" ,").removeprefix(f"{label(parameter)} ")


def ask_back(tools: Sequence[FunctionTool]) -> str:
    """Ask which of two functions is meant."""
    own = [line("to_do", aim=aim(tool)) for tool in tools if not _transfers(tool)]
    others = [colleague(tool) for tool in tools if _transfers(tool)]
    passed = [line("to_be_connected", names=listed(others))] if others else []
    return line("do_you_want", me=line("do_you_want_me") if own else "", what=line("or_to").join([*own, *passed]))


def aim(tool: FunctionTool) -> str:
    """Say what a function does, after "I can": the first sentence of its description, or its name."""
    written = str(tool.get("description") or "").partition(EXAMPLES)[0]
    first = SENTENCE_END.split(written.strip(), maxsplit=1)[0].rstrip(".。")
    if TELLS.match(first):  # "Gets the weather."
        verb, _, rest = first.partition(" ")
        first = f"{PERSON.sub(lambda ending: ENDINGS_OF_VERBS.get(ending.group(0), ''), verb)} {rest}"
    if not first or length(first) > LONGEST_AIM or Expression("no_aim").match(first):
        return plain(str(tool["name"]))
    said = Expression("the_callers").sub(line("your"), first)
    said = Expression("the_caller").sub(line("you"), said)
    return said[0].lower() + said[1:] if Expression("lowered").match(said) else said


def abilities(tools: Sequence[FunctionTool]) -> str:
    """Say what the agent can do, from its functions, and what colleagues are there for."""
    own = [tool for tool in tools if not str(tool["name"]).startswith(WAYS)]
    described = len(own) <= MOST_DESCRIBED or current().words["labels_are_described"]
    names = [aim(tool) if described else plain(str(tool["name"])) for tool in own]
    others = [tool for tool in tools if _transfers(tool)]
    parts = [line("i_can", aims=listed(names))] if names else []
    aims = [told for tool in others if (told := purpose(tool)) and not CONDITION.match(told)]
    if aims and not own:
        parts.append(line("i_can_connect_for", aims="; ".join(aims[:MOST_CONNECTED])))
    elif others:
        parts.append(line("i_can_connect", names=listed([colleague(tool) for tool in others])))
    return " ".join(parts) or line("i_can_listen")


def purpose(tool: FunctionTool) -> str:
    """Say when to hand over to a colleague; "" when the team file does not."""
    found = USES.search(str(tool.get("description") or "").partition(EXAMPLES)[0])
    return found.group(1).strip().rstrip(".") if found else ""


def colleague(tool: FunctionTool) -> str:
    """Return what the agent is called to whom a function leads: by its name or, where names are English, described."""
    name = plain(str(tool["name"]))
    if not current().words["labels_are_described"]:
        return name
    written = LEAD.sub("", str(tool.get("description") or ""))
    first = SENTENCE_END.split(written.strip(), maxsplit=1)[0].rstrip(".。")
    return first if 0 < length(first) <= LONGEST_NAME and not first.startswith(USE_FOR.strip()) else name


def taking_over(tools: Sequence[FunctionTool]) -> str:
    """Tell a caller who was handed over that this agent takes over."""
    return line("taking_over", able=abilities(tools))


def who(instructions: str) -> str:
    """Say who the agent is, from the first sentence of its instructions."""
    first = SENTENCE_END.split(instructions.strip(), maxsplit=1)[0]
    found = Expression("you_are").match(first)
    return line("i_am", who=found.group(1).rstrip(".。")) if found else line("an_assistant")


def _transfers(tool: FunctionTool) -> bool:
    return str(tool["name"]).startswith(transfer_name(""))


def listed(items: Sequence[str], word: str = "or") -> str:
    """Return a list as it is said, with "or" or "and" before its last item."""
    last = items[-1]
    if len(items) == 1:
        return last
    lines = current().lines
    return f"{lines['comma'].join(items[:-1])}{lines['before_last']}{lines[word]}{lines['before_last']}{last}"


def news(sender: str, text: str) -> str:
    """Return what a colleague has told the agent, as it is said to the caller."""
    return line("news", sender=plain(sender), text=text) if sender else text
