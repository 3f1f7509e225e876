"""E-mail addresses as callers say them and recognisers write them: "anna dot schmidt at example dot com"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.local.brain.language import DEFAULT, Expression, current
from orchestrator.local.brain.understanding import numbers

WRITTEN = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
SAID, LEAD = Expression("spoken_email"), Expression("email_lead")
GLUED = r"\s+dot(?=[A-Za-z]{3,}(?:\s+at\b|\s*@|$))"  # "Rosa Dotstone at example.com"
SIGN = rf"(?:{GLUED}|\s*[._+-]\s*|\s+(?:dot|point|full stop|underscore|under score|dash|hyphen|minus|plus)\s+)"
WORD = r"[A-Za-z\d]+"
AT = r"(?:\s*@\s*|\s+at\s+(?:the\s+)?)"
# "Dot" is said inside an address; a dot that is written may end a sentence, unless the end of an address follows.
ENDS = "com|org|net|info|edu|gov|io|co|eu|uk|us|ca|au|ie|de|at|ch|fr|es|it|nl|be|pl|se|dk|no|fi|pt|example|test"
DOT = rf"(?:\.(?=\w)|\.\s+(?=(?:{ENDS})\b)|\s+(?:dot|point)\s+)"
HOST = rf"{WORD}(?:(?:\s*-\s*|\s+(?:dash|hyphen)\s+){WORD})*"
SPOKEN = re.compile(
    rf"\b(?!(?:{ENDS})\.\s)"  # "it ends in org: …"
    rf"({WORD}(?:{SIGN}{WORD})*){AT}((?:{WORD}\s+){{0,2}}?{HOST}(?:{DOT}{HOST})*{DOT}[A-Za-z]{{2,}})\b",
    re.IGNORECASE,
)
SIGNS = {"underscore": "_", "under score": "_", "dash": "-", "hyphen": "-", "minus": "-", "plus": "+"}
SIGN_SAID = re.compile(SIGN, re.IGNORECASE)
DOT_SAID = re.compile(DOT, re.IGNORECASE)
SPELLED = re.compile(r"(?:\w-)+\w")  # "a-n-n-a"
LETTERS = re.compile(r"(?:(?<![\w'’])[a-z][\s,-]+)+$", re.IGNORECASE)  # "A N N" before the last letter or word


@dataclass(frozen=True, slots=True)
class Address:
    """An address and where it stands in a text."""

    value: str
    start: int
    end: int


def find(text: str) -> Address | None:
    """Return the first address in a text."""
    if match := WRITTEN.search(text):
        return Address(match.group(0), *match.span())
    return _english(text) if current().code == DEFAULT else _spoken(text)


def _spoken(text: str) -> Address | None:
    """Return the first address that is said in the language in use."""
    match = SAID.search(text)
    if match is None:
        return None
    signs: Mapping[str, str] = current().words["email_signs"]
    name, host = LEAD.sub("", match.group(1)), match.group(2)
    for word, sign in signs.items():
        name, host = name.replace(word, sign), host.replace(word, sign)
    return Address(f"{name.replace(' ', '')}@{host}".lower(), *match.span())


def _english(text: str) -> Address | None:
    """Return the first address that is said in English."""
    match = SPOKEN.search(text)
    if match is None:
        return None
    name, host = match.groups()
    start = match.start()
    if letters := LETTERS.search(text[:start]):  # spelled, at least in its beginning
        name, start = re.sub(r"[\s,-]+", "", letters.group(0)) + name, letters.start()
    return Address(f"{_joined(name, SIGN_SAID)}@{_joined(host, DOT_SAID)}".lower(), start, match.end())


def _joined(words: str, signs: re.Pattern[str]) -> str:
    """Write the signs between words as signs, and number words as digits."""

    def sign(found: re.Match[str]) -> str:
        said = " ".join(found.group(0).lower().split())
        return said if len(said) == 1 else SIGNS.get(said, ".")

    joined = signs.sub(sign, words)
    joined = re.sub(r"\s*\b(?:dash|hyphen)\b\s*", "-", joined, flags=re.IGNORECASE)
    if SPELLED.fullmatch(joined):
        joined = joined.replace("-", "")
    return re.sub(r"[\s,]+", "", numbers.written(joined))
