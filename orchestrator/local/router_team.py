"""What the router does with colleagues: advises them, does first what they need, goes on with callers they return."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.local import phrases, slots
from orchestrator.local.brain import Action, CallFunction, Say
from orchestrator.local.parameter import parameters
from orchestrator.local.router_choice import Choices
from orchestrator.local.router_pending import ENOUGH, Asking, Pending
from orchestrator.local.router_ways import (
    Called,
    calls,
    demanding,
    is_consult,
    is_transfer,
    since_the_caller_spoke,
)
from orchestrator.realtime.items import words

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
            return self._asking.proceed(Pending(tool, said=last.wish), last.wish)
        asked = last.output.get("ask_for", ())
        given = any(name in last.arguments for name in asked)  # and it was not the answer that the call needs
        return self._again(last) if asked and not given and tool is None else []

    def come_back(self, briefing: str) -> list[Action]:
        """Go on with a caller who was sent away from here: with what was refused then, or what they had asked for."""
        found = GIVEN_BACK.search(briefing)
        sent = [one for one in calls(self._items) if found and one.name == f"transfer_to_{found.group(1)}"]
        if not sent:
            return []
        refused = [one for one in calls(self._items) if one.output.get("call_first") == sent[-1].name]
        if refused:
            return self._again(refused[-1])
        others = [tool for tool in self._choices.tools if is_transfer(tool) and tool["name"] != sent[-1].name]
        ranked = self._choices.ranked(sent[-1].wish, others) if sent[-1].wish else []
        if not ranked or ranked[0][0] < ENOUGH:
            return []
        return self._asking.proceed(Pending(ranked[0][1], said=sent[-1].wish), sent[-1].wish)

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
