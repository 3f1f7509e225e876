"""How long a silence ends the caller's turn, by the words that speculative recognition has heard already.

A finished sentence need not be waited for; "my number is" must be. It knows no audio: words in, milliseconds out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from orchestrator.local.brain.understanding import numbers
from orchestrator.local.brain.understanding.parameter import parameters
from orchestrator.providers.languages import LANGUAGES

USUAL = 500.0  # milliseconds of silence that end a turn when the words say nothing
FINISHED, OPEN = 270.0, 900.0  # after a finished sentence, and after one that is not
GROUPED = 700.0  # after a telephone number that may be whole: its groups are said with pauses between them
LIKELY = 350.0  # after an answer to what was asked to which something may be added
TRAILING = re.compile(r"(?:,|…|\.\.|:|\s-|[^\s-]-)\s*$")
ELSE = re.compile(r"\b(?:else|can i (?:do|help)|would you like)\b[^.?]*\?\s*$", re.IGNORECASE)
MARKS = " .,!?;:…-¿¡"
WIDE = str.maketrans("，。！？；：、’", ",.!?;:,'")  # the marks of Chinese
SPELLED = re.compile(r"(?<![\w'])[a-z](?:[\s.,-]+[a-z](?![\w']))+$")  # "s-c-h-m"
HALF_DAY = re.compile(r"\b[ap][\s.]*m$")
SHORT_PHONE, LONG_PHONE = 7, 10  # digits of a telephone number: fewest, and from which it is complete
LONG, QUESTION = 4, 3  # fewest words of a complete statement and of a complete question
NEVER = "(?!)"  # an expression that matches nothing: a language need not have all lists
GENERAL = frozenset({"number", "code", "id", "no", "nr", "the", "of", "your", "a", "an", "digits", "value"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller may be answering."""

    words: str = ""  # said to the caller last
    tools: Sequence[Mapping[str, Any]] = ()  # the session's functions: they know how long a number is
    answered: bool = False  # whether what was heard is all that was asked for
    likely: bool = False  # whether it is an answer, although more may follow

    @property
    def confirms(self) -> bool:
        """Whether it asks for a yes or a no: after "Anything else?" an "okay" begins a sentence."""
        return self.is_question and not ELSE.search(self.words)

    @property
    def is_question(self) -> bool:
        """Whether it asks something."""
        return self.words.rstrip().endswith("?")


@dataclass(frozen=True, slots=True)
class Words:
    """The expressions of one language; each is compared with a whole text or with its end."""

    open_end: re.Pattern[str]
    preposition: re.Pattern[str]
    verb: re.Pattern[str]
    copula: re.Pattern[str]
    stranding: re.Pattern[str]
    explained: re.Pattern[str]
    opener: re.Pattern[str]
    half: re.Pattern[str]
    answer: re.Pattern[str]
    assent: re.Pattern[str]
    question: re.Pattern[str]
    complete: re.Pattern[str]
    name: re.Pattern[str]
    extensible: re.Pattern[str]
    phone: re.Pattern[str]
    lead: re.Pattern[str]
    spaced: bool  # whether spaces part the words

    def count(self, text: str) -> int:
        """Return how many words a text has; without spaces, two characters are one."""
        return len(text.split()) if self.spaced else len(text) // 2


def knows(language: str) -> bool:
    """Return whether there are words for a language, by its ISO 639-1 code."""
    return language in LANGUAGES


def silence_ms(heard: str, asked: Asked | None = None, language: str = "en") -> float:
    """Return how many milliseconds of silence end a turn in which this was heard."""
    asked, words = asked or Asked(), _load(language)
    plain = heard.strip().lower().translate(WIDE)
    bare = plain.strip(MARKS)
    if not bare:
        return OPEN  # a sound without a word: "uh"
    if (by_number := _number(bare, asked, words)) is not None:
        return _after(asked, plain) if by_number == USUAL else by_number
    if _is_open(plain, bare, words):
        return OPEN
    return FINISHED if _is_finished(plain, bare, asked, words) else _after(asked, plain)


