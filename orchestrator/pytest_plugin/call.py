"""A call with a team, as a test has it: what the caller does, and what has come of it.

Everything is there at once: what a test calls returns when the team has nothing more to say, in simulated time. Each
result can be awaited too, so that a test may be `async`, with pytest-asyncio or anyio, or not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Any, Self

from orchestrator.observe.facts import Fact
from orchestrator.pytest_plugin import happened
from orchestrator.pytest_plugin.at_once import AtOnce, Said
from orchestrator.pytest_plugin.happened import Handoff, ToolCall
from orchestrator.pytest_plugin.held_call import HeldCall
from orchestrator.team.trials import Keys, Silence, Spoken

KEYS = re.compile(r"[0-9A-D*#]{1,32}\Z")  # as in tests in YAML
NO_KEYS = "{keys!r} are no keys of a telephone: press 1 to 32 of 0 to 9, *, # and A to D."
LONGEST = 600.0  # seconds of silence, as in tests in YAML
NO_SILENCE = "silence({seconds:g}): a silence lasts more than 0 seconds, and at most 600."
NO_WORDS = "The caller says nothing: use `silence(seconds)`."
Run = Callable[[Coroutine[Any, Any, None]], None]


class CallUnderTest(AtOnce):
    """One call. Times are simulated seconds of the call; lists are in the order in which things happened.

    `listens`, where it is given, is how many seconds of the answer the caller hears before whatever they do next, which
    interrupts it; without it they hear the whole answer.
    """

    def __init__(self, name: str, held: HeldCall, run: Run) -> None:
        # The team's name, and the call that is held.
        self._name, self._held = name, held
        # Runs what the caller does, to its end.
        self._run = run
        # What the caller heard before they did anything.
        self.greeting = Said()

    def begin(self, listens: float | None) -> None:
        """Begin the call: the team greets."""
        __tracebackhide__ = True
        self.greeting = self._heard(self._held.begin(listens))

    def __repr__(self) -> str:
        over = "" if self.ending is None else f", ending={self.ending!r}"
        return f"<call with {self._name}, agent={self.agent!r}{over}>"

    # --- what the caller does ---

    def says(self, words: str, *, listens: float | None = None) -> Said:
        """Let the caller say something; return what they hear until the team has nothing more to say.

        Raises `RuntimeError` if the call is over, and AssertionError if a tool that the test does not mock was called,
        if the team does not come to rest, or if there was no answer to interrupt.
        """
        __tracebackhide__ = True
        if not words.strip():
            raise ValueError(NO_WORDS)
        return self._does(self._held.do(Spoken(say=words), listens))

    def presses(self, keys: str, *, listens: float | None = None) -> Said:
        """Let the caller press keys of their telephone, from 0 to 9, `*`, `#` and A to D; otherwise as `says`.

        They arrive when `#` is pressed or no more keys come for a while, as on a telephone.
        """
        __tracebackhide__ = True
        if not KEYS.match(keys):
            raise ValueError(NO_KEYS.format(keys=keys))
        return self._does(self._held.do(Keys(keys=keys), listens))

    def silence(self, seconds: float) -> Said:
        """Let the caller say nothing for so many seconds, 600 at the most; return what they hear meanwhile."""
        __tracebackhide__ = True
        if not 0 < seconds <= LONGEST:
            raise ValueError(NO_SILENCE.format(seconds=seconds))
        return self._does(self._held.do(Silence(silence=seconds), None))

    def hangs_up(self) -> Self:
        """End the call. At the end of a test its calls end by themselves."""
        __tracebackhide__ = True
        self._run(self._held.hang_up())
        return self

    # --- what has come of it ---

    @property
    def agent(self) -> str:
        """Who has the caller; once the call is over, who had them last."""
        return self._held.agent

    @property
    def heard(self) -> str:
        """All that the caller has heard so far."""
        return _joined(self._held.heard)

    @property
    def calls(self) -> list[ToolCall]:
        """The tools that ran so far: `name`, `arguments` and `result`; those that failed too."""
        return happened.calls(self.facts)

    @property
    def handoffs(self) -> list[Handoff]:
        """The handoffs that succeeded so far: `source`, `target` and `reason`."""
        return happened.handoffs(self.facts)

    @property
    def refused(self) -> list[str]:
        """The kinds of rules that have refused a function call so far: `needs`, `before`, `at most` …"""
        return happened.refused(self.facts)

    @property
    def variables(self) -> dict[str, Any]:
        """The call's variables as they are now, secrets as well: name → value; None while it is not set."""
        return dict(self._held.variables)

    @property
    def ending(self) -> str | None:
        """How the call ended: `left`, `finished`, `silence` …; None while it goes on."""
        return None if self._held.ending is None else self._held.ending.value

    @property
    def facts(self) -> list[Fact]:
        """The timeline so far, as the record of a call has it."""
        return self._held.facts

    @property
    def transcript(self) -> str:
        """The call so far, as a person reads it: a line for each thing that happened, with its time."""
        return happened.transcript(self.facts)

    def told(self, agent: str) -> str:
        """Return all that has arrived at an agent so far, a line each: what was said, briefings, results, variables.

        Its own instructions from the team file are not in it. Nothing has arrived at one that was not needed.
        """
        return self._held.told(agent)

    # --- inside ---

    def _does(self, work: Coroutine[Any, Any, None]) -> Said:
        __tracebackhide__ = True
        if self.ending is not None:
            work.close()
            raise RuntimeError(f"the call is over ({self.ending}), so its caller cannot do anything any more")
        return self._heard(work)

    def _heard(self, work: Coroutine[Any, Any, None]) -> Said:
        __tracebackhide__ = True
        before = len(self._held.heard)
        self._run(work)
        if faults := self._held.faults():
            raise AssertionError("\n".join(faults))
        return Said(_joined(self._held.heard[before:]))


def _joined(heard: list[str]) -> str:
    return " ".join(text for text in heard if text)
