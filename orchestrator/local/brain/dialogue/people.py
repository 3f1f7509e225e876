"""The way to a person: for callers who ask for one, who are angry, or who were not understood twice."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.local.brain.dialogue.answering import FAINT
from orchestrator.local.brain.dialogue.filling import ENOUGH, SURE, Filling
from orchestrator.local.brain.dialogue.frames import Dialogue
from orchestrator.local.brain.dialogue.heard import Heard
from orchestrator.local.brain.dialogue.past import Past
from orchestrator.local.brain.dialogue.routes import briefing, can_give_back, is_transfer, past_calls, reasons
from orchestrator.local.brain.language import Language, current, load
from orchestrator.local.brain.learned.meaning import Doing
from orchestrator.local.brain.port import Action, FunctionTool, Item, Say
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding.acts import Act, acts
from orchestrator.local.brain.understanding.choice import ABLE, SPEAK_TO, Choices, Ranked, is_about_speaking, vocabulary
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.readers import MESSAGE
from orchestrator.team.functions import HAND_BACK

BEHIND, PERHAPS = 0.1, 0.2  # how much a way to a person is behind others, and likelihood from which it is not
SURELY = 0.9  # likelihood from which a caller asks for a person whatever a colleague is for


class People:
    """How one agent puts callers through to a person."""

    def __init__(
        self, choices: Choices, filling: Filling, past: Past, dialogue: Dialogue, items: Sequence[Item], words: Language
    ) -> None:
        # What the agent can do, and how well words match it.
        self._choices = choices
        # Knows what is asked for.
        self._filling = filling
        # Begins with what was said before.
        self._past = past
        # What the conversation is about.
        self._dialogue = dialogue
        # The session's items.
        self._items = items
        # The language.
        self._words = words

    def asked_for(self, heard: Heard) -> list[Action] | None:
        """Put a caller through who asks for a person."""
        return self.put_through(heard) if self._is_wanted(heard) else None

    def _is_wanted(self, heard: Heard) -> bool:
        """Return whether the caller asks for a person; what only examples tell gives way to a function that fits."""
        way = way_to_a_person(self._choices, self._items, heard.text)
        if way is not None and (to := SPEAK_TO.search(heard.text)):  # "Put me through to the mayor"
            whom = content(heard.text[to.end() :])
            if whom and whom <= content(phrases.purpose(way)) and not heard.surely(Doing.REQUEST, Doing.QUESTION):
                return True
        if Act.PERSON not in heard.acts or Act.PERSON in acts(heard.text, self._words):
            return Act.PERSON in heard.acts
        ranked = self._choices.ranked(heard.text, [way] if way else [])
        for best, _ in self._choices.ranked(heard.text)[:1]:
            far_behind = any(best - score >= SURE for score, _ in ranked)  # "can you send me an engineer?"
            if best >= SURE or (best >= ENOUGH and far_behind):
                return False
        return heard.doings[Doing.PERSON] >= SURELY or all(score >= FAINT for score, _ in ranked)

    def behind_others(self, heard: Heard, ranked: Ranked) -> Ranked:
        """Return functions with the way to a person behind a colleague who can do it, unless a person is asked for."""
        way = way_to_a_person(self._choices, self._items, heard.text)
        asks = heard.acts & {Act.PERSON, Act.ANGER} or SPEAK_TO.search(heard.text) or MESSAGE.search(heard.text)
        complains = sum(heard.doings.get(one, 0.0) for one in (Doing.PERSON, Doing.COMPLAIN)) >= PERHAPS
        if way is None or not is_transfer(way) or asks or complains:
            return ranked
        return sorted(
            ((score - BEHIND * (tool is way and score >= ENOUGH), tool) for score, tool in ranked),
            key=lambda pair: -pair[0],
        )

    def put_through(self, heard: Heard) -> list[Action] | None:
        """Put the caller through to a person, or to who can; say so when there is nobody."""
        frame = self._dialogue.current
        if frame is not None and was_sent_for_a_person(self._items, self._words):
            return [Say(f"{phrases.NOBODY_FREE} {self._filling.prompt(frame)}")]
        tool = way_to_a_person(self._choices, self._items, heard.text)
        if tool is None:
            if Act.PERSON not in heard.acts or any(score >= SURE for score, _ in self._choices.ranked(heard.text)[:1]):
                return None
            return [Say(phrases.NOBODY.format(able=phrases.abilities(self._choices.tools)))]
        self._dialogue.frames.clear()
        self._dialogue.missed = 0
        return self._past.begin(tool, heard.text)


def way_to_a_person(choices: Choices, items: Sequence[Item], text: str = "") -> FunctionTool | None:
    """Return the function that leads to a person, or to an agent who may know one; None when there is no such way."""
    transfers = [tool for tool in choices.tools if is_transfer(tool)]
    person, front = _meaning("a_person"), _meaning("front_desk")
    called = [tool for tool in transfers if content(phrases.plain(str(tool["name"]))) & person]
    leading = called or [tool for tool in transfers if vocabulary({**tool, ABLE: ()}) & {"person"}]
    if leading:
        return choices.ranked(text, leading)[0][1] if text else leading[0]
    messages = [tool for tool in choices.tools if not is_transfer(tool) and is_about_speaking(tool)]
    if messages:
        return messages[0]
    tried = {call.name for call in past_calls(items)}
    for tool in transfers:
        if vocabulary(tool) & front and tool["name"] not in tried:
            return tool
    back = [tool for tool in choices.tools if tool["name"] == HAND_BACK]
    return back[0] if back and can_give_back(items) and HAND_BACK not in tried else None


def was_sent_for_a_person(items: Sequence[Item], words: Language) -> bool:
    """Return whether a colleague put the caller through to this agent because they had asked for a person."""
    return any(Act.PERSON in acts(reason, words) for reason in reasons(briefing(items)))


def _meaning(name: str) -> frozenset[str]:
    """Return the words of meaning in a list of a language's file; names of agents may be English."""
    return content(current().words[name]) | content(load().words[name])
