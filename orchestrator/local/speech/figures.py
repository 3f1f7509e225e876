"""Digits said one by one, as Whisper writes them: words that sound like a digit, and a digit too many.

An order number is worth the trouble: one wrong digit is another order.
"""

from __future__ import annotations

import re

DIGITS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9",
}  # fmt: skip
SOUND_ALIKE = {"oh": "0", "o": "0", "won": "1", "to": "2", "too": "2", "for": "4", "fore": "4", "a": "8", "ate": "8"}
FEWEST = 3  # digits that must be plain before a word among them is taken for another
LONGER = 5  # digits that words and figures side by side must come to
MOST_ALIKE = 2  # of such words in one number
TOKEN = re.compile(r"[^\W\d]+(?:'[^\W\d]+)?|\d+|[^\w\s]")
PAUSES = frozenset(",-.")
BEFORE = re.compile(r"(?:^|\b(?:is|it's|number))[\s:,]*$", re.IGNORECASE)  # a number begins here
AFTER = re.compile(r"\W*(?:please\W*)?$", re.IGNORECASE)  # and ends here, with the text
NUMBER = re.compile(r"\d(?:[,. -]*\d)*")
GROUPED = re.compile(r"\d\d")
AMOUNT = re.compile(r",\d")
LONG = re.compile(r"\d(?:[,. -]*\d){4}")
NO_DIGIT = re.compile(r"\D")


def is_doubtful(text: str) -> bool:
    """Tell whether a text has a long number that is not written digit by digit."""
    return any(GROUPED.search(found) for found in LONG.findall(text))


def plain(text: str) -> str:
    """Write as digits the words within a number that is said digit by digit ("4 A 2 1 3", "two zero 764")."""
    for run in reversed(_runs(text)):
        words = _within([found for found in run if found.group() not in PAUSES], text)
        if _is_number([found.group().lower() for found in words]):
            for found in reversed(words):
                text = text[: found.start()] + _digit(found.group()) + text[found.end() :]
    return text


def _within(words: list[re.Match[str]], text: str) -> list[re.Match[str]]:
    """Leave out what only stands beside a number: "a refund for 4 8 2 1 3", "4 8 2 1 3 for a friend"."""
    if words and not BEFORE.search(text[: words[0].start()]):
        while words and words[0].group().lower() in SOUND_ALIKE:
            words = words[1:]
    if words and not AFTER.match(text[words[-1].end() :]):
        while words and words[-1].group().lower() in SOUND_ALIKE:
            words = words[:-1]
    return words


def _is_number(words: list[str]) -> bool:
    alike = sum(word in SOUND_ALIKE for word in words)
    digits = sum(len(word) if word.isdigit() else 1 for word in words) - alike
    if not alike:
        return digits >= LONGER
    return digits >= FEWEST and alike <= MOST_ALIKE and len(words) > FEWEST


def _runs(text: str) -> list[list[re.Match[str]]]:
    """Return the stretches of digits and of words that may be digits."""
    runs: list[list[re.Match[str]]] = []
    going_on = False
    for found in TOKEN.finditer(text):
        word = found.group().lower()
        if word.isdigit() or word in DIGITS or word in SOUND_ALIKE:
            if not going_on:
                runs.append([])
            runs[-1].append(found)
            going_on = True
        elif word not in PAUSES:
            going_on = False
    return runs


def _digit(word: str) -> str:
    lower = word.lower()
    return DIGITS.get(lower) or SOUND_ALIKE.get(lower) or word


def undoubled(first: str, second: str) -> str:
    """Take from a second opinion the long numbers in which the first has one digit too many.

    Where Whisper writes digits in groups it likes to begin a group with the end of the one before ("377-865" for
    37865). What it writes with a comma ("10,059") it has understood as an amount.
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
