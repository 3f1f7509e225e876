"""Whether what a caller says over an agent is meant to stop it: words in, a decision out.

"Mm-hm" and "okay" only show that somebody listens. Coughs and clearings of the throat are short too, and a recogniser
makes words of them ("a hum"), so of very short speech only words count that are known to interrupt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from orchestrator.providers.languages import LANGUAGES

SHORT_MS = 600.0  # of speech in which a recogniser hears words although there are none
ENOUGH = 3  # words that are believed even so: no cough has as many
MARKS = " \t\n.,!?;:…-–—*()[]¿¡。，！？；：、"


@dataclass(frozen=True, slots=True)
class Words:
    """The expressions of one language."""

    backchannels: re.Pattern[str]  # all of a text
    interruptions: re.Pattern[str]  # somewhere in it
    spaced: bool  # whether spaces part the words

    def count(self, text: str) -> int:
        """Return how many words a text has; without spaces, two characters are one."""
        return len(text.split()) if self.spaced else len(text) // 2


def interrupts(heard: str, spoken_ms: float, language: str, *, asked: bool) -> bool:
    """Return whether the agent should stop for these words, which took so much speech.

    `asked`: the agent is asking something, so that any word is an answer. In a language without lists, any word
    interrupts too.
    """
    text = heard.strip(MARKS).lower()
    words = _load(language) if language in LANGUAGES else None
    if not text or asked or words is None:
        return bool(text)
    if words.backchannels.fullmatch(text):
        return False
    return spoken_ms >= SHORT_MS or words.count(text) >= ENOUGH or words.interruptions.search(text) is not None


@cache
def _load(language: str) -> Words:
    source = resources.files("orchestrator.local.speech") / "languages" / f"{language}.yaml"
    lists = yaml.safe_load(source.read_text("utf-8"))
    spaced = lists.get("spaced", True)
    before, behind = ("(?<![\\w'])", "(?![\\w'])") if spaced else ("", "")
    one = {name: "|".join(lists[name].strip().splitlines()) for name in ("backchannels", "interruptions")}
    return Words(
        backchannels=re.compile(rf"(?:(?:{one['backchannels']}){behind}[{re.escape(MARKS)}]*)+"),
        interruptions=re.compile(rf"{before}(?:{one['interruptions']}){behind}"),
        spaced=spaced,
    )
