"""What the router does with colleagues: advises them, does first what they need, goes on with callers they return."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.local.brain import phrases, slots
from orchestrator.local.brain.choice import Choices
from orchestrator.local.brain.parameter import parameters
from orchestrator.local.brain.pending import ENOUGH, REASON, Asking, Pending
from orchestrator.local.brain.port import Action, CallFunction, Say
from orchestrator.local.brain.ways import (
    FIRST,
    Called,
    calls,
    demanding,
    is_consult,
    is_transfer,
    since_the_caller_spoke,
)
from orchestrator.protocol.items import words
from orchestrator.team.functions import HAND_BACK

REASON_LINE = re.compile(r"^Reason: (.+)$", re.MULTILINE)
GIVEN_BACK = re.compile(r"^You sent the caller to (\S+); they are given back to you\.$", re.MULTILINE)


class Teamwork:
    """One agent's side of what agents do together."""

    def __init__(self, choices: Choices, asking: Asking, items: Sequence[Mapping[str, Any]]) -> None:
        # What the agent can do, and how near words are to it.
        self._choices = choices
        # Brings a call to its end.
        self._asking = asking
        # The session's items.
        self._items = items

    def refused(self) -> list[Action]:
        """Do what a refused call needs first, or ask for it; nothing when that was done, or given, already."""
        since = since_the_caller_spoke(self._items)
        last = since[-1] if since else None
        if last is None or "error" not in last.output:
            return []
        first = last.output.get("call_first")
        tool = next((tool for tool in self._choices.tools if tool["name"] == first), None)
        if tool is not None and all(one.name != first for one in since):
            why = f"{FIRST} {phrases.plain(last.name)}: {last.wish}"[:REASON]
            known = {"reason": why} if is_transfer(tool) else {}
            return self._asking.proceed(Pending(tool, known, said=last.wish), last.wish)
        asked = last.output.get("ask_for", ())
        given = any(name in last.arguments for name in asked)  # and it was not the answer that the call needs
        return self._again(last) if asked and not given and tool is None else []

    def come_back(self, briefing: str) -> list[Action]:
        """Go on with a caller who was sent away from here: with what they want now, or with what was refused then.

        What was answered before they were sent away is not answered again.
        """
        found = GIVEN_BACK.search(briefing)
        if found is None:
            return []
        left = f"transfer_to_{found.group(1)}"
        if wish := new_wish(briefing):
            others = [tool for tool in self._choices.tools if tool["name"] not in (left, HAND_BACK)]
            ranked = self._choices.ranked(wish, others)
            score, known = self._choices.answer(wish)
            if known and score >= max(ENOUGH, ranked[0][0] if ranked else 0.0):
                return [Say(known)]
            if ranked and ranked[0][0] >= ENOUGH:
                return self._asking.proceed(Pending(ranked[0][1], said=wish), wish)
        elif refused := sent_for(self._items, left):
            return self._again(refused)
        return [Say(phrases.taking_over(self._choices.tools))]

    def _again(self, refused: Called) -> list[Action]:
        """Make a call again that was refused before."""
        tool = next((tool for tool in self._choices.tools if tool["name"] == refused.name), None)
        if tool is None:
            return []
        tool = demanding(tool, refused.output.get("ask_for", ()))
        return self._asking.proceed(Pending(tool, dict(refused.arguments), said=refused.wish), refused.wish)

    def advise(self, question: str) -> list[Action]:
        """Answer a colleague: what is known, or with a function that all is said for; nothing is asked back."""
        able = [tool for tool in self._choices.tools if not is_transfer(tool)]
        ranked = self._choices.ranked(question, able)
        score, known = self._choices.answer(question)
        if known and score >= max(ENOUGH, ranked[0][0] if ranked else 0.0):
            return [Say(known)]
        if not ranked or (ranked[0][0] < ENOUGH and len(able) > 1):
            return [Say(phrases.DO_NOT_KNOW)]
        tool = ranked[0][1]
        if is_consult(tool):
            return [CallFunction(str(tool["name"]), {"question": question})]
        brief = words(self._items[0])
        arguments: dict[str, Any] = {}
        for line in (question, *re.findall(r"^Caller: (.+)$", brief, re.MULTILINE)[::-1]):
            open_ones = [one for one in parameters(tool) if one.name not in arguments]
            arguments |= slots.fill(open_ones, line)
        missing = [one for one in parameters(tool) if one.required and one.name not in arguments]
        return [Say(phrases.missing(missing))] if missing else [CallFunction(str(tool["name"]), arguments)]


def new_wish(briefing: str) -> str:
    """Return why the caller is given back, when it is in their own words; "" when it is not."""
    reason = REASON_LINE.search(briefing)
    said = " ".join(re.findall(r"^Caller: (.+)$", briefing, re.MULTILINE))
    return reason.group(1) if reason and reason.group(1) in said else ""


def sent_for(items: Sequence[Mapping[str, Any]], way: str) -> Called | None:
    """Return the refused call for which the caller was sent away last; None when they were sent for their own sake."""
    every = calls(items)
    last = max((at for at, one in enumerate(every) if one.name == way), default=0)
    before = every[last - 1] if last else None
    return before if before and before.output.get("call_first") == way else None
