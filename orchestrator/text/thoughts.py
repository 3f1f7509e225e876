"""The thoughts of reasoning models, taken out of what they write, as it comes.

A thought stands between marks, of which each family of models has its own; some mark what is to be said, too. Where
the prompt already holds the first mark, an answer begins inside a thought and only the second one tells: so until one
answer of an endpoint has ended without it, and ever after one that had it, nothing of an answer is passed on before it
is known what it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NAMES = (
    *("think", "thinking", "thought", "thoughts", "reasoning", "reason", "reflection", "analysis", "scratchpad"),
    *("scratch_pad", "inner_monologue", "antthinking", "seed:think"),
)
PAIRS = (
    *((f"<{name}>", f"</{name}>") for name in NAMES),
    ("[think]", "[/think]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|start_thinking|>", "<|end_thinking|>"),
    ("<|thinking|>", "<|/thinking|>"),
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
    ("<|channel|>analysis<|message|>", "<|channel|>commentary<|message|>"),
    ("<|channel>thought", "<channel|>"),
    ("<unused94>thought", "<unused95>"),
)
CLOSING = frozenset(closing for _, closing in PAIRS)
# Around what is to be said, and at its end.
FRAME = frozenset(
    (
        *(f"<{slash}{name}>" for name in ("answer", "response", "final", "output") for slash in ("", "/")),
        *("<|start_response|>", "<|end_response|>", "<|begin_of_solution|>", "<|end_of_solution|>"),
        *("<|start|>assistant", "<|end|>", "<|return|>", "<|eot_id|>", "<|im_end|>", "<|endoftext|>"),
    )
)
MARKS = (*(mark for pair in PAIRS for mark in pair), *FRAME)  # in lower case; they are found in any
LONGEST = max(map(len, MARKS))
MARK = re.compile("|".join(map(re.escape, MARKS)), re.IGNORECASE)


@dataclass(slots=True)
class Words:
    """What an answer says without the thoughts in it, sifted as it comes: no piece is looked at twice."""

    plain: str = ""
    rest: str = ""  # the end of what came, which may become a mark
    passed_on: int = 0  # characters of `plain` that cannot be taken back
    held: bool = False  # nothing is passed on yet: it may all be a thought
    unopened: bool = False  # a thought ended that had not begun
    thinking: bool = False
    after: bool = False  # a thought: the white space that follows belongs to it

    def add(self, text: str) -> None:
        """Take the next piece."""
        self.rest += text
        while mark := MARK.search(self.rest):
            self._pass(mark)
        held = next((size for size in range(min(LONGEST, len(self.rest)), 0, -1) if _may_become(self.rest[-size:])), 0)
        said, self.rest = self.rest[: len(self.rest) - held], self.rest[len(self.rest) - held :]
        self._say(said)

    def said(self, *, ended: bool = False) -> str:
        """Return what can be passed on."""
        if ended:
            return self.plain + ("" if self.thinking else self.rest)
        return "" if self.held else self.plain

    def _pass(self, mark: re.Match[str]) -> None:
        if mark[0].lower() in FRAME:
            self._say(self.rest[: mark.start()])
            self.rest, self.after = self.rest[mark.end() :], self.after or not self.plain
            return
        closes = mark[0].lower() in CLOSING
        if closes and not self.thinking:  # all before it was a thought
            self.plain, self.unopened, self.held = self.plain[: self.passed_on], True, False
        else:
            self._say(self.rest[: mark.start()])
            self.held = self.held and not (closes and not self.plain)  # an answer that begins as others do
        self.rest = self.rest[mark.end() :]
        self.after, self.thinking = closes, not closes

    def _say(self, text: str) -> None:
        if self.thinking:
            return
        if self.after:
            text = text.lstrip()
            self.after = not text
        self.plain += text


def _may_become(end: str) -> bool:
    return any(mark.startswith(end.lower()) for mark in MARKS)
