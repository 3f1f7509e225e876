"""What kind of value a parameter takes, by its type, format, name and description."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from orchestrator.local.brain.language import Expression, Language, current, load
from orchestrator.local.brain.understanding.parameter import Parameter

NAME_OF, ITS_NAME, PERSONS = Expression("name_of"), Expression("its_name"), Expression("persons")
WHAT_IT_IS = Expression("what_it_is")  # "what animal it is" is no name of one
IDENTIFIES = re.compile(r"(?:\w+ number|id|pin|code|reference)$")  # the name of an integer that counts nothing
FULL_NAME = re.compile(r"\bfull name\b")  # things have none
UNNAMED = frozenset(
    {"the", "a", "of", "how", "many", "number", "count", "quantity", "amount", "total", "are", "is"}
    | {"if", "more", "than", "one", "only", "when", "wanted", "needed", "of", "them", "it"}
    | {"portions", "pieces", "items", "units", "servings", "copies"}
)
CALENDAR_WORDS = Expression("calendar_quoted")
NO_BEARER = frozenset({"name", "first", "last", "full", "family", "given", "surname", "of", "the", "who", "and"})


class Kind(Enum):
    """A kind of value; the order is that in which values are looked for, the most definite first."""

    CHOICE = "one of a list"
    EMAIL = "e-mail address"
    MOMENT = "day and time"
    DAY = "day"
    TIME = "time of day"
    MONTH = "month"
    PHONE = "telephone number"
    CODE = "number that identifies something"
    AMOUNT = "amount of money"
    COUNT = "how many"
    FLAG = "yes or no"
    NAME = "name"
    PLACE = "place"
    ADDRESS = "address"
    FREE = "the caller's own words"


# How an author says that a journey begins or ends there; that a number is which one, and not how many: a floor, a day
# of the month, a year.
ORIGIN, DESTINATION = re.compile(r"^(?:origin|from|departure|start)\b"), re.compile(r"^(?:destination|to|arrival)\b")
WHICH_ONE = re.compile(r"\b(?:on|in) (?:which|what) \w+\b")
BEHIND = re.compile(r"\b(?:happened|occurred|took place|since when|began|noticed|discovered)\b")
IN_MONTH = re.compile(r"\bday of (?:(?:the|each|every|a) )?month\b")
IN_YEARS = re.compile(r"(?:^|\bthe |\bwhich )year\b")
REMEMBERED = 2048  # parameters; their schemas live as long as a session
ORDER = list(Kind)
LOOSE = frozenset({Kind.FREE, Kind.NAME, Kind.PLACE, Kind.ADDRESS})  # nearly any words can be one


@dataclass(frozen=True, slots=True, eq=False)
class _Key:
    """A parameter as the key of a cache: the same schema, not an equal one, which would take long to compare."""

    parameter: Parameter

    def __hash__(self) -> int:
        return hash((self.parameter.name, id(self.parameter.schema)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Key):
            return NotImplemented
        return self.parameter.schema is other.parameter.schema and self.parameter.name == other.parameter.name


def kind_of(parameter: Parameter) -> Kind:
    """Return what kind of value a parameter takes."""
    return _kind_of(_Key(parameter), current())


@lru_cache(maxsize=REMEMBERED)
def _kind_of(key: _Key, language: Language) -> Kind:
    parameter = key.parameter.item or key.parameter
    if parameter.choices:
        return Kind.CHOICE
    if parameter.kind == "boolean":
        return Kind.FLAG
    hints, written = parameter.hints, str(parameter.schema.get("format") or "")
    if parameter.kind == "integer" and (IDENTIFIES.search(parameter.words.lower()) or hints("numbered")):
        return Kind.CODE
    if parameter.kind in ("integer", "number") and not hints("phone"):
        return Kind.AMOUNT if hints("money") else Kind.COUNT
    formats = {"date": Kind.DAY, "time": Kind.TIME, "date-time": Kind.MOMENT, "email": Kind.EMAIL}
    if written in formats:
        return formats[written]
    return _by_words(parameter)


def _by_words(parameter: Parameter) -> Kind:
    """Return the kind of a text, by its name first and then by its description."""
    hints = parameter.hints
    if hints("email"):
        return Kind.EMAIL
    if parameter.named("address"):
        return Kind.ADDRESS
    if parameter.named("time_zone"):
        return Kind.PLACE
    if hints("phone"):
        return Kind.PHONE
    if parameter.named("month") and parameter.kind == "string":
        return Kind.MONTH
    day, time = hints("day"), hints("time")
    named_day, named_time = parameter.named("named_day"), parameter.named("named_time")
    if day and time and not named_day and not named_time:
        return Kind.MOMENT
    if named_time or (time and not named_day and not parameter.named("number", "name")):
        return Kind.TIME
    if day and not parameter.named("number", "name", "text"):
        return Kind.DAY
    if hints("number") and not parameter.named("name", "text"):
        return Kind.CODE
    return _loose(parameter)


def _loose(parameter: Parameter) -> Kind:
    """Return the kind of a text that nearly any words can be."""
    if parameter.hints("person") and not parameter.named("text"):
        return Kind.FREE if _names_a_thing(parameter) else Kind.NAME
    if _is_person(parameter):
        return Kind.NAME
    return Kind.PLACE if parameter.hints("place") else Kind.FREE


def _names_a_thing(parameter: Parameter) -> bool:
    """Return whether a name is that of a thing: "name of the medicine"."""
    if ITS_NAME.search(parameter.about):
        return True
    if FULL_NAME.search(parameter.about):
        return False
    thing = NAME_OF.search(parameter.about)
    return thing is not None and not PERSONS.match(thing.group(1)) and not _in_either("never_callers", thing.group(1))


def _is_person(parameter: Parameter) -> bool:
    """Return whether a parameter is called like somebody: `author`, `driver`."""
    return (
        bool(PERSONS.match(parameter.words.lower().split()[-1]))
        and not parameter.named("text")
        and not WHAT_IT_IS.search(parameter.about)
    )


def bearer(parameter: Parameter) -> str:
    """Return the word for who or what a name belongs to: "owner", "animal"; "" when none is said."""
    if found := _in_either("named_one", parameter.about):
        return str(next(filter(None, found.groups())))
    said = [word for word in parameter.words.lower().split() if word not in NO_BEARER]
    return said[-1] if said else ""


def is_anothers(parameter: Parameter, beside: Sequence[Parameter]) -> bool | None:
    """Return whether a name is not the caller's; None when the function does not tell the two apart."""
    if kind_of(parameter) is not Kind.NAME:
        return None
    if _in_either("never_callers", bearer(parameter)):
        return True
    others = {may_be_speaker(one) for one in beside if kind_of(one) is Kind.NAME}
    return not may_be_speaker(parameter) if len(others) > 1 else None


