"""An agent presses keys (`press_keys`): the other end hears them, as tones, behind what the agent has said.

    WAITING    its answer is still being said, or the one before; it is one response at a time for the caller
    PRESSED    the tones are on their way, as a response of their own; the function call is answered

A handoff under way decides first who has the caller; another agent than the one that called presses nothing.
"""

from __future__ import annotations

import re

from orchestrator.core import functions, permission, wording
from orchestrator.core.effects import EndResponse, PressKeys
from orchestrator.core.events import FunctionCalled
from orchestrator.core.in_progress import Answerer, FunctionCall
from orchestrator.core.permission import Rule
from orchestrator.core.session import AgentSession
from orchestrator.core.state import Phase, State

KEYS = re.compile(r"[0-9*#A-Dw]{1,32}")  # "w" waits
KEY_MS, WAIT_MS = 170.0, 500.0  # that a key takes with the pause behind it, and that "w" waits


def request(call: State, session: AgentSession, event: FunctionCalled) -> None:
    """Take the keys that an agent wants to press, or say what is wrong with them."""
    try:
        keys = re.sub(r"[\s-]", "", str(permission.arguments(event.arguments).get("keys", "")))
    except ValueError:
        keys = ""
    if not KEYS.fullmatch(keys):
        functions.refuse(call, event, Rule.ARGUMENTS, {"error": wording.WHICH_KEYS})
    elif "audio" not in call.caller.settings.modalities:
        functions.refuse(call, event, Rule.UNKNOWN, {"error": wording.NO_SOUND})
    else:
        call.functions.open[functions.remember(call, event, Answerer.KEYS)].arguments = keys


def proceed(call: State) -> None:
    """Press the keys whose turn it is; progress, see `call.py`."""
    active = call.active
    for made, function in list(call.functions.open.items()):
        if function.answerer is not Answerer.KEYS:
            continue
        if function.orphan or function.session != active.id:
            if call.route.handoff is None:
                functions.forget(call, made)
                answer(call, function, {"error": wording.NOT_WANTED})
        elif call.phase is Phase.TALKING and not active.response.busy and call.caller.floor.farewell is None:
            functions.forget(call, made)
            press(call, active, function)


def press(call: State, session: AgentSession, function: FunctionCall) -> None:
    """Let the tones be heard behind what was said, and the agent go on."""
    keys, response_id, item_id = function.arguments, call.items.new_id("resp_"), call.items.new_id()
    call.do(PressKeys(response_id, item_id, keys))
    call.do(EndResponse(response_id, "completed"))
    call.caller.playback.add(session.agent, item_id, duration(keys), call.now)
    call.announce("keys.pressed", agent=session.agent, count=len(keys.replace("w", "")))
    answer(call, function, {"result": wording.PRESSED})


def answer(call: State, function: FunctionCall, output: dict[str, str]) -> None:
    """Answer the function call, unless its session is gone, which took it along."""
    session = call.sessions.find(function.session)
    if session is not None and not function.orphan:
        functions.go_on_with(call, session, function.call_id, output)


def duration(keys: str) -> float:
    """Return how long the tones take, in milliseconds."""
    return sum(WAIT_MS if key == "w" else KEY_MS for key in keys)
