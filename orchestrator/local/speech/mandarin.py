"""Chinese text as sounds: characters to pinyin, pinyin to the alphabet of the speech model, numbers to characters."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any

import yaml

NUMBER = re.compile(r"(\d+)(?:\.(\d+))?([%％]?)")
GROUP, MOST = 4, 16  # digits with a word of their own; most digits of a number that is counted
HAN = re.compile(r"[\u3400-\u9fff]+")


def phonemes(text: str) -> str:
    """Return how a text sounds; Latin letters stay letters."""
    words = _data()
    marks = words["sounds"]["marks"]
    written = in_characters(text)
    out, at = "", 0
    for found in HAN.finditer(written):
        between = written[at : found.start()].lower()
        out += "".join(marks.get(sign, sign) for sign in between) + _syllables(found.group())
        at = found.end()
    return (out + "".join(marks.get(sign, sign) for sign in written[at:].lower())).strip()


def in_characters(text: str) -> str:
    """Write the numbers of a text as they are said."""
    words = _data()["numbers"]

    def said(found: re.Match[str]) -> str:
        whole, part, percent = found.groups()
        behind = text[found.end() : found.end() + 1]
        if len(whole) > MOST or (behind == words["year"] and len(whole) == 4):
            counted = "".join(words["digits"][int(digit)] for digit in whole)
        elif whole == "2" and not part and behind and behind in words["counted"]:
            counted = words["pair"]
        else:
            counted = _counted(int(whole))
        if part:
            counted += words["point"] + "".join(words["digits"][int(digit)] for digit in part)
        return (words["percent"] if percent else "") + counted

    return NUMBER.sub(said, text)


def _counted(number: int) -> str:
    """Say a number: 1050 is 一千零五十."""
    words = _data()["numbers"]
    if number == 0:
        return str(words["digits"][0])
    groups, rest = [], number
    while rest:
        rest, group = divmod(rest, 10**GROUP)
        groups.append(group)
    said, gap = "", False
    for at in range(len(groups) - 1, -1, -1):
        for place in range(GROUP - 1, -1, -1):
            digit = groups[at] // 10**place % 10
            if digit == 0:
                gap = bool(said)
                continue
            said += (words["digits"][0] if gap else "") + words["digits"][digit] + words["tens"][place]
            gap = False
        said += words["myriads"][at] if groups[at] else ""
    ten = words["digits"][1] + words["tens"][1]
    return said.removeprefix(words["digits"][1]) if said.startswith(ten) else said


def _syllables(characters: str) -> str:
    from pypinyin import Style, lazy_pinyin

    sounds = _data()["sounds"]
    initials = lazy_pinyin(characters, style=Style.INITIALS, strict=True)
    finals = lazy_pinyin(characters, style=Style.FINALS_TONE3, strict=True, neutral_tone_with_five=True)
    out = ""
    for initial, final in zip(initials, finals, strict=True):
        plain, tone = final.rstrip("12345"), final[-1:] if final[-1:].isdigit() else "5"
        buzzes = plain == "i" and initial in sounds["after"]
        shape = sounds["buzzing"] if buzzes else sounds["finals"].get(plain, "")
        out += sounds["initials"].get(initial, "") + shape.replace("*", sounds["tones"][tone])
    return out


@cache
def _data() -> dict[str, Any]:
    source = resources.files(__package__) / "languages" / "zh.yaml"
    words: dict[str, Any] = yaml.safe_load(source.read_text("utf-8"))
    return words
