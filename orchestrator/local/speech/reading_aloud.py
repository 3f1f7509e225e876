"""Prepares written text for reading aloud, beyond what the speech engines normalise themselves.

Identifiers matter most: an order number must be said digit by digit, or nobody can check it. How digits, times and
amounts are said is data, in `languages/`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from orchestrator.providers.languages import ENGLISH, LANGUAGES

UNGROUPED = 5  # most digits that are said without a pause
MARKUP = re.compile(r"[*_`#>|]+|^\s*[-•]\s+", re.MULTILINE)
LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)|https?://(?:www\.)?")
END = re.compile(r"(?<=[.!?…])[\"”’)\]]*\s+(?=\S)|\n+|(?<=[。！？])[”’」』）]*\s*(?=[^\s”’」』）])")
UNSPACED = r"\u2e80-\u9fff\uff00-\uffef"  # written without spaces
BEGINS_UNSPACED = re.compile(rf"\s*[{UNSPACED}]")
CHUNK = re.compile(rf"\s*(?:[{UNSPACED}]|[^\s{UNSPACED}]+)(?:\s+$)?")
LETTER = r"A-Za-zÀ-ɏ"
CLOCK = re.compile(r"(?<![\d:.,])([01]?\d|2[0-4]):([0-5]\d)(?::\d\d)?(?![\d:])(?:\s?(?:Uhr|h)\b)?")
AFTER = re.compile(rf"(?<![{LETTER}\d])(\d[\d.,]*?)(?:[.,](\d\d))?\s?(€|EUR\b|\$|USD\b|£|GBP\b|[¥￥]|CNY\b|RMB\b)")
BEFORE = re.compile(r"(€|EUR\s|\$|USD\s|£|GBP\s|[¥￥]|CNY\s)\s?(\d[\d.,]*?)(?:[.,](\d\d))?(?![\d]|[.,]\d)")
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "CNY": "¥", "RMB": "¥", "￥": "¥"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How a language is read aloud."""

    digits: Sequence[str]
    gap: str  # between digits
    pause: str  # between groups of digits
    long_number: re.Pattern[str]  # letters and digits of an identifier
    before_year: re.Pattern[str]  # what a year stands after
    titles: frozenset[str]  # abbreviations: their dot ends no sentence
    ordinal_dot: bool  # whether "3." is "third"
    apology: str  # in the place of what cannot be said
    money: Mapping[str, str]  # sign → currency
    amount: Sequence[str]  # how it is said, without and with the hundredth part
    clock: Sequence[str]  # how a full hour is said, and another time


@cache
def reading(language: str | None) -> Reading:
    """Read how a language is read aloud; one that is not known is read as English."""
    code = language if language in LANGUAGES else ENGLISH
    source = resources.files(__package__) / "languages" / f"{code}.yaml"
    words: dict[str, Any] = yaml.safe_load(source.read_text("utf-8"))["reading"]
    # Four digits or more that are not part of an amount, a decimal, a time or a date.
    number = rf"(?<![\d$€£¥.,:/-])(?<![{LETTER}_])([A-Z]{{0,4}}-?)(\d{{4,}})(?![\d%/:]|[.,]\d|-\d)"
    return Reading(
        digits=words["digits"],
        gap=words["gap"],
        pause=words["pause"],
        long_number=re.compile(rf"{number}(?!\s?(?i:{words['units']}))"),
        before_year=re.compile(rf"(?:{words['before_year'].strip()})$", re.IGNORECASE),
        titles=frozenset(words["titles"].split()),
        ordinal_dot=words.get("ordinal_dot", False),
        apology=words["apology"],
        money=words.get("money", {}),
        amount=words.get("amount", ()),
        clock=words.get("clock", ()),
    )


def sentences(text: str, language: str | None = None) -> list[str]:
    """Split text into sentences; parts without a letter or digit are dropped."""
    parts: list[str] = []
    start, how = 0, reading(language)
    for end in END.finditer(text):
        if _ends(text[start : end.start()], text[end.end() : end.end() + 1], end.group(), how):
            parts.append(text[start : end.end()].strip())
            start = end.end()
    parts.append(text[start:].strip())
    return [part for part in parts if any(sign.isalnum() for sign in part)]


def for_speech(text: str, language: str | None = None) -> str:
    """Return the text as it is to be spoken: no markup, identifiers digit by digit, times and amounts in words."""
    how = reading(language)
    plain = LINK.sub(lambda found: found[1] or "", text)
    plain = MARKUP.sub(" ", plain)
    plain = BEFORE.sub(lambda found: _amount(found, found[1], found[2], found[3], how), plain)
    plain = AFTER.sub(lambda found: _amount(found, found[3], found[1], found[2], how), plain)
    plain = CLOCK.sub(lambda found: _time(found, how), plain)
    plain = how.long_number.sub(lambda found: _spelled(found, how), plain)
    return " ".join(plain.split())


def is_latin(text: str) -> bool:
    """Return whether at least half of a text's letters are Latin; without letters it is."""
    letters = [sign for sign in text if sign.isalpha()]
    return 2 * sum("LATIN" in unicodedata.name(sign, "") for sign in letters) >= len(letters)


def is_unspaced(text: str) -> bool:
    """Return whether a text begins in a script that is written without spaces."""
    return bool(BEGINS_UNSPACED.match(text))


def _ends(before: str, after: str, gap: str, how: Reading) -> bool:
    """Return whether a dot ends a sentence, rather than a title, an initial or an ordinal ("Dr. Smith", "3. Mai")."""
    if "\n" in gap or not before.endswith("."):
        return True
    word = before[:-1].rpartition(" ")[2].lstrip("(\"“'‘„«")
    if how.ordinal_dot and word.isdigit() and len(word) <= 2:
        return False
    return not (after.islower() or word in how.titles or (len(word) == 1 and word.isupper()))


def _amount(found: re.Match[str], sign: str, whole: str, part: str | None, how: Reading) -> str:
    """Say an amount of money; a language without words for it leaves it to its engine, which knows the sign before."""
    sign = SIGNS.get(sign.strip(), sign)
    if not how.amount:
        return f"{sign}{whole}{f'.{part}' if part else ''}"
    name = how.money.get(sign)
    if name is None:
        return found.group()
    template = how.amount[1] if part and int(part) else how.amount[0]
    return template.format(whole=re.sub(r"[.,](?=\d{3})", "", whole), part=int(part or 0), name=name)


def _time(found: re.Match[str], how: Reading) -> str:
    if not how.clock:
        return found.group()
    hour, minute = int(found[1]), int(found[2])
    return (how.clock[1] if minute else how.clock[0]).format(hour=hour, minute=minute)


def _spelled(found: re.Match[str], how: Reading) -> str:
    letters, digits = found[1].rstrip("-"), found[2]
    year = not letters and len(digits) == 4 and digits[:2] in {"19", "20"}
    if year and how.before_year.search(found.string[: found.start()]):
        return digits
    words = [how.digits[int(digit)] for digit in digits]
    # Groups of at most four digits with a pause between them: that is how people write a number down.
    size = len(words)
    if size > UNGROUPED:
        size = 3 if size % 3 == 0 else 4
    groups = [how.gap.join(words[at : at + size]) for at in range(0, len(words), size)]
    spelled = f"{' '.join(letters)} " if letters else ""
    return spelled + how.pause.join(groups)


def chunks(text: str) -> Iterator[str]:
    """Yield a sentence word by word, each with the space before it: the deltas of a transcript."""
    yield from (found.group() for found in CHUNK.finditer(text))
