"""Corrects digits as Whisper writes them: words that sound like a digit, and a digit too many.

Order numbers are worth the effort: one wrong digit is another order.
"""

from __future__ import annotations

import re

DIGITS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9",
}  # fmt: skip
SOUND_ALIKE = {"oh": "0", "o": "0", "won": "1", "to": "2", "too": "2", "for": "4", "fore": "4", "a": "8", "ate": "8"}
FEWEST = 3  # unambiguous digits before a word among them is taken for another digit
LONGER = 5  # fewest digits of a number written in words and figures side by side
MOST_ALIKE = 2  # words that sound like a digit in one number
TOKEN = re.compile(r"[^\W\d]+(?:'[^\W\d]+)?|\d+|[^\w\s]")
PAUSES = frozenset(",-.")
BEFORE = re.compile(r"(?:^|\b(?:is|it's|number))[\s:,]*$", re.IGNORECASE)  # a number begins here
FOR_WHAT = re.compile(r"\bwhat\b.*\bfor\?\W*$", re.IGNORECASE)  # "What is 2 0 4 1 7 for?" ends with no digit
AFTER = re.compile(r"\W*(?:please\W*)?$", re.IGNORECASE)  # and ends here, with the text
NUMBER = re.compile(r"\d(?:[,. -]*\d)*")
GROUPED = re.compile(r"\d\d")
AMOUNT = re.compile(r",\d")
LONG = re.compile(r"\d(?:[,. -]*\d){4}")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
DASHED = re.compile(r"(?<![\d.,:])\d(?:[ -]?\d){4,}(?!\d|[.,:]\d)")
NO_DIGIT = re.compile(r"\D")


def is_doubtful(text: str) -> bool:
    """Return whether a text has a long number that is not written digit by digit."""
    return any(GROUPED.search(found) for found in LONG.findall(text))


def plain(text: str) -> str:
    """Write the words of a number that is said digit by digit as digits ("4 A 2 1 3", "two zero 764")."""
    for run in reversed(_runs(text)):
        words = _within([found for found in run if found.group() not in PAUSES], text)
        if _is_number([found.group().lower() for found in words]):
            for found in reversed(words):
                text = text[: found.start()] + _digit(found.group()) + text[found.end() :]
    return text


def _within(words: list[re.Match[str]], text: str) -> list[re.Match[str]]:
    """Leave out words that only come before or after a number: "a refund for 4 8 2 1 3", "4 8 2 1 3 for a friend"."""
    if words and not BEFORE.search(text[: words[0].start()]):
        while words and words[0].group().lower() in SOUND_ALIKE:
            words = words[1:]
    asks = bool(words) and bool(FOR_WHAT.search(text)) and words[-1].group().lower() == "for"
    if words and (asks or not AFTER.match(text[words[-1].end() :])):
        while words and words[-1].group().lower() in SOUND_ALIKE:
            words = words[:-1]
    return words


def _is_number(words: list[str]) -> bool:
    certain = [word for word in words if word not in SOUND_ALIKE]
    alike = len(words) - len(certain)
    digits = sum(len(word) if word.isdigit() else 1 for word in certain)
    if not alike:
        return digits >= LONGER
    return digits >= FEWEST and alike <= MOST_ALIKE and len(words) > FEWEST


def _runs(text: str) -> list[list[re.Match[str]]]:
    """Return the series of digits and of words that may be digits."""
    runs: list[list[re.Match[str]]] = []
    in_run = False
    for found in TOKEN.finditer(text):
        word = found.group().lower()
        if word.isdigit() or word in DIGITS or word in SOUND_ALIKE:
            if not in_run:
                runs.append([])
            runs[-1].append(found)
            in_run = True
        elif word not in PAUSES:
            in_run = False
    return runs


def _digit(word: str) -> str:
    lower = word.lower()
    return DIGITS.get(lower) or SOUND_ALIKE.get(lower) or word


def ungrouped(text: str) -> str:
    """Write a number as one: amounts without commas, at which sentences are taken apart, digits without dashes."""
    return DASHED.sub(lambda found: NO_DIGIT.sub("", found.group()), THOUSANDS.sub("", text))


def undoubled(first: str, second: str) -> str:
    """Replace long numbers that have one digit too many by those of a second recognition.

    When Whisper writes digits in groups, it may begin a group with the end of the previous one ("377-865" for 37865).
    A number with a comma ("10,059") is an amount and stays.
    """
    others = NUMBER.findall(second)
    if len(others) != len(NUMBER.findall(first)):
        return first
    rest = iter(others)

    def choose(found: re.Match[str]) -> str:
        mine, other = found.group(), next(rest)
        better = not AMOUNT.search(mine) and _has_one_more(NO_DIGIT.sub("", mine), NO_DIGIT.sub("", other))
        return other if better else mine

    return NUMBER.sub(choose, first)


def _has_one_more(long: str, short: str) -> bool:
    return len(long) == len(short) + 1 > 5 and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
