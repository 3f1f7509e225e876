"""What a caller says, as they say what is written: numbers digit by digit, addresses with their signs."""

from __future__ import annotations

import re

from orchestrator.trials.matching import MONTHS

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+\w")
SIGNS = {"@": " at ", ".": " dot ", "-": " dash ", "_": " underscore ", "+": " plus "}
SPELLED = re.compile(r"\b(?:[A-Za-z]-)+[A-Za-z]\b")
# Digits in groups, and one group of three or more: "0151 22 33 44", "412"; amounts and years are words.
MONEY = r" (?:euros?|dollars?|pounds?)"
NUMBER = re.compile(
    rf"(?<![\d.:,/])\b\d{{1,4}}(?: \d{{2,4}}){{1,4}}\b(?!{MONEY})|(?<![\d.:,/])\b\d{{3,}}\b(?![.,:]\d|{MONEY})"
)
YEAR = re.compile(r"(?:19|20)\d\d")
BEFORE_YEAR = re.compile(rf"\b(?:{'|'.join(MONTHS)}|in) (?:\d+(?:st|nd|rd|th)?,? )?$", re.IGNORECASE)


def read_out(text: str) -> str:
    """Return a text with addresses, spelled words and numbers as they are said: digit by digit."""
    text = ADDRESS.sub(lambda found: _address(found.group()), text)
    text = SPELLED.sub(lambda found: ", ".join(found.group().upper().split("-")), text)
    return NUMBER.sub(lambda found: found.group() if _is_year(found) else _digits(found.group()), text)


def _address(text: str) -> str:
    return "".join(SIGNS.get(sign, sign) for sign in text)


def _is_year(found: re.Match[str]) -> bool:
    return bool(YEAR.fullmatch(found.group()) and BEFORE_YEAR.search(found.string[: found.start()]))


def _digits(text: str) -> str:
    groups = text.split()
    if len(groups) == 1 and len(text) > 4:
        groups = [text[at : at + 3] for at in range(0, len(text), 3)] if len(text) % 3 == 0 else [text]
    return ", ".join(" ".join(DIGITS[int(digit)] for digit in group) for group in groups)
