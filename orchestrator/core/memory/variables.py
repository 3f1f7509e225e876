"""The variables of one call: what is known of the caller, who may set it, and which of it is secret.

A secret travels only where the team file sends it. It was spoken, too: whatever is told to another agent or written to
the log has the words that hold it taken out, however they were written or said (`masking`). So has what looks like a
secret by its `pattern`, before and after a tool has set it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from orchestrator.core.memory.masking import Masker, forms

if TYPE_CHECKING:
    from orchestrator.team import Variable

REMEMBERED = 16  # values of one secret; what was spoken before the caller corrected it stays secret
NOTHING: Mapping[str, Any] = {}
HIDDEN = "••••"  # shown for a secret that is known


class Variables:
    """Name → value, as the team file declares them."""

    def __init__(self, declared: Mapping[str, Variable], hidden: Collection[str]) -> None:
        # What each must be like.
        self._declared = declared
        # The value of each; None when it is not set.
        self._values: dict[str, Any] = {name: variable.default for name, variable in declared.items()}
        # Of those that not everybody may know: the values they had, in the forms in which they are looked for.
        self._secrets: dict[str, list[frozenset[str]]] = {name: [] for name in declared if name in hidden}
        # The secrets that a reader may not know → what takes them out; made when it is needed.
        self._maskers: dict[frozenset[str], Masker] = {}
        for name, value in self._values.items():
            self._conceal(name, value)

    def get(self, name: str) -> Any:
        """Return a variable's value; None when it is not set, or there is no such variable."""
        return self._values.get(name)

    def values(self) -> Mapping[str, Any]:
        """Return all of them, by name."""
        return dict(self._values)

    def shown(self) -> Mapping[str, Any]:
        """Return all of them as anybody may read them: of a secret, only whether it is known."""
        known = {name for name in self._secrets if self._values[name] is not None}
        return {name: HIDDEN if name in known else self.masked(name, ()) for name in self._values}

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
        known = self._secrets.get(name)
        if known is None or value in (None, "", True, False):
            return
        found = forms(str(value))
        if found and found not in known:
            self._secrets[name] = [*known, found][-REMEMBERED:]
            self._maskers.clear()

    def mask(self, text: str, known: Collection[str] = (), before: str = "") -> str:
        """Return a text without the secrets in it, except those that its reader may know.

        `before` is what was said before it: a secret may have begun there.
        """
        return self.masker(known).mask(text, before)

    def masker(self, known: Collection[str] = ()) -> Masker:
        """Return what takes out the secrets as they are now; it does not change, and another one replaces it."""
        names = frozenset(self._secrets.keys() - known)
        masker = self._maskers.get(names)
        if masker is None:
            values = {name: frozenset().union(*secrets) for name, secrets in self._secrets.items() if name in names}
            patterns = {name: pattern for name in values if (pattern := self._declared[name].pattern)}
            masker = self._maskers[names] = Masker(values, patterns)
        return masker

    def masked(self, name: str, known: Collection[str]) -> Any:
        """Return a variable's value as one may read it who knows these: another one may hold the same as a secret."""
        value = self._values.get(name)
        if name in self._secrets or value is None or isinstance(value, bool):
            return value
        text = str(value)
        shown = self.mask(text, known)
        return value if shown == text else shown
