"""Questions about what was told in the call: it is told again, whole or the sentence that answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from orchestrator.local.brain.dialogue.filling import ENOUGH, SURE, Filling
from orchestrator.local.brain.dialogue.frames import Frame, Stage
from orchestrator.local.brain.dialogue.heard import Heard
from orchestrator.local.brain.dialogue.history import last_said, sentences_said, turns_since_call
from orchestrator.local.brain.dialogue.past import OFFERED, Past
from orchestrator.local.brain.dialogue.recall import likeliest_told, refers_only, told_about, told_before, told_last
from orchestrator.local.brain.language import Expression, length
from orchestrator.local.brain.learned.meaning import Doing
from orchestrator.local.brain.port import Action, Item, Say
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding.acts import Act, acts
from orchestrator.local.brain.understanding.choice import Choices
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.knowledge import answers_to, topic

CERTAIN = 0.75  # score from which a function is asked for, and nothing that was told
SHORT = 12  # most words of a sentence that only asks for a repetition
BARE = 3  # most words of a question that names nothing: "why not?"
VAGUE = 0.45  # score from which a known answer is not what was said before
MOMENTS = Expression("asks_moment")
RECALLS, INQUIRIES, REFERRING = Expression("recalls"), Expression("inquiries"), Expression("referring")


class Told:
    """What one agent has told a caller."""

    def __init__(self, choices: Choices, filling: Filling, past: Past, items: Sequence[Item], today: date) -> None:
        # What the agent can do, and how well words match it.
        self._choices = choices
        # Knows what is asked for.
        self._filling = filling
        # Looks things up again.
        self._past = past
        # The session's items.
        self._items = items
        # The day of the call.
        self._today = today

    def asked_about(self, frame: Frame | None, heard: Heard) -> list[Action] | None:
        """Tell again what answers a question about what was said before, or look "it" up."""
        said = told_before(heard, self._items, self._today)
        about = content(RECALLS.sub(" ", heard.text))
        is_known = bool(about) and self._is_known(heard, SURE) and not refers_only(heard)
        if is_known and (said.endswith("?") or not content(heard.text) & content(said)):
            return None
        if said:
            return self._again(said, frame)
        if not refers_only(heard):
            return None
        fits, last = answers_to(heard.text), told_last(self._items)
        if last and (fits is None or any(fits(one, self._today) for one in last)):
            return self._again(" ".join(last), frame)
        return self._past.looked_up_again(heard)

    def repeated(self, frame: Frame | None, heard: Heard) -> list[Action] | None:
        """Say the last words again when the caller asks for nothing else."""
        if Act.REPEAT not in heard.acts or length(heard.text) > SHORT:
            return None
        if Act.REPEAT not in acts(heard.text, heard.words):  # only examples tell
            if told := self.asks_on(frame, heard):
                return told
            if self._choices.answer(heard.text)[0] >= VAGUE or self._is_wish(heard) or self._is_told(frame, heard):
                return None
        plain = phrases.without_lead(last_said(self._items))
        return [Say(phrases.AGAIN.format(said=plain) if plain else phrases.NOTHING_SAID)]

    def _is_told(self, frame: Frame | None, heard: Heard) -> bool:
        """Return whether a caller tells what they were asked for in their own words: "the music was too loud"."""
        free = frame is not None and frame.stage is Stage.ASKING and self._filling.asks_freely(frame)
        return free and not heard.question and not heard.only(*Act)

    def _is_other_wish(self, heard: Heard) -> bool:
        """Return whether a question is for what a function looks up, and about no "it": "Is the tent in stock?"."""
        best = self._choices.ranked(heard.text)[:1]
        looks_up = any(score >= CERTAIN and self._choices.tells(tool) for score, tool in best)
        return looks_up and not REFERRING.search(heard.text)

    def _is_wish(self, heard: Heard) -> bool:
        """Return whether a function is meant: "it's down again"."""
        return max((score for score, _ in self._choices.ranked(heard.text)), default=0.0) >= SURE

    def say_again(self, heard: Heard) -> list[Action] | None:
        """Say the last words again when the caller asks for a part of them that cannot be found in them."""
        leaves = Act.GOODBYE in heard.acts and not heard.question
        if not RECALLS.search(heard.text) or length(heard.text) > SHORT or leaves:
            return None
        best = max((score for score, _ in self._choices.ranked(heard.text)), default=0.0)
        if best >= ENOUGH or self._is_known(heard, VAGUE):
            return None
        return [Say(phrases.AGAIN.format(said=phrases.without_lead(last_said(self._items))))]

    def asks_on(self, frame: Frame | None, heard: Heard) -> list[Action] | None:
        """Tell the sentence again that a question is about: "how many?", "what do I have to bring?", "why not?"."""
        own = heard.acts & {Act.WHY, Act.WHO, Act.HELP} if frame else heard.acts & {Act.WHO, Act.HELP}
        if turns_since_call(self._items) > OFFERED or not heard.question or own:
            return None
        if heard.rather(Doing.REQUEST, Doing.QUESTION) or self._is_other_wish(heard):
            return None  # "Could you put me on that list?"
        if frame is None and self._is_bare(heard) and (last := told_last(self._items)):
            return self._again(" ".join(last), frame)
        said = told_about(heard, self._items, self._today) if INQUIRIES.search(heard.text) else ""
        about, known = topic(heard.text), self._choices.answer(heard.text)
        if said and about <= content(said) and not (known[0] >= SURE and about and about <= content(known[1])):
            return self._again(said, frame)
        said = likeliest_told(heard, self._items, self._choices, self._today)
        return self._again(said, frame) if said else None

    def goes_on_about(self, frame: Frame | None, heard: Heard) -> list[Action] | None:
        """Tell again what a question is about that nothing else answers."""
        said = told_about(heard, self._items, self._today) or self._fitting(heard)
        return self._again(said, frame) if said else None

    def _fitting(self, heard: Heard) -> str:
        """Return what was told last that has the moment that a question asks for which names nothing else."""
        fits = answers_to(heard.text)
        if not heard.question or fits is None or not MOMENTS.search(heard.text) or len(topic(heard.text)) > 1:
            return ""
        return next((one for one in told_last(self._items) if fits(one, self._today)), "")

    def _is_bare(self, heard: Heard) -> bool:
        """Return whether a question names nothing, so that it can only be about what was just told."""
        names_nothing = Act.WHY in heard.acts or not content(heard.text)
        return length(heard.text) <= BARE and names_nothing and heard.acts <= {Act.WHY, Act.AFFIRM, Act.DENY}

    def _again(self, said: str, frame: Frame | None) -> list[Action]:
        """Tell something again, and what the caller was asked for."""
        prompt = self._filling.prompt(frame) if frame else ""
        return [Say(prompt if said in prompt else f"{said} {prompt}".strip())]

    def _is_known(self, heard: Heard, least: float) -> bool:
        """Return whether a known answer fits: to words that ask what was said, only one that was said."""
        score, answer = self._choices.answer(heard.text)
        repeats = heard.doings.get(Doing.REPEAT, 0) > heard.doings.get(Doing.QUESTION, 0)
        return score >= least and (not repeats or any(one in answer for one in sentences_said(self._items)))
