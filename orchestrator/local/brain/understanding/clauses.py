"""The parts of what a caller says: sentences, second requests, and which of two versions is the right one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from orchestrator.local.brain.language import Language, length

SENTENCE = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])\s*")
LONG = 3  # fewest words of a request


@dataclass(frozen=True, slots=True)
class Repaired:
    """A text in which the caller corrects what they said."""

    right: str  # what counts
    wrong: str  # what is taken back; "" when that is not said
    before: str  # what comes before, and counts where it is not corrected
    after: str = field(default="", compare=False)  # what counts and everything behind it


def repaired(text: str, language: Language) -> Repaired | None:
    """Return how a text corrects itself or what was said before; None when it does not."""
    plain = text.replace("’", "'")
    for denial in language.denials:
        if match := denial.search(plain):
            before, after = plain[: match.start()].strip(" ,"), plain[match.start("right") :].strip()
            return Repaired(match["right"].strip(), match["wrong"].strip(), before, after)
    cues = list(language.repairs.finditer(plain))
    if not cues:
        return None
    before = plain[: cues[0].start()].strip(" ,.")
    if not plain[cues[-1].end() :].strip(" ,.?!") and len(cues) > 1:  # "make it eleven instead"
        return Repaired(plain[cues[-2].end() : cues[-1].start()].strip(" ,."), "", before)
    right = plain[cues[-1].end() :].strip(" ,.")
    return Repaired(right or before, "", before) if right or before else None


def requests(text: str, language: Language) -> list[str]:
    """Return the parts of a text that may each be a request: sentences, and what is joined by "and also"."""
    parts: list[str] = []
    for sentence in SENTENCE.split(text.strip()):
        start = 0
        for join in language.joins.finditer(sentence):
            before, after = sentence[start : join.start()], sentence[join.end() :]
            whole = length(before) >= LONG or language.within["affirm"].fullmatch(before.strip(" ,.!"))
            if whole and length(after) >= LONG:
                parts.append(before)
                start = join.end()
        parts.append(sentence[start:])
    return [part for part in parts if part.strip(" .,!?")]


def is_question(text: str, language: Language) -> bool:
    """Return whether a text asks something."""
    return text.rstrip().endswith("?") or bool(language.questions.search(text.strip()))
