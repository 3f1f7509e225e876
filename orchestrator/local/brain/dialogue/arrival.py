"""A caller who was handed over: what they have already asked for is done, or asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from orchestrator.local.brain.dialogue import patterns, recollection
from orchestrator.local.brain.dialogue.answering import AHEAD, FAINT, is_asked_for
from orchestrator.local.brain.dialogue.colleagues import Colleagues
from orchestrator.local.brain.dialogue.documents import Documents
from orchestrator.local.brain.dialogue.filling import ENOUGH, SURE, Filling
from orchestrator.local.brain.dialogue.heard import hear
from orchestrator.local.brain.dialogue.recollection import recollected
from orchestrator.local.brain.dialogue.routes import can_give_back, is_route, is_transfer, reasons, way_back
from orchestrator.local.brain.dialogue.wishes import Wishes, only_numbers
from orchestrator.local.brain.language import current
from orchestrator.local.brain.learned.meaning import Pending
from orchestrator.local.brain.port import Action, FunctionTool, Item, Say
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding import slots
from orchestrator.local.brain.understanding.choice import Choices, Ranked, is_about_speaking, only_names
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.kinds import is_identifier
from orchestrator.local.brain.understanding.parameter import parameters

NUMBER = "number"  # "I'm number 2280", which is as long as the number that is wanted
RECENT = 3  # of the caller's lines before a handoff, in which the router looks for what they want
ARGUMENT_LINE = re.compile(r"^([a-z_]\w*): (.+)$", re.MULTILINE)


class Arrival:
    """Receives a caller."""

    def __init__(
        self,
        choices: Choices,
        filling: Filling,
        colleagues: Colleagues,
        wishes: Wishes,
        items: Sequence[Item],
        documents: Documents,
    ) -> None:
        # What the agent can do, and how well words match it.
        self._choices = choices
        # Collects what function calls need.
        self._filling = filling
        # Knows whether the caller is given back.
        self._colleagues = colleagues
        # Finds the wishes in a text.
        self._wishes = wishes
        # The session's items.
        self._items = items
        # What can be looked up.
        self._documents = documents

    def take_over(self, briefing: str) -> list[Action]:
        """React to a handoff: do what the caller has already asked for, or ask for what it needs."""
        if actions := self._colleagues.take_back(briefing):
            return actions
        lines = recollection.since_done(patterns.said_lines(briefing))[::-1]
        own = [tool for tool in self._choices.tools if not is_route(tool)]
        if len(own) == 1 and can_give_back(self._items):  # the caller can only have been sent for this function
            return self._take_up(own[0], lines[0] if lines else "", briefing, lines[:RECENT])
        wishes = [text for text in lines if not only_numbers(text)]
        given = reasons(briefing)
        for text in dict.fromkeys([*wishes[:1], *given, *wishes[1:RECENT]]):
            ranked = self._choices.ranked(text, own)
            if only_names(text):
                ranked = [(score, tool) for score, tool in ranked if is_about_speaking(tool)]
            if text in wishes[:1] and not only_names(text) and (answer := self._answer(text)):
                return [Say(answer)]
            if ranked and (
                ranked[0][0] >= (SURE if text in wishes[1:] else ENOUGH) or self._is_ahead(text, wishes, ranked)
            ):
                text = self._wishes.queue_others(text, way_back(briefing))
                return self._take_up(self._wishes.best(text, ranked)[0], text, briefing, lines[:RECENT])
            score, answer = self._choices.answer(text)
            best = max((likely for likely, _ in self._choices.ranked(text)), default=0.0)
            if score >= max(SURE, best) and text in wishes[:1] and not only_names(text):
                return [Say(answer)]
        if onward := self._onward(wishes, given, briefing):
            return onward
        wish = next((text for text in [*wishes[:1], *given] if not only_names(text)), "")
        if looked_up := self._documents.look_up(wish):
            return looked_up
        if len(own) == 1 and wishes:
            return self._take_up(own[0], wishes[0], briefing, lines[:RECENT])
        return [Say(phrases.taking_over(own or self._choices.tools))]

    def _answer(self, text: str) -> str:
        """Return the known answer that a caller was sent for; "" when there is none."""
        heard = hear(text, current(), self._choices.doings(text, Pending.NOTHING))
        ranked = self._choices.ranked(text)
        score, known = self._choices.answer(heard.text)
        best = ranked[0][0] if ranked else 0.0
        tells = self._choices.tells_rather(text, known)
        return known if is_asked_for(heard, score, known, best, tells=tells) else ""

    def _is_ahead(self, text: str, wishes: Sequence[str], ranked: Ranked) -> bool:
        """Return whether the newest wish is for none of the agent's functions but one: the caller was sent for one."""
        best, second = ranked[0][0], ranked[1][0] if len(ranked) > 1 else 0.0
        return text in wishes[:1] and best >= FAINT and best - second >= AHEAD

    def _onward(self, wishes: Sequence[str], given: Sequence[str], briefing: str) -> list[Action]:
        """Connect a caller who wants what a colleague can do, but not to the one they come from."""
        ways = [tool for tool in self._choices.tools if is_transfer(tool) and tool["name"] != way_back(briefing)]
        least = SURE if any(not is_route(tool) for tool in self._choices.tools) else ENOUGH
        for text in dict.fromkeys([*wishes[:1], *given]):
            ranked = self._choices.ranked(text, ways)
            if ranked and ranked[0][0] >= least and not only_names(text):
                return self._filling.begin(ranked[0][1], text)
        return []

    def _take_up(self, tool: FunctionTool, text: str, briefing: str, lines: Sequence[str]) -> list[Action]:
        """Do what the caller asked a colleague for, with what they said to the colleague."""
        in_text = slots.read(parameters(tool), text, self._filling.context(tool))
        known = self._from_briefing(tool, briefing, lines)
        known = {name: value for name, value in known.items() if name not in in_text}
        return self._filling.begin(tool, text, known, lead=phrases.CAN_HELP)

    def _from_briefing(self, tool: FunctionTool, briefing: str, lines: Sequence[str]) -> dict[str, Any]:
        """Return the arguments that came with a handoff: its own, and what the caller said before."""
        passed_on = dict(ARGUMENT_LINE.findall(briefing))
        context = self._filling.context(tool)
        found = recollected(parameters(tool), recollection.lines(self._items), context)
        for one in parameters(tool):
            if one.kind == "string" and one.name in passed_on:
                found[one.name] = passed_on[one.name]
            elif one.required and is_identifier(one):
                about = content(one.words)
                named = [line for line in lines if about & content(line) or (one.length and NUMBER in line.lower())]
                values = (slots.fill([one], line, context).get(one.name, "") for line in named)
                fitting = [value for value in values if value and one.length in (None, len(str(value)))]
                if fitting:
                    found[one.name] = fitting[0]
        return found
