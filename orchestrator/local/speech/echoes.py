"""Drops what Whisper says twice: in a window shorter than its own, the decoder may repeat itself."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

PACKED = 2.4  # highest compression ratio of text that does not repeat itself
FINAL_MARKS = ".,!?;:。，！？；：、"
# A word, or one character of a script without spaces; both with the marks behind it.
WORD = re.compile(r"[\u2e80-\u9fff](?:[^\w\s]|[。，！？；：、])*|[^\s\u2e80-\u9fff]+")
UNSPACED = re.compile(r"[\u2e80-\u9fff]")
LONG = re.compile(r"\d(?:-?\d){2}")  # a number that nobody says twice in one breath
FEW, FEW_UNSPACED = 2, 4  # most words and most characters that people say twice
OFTEN, OFTEN_UNSPACED = 3, 6  # how often they say a word and a character at most


def is_loop(text: str) -> bool:
    """Return whether the decoder repeated itself endlessly, as it may in a window shorter than Whisper's own."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) > PACKED


def once(text: str) -> str:
    """Drop what Whisper repeats at the end of a short window: a whole text, a sentence, a number.

    A word or two said twice is intended ("bye bye"), and so are the digits of a number.
    """
    words = list(WORD.finditer(text))
    bare = [word.group().strip(FINAL_MARKS).lower() for word in words]
    for size in range(len(words) // 2, 0, -1):
        end = len(words)
        while end >= 2 * size and bare[end - size : end] == bare[end - 2 * size : end - size]:
            end -= size
        if end < len(words) and _is_echo(bare[end - size : end], copies=(len(words) - end) // size + 1):
            return once(text[: words[end - 1].end()])
    return _without_false_start(text, words, bare)


def _is_echo(unit: list[str], *, copies: int) -> bool:
    unspaced = bool(UNSPACED.match(unit[0]))
    if len(unit) == 1:
        often = copies > (OFTEN_UNSPACED if unspaced else OFTEN)
        return bool(re.fullmatch(r"[\d,-]{3,}", unit[0])) or (often and not unit[0].isdigit())
    digits = "".join(unit)
    if digits.isdigit():
        return len(digits) > 3 and len(set(digits)) > 1
    few = FEW_UNSPACED if unspaced else FEW
    return len(unit) > few or copies > few or any(LONG.search(word) for word in unit)


def _without_false_start(text: str, words: Sequence[re.Match[str]], bare: list[str]) -> str:
    """Drop the second start of a text that is begun again and cut off ("Take a message, please. Take a mess…")."""
    for size in range(-(-len(words) // 2), len(words) - 2):
        if words[size - 1].group()[-1] in ".!?。！？" and bare[size:] == bare[: len(words) - size]:
            return text[: words[size - 1].end()]
    return text
