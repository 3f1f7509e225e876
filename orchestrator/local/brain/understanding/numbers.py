"""Numbers as people say them and recognisers write them: words, single digits, "double four", with pauses."""

from __future__ import annotations

import re
from dataclasses import dataclass

UNITS = {
    "zero": 0, "oh": 0, "o": 0, "nought": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
TIMES = {"double": 2, "triple": 3, "treble": 3}
TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z]+(?:'[a-z]+)?|[^\sa-z\d]", re.IGNORECASE)
PAUSES = frozenset({",", "-", "…", ".", "um", "uh", "er", "and"})


@dataclass(frozen=True, slots=True)
class Number:
    """A series of number words or digits in a text."""

    digits: str  # what it comes to: "48213", "7", "19.5"
    start: int  # where it stands in the text
    end: int


def find(text: str) -> list[Number]:
    """Return the numbers in a text, in order; a series of single digits is one number."""
    tokens = [(match.group(0).lower(), match.start(), match.end()) for match in TOKEN.finditer(text)]
    found: list[Number] = []
    run: list[tuple[str, int, int]] = []
    for token in [*tokens, ("", len(text), len(text))]:
        if _numeric(token[0]) or (run and token[0] in PAUSES):
            run.append(token)
            continue
        _close(run, found)
        run = []
    return found


def _numeric(word: str) -> bool:
    return bool(word) and (word[0].isdigit() or word in UNITS or word in TENS or word in SCALES or word in TIMES)


def _close(run: list[tuple[str, int, int]], found: list[Number]) -> None:
    while run and (run[-1][0] in PAUSES or run[-1][0] in TIMES):
        run.pop()
    words = [word for word, _, _ in run if word not in PAUSES]
    if words and words != ["o"] and words != ["oh"] and (value := _value(words)):
        found.append(Number(value, run[0][1], run[-1][2]))


def _value(words: list[str]) -> str:
    if any(word in SCALES for word in words):
        return _sum(words)
    out: list[str] = []
    times, tens = 1, ""
    for word in words:
        if word in TIMES:
            times = TIMES[word]
            continue
        if word in TENS:
            out.append(tens)
            tens = str(TENS[word])
            continue
        digits = str(UNITS[word]) if word in UNITS else word
        if tens and word in UNITS and 0 < UNITS[word] < 10:
            out.append(str(int(tens) + UNITS[word]))
        else:
            out.append(tens + digits[0] * (times - 1) + digits)  # "double 5127" is 55127
        tens, times = "", 1
    return "".join([*out, tens])


def _sum(words: list[str]) -> str:
    total = part = 0.0
    for word in words:
        if word in SCALES:
            part = (part or 1) * SCALES[word]
            if word != "hundred":
                total, part = total + part, 0.0
        elif word not in TIMES:
            part += UNITS.get(word, TENS.get(word, 0)) if word.isalpha() else float(word)
    value = total + part
    return str(int(value)) if value == int(value) else str(value)


def written(text: str) -> str:
    """Return a text in which number words of two digits or more are written as digits."""
    for number in reversed(find(text)):
        if len(number.digits) > 1:
            text = f"{text[: number.start]}{number.digits}{text[number.end :]}"
    return text
