"""Groups of words that mean the same in calls to a service.

The encoder was not trained on invoices and parcels: it puts "call off" nearer to "book" than to "cancel". The short
lists of synonyms in the languages' files make up for it. Names of functions are English wherever a team is, so the
English lists always count.
"""

from __future__ import annotations

import re
from functools import cache

from orchestrator.local.brain.language import Language, current, load


@cache
def _group(language: Language) -> re.Pattern[str]:
    bound = r"\b" if language.spaced else ""
    named = (rf"{bound}(?P<{name}>{expressions}){bound}" for name, expressions in language.words["groups"].items())
    return re.compile("|".join(named))


def groups(text: str) -> tuple[frozenset[str], str]:
    """Return the groups that a text's words belong to, and the rest of the text; both in lower case."""
    plain = text.lower().replace("’", "'")
    found: set[str] = set()
    for language in dict.fromkeys((current(), load())):
        pattern = _group(language)
        found |= {str(each.lastgroup) for each in pattern.finditer(plain)}
        plain = pattern.sub(" ", plain)
    return frozenset(found), plain
