"""Whether a known answer is what a caller asks for, rather than one of the agent's functions."""

from __future__ import annotations

from orchestrator.local.brain.dialogue.filling import ENOUGH, SURE
from orchestrator.local.brain.dialogue.heard import Heard
from orchestrator.local.brain.language import Expression, length
from orchestrator.local.brain.learned.meaning import Doing
from orchestrator.local.brain.understanding.acts import Act

ASKS_TO_DO = Expression("asks_to_do")
LIKELY = 0.65  # score from which a known answer says who the agent is
CERTAIN = 0.75  # score from which a known answer fits words that ask nothing
FAINT = 0.15  # score from which a whole sentence means what it is so far ahead for
AHEAD = 0.1  # how far a function must be ahead of an answer that fits well
FAR = 0.2  # the same where the answer has the kind of value that is asked for
SHORT = 6  # most words of "what can you do for me?"
REFLEXES = {Act.HELP, Act.WAIT, Act.GOODBYE}  # what the router has replies of its own to


def is_wish(heard: Heard, score: float, best: float) -> bool:
    """Return whether a caller wants something done that a known answer is only near to: "could you bring a towel?"."""
    return bool(ASKS_TO_DO.search(heard.text)) and heard.surely(Doing.REQUEST) and best >= ENOUGH and score < CERTAIN


def is_asked_for(heard: Heard, score: float, known: str, best: float, *, tells: bool = False) -> bool:
    """Return whether a question is for a known answer with this score, and not for the best function.

    `tells`: the answer has the kind of value that the question asks for, and the function tells nothing.
    """
    if is_wish(heard, score, best):
        return False
    reflex = heard.acts & REFLEXES and length(heard.text) <= SHORT
    least = CERTAIN if reflex else LIKELY if Act.WHO in heard.acts else SURE
    ahead = FAR if tells and score >= LIKELY else AHEAD if score >= LIKELY and not heard.doings else 0.0
    return heard.question and bool(known) and score >= max(least, best - ahead)
