"""Whether a known answer is what a caller asks for, rather than one of the agent's functions."""

from __future__ import annotations

from orchestrator.local.brain.dialogue.filling import SURE
from orchestrator.local.brain.dialogue.heard import Heard
from orchestrator.local.brain.understanding.acts import Act
from orchestrator.local.brain.understanding.choice import Choices, Ranked

LIKELY = 0.65  # score from which a known answer says who the agent is
CERTAIN = 0.75  # score from which a known answer fits words that ask nothing
VERBATIM = 1.1  # score from which a known answer fits even a question about the caller's own matter
NEAR = 0.4  # score from which a known answer fits a question that was learnt to be about it
DOUBT = 0.05  # taken off an answer to a question that was not learnt to be about it
FAINT = 0.15  # score from which a whole sentence means what it is so far ahead for
AHEAD = 0.1  # how far a function must be ahead of an answer that fits well
REFLEXES = {Act.HELP, Act.WAIT, Act.GOODBYE}  # what the router has replies of its own to


def known_answer(choices: Choices, heard: Heard, ranked: Ranked) -> tuple[float, str]:
    """Return how well the best known answer fits, and the answer; "" if it is about something else."""
    score, known = choices.answer(heard.text)
    if is_clear(choices, heard, score, known, ranked):
        return max(score, SURE, *(best for best, _ in ranked[:1])), known
    if heard.question and heard.doings:
        score -= DOUBT
    if choices.is_own_matter(heard.text) and ranked and ranked[0][0] >= SURE and score < VERBATIM:
        known = ""
    looks_up = bool(ranked) and choices.can_look_up(heard.text, ranked[0][1], known)
    return score - AHEAD * looks_up, known


def is_clear(choices: Choices, heard: Heard, score: float, known: str, ranked: Ranked) -> bool:
    """Return whether a question is clearly likelier about a known answer that is near than about the best function."""
    return (
        heard.question and score >= NEAR and choices.is_rather_known(heard.text, known, [one for _, one in ranked[:1]])
    )


def is_asked_for(choices: Choices, heard: Heard, score: float, known: str, best: float) -> bool:
    """Return whether a question is for a known answer with this score, and not for the best function."""
    least = CERTAIN if heard.acts & REFLEXES else LIKELY if Act.WHO in heard.acts else SURE
    ahead = AHEAD if score >= LIKELY and not choices.is_own_matter(heard.text) else 0.0
    return heard.question and bool(known) and score >= max(least, best - ahead)
