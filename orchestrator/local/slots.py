"""Filling a function's arguments from what the caller said: each parameter's name, type and description pick a reader.

What was read is taken out of the text before the next parameter looks at it, so that "a table for four at seven
thirty" is four people and half past seven. Nothing is invented: what was not said stays open and is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.local import clock, numbers

YES = re.compile(
    r"\b(yes|yeah|yep|yup|sure|correct|right|exactly|please do|go ahead|of course|absolutely|ok|okay|do it)\b"
)
NO = re.compile(r"\b(no|nope|not|don't|do not|never|wrong|cancel that|stop)\b")
NAME_CUE = re.compile(
    r"(?:my name is|name is|name's|under the name(?: of)?|in the name of|i am|i'm|this is|it's|it is|call me|for)\s+"
    r"(?:mister |mr\.? |mrs\.? |ms\.? |miss |doctor |dr\.? )?((?:[A-Z][\w'’-]*\s?){1,3})"
)
NOT_A_NAME = frozenset(
    {
        "i", "a", "an", "the", "it", "yes", "no", "my", "mr", "mrs", "order", "table", "tomorrow", "today",
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "calling", "having",
        "looking",
    }
)  # fmt: skip
LEAD = re.compile(
    r"^(?:(?:well|so|um|uh|okay|yes|yeah|sure|please|hi|hello)[,.]?\s+)*"
    r"(?:(?:it's|it is|that's|that is|this is|the \w+ is|my \w+ is|my name is|i am|i'm)\s+)?",
    re.IGNORECASE,
)
COUNT_CUE = r"(?:people|persons?|guests?|adults|of us|seats|nights|pieces|items|times|copies)"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function."""

    name: str
    schema: Mapping[str, Any]
    required: bool

    @property
    def about(self) -> str:
        """Its name and description, for guessing what it is."""
        return f"{self.name.replace('_', ' ')} {self.schema.get('description', '')}".lower()

    def hints(self, *words: str) -> bool:
        """Return whether one of the words is in its name or description."""
        return bool(re.search(rf"\b(?:{'|'.join(words)})\b", self.about))

    @property
    def kind(self) -> str:
        """Its JSON type; of several the first that is not null."""
        options = self.schema.get("anyOf") or [self.schema]
        kinds = [option.get("type", "string") for option in options]
        return next((kind for kind in kinds if kind != "null"), "string") if kinds else "string"

    @property
    def choices(self) -> list[Any]:
        """The values it can have, if they are listed."""
        options = self.schema.get("anyOf") or [self.schema]
        listed = [value for option in options for value in option.get("enum", [])]
        return listed + [option["const"] for option in options if "const" in option]


def parameters(tool: Mapping[str, Any]) -> list[Parameter]:
    """Return a function tool's parameters."""
    schema = tool.get("parameters") or {}
    required = set(schema.get("required") or [])
    return [Parameter(name, part, name in required) for name, part in (schema.get("properties") or {}).items()]


def fill(wanted: list[Parameter], text: str, *, answer: bool = False) -> dict[str, Any]:
    """Return the arguments that a text says. `answer`: it answers the question for the one parameter wanted."""
    found: dict[str, Any] = {}
    for parameter in sorted(wanted, key=_order):
        value, text = _reader(parameter)(parameter, text, answer)
        if value is not None:
            found[parameter.name] = value
    return found


def is_identifier(parameter: Parameter) -> bool:
    """Return whether a parameter is a number that names something: an order, an invoice."""
    return _reader(parameter) is _identifier


Read = tuple[Any, str]


def _order(parameter: Parameter) -> int:
    """Read what is unmistakable first."""
    reader = _reader(parameter)
    return (_choice, _time, _day, _identifier, _amount, _count, _flag, _name, _free).index(reader)


