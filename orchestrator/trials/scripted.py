"""The scripted model of a test that says what models do: each step is one response of that agent's model, in order."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Collection, Iterable

from orchestrator.core.wording import APOLOGY, EXACTLY, FILLER, MARKER, SUMMARY, exact_words
from orchestrator.providers.port import Provider, Session
from orchestrator.team.trials import Step
from orchestrator.testing.script import FunctionCall, Prompt, Reply, Say, Script
from orchestrator.testing.session import ScriptedSession
from orchestrator.trials.present import InProcess, Present

OTHERWISE = "Okay."  # what is said where no step is left
# What the orchestrator asks for beside the conversation, for which no step is used up → what is said then.
ASIDE = {SUMMARY: "The caller is on the line.", FILLER: "One moment, please.", APOLOGY: "I am sorry, once more please."}


class ScriptedModels(Provider):
    """Models that do what a test says; the name of a model is that of its agent."""

    def __init__(self) -> None:
        # Agent → the steps that it has still to take.
        self._steps: dict[str, deque[Step]] = {}
        # What its sessions say.
        self._script = Script(brain=self._reply)
        # How many sessions were opened.
        self._count = 0

    async def open(self, model: str) -> Session:
        """Open a session of an agent."""
        self._count += 1
        return InProcess(ScriptedSession(self._count, model, self._script))

    def present(self, away: Collection[str]) -> Present:
        """Return persons who do what the test says, unless they are away."""
        return Present(away, self._script, lambda agent: bool(self._steps.get(agent)))

    def load(self, steps: Iterable[Step]) -> None:
        """Add the steps of a turn."""
        for step in steps:
            self._steps.setdefault(step.agent, deque()).append(step)

    def unload(self) -> list[Step]:
        """Return the steps that nobody has taken, and forget them."""
        left = [step for steps in self._steps.values() for step in steps]
        self._steps.clear()
        return left

    def _reply(self, prompt: Prompt) -> Reply:
        purpose = (prompt.options.get("metadata") or {}).get(MARKER, "")
        if purpose == EXACTLY:
            return _says(exact_words(prompt.options.get("instructions", "")) or OTHERWISE)
        if purpose in ASIDE:
            return _says(ASIDE[purpose])
        steps = self._steps.get(prompt.model)
        return _does(steps.popleft()) if steps else _says(OTHERWISE)


def _says(text: str) -> Reply:
    return Reply((Say(text, 0),))


def _does(step: Step) -> Reply:
    said = [Say(step.says, 0)] if step.says else []
    calls = [FunctionCall(name, json.dumps(given)) for call in step.calls for name, given in call.items()]
    return Reply((*said, *calls), fails=step.fails)
