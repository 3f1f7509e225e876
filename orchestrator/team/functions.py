"""The names of the functions with which agents reach others, and the wording that all functions share."""

from __future__ import annotations

from collections.abc import Sequence

CONFIRM = "Ask the caller to confirm before calling this."
HAND_BACK = "hand_back"
STOP_WAITING = "stop_waiting"
PRESS_KEYS = "press_keys"
NOTHING = "done"  # what the model is told when a function returned nothing
END_CALL = "end_call"  # the function that a team file can give to an agent without writing it
# Describes the question that is looked up in text files: by it the embedded provider knows the function that does.
WHAT_TO_LOOK_UP = "what the caller wants to know, as a whole question, in the caller's language"
# Parts of descriptions.
TELL = "Tell: "  # begins the description of what an agent knows without a function, for the embedded provider
CONNECT = "Connect the caller by telephone to {agent}; if somebody answers there, your part of the call is over."
HAND_OVER, ASK = "Hand the caller over to {agent}.", "Ask {agent} while the caller stays with you."
WRITE = "Write a message to {agent}, who has another caller; you do not wait for an answer."
USE_FOR, EXAMPLES = "Use it for: ", "For example: "


def transfer_name(agent: str) -> str:
    """Return the name of the function that hands the caller over to an agent."""
    return f"transfer_to_{agent}"


def consult_name(agent: str) -> str:
    """Return the name of the function that consults an agent."""
    return f"ask_{agent}"


def message_name(agent: str) -> str:
    """Return the name of the function that writes a message to an agent."""
    return f"message_{agent}"


def with_examples(description: str, examples: Sequence[str], *, confirm: bool = False) -> str:
    """Extend a function's description with what callers say for it, and with whether they must confirm it."""
    parts = [description.strip()]
    if confirm:
        parts.append(CONFIRM)
    if examples:
        parts.append(EXAMPLES + "; ".join(f'"{example}"' for example in examples) + ".")
    return " ".join(filter(None, parts))