def _reader(parameter: Parameter) -> Callable[[Parameter, str, bool], Read]:
    kind = parameter.kind
    if parameter.choices:
        return _choice
    if kind == "boolean":
        return _flag
    if kind in ("integer", "number"):
        return _amount if parameter.hints("amount", "price", "euros?", "dollars?", "sum") else _count
    if parameter.hints("time", "hour", "o'clock") and not parameter.hints("number of times"):
        return _time
    if parameter.hints("day", "date", "weekday"):
        return _day
    if parameter.hints("digits?", "number", "id", "pin", "code", "phone", "account", "zip", "reference"):
        return _identifier
    return _name if parameter.hints("name", "surname", "who") else _free


def _without(text: str, start: int, end: int) -> str:
    return f"{text[:start]} {text[end:]}"


def _choice(parameter: Parameter, text: str, _answer: bool) -> Read:
    for value in parameter.choices:
        words = str(value).replace("_", " ").replace("-", " ")
        if match := re.search(rf"\b{re.escape(words)}s?\b", text, re.IGNORECASE):
            return value, _without(text, *match.span())
    return None, text


def _time(_parameter: Parameter, text: str, answer: bool) -> Read:
    found = clock.find_time(text, bare=answer)
    return (found.value, _without(text, found.start, found.end)) if found else (None, text)


def _day(_parameter: Parameter, text: str, _answer: bool) -> Read:
    found = clock.find_day(text)
    return (found.value, _without(text, found.start, found.end)) if found else (None, text)


def _identifier(parameter: Parameter, text: str, answer: bool) -> Read:
    pattern = parameter.schema.get("pattern")
    runs = [run for run in numbers.find(text) if "." not in run.digits]
    if pattern:
        runs = [run for run in runs if re.fullmatch(pattern, run.digits)] or (runs if answer else [])
    runs = [run for run in runs if len(run.digits) >= (1 if answer else 3)]
    if not runs:
        return None, text
    best = max(runs, key=lambda run: len(run.digits))
    return best.digits, _without(text, best.start, best.end)


def _amount(parameter: Parameter, text: str, _answer: bool) -> Read:
    runs = numbers.find(text)
    return _number(parameter, text, runs[0]) if runs else (None, text)


def _count(parameter: Parameter, text: str, answer: bool) -> Read:
    runs = [run for run in numbers.find(text) if answer or len(run.digits) <= 3]
    for run in runs:
        after, before = text[run.end :].lower(), text[: run.start].lower()
        if re.match(rf"\s*{COUNT_CUE}\b", after) or re.search(r"\b(for|of|with|are|party of)\s*$", before):
            return _number(parameter, text, run)
    return _number(parameter, text, runs[0]) if runs else (None, text)


def _number(parameter: Parameter, text: str, run: numbers.Spoken) -> Read:
    value = float(run.digits)
    rest = _without(text, run.start, run.end)
    return (value if parameter.kind == "number" and value != int(value) else int(value)), rest


def _flag(_parameter: Parameter, text: str, answer: bool) -> Read:
    decided = agreement(text) if answer else None
    return decided, text


def agreement(text: str) -> bool | None:
    """Return whether a text says yes or no; None when it says neither."""
    plain = text.lower()
    if NO.search(plain):
        return False
    return True if YES.search(plain) else None


def _name(_parameter: Parameter, text: str, answer: bool) -> Read:
    for match in NAME_CUE.finditer(text):
        name = match.group(1).strip().rstrip(".,")
        if name.split()[0].lower() not in NOT_A_NAME:
            return name, _without(text, *match.span(1))
    if not answer:
        return None, text
    return _spelled(_bare(text)) or None, ""


def _bare(text: str) -> str:
    return LEAD.sub("", text.strip()).strip(" .,!?")


def _spelled(text: str) -> str:
    """Join a name that was spelled: "M I L L E R"."""
    letters = re.fullmatch(r"(?:[A-Za-z][\s.,-]+){2,}[A-Za-z]", text)
    return re.sub(r"[^A-Za-z]", "", text).title() if letters else text


def _free(parameter: Parameter, text: str, answer: bool) -> Read:
    if answer:
        return _bare(text) or None, ""
    return None, text
