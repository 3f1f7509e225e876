"""Reads the numbers in a text, as digits or in words: each with its place, so that it can be replaced there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.core.memory.number_words import KOREAN, LANGUAGES, NUMBERS, NUMERALS, OH, SCALES, TIMES

SIGNS = "".join(NUMERALS)
UNCASED = "\u0590"  # from here on scripts know no capitals, and many write words without spaces
TOKEN = re.compile(rf"\d+|[{SIGNS}]|[^\W\d_{UNCASED}-\U0010ffff]+|[^\W\d_\0-\u058f{SIGNS}]+")
JOINED = re.compile(r"[\s-]*(?:(?:and|et|y|e)[\s-]+)?")  # between the words of one number: "vingt et un"
BESIDE = 10  # characters between two words of one number
ARABIC_ENDS = "\u0700"


class Narrow(dict[int, str]):
    """Maps each character to one that means the same: digits of all scripts and forms, letters without accents."""

    def __missing__(self, code: int) -> str:
        normal = unicodedata.normalize("NFKC", chr(code))
        # What becomes several characters, such as a ligature, is left as it is, but for "1." in one.
        first = normal[0] if len(normal) == 1 or (normal[:-1].isdecimal() and len(normal) == 2) else chr(code)
        digit = unicodedata.decimal(first, None)
        if digit is not None:
            first = str(digit)
        elif first < ARABIC_ENDS or "\u1e00" <= first < "\u2000":
            first = unicodedata.normalize("NFD", first)[0]
        self[code] = first
        return first


NARROW = Narrow({ord("ß"): "s", ord("ø"): "o", ord("ł"): "l"})


Token = tuple[str, int]  # a word or number, and where it begins


@dataclass(slots=True)
class Piece:
    """A number in a text, or a word."""

    text: str  # digits, or a word
    start: int  # where it stands
    end: int
    room: int = 1  # what is said right behind it and is smaller is added to it: twenty, one
    said: int = 0  # its last part that was said, which a "hundred" behind it multiplies


def tokens_of(plain: str) -> list[Token]:
    """Return the words, numbers and numerals of a text in small letters, each with its place."""
    return [(found[0], found.start()) for found in TOKEN.finditer(plain)]


def readings(tokens: list[Token], plain: str) -> Iterator[list[Piece]]:
    """Yield the ways to read the numbers in a text: its digits alone, and with the words of each language in it."""
    seen = {word for word, _ in tokens}
    known = {word: languages for word in seen if (languages := _languages(word))}
    spoken = {language for languages in known.values() for language in languages} - {""}
    if seen.isdisjoint(OH):
        spoken.discard("en, oh")
    kept = [token for token in tokens if token[0] in known]
    done = set()
    for language in ("", *sorted(spoken)):
        numbers = NUMBERS.get(language, {})
        understood = frozenset((word, numbers[word]) for word in known.keys() & numbers) or language
        if understood not in done:  # neighbours have many words in common
            done.add(understood)
            yield read(kept, plain, language)


def _languages(word: str) -> tuple[str, ...]:
    """Return the languages in which a word belongs to a number; "" for digits, which belong to all of them."""
    if word.isdigit():
        return ("",)
    if word in TIMES or word in SCALES:  # of all languages alike
        return ("en",)
    return LANGUAGES.get(word) or (("zh",) if word in NUMERALS or set(word) <= KOREAN.keys() else ())


def read(tokens: list[Token], plain: str, language: str) -> list[Piece]:
    """Read the numbers in a text in one language; "" knows no words, only digits."""
    numbers = NUMBERS.get(language, {})
    pieces: list[Piece] = []
    times, since, until = 1, 0, 0
    for word, start in tokens:
        end = start + len(word)
        if word.isdigit():
            piece = Piece(word, start, end)
        elif word in numbers:
            digits, room, said = numbers[word]
            piece = Piece(digits, start, end, room, said)
        elif numbers and word in SCALES:
            piece = Piece(str(SCALES[word]), start, end, SCALES[word], SCALES[word])
        elif numbers and word in TIMES:
            times, since, until = TIMES[word], start, end
            continue
        elif language == "zh" and (word in NUMERALS or word[0] in KOREAN):
            piece = Piece("".join(NUMERALS.get(sign) or KOREAN[sign] for sign in word), start, end)
        else:
            continue
        if times > 1 and start - until < BESIDE:
            piece = Piece(_repeated(piece.text, times), since, end)
        times = 1
        if not (piece.said and pieces and _added(pieces[-1], piece, plain, language)):
            pieces.append(piece)
    return pieces


def _repeated(digits: str, times: int) -> str:
    """Repeat a number that was said to be double: "double five", "double 5127"."""
    return digits * times if len(digits) < 3 else digits[0] * (times - 1) + digits


def _added(before: Piece, piece: Piece, plain: str, language: str) -> bool:
    """Make one number of two that are said in words, if they are one; else return False."""
    scale = piece.said >= 100 and 0 < before.said < piece.said
    quatre_vingt = language == "fr" and (before.said, piece.said) == (4, 20)
    if not (piece.said < before.room or scale or quatre_vingt):
        return False
    if piece.start - before.end >= BESIDE or not JOINED.fullmatch(plain, before.end, piece.start):
        return False
    value = int(before.text)
    if piece.said < before.room:
        value, before.said = value + piece.said, piece.said + (before.said if before.room <= 20 else 0)
    else:  # as many hundreds as were said right before, or twenties
        value, before.said = value + before.said * (piece.said - 1), before.said * piece.said
    before.text, before.end, before.room = str(value), piece.end, 20 if quatre_vingt else piece.room
    return True
