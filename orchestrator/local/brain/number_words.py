"""The number words of a language: the table that secrets are found with, and how that language puts them together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.core.memory.number_words import COMPOUND, NUMBERS, NUMERALS, ROOMS, TIMES
from orchestrator.core.memory.reading import NARROW

ACCENTS = {"a": "[aàáâä]", "e": "[eéèê]", "i": "[iíì]", "o": "[oóòôö]", "u": "[uúùûü]", "s": "[sß]"}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Number words, in small letters without accents."""

    values: Mapping[str, int]  # also of hundreds that are one word: "doscientos"
    rooms: Mapping[int, int]  # number → below what the next one must be to be added: twenty, one
    scales: Mapping[str, int]
    large: int  # the smallest scale that multiplies all that was said before it: thousand
    times: Mapping[str, int]  # "double"
    pauses: frozenset[str]  # what may stand between the words of one number
    weak: frozenset[str]  # words that are numbers only beside others: "oh", "ein"
    joined: re.Pattern[str] | None  # several in a word: "zweihundertfünf"
    decimal: str  # "." or ","
    numerals: frozenset[str]  # signs that are written without spaces
    never: re.Pattern[str] | None  # what only looks like a number

    def parts(self, word: str) -> list[str]:
        """Return the number words in a word; none if it is something else."""
        plain = plain_word(word)
        if self._is_known(plain):
            return [plain]
        return self._apart(plain) if self.joined is not None and self.joined.fullmatch(plain) else []

    def _apart(self, word: str) -> list[str]:
        """Take a word of several apart, the longest first: "centottanta" is "cent" and "ottanta"."""
        for end in range(len(word), 0, -1):
            if self._is_known(word[:end]) and (end == len(word) or (rest := self._apart(word[end:]))):
                return [word[:end], *(rest if end < len(word) else [])]
        return []

    def _is_known(self, word: str) -> bool:
        return word[:1].isdigit() or word in self.values or word in self.scales or word in self.times


def plain_word(text: str) -> str:
    """Return a text in small letters without accents, as long as before."""
    return text.translate(NARROW).lower()


def vocabulary(code: str, written: Mapping[str, Any]) -> Vocabulary:
    """Return the number words of a language, with what its file says about them."""
    own = {word: number for word, (_, _, number) in NUMBERS.get(code, {}).items()}
    numerals = {sign: int(digit) for sign, digit in NUMERALS.items()} if code == "zh" else {}
    values = {**own, **numerals, **written.get("more", {})}
    scales: Mapping[str, int] = written["scales"]
    return Vocabulary(
        values=values,
        rooms=ROOMS.get(code, {}),
        scales=scales,
        large=written["large"],
        times=TIMES,
        pauses=frozenset({",", "-", "…", ".", *written["pauses"]}),
        weak=frozenset(written["weak"]),
        joined=re.compile(f"(?:{'|'.join([*values, *scales])})+") if written["joined"] else None,
        decimal=written["decimal"],
        numerals=frozenset({*numerals, *scales} if code == "zh" else ()),
        never=re.compile(written["never"]) if written.get("never") else None,
    )


def expressions(code: str, written: Mapping[str, Any]) -> dict[str, str]:
    """Return expressions for numbers as they are said: of `hour`, `minute`, `day` of a month, and any `number`."""
    known = vocabulary(code, written)
    if known.numerals:
        signs = "".join(known.numerals)
        small = rf"(?:\d{{1,2}}|[{signs}]{{1,3}})"
        return {"hour": small, "minute": small, "cardinal": small, "number": rf"(?:\d+|[{signs}]+)"}
    joint, within = written["joint"], COMPOUND.get(code, "")
    simple = {word: number for word, number in known.values.items() if not within or number <= 20 or number % 10 == 0}
    units = _either(word for word, number in simple.items() if 0 < number < 10)

    def said(limit: int) -> str:
        """Return what is said for the numbers from one up to a limit."""
        single = [word for word, number in simple.items() if 0 < number <= limit]
        tens = _either(word for word in single if simple[word] >= 10 and simple[word] in known.rooms)
        pairs = [rf"(?:{tens})(?:[\s-]+{joint}(?:{units}))?"] if tens else []
        compounds = (
            [f"(?:{units}){within}(?:{_either(word for word in single if simple[word] >= 20)})"] if within else []
        )
        return rf"(?:\d{{1,2}}|{'|'.join([*pairs, *compounds, _either(single)])})"

    words = _either([*simple, *known.scales])
    words = rf"(?:(?:{units}){within})?(?:{words})" if within else words
    any_number = rf"(?:\d+|(?:{words})+(?:(?:[\s-]+{joint})(?:{words})+)*)"
    return {"hour": said(59), "minute": said(59), "cardinal": said(31), "number": any_number}


def _either(words: Iterable[str]) -> str:
    """Return an expression for words, also with their accents."""
    longest = sorted(words, key=len, reverse=True)
    return "|".join("".join(ACCENTS.get(letter, letter) for letter in word) for word in longest)
