"""A simulated caller: a persona with a goal, who answers what the team says, and hangs up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.team.trials import Persona
from orchestrator.trials.personas.model import Model

HANGS_UP = "[hang up]"
INSTRUCTIONS = """\
You are a caller on the telephone, in a test of a voice service. You are not an assistant: you never help, you ask.
How you are: {persona}.
What you want: {goal}.
{knows}
Say one thing at a time, in one or two short sentences, as people speak. Never invent numbers, names or dates that are
not listed above; say that you do not have them. When you have got what you want, or it is clear that you will not get
it, say goodbye and end your words with {hangs_up}"""
NOTHING = "You know no numbers, names or dates that matter."
QUIET = "(The line is silent.)"


def instructions(persona: Persona) -> str:
    """Return what the model is told of who it is."""
    return INSTRUCTIONS.format(
        persona=persona.persona, goal=persona.goal, knows=_known(persona.knows), hangs_up=HANGS_UP
    )


def _known(knows: Mapping[str, Any]) -> str:
    if not knows:
        return NOTHING
    return "What you can tell when you are asked: " + "; ".join(f"{name}: {value}" for name, value in knows.items())


class SimulatedCaller:
    """The words of a caller, one turn after another."""

    def __init__(self, persona: Persona, model: Model) -> None:
        # Whose words they are.
        self._persona, self._model = persona, model
        # How many turns there were, and whether the last one was the end.
        self._turns, self._over = 0, False

    async def next_words(self, said: str) -> str | None:
        """Return what the caller says to what the team said; None when they have hung up.

        Raises `RealtimeError` when the model does not answer.
        """
        if self._over or self._turns >= self._persona.turns:
            return None
        answer = await self._model.ask(said or QUIET)
        self._turns += 1
        words, hung_up, _ = answer.partition(HANGS_UP)
        self._over = bool(hung_up)
        return words.strip().strip('"') or None
