"""Questions that are looked up in text files: when, and what of the passages that are found is read aloud.

The function is no candidate beside the agent's others: what documents say is known by whoever searches them, not by
a description. So a question that no function, answer or colleague is clearly for is looked up, and if nothing is found
the caller is answered as if there were no documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from orchestrator.local.brain.dialogue.filling import SURE
from orchestrator.local.brain.dialogue.heard import INQUIRIES, Heard
from orchestrator.local.brain.dialogue.history import last_call
from orchestrator.local.brain.dialogue.routes import is_route
from orchestrator.local.brain.language import Expression, length
from orchestrator.local.brain.port import Action, CallFunction, FunctionTool, Item
from orchestrator.local.brain.saying.results import parsed
from orchestrator.local.brain.understanding.choice import WANTS, Choices, prototypes
from orchestrator.local.brain.understanding.encoder import SentenceEncoder
from orchestrator.local.brain.understanding.knowledge import SENTENCE, answers_to
from orchestrator.team.functions import WHAT_TO_LOOK_UP

FACT = Expression("asks_fact")
QUESTION = "question"  # the parameter
FEWEST = 3  # words of what is looked up
COLLEAGUE = 0.33  # score from which a question is one for a colleague
CLEARLY = 0.75  # score from which a question is one for a function that does something: "how do I book a room?"
WELL = 0.65  # score from which a known answer fits so well that nothing is looked up
READ = 240  # characters of two sentences that are read aloud; of longer ones only the nearer is


def searches(tool: FunctionTool) -> bool:
    """Return whether a function looks something up in text files, whatever it is called."""
    needed = ((tool.get("parameters") or {}).get("properties") or {}).get(QUESTION) or {}
    return bool(needed.get("description") == WHAT_TO_LOOK_UP)


class Documents:
    """What an agent can look up."""

    def __init__(
        self, encoder: SentenceEncoder, tools: Sequence[FunctionTool], choices: Choices, memory: dict[str, Any]
    ) -> None:
        # Compares sentences by meaning.
        self._encoder = encoder
        # The function that searches; None: there are no documents.
        self._tool = next((tool for tool in tools if searches(tool)), None)
        # What else the agent can do.
        self._choices = choices
        # The words that nothing was found for, so that they are not looked up again.
        self._memory = memory

    def may_know_better(self, text: str, score: float) -> bool:
        """Return whether looking a text up may tell more than a known answer with this score."""
        return score < WELL and self.look_up(text) is not None

    def asked(self, heard: Heard, among: Sequence[FunctionTool] | None = None) -> list[Action] | None:
        """Look a question up that nothing else is clearly for, however well a function that does something fits."""
        if self._tool is None or not heard.question:
            return None
        general = INQUIRIES.search(heard.text.strip()) or FACT.search(heard.text)
        if WANTS.search(heard.text) and not general:
            return None
        score, meant = next(iter(self._choices.ranked(heard.text, among)), (0.0, None))
        acts = meant is not None and not self._choices.tells(meant)
        least = CLEARLY if acts and general else COLLEAGUE if meant is not None and is_route(meant) else SURE
        return self.look_up(heard.text) if score < max(least, self._near(heard.text)) else None

    def advised(self, question: str) -> list[Action] | None:
        """Look a colleague's question up, unless an answer or a function is clearly for it."""
        best = max((score for score, _ in self._choices.ranked(question)), default=0.0)
        clear = best >= SURE or self._choices.answer(question)[0] >= SURE
        return None if clear else self.look_up(question)

    def look_up(self, text: str) -> list[Action] | None:
        """Look a text up; None if there is nowhere to, or nothing was found for it before."""
        if self._tool is None or length(text) < FEWEST or self._memory.get("in_vain") == text:
            return None
        return [CallFunction(str(self._tool["name"]), {QUESTION: text})]

    def _near(self, text: str) -> float:
        """Return how near a text is to what the documents are about, as far as it is a function that is meant."""
        assert self._tool is not None
        near = max(self._encoder.likeness(text, prototypes(self._tool)), default=0.0)
        return near if near >= SURE else 0.0

    def found(self, items: Sequence[Item], today: date) -> tuple[str, str] | None:
        """Return what was looked up last, and what to read aloud of it, "" for nothing; None if nothing was."""
        name, arguments, _ = last_call(items)
        told = parsed(str(items[-1].get("output", ""))) if items else None
        if self._tool is None or name != self._tool["name"] or told is None or "passages" not in told:
            return None
        question = str(arguments.get(QUESTION, ""))
        aloud = self._aloud(question, told["passages"], today)
        if not aloud:
            self._memory["in_vain"] = question
        return question, aloud

    def _aloud(self, question: str, passages: Sequence[Mapping[str, Any]], today: date) -> str:
        """Return one or two sentences of the best passage: the first, unless only another has what is asked for."""
        texts = [str(one.get("text", "")) for one in passages]
        fits = answers_to(question)
        able = [text for text in texts if fits is not None and fits(text, today)]
        text = next(iter(able or texts), "")
        sentences = [_ended(one) for one in SENTENCE.split(text.strip()) if one.strip()]
        if not sentences:
            return ""
        near = self._encoder.likeness(question, sentences)
        if fits is not None:
            near = [score + fits(one, today) for score, one in zip(near, sentences, strict=True)]
        best = max(range(len(sentences)), key=near.__getitem__)
        beside = [at for at in (best - 1, best + 1) if 0 <= at < len(sentences)]
        if not beside:
            return sentences[best]
        pair = sorted((best, max(beside, key=near.__getitem__)))
        both = " ".join(sentences[at] for at in pair)
        return both if len(both) <= READ else sentences[best]


def _ended(sentence: str) -> str:
    """Return a sentence, or an item of a list, with an end that can be heard."""
    return sentence if sentence[-1] in ".!?。！？…" else f"{sentence.rstrip(' ;,:')}."
