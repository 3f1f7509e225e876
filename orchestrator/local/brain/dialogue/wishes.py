"""What a caller wants: one of the agent's functions, several of them, or what a bare number is for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from orchestrator.local.brain.dialogue.filling import ENOUGH, SURE
from orchestrator.local.brain.dialogue.frames import Dialogue
from orchestrator.local.brain.dialogue.history import last_call
from orchestrator.local.brain.dialogue.routes import is_route
from orchestrator.local.brain.language import Expression, Language, current, length
from orchestrator.local.brain.learned.meaning import Doing, Pending
from orchestrator.local.brain.port import FunctionTool, Item
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding import clauses, names, numbers
from orchestrator.local.brain.understanding.acts import PLEASANTRIES, Act, agreement, only
from orchestrator.local.brain.understanding.choice import (
    ASKS,
    SPEAK_TO,
    WANTS,
    Choices,
    Ranked,
    action,
    informs,
    is_destructive,
    vocabulary,
)
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.kinds import is_identifier
from orchestrator.local.brain.understanding.parameter import parameters

MATTERS = (Doing.REQUEST, Doing.QUESTION, Doing.COMPLAIN, Doing.PERSON)  # what a second request does
EVEN = 0.5  # likelihood from which it does
MARGIN = 0.01  # of two functions closer than this the caller must choose; at 0 one choice in 60 is wrong
WISH = Expression("wish")  # in the first of two requests, which tells it from the reason for the second
INSTEAD = Expression("instead")
OWN_WORDS = 2  # fewest words of meaning in a second request
AND = Expression("and_at_end")


class Wishes:
    """Finds the wishes in a text."""

    def __init__(self, choices: Choices, dialogue: Dialogue, items: Sequence[Item], words: Language) -> None:
        # What the agent can do, and how well words match it.
        self._choices = choices
        # Where wishes for later are kept.
        self._dialogue = dialogue
        # The session's items.
        self._items = items
        # The language.
        self._words = words

    def best(self, text: str, ranked: Ranked) -> list[FunctionTool]:
        """Return the function that is meant, or both of two that match about equally well."""
        first = clauses.requests(text, self._words)[0]
        # Of two wishes in one sentence the first counts, if it is clearer by itself.
        if first != text and length(first) > 2 and self._has_form(first):
            apart = self._choices.ranked(first, [tool for _, tool in ranked])
            ranked = apart if apart[0][0] > ranked[0][0] else ranked
        near = [tool for score, tool in ranked[:2] if ranked[0][0] - score < MARGIN]
        said = [content(text) & vocabulary(tool) for tool in near]
        more = [
            tool for tool, own in zip(near, said, strict=True) if all(own > other for other in said if other != own)
        ]
        return more if len(more) == 1 else near

    def _has_form(self, text: str) -> bool:
        """Return whether a text is worded as a wish or a question."""
        return bool(WANTS.search(text) or WISH.search(text) or ASKS.search(text))

    def apart(self, text: str, besides: str = "") -> list[tuple[str, FunctionTool]]:
        """Return the parts of a text that each clearly want something else than the function `besides`, and what."""
        among = [tool for tool in self._choices.tools if tool["name"] != besides]
        said = [part for part in clauses.requests(text, self._words) if length(part) >= clauses.LONG]
        said = [part for part in said if not only(part, PLEASANTRIES, self._words) and self._is_matter(part)]
        parts = [(part, self._choices.ranked(part, among)[:1]) for part in said]
        least = [SURE - MARGIN for _ in parts]
        if said and (WANTS.search(said[0]) or WISH.search(said[0])):
            least[0] = ENOUGH
        elif least:
            least[0] = SURE + MARGIN
        for at, (part, _) in enumerate(parts[1:], 1):
            if self._has_form(part):
                least[at] = ENOUGH
        clear = [
            (part, ranked[0][1])
            for (part, ranked), score in zip(parts, least, strict=True)
            if ranked and ranked[0][0] >= score
        ]
        if clear and not any(self._has_form(part) for part, _ in clear):
            # Statements of different things: how it came about, and what is the matter.
            clear = clear if len({str(tool["name"]) for _, tool in clear}) == 1 else []
        if len(clear) > 1 and not self._has_form(clear[0][0]):  # perhaps only how it came about
            (_, meant), *_ = self._choices.ranked(text, among)
            if any(self._has_form(part) and tool["name"] == meant["name"] for part, tool in clear[1:]):
                clear = clear[1:]
        named = {str(tool["name"]): (part, tool) for part, tool in reversed(clear)}
        return sorted(named.values(), key=lambda entry: text.find(entry[0]))

    def _is_matter(self, part: str) -> bool:
        """Return whether a part of a text wants something by itself, as far as that was learnt; a name does not."""
        doings = self._choices.doings(part, Pending.NOTHING)
        if not doings:
            return True
        name = names.find(part, self._words)
        only_name = name is not None and content(f"{part[: name.start]} {part[name.end :]}") <= content("name")
        return not only_name and sum(doings[one] for one in MATTERS) >= EVEN

    def queue_others_than(
        self, tool: FunctionTool, text: str, is_change: Callable[[str], bool] = lambda part: False
    ) -> str:
        """Remember the requests in an answer that are for other functions; returns the text without them.

        `is_change` tells whether a part has values for the matter in hand.
        """
        parts = clauses.requests(text, self._words)
        if len(parts) > 1 and only(parts[0], (Act.WAIT, Act.THANKS, Act.GREETING), self._words):
            parts, text = parts[1:], text.replace(parts[0], " ", 1).strip()  # "Let me think. When do you close?"
        agreed = bool(parts) and agreement(parts[0], self._words)  # "yes, and book me into the other one instead"
        for part in parts[1:]:
            if SPEAK_TO.search(part) and not agreed:
                continue  # who wants to be put through does not wait
            score, meant = self._choices.ranked(part)[0]
            left = self._choices.left(part, tool)
            if len(content(left)) < OWN_WORDS or (left != part and not (self._has_form(part) or action(part))):
                continue  # nothing but values for the matter at hand
            if is_change(part):
                continue
            if score < SURE and self._is_known(part):  # "Yes, and I also wanted to ask about …"
                self._dialogue.wait_with(part)
                text = text.replace(part, " ")
            if score < SURE or not self._is_matter(part):
                continue
            if meant["name"] != tool["name"] and (agreed or not INSTEAD.search(part)):
                self._dialogue.wait_with(part)
                text = text.replace(part, " ")
        return AND.sub("", text)

    def _is_known(self, part: str) -> bool:
        """Return whether a part of a text asks for something that is known."""
        return self._is_matter(part) and self._choices.answer(part)[0] >= SURE

    def queue_others(self, text: str, besides: str = "") -> str:
        """Remember all requests in a text but the first; returns the text without them."""
        for part, _ in self.apart(text, besides)[1:]:
            self._dialogue.wait_with(part)
            text = text.replace(part, " ")
        return text

    def lookups(self, text: str) -> list[FunctionTool]:
        """Return the harmless functions that a bare number can be for, the likeliest first.

        A function whose number the text names goes first; among equals, the one that was called last.
        """
        last, _, _ = last_call(self._items)
        unnamed: list[FunctionTool] = []
        named: list[FunctionTool] = []
        for tool in self._choices.tools:
            numbered = [one for one in parameters(tool) if one.required and is_identifier(one)]
            if numbered and not is_destructive(tool) and not is_route(tool):
                group = named if content(numbered[0].about) & content(text) else unnamed
                group.insert(0 if tool["name"] == last else len(group), tool)
        return named + unnamed


def only_numbers(text: str) -> bool:
    """Return whether a sentence says nothing but a number: "My account number is 48213."."""
    return bool(numbers.find(text)) and not content(numbers.written(text)) - content(current().words["beside_numbers"])


def is_other_action(tool: FunctionTool, other: FunctionTool) -> bool:
    """Return whether two functions do different things with the same: book and cancel an appointment."""
    if tool["name"] == other["name"] or any(is_route(one) or informs(one) for one in (tool, other)):
        return False
    things = [content(phrases.plain(str(one["name"])).partition(" ")[2]) for one in (tool, other)]
    return bool(things[0] & things[1])
