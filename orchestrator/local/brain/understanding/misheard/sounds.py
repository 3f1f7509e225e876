"""How much two words sound alike, and which of the values that are known a misheard one was.

Recognition writes a name as it sounds: "Anishmet" for Anna Schmidt. Spelling is brought to rough sounds first, and
sounds of one place of the mouth are nearly the same. It is English, and good enough for other names in Latin script.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache

ALIKE, AHEAD = 0.72, 0.1  # likeness from which one of a closed list is meant, and how far ahead of the next it must be
SAME = 0.92  # likeness from which two spellings are one name: "Rossy" and Rossi, but not O'Connor and O'Connell
# Spellings → sounds, in this order. Capital letters are sounds of their own: S as in "ship", C in "chip", T in "thin".
SPELLINGS = tuple(
    (re.compile(spelling), sound)
    for spelling, sound in (
        (r"[^a-z]", ""), (r"^(?:kn|gn|pn)", "n"), (r"^wr", "r"), (r"^x", "z"), (r"mb$", "m"), (r"dt$", "t"),
        (r"tz", "ts"), (r"(?<=s)ui(?=te)", "wi"), (r"sch|sh|[tcs]i(?=on|an|ous)", "S"), (r"tch|ch", "C"), (r"ph", "f"),
        (r"th", "T"),
        (r"(?<=[aeiou])gh(?=t|$)", ""), (r"gh", "g"), (r"ck|q(?:u)?", "k"), (r"x", "ks"), (r"c(?=[eiy])", "s"),
        (r"c", "k"), (r"dge?(?=$|[^aeiou])", "j"), (r"g(?=[eiy])", "j"), (r"(?<=[aeiou])h(?=$|[^aeiou])", ""),
        (r"(?<=[^aeiou])h", ""), (r"w(?=[^aeiou]|$)", "u"), (r"(?<=[a-z])e$", ""), (r"y(?![aeiou])", "i"),
        (r"(.)\1+", r"\1"),
    )
)  # fmt: skip
VOWELS = frozenset("aeiouy")
NEAR = ("td", "pb", "kg", "fv", "szS", "mn", "CjS", "fT", "lr", "dT", "wv")  # sounds that are taken for each other
SAME_PLACE, VOWEL, SILENT = 0.4, 0.3, 0.5  # what it costs to change a sound for a near one, and to drop a vowel


def likeness(one: str, other: str) -> float:
    """Return how much two texts sound alike, 0 to 1."""
    first, second = sounds(one), sounds(other)
    longer = max(len(first), len(second))
    return 1 - distance(first, second) / longer if longer else 0.0


def nearest(said: str, known: Sequence[str], *, least: float = ALIKE, ahead: float = AHEAD) -> str | None:
    """Return the known value that something said sounds like; None when none does, or more than one."""
    ranked = sorted(((likeness(said, value), value) for value in dict.fromkeys(known)), reverse=True)
    if not ranked or ranked[0][0] < least:
        return None
    clear = len(ranked) == 1 or ranked[0][0] - ranked[1][0] >= ahead or ranked[0][0] == 1.0 > ranked[1][0]
    return ranked[0][1] if clear else None


def within(text: str, known: Sequence[str], *, least: float) -> tuple[str, str] | None:
    """Return the known value that some words of a text sound like, and those words; None when it is not clear."""
    words = text.split()
    found: list[tuple[float, str, str]] = []
    for value in dict.fromkeys(known):
        size = len(value.split())
        spans = {(at, at + more) for more in (size, size + 1) for at in range(len(words) - more + 1)}
        spans |= {(at, at + size - 1) for at in range(len(words) - size + 2)} if size > 1 else set()
        heard = (" ".join(words[start:end]) for start, end in spans)
        found += [max(((likeness(span, value), value, span) for span in heard), default=(0.0, value, ""))]
    found.sort(reverse=True)
    if not found or found[0][0] < least or (len(found) > 1 and found[0][0] - found[1][0] < AHEAD):
        return None
    return found[0][1], found[0][2]


@lru_cache(maxsize=2048)
def sounds(text: str) -> str:
    """Return the sounds of a text, word by word without the spaces."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").lower())
    return "".join(map(_word, re.split(r"[\s.-]+", plain)))


def _word(word: str) -> str:
    for spelling, sound in SPELLINGS:
        word = spelling.sub(sound, word)
    return word


def distance(first: str, second: str) -> float:
    """Return the cheapest way to change one series of sounds into another."""
    row = [0.0]
    for sound in second:
        row.append(row[-1] + dropped(sound))
    for mine in first:
        above, row = row, [row[0] + dropped(mine)]
        for at, other in enumerate(second):
            changed = above[at] + (0.0 if mine == other else replaced(mine, other))
            row.append(min(changed, above[at + 1] + dropped(mine), row[at] + dropped(other)))
    return row[-1]


@cache
def dropped(sound: str) -> float:
    """Return what it costs to leave a sound out."""
    return SILENT if sound in VOWELS or sound == "h" else 1.0


@cache
def replaced(mine: str, other: str) -> float:
    """Return what it costs to change one sound for another."""
    if mine in VOWELS and other in VOWELS:
        return VOWEL
    return SAME_PLACE if any(mine in group and other in group for group in NEAR) else 1.0
