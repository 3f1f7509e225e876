"""Answers to questions about what was said and done before in the call: "how much was that?", "when is it again?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from orchestrator.local.brain.dialogue.heard import Heard
from orchestrator.local.brain.dialogue.history import sentences_said
from orchestrator.local.brain.language import Expression
from orchestrator.local.brain.port import Item
from orchestrator.local.brain.understanding import numbers
from orchestrator.local.brain.understanding.acts import Act
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.knowledge import answers_to, topic

RECALLS, INQUIRIES, REFERRING = Expression("recalls"), Expression("inquiries"), Expression("referring")
RECENT = 4  # sentences about which a caller may go on
NAMED = re.compile(r"\d{3,}")  # a number that names a thing: an order, a room


def told_before(heard: Heard, items: Sequence[Item], today: date) -> str:
    """Return the last sentence that answers a question about what was said before; "" when there is none."""
    if not RECALLS.search(heard.text) or (Act.GOODBYE in heard.acts and not heard.question):  # "Lovely, that was it"
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
    said = [one for one in sentences_said(_answers(items))[:RECENT] if not one.endswith("?")]
    if not heard.question or not (about or asked):
        return ""
    named = set(NAMED.findall(heard.text))  # a question about another order is not about this one
    same = [one for one in said if named.issubset(NAMED.findall(one))]
    fitting = (one for one in same if len(about & content(one)) * 2 >= len(about))
    return next((one for one in fitting if asked is None or asked(one, today) or numbers.find(one)), "")


def _answers(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items without what was said before the caller said anything: the greeting."""
    first = next((at for at, item in enumerate(items) if item.get("role") in ("user", "system")), len(items))
    return items[first:]


def refers_only(heard: Heard) -> bool:
    """Return whether a question is about nothing but "it": "wait, when is it again?"."""
    plain = heard.words.within["wait"].sub(" ", RECALLS.sub(" ", heard.text)).strip(" ,")
    return bool(INQUIRIES.search(plain) and REFERRING.search(plain)) and not content(plain)