def _after(asked: Asked, plain: str) -> float:
    """Return how long to wait after an answer of which the words alone do not tell whether it is whole."""
    if TRAILING.search(plain):
        return OPEN
    return FINISHED if asked.answered else LIKELY if asked.likely else USUAL


def _number(bare: str, asked: Asked, words: Words) -> float | None:
    """Judge a text that ends with a number; None for any other."""
    text = bare.removesuffix(" please").strip(MARKS)
    found = numbers.find(text)
    if not found or found[-1].end < len(text) or "." in found[-1].digits:
        return None
    count, wanted = len(found[-1].digits), _length(bare, asked)
    if wanted is not None:
        return FINISHED if count == wanted else OPEN if count < wanted else USUAL
    if words.phone.search(asked.words.lower()) or words.phone.search(bare):
        return FINISHED if count >= LONG_PHONE else GROUPED if count >= SHORT_PHONE else OPEN
    return USUAL


def _length(bare: str, asked: Asked) -> int | None:
    """Return how many digits the number has that was asked for, or that the caller names ("my order number is …")."""
    counted = [one for tool in asked.tools for one in parameters(tool) if one.length is not None]
    known = [(set(one.name.lower().split("_")) - GENERAL, one.length) for one in counted]
    for text in (bare, asked.words.lower() if asked.is_question else ""):
        said = set(re.findall(r"[a-z]+", text))
        lengths = {length for name, length in known if name & said}
        if len(lengths) == 1:
            return lengths.pop()
    return None


def _is_open(plain: str, bare: str, words: Words) -> bool:
    if TRAILING.search(plain) or words.open_end.search(bare) or words.opener.fullmatch(bare):
        return True
    if SPELLED.search(bare) and not HALF_DAY.search(bare):
        return True
    if (words.preposition.search(bare) or words.verb.search(bare)) and not words.stranding.match(bare):
        return True
    if (copula := words.copula.search(bare)) and not words.explained.search(bare[: copula.start()].strip(MARKS)):
        return True
    return bool(words.half.match(bare)) and not {",", "?"}.intersection(plain)


def _is_finished(plain: str, bare: str, asked: Asked, words: Words) -> bool:
    """Return whether the last sentence of a text is complete."""
    last = re.split(r"(?<=[.!?])\s+" if words.spaced else r"(?<=[.!?])(?=.)", plain)[-1].strip(MARKS)
    last = words.lead.sub("", last)
    if words.answer.fullmatch(last) or (asked.confirms and words.assent.fullmatch(last)):
        return True
    if words.name.search(last) or words.extensible.search(last):
        return False
    if words.question.match(last) and words.count(last) >= QUESTION:
        return True
    return plain[-1] in ".!?" and words.count(last) >= LONG and bool(words.complete.match(last))


@cache
def _load(language: str) -> Words:
    source = resources.files(__package__) / "languages" / f"{language}.yaml"
    lists: dict[str, Any] = yaml.safe_load(source.read_text("utf-8"))
    one = {name: "|".join(text.strip().splitlines()) for name, text in lists.items() if isinstance(text, str)}
    spaced = lists.get("spaced", True)
    before, behind = ("(?<![\\w'])", "(?![\\w'])") if spaced else ("", "")

    def ends(name: str) -> re.Pattern[str]:
        return re.compile(rf"{before}(?:{one.get(name, NEVER)})$")

    def begins(name: str) -> re.Pattern[str]:
        return re.compile(rf"(?:{one.get(name, NEVER)}){behind}")

    return Words(
        open_end=ends("open_ends"),
        preposition=ends("prepositions"),
        verb=ends("verbs"),
        copula=ends("copulas"),
        stranding=begins("stranding"),
        explained=ends("explained"),
        opener=begins("openers"),
        half=begins("halves"),
        answer=begins("answers"),
        assent=begins("assents"),
        question=begins("questions"),
        complete=begins("complete"),
        name=ends("names"),
        extensible=ends("extensible"),
        phone=re.compile(rf"{before}(?:{one['phones']}){behind}"),
        lead=re.compile(rf"^(?:(?:{one.get('leads', NEVER)})[,.]? (?=\S))+"),
        spaced=spaced,
    )
