"""The variables of one call: what is known of the caller, who may set it, and which of it is secret.

A secret travels only where the team file sends it. It was spoken, too: whatever is told to another agent or written to
the log has the words that hold it taken out, digit by digit, however they were written ("4111 1111", "four one one").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestrator.team import Variable

REMEMBERED = 16  # values of one secret; what was spoken before the caller corrected it stays secret
ENOUGH = 4  # characters of a secret in a row that give it away
WORD = re.compile(r"[^\W_]+")
UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBERS = {
    **{word: str(number) for number, word in enumerate([*UNITS, *TEENS])},
    **{word: str(number) for number, word in zip(range(20, 100, 10), TENS, strict=True)},
    **dict.fromkeys(("oh", "o", "nought"), "0"),
}
TWENTIES = frozenset(str(number) for number in range(20, 100, 10))
TIMES = {"double": 2, "triple": 3}
NOTHING: Mapping[str, Any] = {}


class Variables:
    """Name → value, as the team file declares them."""

    def __init__(self, declared: Mapping[str, Variable], hidden: Collection[str]) -> None:
        # What each must be like.
        self._declared = declared
        # The value of each; None when it is not set.
        self._values: dict[str, Any] = {name: variable.default for name, variable in declared.items()}
        # Of those that not everybody may know: the values they had, bare.
        self._secrets: dict[str, list[str]] = {name: [] for name in declared if name in hidden}
        for name, value in self._values.items():
            self._conceal(name, value)

    def get(self, name: str) -> Any:
        """Return a variable's value; None when it is not set, or there is no such variable."""
        return self._values.get(name)

    def values(self) -> Mapping[str, Any]:
        """Return all of them, by name."""
        return dict(self._values)

    def met(self, name: str, given: Mapping[str, Any] = NOTHING) -> bool:
        """Return whether a variable counts as set: a boolean when it is true, any other when it has a value.

        `given` are values that count as if they were set.
        """
        return self._declared[name].met(given.get(name, self._values[name]))

    def fault(self, name: str, value: Any, by: str | None = None) -> str:
        """Return why a variable cannot be set, a tool by its name; "" when it can."""
        variable = self._declared.get(name)
        if variable is None:
            return f"there is no variable {name!r}"
        if variable.set_by is not None and by != variable.set_by:
            return f"{name} is set by {variable.set_by} only"
        fault = "" if value is None else variable.fault(value)
        return f"{name} {fault}" if fault else ""

    def set(self, name: str, value: Any, by: str | None = None) -> str:
        """Set a variable, a tool by its name; return what is wrong, "" when nothing is."""
        fault = self.fault(name, value, by)
        if not fault:
            self._values[name] = value
            self._conceal(name, value)
        return fault

    def _conceal(self, name: str, value: Any) -> None:
        bare = "".join(spelt for spelt, _, _ in spell(str(value))) if value not in (None, "", True, False) else ""
        if bare and name in self._secrets and bare not in self._secrets[name]:
            self._secrets[name] = [*self._secrets[name], bare][-REMEMBERED:]

    def mask(self, text: str, known: Collection[str] = ()) -> str:
        """Return a text without the secrets in it, except those that its reader may know."""
        for name, secrets in self._secrets.items():
            if name not in known:
                for secret in secrets:
                    text = conceal(text, secret, f"[{name}]")
        return text


def conceal(text: str, secret: str, mark: str) -> str:
    """Put a mark where the words of a text, written without spaces, are a good part of the secret, or hold it."""
    words, enough = spell(text), min(ENOUGH, len(secret))
    pieces, done, at = [], 0, 0
    while at < len(words):
        run, end = "", at
        while end < len(words) and run + words[end][0] in secret:
            run += words[end][0]
            end += 1
        if len(run) >= enough or (secret in words[at][0]):
            end = max(end, at + 1)
            pieces += [text[done : words[at][1]], mark]
            done = words[end - 1][2]
            at = end
        else:
            at += 1
    return "".join([*pieces, text[done:]])


def spell(text: str) -> list[tuple[str, int, int]]:
    """Return a text's words as bare letters and digits, spoken numbers as digits, each with its place."""
    found: list[tuple[str, int, int]] = []
    times = 1
    for word in WORD.finditer(text):
        plain = word.group().lower()
        if plain in TIMES:
            times = TIMES[plain]
            continue
        number = NUMBERS.get(plain, plain)
        before = found[-1] if found else None
        if before and plain in UNITS[1:] and before[0] in TWENTIES and times == 1:
            found[-1] = (before[0][0] + number, before[1], word.end())  # forty one
        else:
            found.append((number * times, word.start(), word.end()))
        times = 1
    return found
