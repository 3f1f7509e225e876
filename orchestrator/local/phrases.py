"""What the router says: questions for what is missing, results as sentences, small talk; nothing is invented."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.local.slots import Parameter

NOT_HEARD = "Sorry, I did not catch that. Could you say it again?"
ANYTHING_ELSE = "Is there anything else I can do for you?"
DROPPED = "All right, never mind. What else can I do for you?"
NOT_DONE = "All right, I will leave it as it is. Is there anything else?"
SORRY = "I am sorry, that did not work"
# What callers say that is about nothing → what to answer. `{who}`, `{able}`: filled in by the router.
SMALL_TALK: dict[str, tuple[str, ...]] = {
    "Hello. How can I help you?": ("hello", "hi there", "good morning", "good evening", "hey"),
    "I am fine, thank you. How can I help you?": ("how are you", "hi there, how are you", "how are you doing today"),
    "You are welcome. Is there anything else?": (
        "thanks a lot", "thank you", "that was great, thank you", "thank you very much for your help",
        "great, that helps",
    ),
    "Thank you for calling. Goodbye.": (
        "goodbye", "bye bye", "see you", "have a nice day", "that is all, goodbye", "no, that was all",
    ),
    "{who} How can I help you?": ("who are you", "what's your name", "am I talking to a computer", "are you a robot"),
    "{able}": ("what can you do", "what can you help me with", "how can you help me", "what are my options"),
    "I only know one: why did the phone wear glasses? It had lost its contacts. How can I help you?": (
        "tell me something funny", "tell me a joke",
    ),
    "I cannot see outside from here. How can I help you?": (
        "nice weather today", "is it raining", "what's the weather",
    ),
    "Take your time.": ("hmm, let me think", "one moment please", "wait a second", "hold on", "just a minute"),
    "I see. What can I do for you?": (
        "yes", "no", "okay", "I like music", "never mind", "what is the capital of France",
    ),
}  # fmt: skip


def plain(name: str) -> str:
    """Return a function's or parameter's name as words."""
    return name.removeprefix("transfer_to_").replace("_", " ").replace("-", " ").strip()


def question(parameter: Parameter) -> str:
    """Ask for a parameter."""
    about = str(parameter.schema.get("description") or "").split(",")[0].split(";")[0].split("(")[0].strip().rstrip(".")
    if parameter.choices:
        options = [plain(str(value)) for value in parameter.choices]
        return f"Which one: {', '.join(options[:-1])} or {options[-1]}?" if len(options) > 1 else f"{options[0]}?"
    if found := re.match(r"(?:the )?number of (.+)", about, re.IGNORECASE):
        return f"How many {found.group(1)}?"
    if parameter.hints("time") and parameter.kind == "string":
        return "At what time?"
    if parameter.hints("day", "date") and parameter.kind == "string":
        return "On which day?"
    words = about or f"the {plain(parameter.name)}"
    if words[:1].isupper() and not words[:2].isupper():
        words = words[0].lower() + words[1:]
    if re.match(r"(what|who|which|where|when|how|why) ", words):
        return f"Please tell me {words}."
    return f"What is {words}?" if words.startswith(("the ", "your ")) else f"What is the {words}?"


def confirmation(tool: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """Read back what is about to be done, and ask for the caller's word."""
    values = ", ".join(str(value) for value in arguments.values())
    return f"Just to be sure: {plain(str(tool['name']))} {values}. Is that right?".replace(" .", ".")


def ask_back(tools: Sequence[Mapping[str, Any]]) -> str:
    """Ask which of two things is meant."""
    return f"Do you want {' or '.join(aim(tool) for tool in tools)}?"


def aim(tool: Mapping[str, Any]) -> str:
    """Say what a function is for, after "I can" or "do you want to"."""
    name = str(tool["name"])
    return f"to be put through to {plain(name)}" if name.startswith("transfer_to_") else f"to {plain(name)}"


def abilities(tools: Sequence[Mapping[str, Any]]) -> str:
    """Say what the agent can do, from its functions."""
    own = [plain(str(tool["name"])) for tool in tools if not str(tool["name"]).startswith("transfer_to_")]
    others = [plain(str(tool["name"])) for tool in tools if str(tool["name"]).startswith("transfer_to_")]
    parts = [f"I can {_listed(own)}."] if own else []
    parts += [f"I can connect you with {_listed(others)}."] if others else []
    return " ".join(parts) or "I can listen, but there is nothing I can do myself."


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}"


def who(instructions: str) -> str:
    """Say who the agent is, from the first sentence of its instructions."""
    first = re.split(r"(?<=[.!?])\s|\n", instructions.strip(), maxsplit=1)[0]
    found = re.match(r"You are (.+)", first)
    return f"I am {found.group(1).rstrip('.')}." if found else "I am a voice assistant."


def spoken(output: str) -> str:
    """Say what a function returned."""
    try:
        value = json.loads(output)
    except ValueError:
        return output.strip() or "Done."
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list):
        return " ".join(spoken(json.dumps(item)) for item in value) or "There is nothing."
    return {True: "Yes.", False: "No.", None: "Done."}.get(value, f"{value}.") if not isinstance(value, str) else value


def _mapping(value: Mapping[str, Any]) -> str:
    if isinstance(value.get("say"), str):
        return str(value["say"])
    if "error" in value:
        return _failure(str(value["error"]))
    parts = [
        f"{plain(str(key)).capitalize()}: {_flat(item)}." for key, item in value.items() if item not in (None, "", [])
    ]
    return " ".join(parts) or "Done."


def _failure(error: str) -> str:
    """Say why something failed; what is meant for the model's eyes is put in the caller's words."""
    if found := re.match(r"The transfer to (\S+) failed", error):
        return f"I am sorry, I cannot reach {plain(found.group(1))} at the moment. Can I help you with something else?"
    if "said nothing since" in error or "handed over too often" in error:
        return "I am with you. Please tell me what you need."
    text = error.split(" failed: ", 1)[-1]
    return f"{SORRY}: {re.sub(r'^[A-Za-z]+Error: ', '', text).rstrip('.')}."


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{plain(str(key))} {_flat(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_flat(item) for item in value)
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
