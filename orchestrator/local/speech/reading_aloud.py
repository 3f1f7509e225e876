"""Prepares written text for reading aloud, beyond what the speech engine normalises itself (times, prices, dates).

Identifiers matter most: an order number must be said digit by digit, or nobody can check it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

UNGROUPED = 5  # most digits that are said without a pause
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
MARKUP = re.compile(r"[*_`#>|]+|^\s*[-•]\s+", re.MULTILINE)
LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)|https?://(?:www\.)?")
# Four digits or more that are not part of an amount, a decimal, a time or a date.
LONG_NUMBER = re.compile(r"(?<![\d$€£¥.,:/-])(?<!\w)([A-Z]{0,4}-?)(\d{4,})(?![\d%/:]|[.,]\d|-\d)(?!\s?(?i:euros?|dollars?|pounds?|usd|eur|gbp|kilo|kg\b|km\b|meters?|metres?))")  # fmt: skip  # noqa: E501
MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
BEFORE_YEAR = re.compile(
    rf"(?:{MONTHS})\.?(?:\s+\d{{1,2}}(?:st|nd|rd|th)?)?,?\s+$|\b(?:in|since|year)\s+$", re.IGNORECASE
)
EURO_AFTER = re.compile(r"(\d+(?:[.,]\d+)?)\s?(€|EUR\b)")
END = re.compile(r"(?<=[.!?…])[\"”’)\]]*\s+(?=\S)|\n+")
TITLES = frozenset({"Mr", "Mrs", "Ms", "Dr", "St", "Prof", "No", "vs", "approx"})


def sentences(text: str) -> list[str]:
    """Split text into sentences; parts without a letter or digit are dropped."""
    parts: list[str] = []
    start = 0
    for end in END.finditer(text):
        if _ends(text[start : end.start()], text[end.end() : end.end() + 1], end.group()):
            parts.append(text[start : end.end()].strip())
            start = end.end()
    parts.append(text[start:].strip())
    return [part for part in parts if any(sign.isalnum() for sign in part)]


def for_speech(text: str) -> str:
    """Return the text as it is to be spoken: no markup, identifiers digit by digit."""
    plain = LINK.sub(lambda found: found[1] or "", text)
    plain = MARKUP.sub(" ", plain)
    plain = EURO_AFTER.sub(r"€\1", plain)
    plain = LONG_NUMBER.sub(_spelled, plain)
    return " ".join(plain.split())


def is_latin(text: str) -> bool:
    """Return whether at least half of a text's letters are Latin; without letters it is."""
    letters = [sign for sign in text if sign.isalpha()]
    return 2 * sum("LATIN" in unicodedata.name(sign, "") for sign in letters) >= len(letters)


def _ends(before: str, after: str, gap: str) -> bool:
    """Return whether a dot ends a sentence, rather than a title or an initial ("Dr. Smith")."""
    if "\n" in gap or not before.endswith("."):
        return True
    word = before[:-1].rpartition(" ")[2].lstrip("(\"“'‘")
    return not (after.islower() or word in TITLES or (len(word) == 1 and word.isupper()))


def _spelled(found: re.Match[str]) -> str:
    letters, digits = found[1].rstrip("-"), found[2]
    if (
        not letters
        and len(digits) == 4
        and digits[:2] in {"19", "20"}
        and BEFORE_YEAR.search(found.string[: found.start()])
    ):
        return digits
    words = [DIGITS[int(digit)] for digit in digits]
    # Groups of at most four digits with a pause between them: that is how people write a number down.
    size = len(words)
    if size > UNGROUPED:
        size = 3 if size % 3 == 0 else 4
    groups = [" ".join(words[at : at + size]) for at in range(0, len(words), size)]
    spelled = f"{' '.join(letters)} " if letters else ""
    return spelled + ", ".join(groups)


def chunks(text: str) -> Iterator[str]:
    """Yield a sentence word by word, each with the space before it: the deltas of a transcript."""
    for found in re.finditer(r"\s*\S+\s*$|\s*\S+", text):
        yield found.group()
