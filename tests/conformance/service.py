"""The rules of the scripted service: what the team's agents answer, by the last item of their session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from orchestrator.testing import FunctionCall, Reply, Say, ScriptedSession, call, say

HOURS = say("We are open from nine to five, Monday to Friday.", ms=1600)
COMPANY = say("Brightwell was founded forty years ago by two sisters in a small shop by the harbour.", ms=14_000)
BILL = say("You are with the billing desk now. What do you want to know about your bill?", ms=1500)
DUE = say("Your bill is due on the first of the month.", ms=1200)
HELLO = say("Brightwell, good day. How can I help you?", ms=1000)
PACE = 4.0  # times real time: a long reply is still coming when it is interrupted


def brain(session: ScriptedSession, options: Mapping[str, Any]) -> Reply:
    """Answer as the agent whose session it is; the model's name is the agent's."""
    _, exactly, words = str(options.get("instructions", "")).rpartition("Say exactly: ")
    if exactly:
        return Reply([say(words)])
    item, words = session.last()
    return Reply([_answer(session, item.get("type", ""), words)], pace=PACE)


def _answer(session: ScriptedSession, kind: str, words: str) -> Say | FunctionCall:
    if kind == "function_call_output":
        return say(words, ms=1000)
    # The briefing of a handoff ends with what the caller said.
    _, _, last = words.rpartition("Caller: ")
    asked = last.partition("\n")[0].lower()
    city = re.search(r"weather in (\w+)", asked)
    order = re.search(r"order (\d+)", asked)
    if city and "get_weather" in functions(session):
        return call("get_weather", city=city[1].title())
    if order and "find_order" in functions(session):
        return call("find_order", order_number=order[1])
    if "bill" in asked and "transfer_to_billing" in functions(session):
        return call("transfer_to_billing", reason="a question about a bill")
    known = {"opening hours": HOURS, "company": COMPANY, "due": DUE, "bill": BILL}
    return next((answer for word, answer in known.items() if word in asked), HELLO)


def functions(session: ScriptedSession) -> set[str]:
    """Return the names of the functions that a session may call."""
    return {tool["name"] for tool in session.fields["tools"] if tool.get("type") == "function"}
