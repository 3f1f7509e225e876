"""Words that callers spell: "S C H M I D T", "S as in Sam", "double T", "capital D", and as recognisers write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

LETTER = r"[A-Za-z](?![\w'’])"
LIKE = r"(?:\s*,?\s+(?:as in|like in|for|like)\s+[A-Za-z]{2,})"
TIMES = {"double": 2, "triple": 3}
ONE = rf"(?:(?:(?:double|triple)\s+|capital\s+)*{LETTER}{LIKE}?)"
GAP = r"[\s.,–-]+"
# Several letters apart, among which a few may be written together: "S-C-H-MIDT".
TOGETHER = r"(?-i:[A-Z]{2,6})(?![\w'’])"
PART = rf"(?:{ONE}|{TOGETHER}|hyphen|dash|apostrophe)"
NOT_COUNTED = r"(?<!\ba )(?<!\ban )(?<!\bone )(?<!\btwo )"  # "with one F", which is said before the spelling
SPELLED = re.compile(rf"(?<!['’\w]){NOT_COUNTED}(?:{ONE}|{TOGETHER}){GAP}(?:{PART}{GAP})*{PART}\.?", re.IGNORECASE)
ITEM = re.compile(
    rf"(?P<times>double|triple)\s+(?P<again>{LETTER})|(?P<sign>hyphen|dash|apostrophe)\b|(?P<together>{TOGETHER})|"
    rf"(?<!\w)(?P<letter>{LETTER}){LIKE}?",
    re.IGNORECASE,
)
SIGNS = {"hyphen": "-", "dash": "-", "apostrophe": "'"}
# The words with which letters are spelled in radio, the telephone's and others; and "H for Harry", "capital H".
ALPHABET = (
    "alpha|alfa|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliett?|kilo|lima|mike|november|oscar|papa|quebec|"
    "romeo|sierra|tango|uniform|victor|whiske?y|x-?ray|yankee|zulu"
)
SPOKEN = re.compile(rf"\b(?:{ALPHABET})\b", re.IGNORECASE)
LIKENED = re.compile(
    r"(?<!['’\w])(?:capital\s+)?(?P<letter>[A-Za-z])"
    r"(?:\s*,?\s+(?:as in|like in|like|for)\s+(?P<word>[A-Za-z][A-Za-z-]+))",
    re.IGNORECASE,
)
FOR = re.compile(r"\bfor\b", re.IGNORECASE)
CAPITAL = re.compile(r"\b(?:(?P<times>double|triple)|capital)\s+(?P<letter>[A-Za-z])\b(?!['’])", re.IGNORECASE)
SIGN = re.compile(r"\b(?P<sign>hyphen|dash)\b", re.IGNORECASE)
FEWEST = 3  # letters: two may be initials


@dataclass(frozen=True, slots=True)
class Spelled:
    """A word that was spelled, and where it stands in a text."""

    value: str
    start: int
    end: int


def find(text: str) -> Spelled | None:
    """Return the first word that a text spells."""
    for match in SPELLED.finditer(text):
        letters = _letters(match.group(0))
        if sum(letter.isalpha() for letter in letters) >= FEWEST:
            return Spelled(_cased(letters), *match.span())
    return None


def letters_said(text: str) -> list[tuple[str, int, int]]:
    """Return the letters and signs that a text says in words, and where: "H for Harry", "Hotel Oscar", "double S"."""
    found = [
        (match["letter"].upper(), *match.span())
        for match in LIKENED.finditer(text)
        if match["word"][0].casefold() == match["letter"].casefold() or not FOR.search(match.group())
    ]
    found += [
        (match["letter"].upper() * TIMES.get((match["times"] or "").lower(), 1), *match.span())
        for match in CAPITAL.finditer(text)
    ]
    found += [(SIGNS[match["sign"].lower()], *match.span()) for match in SIGN.finditer(text)]
    found += [(match.group()[0].upper(), *match.span()) for match in SPOKEN.finditer(text)]
    apart: list[tuple[str, int, int]] = []
    for one in found:
        if all(one[2] <= other[1] or other[2] <= one[1] for other in apart):
            apart.append(one)
    return sorted(apart, key=lambda one: one[1])


def _letters(text: str) -> str:
    found: list[str] = []
    for item in ITEM.finditer(text):
        if item["times"]:
            found.append(item["again"] * TIMES[item["times"].lower()])
        elif item["sign"]:
            found.append(SIGNS[item["sign"].lower()])
        else:
            found.append(item["together"] or item["letter"])
    return "".join(found)


def _cased(letters: str) -> str:
    return re.sub(r"[A-Za-z]+", lambda found: found.group(0).capitalize(), letters)