def may_be_speaker(parameter: Parameter) -> bool:
    """Return whether a name can be the caller's own."""
    who = bearer(parameter)
    return not who or speaks(who)


def speaks(who: str) -> bool:
    """Return whether a word is for who calls: the customer, the owner."""
    return _in_either("speakers", who) is not None


def _in_either(name: str, text: str) -> re.Match[str] | None:
    """Return where an expression of the language in use, or of English, in which authors may write, occurs."""
    found = (language.expressions[name].search(text) for language in dict.fromkeys((current(), load())))
    return next(filter(None, found), None)


def is_identifier(parameter: Parameter) -> bool:
    """Return whether a parameter is a number that identifies something: an order, an invoice."""
    return kind_of(parameter) is Kind.CODE


def is_past(parameter: Parameter) -> bool:
    """Return whether a day lies in the past and has a year: a birthday."""
    return parameter.hints("birth")


def is_topic(parameter: Parameter) -> bool:
    """Return whether a value is what something is about: "it's about my bill"."""
    return parameter.hints("topic") or "about" in parameter.about.split()


def lies_behind(parameter: Parameter) -> bool:
    """Return whether a day is the one on which something happened or began, so that "Friday" is the last one."""
    return BEHIND.search(parameter.about) is not None


def ends(parameter: Parameter) -> bool:
    """Return whether a day is the end of a stay or a journey."""
    return parameter.hints("end") or parameter.named("new") or "new" in parameter.about.split()


def counts_people(parameter: Parameter) -> bool:
    """Return whether a number is how many people come."""
    return parameter.hints("people")


def is_origin(parameter: Parameter) -> bool:
    """Return whether a value is where a journey begins."""
    return ORIGIN.search(parameter.about) is not None


def is_destination(parameter: Parameter) -> bool:
    """Return whether a value is where a journey ends."""
    return DESTINATION.search(parameter.about) is not None


def is_place_in_row(parameter: Parameter) -> bool:
    """Return whether a number says which one of several, and not how many: a floor, a year."""
    return is_dated(parameter) or (kind_of(parameter) is Kind.COUNT and WHICH_ONE.search(parameter.about) is not None)


def is_dated(parameter: Parameter) -> bool:
    """Return whether a number says which year, or which day of a month."""
    return is_year(parameter) or is_in_month(parameter)


def is_year(parameter: Parameter) -> bool:
    """Return whether a number says which year."""
    described = str(parameter.schema.get("description") or "").lower()
    named = parameter.words.lower().endswith("year") or IN_YEARS.search(described)
    return kind_of(parameter) is Kind.COUNT and bool(named)


def is_in_month(parameter: Parameter) -> bool:
    """Return whether a number says which day of a month."""
    return kind_of(parameter) is Kind.COUNT and IN_MONTH.search(parameter.about) is not None


def counts_anything(parameter: Parameter) -> bool:
    """Return whether a number is how many of something that only other words name."""
    return kind_of(parameter) is Kind.COUNT and not set(re.findall(r"[a-z]+", parameter.about)) - UNNAMED


def takes_words(parameter: Parameter) -> bool:
    """Return whether a day is wanted in words: its description says "as "tuesday" or "tomorrow""."""
    return bool(CALENDAR_WORDS.search(str(parameter.schema.get("description") or "")))
