"""Answers to questions about what was said and done before in the call: "how much was that?", "when is it again?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from orchestrator.local.brain.dialogue.heard import Heard
from orchestrator.local.brain.dialogue.history import sentences_said
from orchestrator.local.brain.dialogue.patterns import PLACE
from orchestrator.local.brain.language import Expression, Language, asks, current
from orchestrator.local.brain.learned.meaning import Doing, meaning
from orchestrator.local.brain.port import Item
from orchestrator.local.brain.understanding import numbers
from orchestrator.local.brain.understanding.acts import Act
from orchestrator.local.brain.understanding.choice import ABLE, Choices
from orchestrator.local.brain.understanding.clauses import SENTENCE
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.knowledge import answers_to, topic
from orchestrator.local.brain.understanding.meant import likelier
from orchestrator.protocol.items import words

RECALLS, INQUIRIES, REFERRING = Expression("recalls"), Expression("inquiries"), Expression("referring")
WHERE, AT_PLACE = Expression("asks_where"), Expression("at_place")
RECENT = 4  # sentences about which a caller may go on
TOLD = 3.0  # from which a question is likely about a sentence: a logarithm
ELSEWHERE = 3.0  # taken off what a colleague could do
PHRASE = re.compile(r"[^{}\W].+[.?!:]")  # a whole sentence among the lines that the router says
ANY_WORDS = ("failed", "i_am", "that_is")  # lines that have hardly more than what is told
FITS, JUST = 2.0, 1.5  # added for a sentence with the kind of value that is asked for, and for one that was just said
VAGUE = 0.45  # score from which a known answer may be what is asked for
KNOWN = 0.85  # score from which it certainly is
NAMED = re.compile(r"\d{3,}")  # a number that names a thing: an order, a room


def told_before(heard: Heard, items: Sequence[Item], today: date) -> str:
    """Return the last sentence that answers a question about what was said before; "" when there is none."""
    if not RECALLS.search(heard.text) or (Act.GOODBYE in heard.acts and not heard.question):  # "Lovely, that was it"
        return ""
    if heard.hardly(Doing.QUESTION, Doing.REPEAT):  # "it's down again"
        return ""
    about = content(RECALLS.sub(" ", heard.text))
    asked = answers_to(heard.text)
    said = sentences_said(items)
    fitting = [one for one in said if (asked(one, today) if asked else about & content(one))]
    return max(fitting, key=lambda one: (len(about & content(one)), not one.endswith("?")), default="")


def told_about(heard: Heard, items: Sequence[Item], today: date) -> str:
    """Return the sentence among the last ones said that a question goes on about: "how many mistakes?"; "" if none."""
    about = topic(heard.text)
    asked = answers_to(heard.text)
    said = told(items)[:RECENT]
    if not heard.question or not (about or asked):
        return ""
    named = set(NAMED.findall(heard.text))  # a question about another order is not about this one
    same = [one for one in said if named.issubset(NAMED.findall(one))]
    fitting = (one for one in same if len(about & content(one)) * 2 >= len(about))
    return next((one for one in fitting if asked is None or asked(one, today) or numbers.find(one)), "")


def told(items: Sequence[Item]) -> list[str]:
    """Return the sentences that told something, the newest first: no questions, and no phrases of the router's own."""
    own = _phrases(current())
    lines = [words(item) for item in reversed(_answers(items)) if item.get("role") == "assistant"]
    said = [sentence for line in lines for sentence in reversed(SENTENCE.split(own.sub(" ", line).strip())) if sentence]
    return [one for one in said if not asks(one)]


def told_last(items: Sequence[Item]) -> list[str]:
    """Return the sentences that were told last, in order."""
    last = [item for item in items if item.get("role") in ("assistant", "user")]
    return told([{"role": "user"}, *last[-2:]])[::-1]


@lru_cache(maxsize=8)
def _phrases(language: Language) -> re.Pattern[str]:
    """Return what finds the router's own sentences in what was said."""
    lines = [line for line in language.lines.values() if isinstance(line, str)]
    whole = [line.strip() for line in (*lines, *language.lines["acknowledged"]) if PHRASE.fullmatch(line.strip())]
    kept = {language.lines[name] for name in ANY_WORDS}
    plain = [PLACE.sub(".+?", re.escape(line)) for line in sorted(whole, key=len, reverse=True) if line not in kept]
    return re.compile("|".join(plain))


def likeliest_told(heard: Heard, items: Sequence[Item], choices: Choices, today: date) -> str:
    """Return the sentence among the last ones told that a question is likeliest about; "" if it is about another thing.

    As far as that was learnt; what a function or a known answer is for is not told again.
    """
    learnt = meaning(current().code)
    fitting = [one for one in told(items)[:RECENT] if _can_answer(one, heard, today)]
    if learnt is None or not fitting:
        return ""
    score, known = choices.answer(heard.text)
    if score >= KNOWN and not RECALLS.search(heard.text):
        return ""
    rivals = learnt.match(heard.text, [known.lower()] if score >= VAGUE else [])
    rivals += likelier(learnt, heard.text, choices.tools)
    theirs = [one for tool in choices.tools for one in tool.get(ABLE, ())]
    rivals += [likely - ELSEWHERE for likely in likelier(learnt, heard.text, theirs)]
    just, asked = told_last(items), answers_to(heard.text)
    scores = [
        likely + FITS * (asked is not None and asked(one, today)) + JUST * (one in just)
        for one, likely in zip(fitting, learnt.match(heard.text, [one.lower() for one in fitting]), strict=True)
    ]
    best = max(range(len(fitting)), key=scores.__getitem__)
    return fitting[best] if scores[best] >= max(TOLD, *rivals) else ""


def _can_answer(sentence: str, heard: Heard, today: date) -> bool:
    """Return whether a sentence is about the same thing as a question, and has the kind of value that it asks for."""
    if not set(NAMED.findall(heard.text)).issubset(NAMED.findall(sentence)):
        return False
    if not INQUIRIES.search(heard.text):
        return bool(content(heard.text) & content(sentence))
    if WHERE.search(heard.text) and not AT_PLACE.search(sentence):
        return False
    asked = answers_to(heard.text)
    return asked is None or asked(sentence, today) or bool(numbers.find(sentence))


def _answers(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items without what was said before the caller said anything: the greeting."""
    first = next((at for at, item in enumerate(items) if item.get("role") in ("user", "system")), len(items))
    return items[first:]


def refers_only(heard: Heard) -> bool:
    """Return whether a question is about nothing but "it": "wait, when is it again?"."""
    plain = heard.words.within["wait"].sub(" ", RECALLS.sub(" ", heard.text)).strip(" ,")
    return bool(INQUIRIES.search(plain) and REFERRING.search(plain)) and not topic(WHERE.sub(" ", plain))
