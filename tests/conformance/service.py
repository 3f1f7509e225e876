"""The rules of the scripted service: what the team's agents answer, by the last item of their session."""

from __future__ import annotations

import re

from orchestrator.testing import FunctionCall, Prompt, Reply, Say, call, say

HOURS = say("We are open from nine to five, Monday to Friday.", ms=1600)
COMPANY = say("Brightwell was founded forty years ago by two sisters in a small shop by the harbour.", ms=14_000)
BILL = say("You are with the billing desk now. What do you want to know about your bill?", ms=1500)
DUE = say("Your bill is due on the first of the month.", ms=1200)
HURT = "Somebody has chest pain."
PASSED_ON = say("A medic knows.", ms=800)
HELLO = say("Brightwell, good day. How can I help you?", ms=1000)
PACE = 4.0  # times real time: a long reply is still coming when it is interrupted


def brain(prompt: Prompt) -> Reply:
    """Answer as the agent whose session it is; the model's name is the agent's."""
    _, exactly, words = str(prompt.options.get("instructions", "")).rpartition("Say exactly: ")
    if exactly:
        return Reply([say(words)])
    return Reply([_answer(prompt)], pace=PACE)


def _answer(prompt: Prompt) -> Say | FunctionCall:
    if "outcome" in prompt.words:
        return PASSED_ON
    if prompt.item.get("type") == "function_call_output" or prompt.words.startswith("Message from "):
        return say(prompt.words, ms=1000)
    # The briefing of a handoff ends with what the caller said.
    _, _, last = prompt.words.rpartition("Caller: ")
    asked = last.partition("\n")[0].lower()
    city = re.search(r"weather in (\w+)", asked)
    order = re.search(r"order (\d+)", asked)
    if city and "get_weather" in functions(prompt):
        return call("get_weather", city=city[1].title())
    if order and "find_order" in functions(prompt):
        return call("find_order", order_number=order[1])
    if "bill" in asked and "transfer_to_billing" in functions(prompt):
        return call("transfer_to_billing", reason="a question about a bill")
    if "pain" in asked and "message_medic" in functions(prompt):
        return call("message_medic", text=HURT, urgent=True)
    known = {"opening hours": HOURS, "company": COMPANY, "due": DUE, "bill": BILL}
    return next((answer for word, answer in known.items() if word in asked), HELLO)


def functions(prompt: Prompt) -> set[str]:
    """Return the names of the functions that the session may call."""
    return {tool["name"] for tool in prompt.session["tools"] if tool.get("type") == "function"}
