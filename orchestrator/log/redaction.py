"""What must not be logged: secrets by the name of their field, by their value, and by their form.

Every configured secret is known by its value. The forms are for those that nobody told us of: a key in a tool's
exception, in a provider's error, in an address. Each form is matched in linear time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from math import isfinite
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from pydantic import BaseModel, SecretStr
from structlog.typing import EventDict, WrappedLogger

from orchestrator.log.context import MASK

HIDDEN = "[hidden]"
LEAST = 4  # characters of a secret; a shorter one would hide parts of words
LEAST_GUESSED = 8  # of what is only taken for a secret
LONGEST, LINE = 10_000, 20_000  # characters of one text, and of a line; the rest is left out
SHORT = 100  # characters of a text that is shown even if the line is full
MARGIN = 4096  # characters of the longest secret that is recognised where a text is cut
DEEPEST, MOST = 6, 100  # levels of nested fields, and entries on each
LARGEST = 256  # bits of a number; Python refuses to write very long ones
SECRET_NAMES = re.compile(
    r"authorization|api[-_ ]?key|(access|private|account|subscription)[-_]?key|secret|passw(or)?d|passphrase"
    r"|credential|signature|(^|[-_])token$|cookie",
    re.IGNORECASE,
)
# Fields that we fill in ourselves: a year in them is not a caller's PIN.
OURS = frozenset({"timestamp", "level", "call", "team", "agent", "tool", "peer", "key"})
# Environment variables that hold a secret, whoever reads them: this server, a tool, a library.
SECRET_VARIABLES = re.compile(r"(KEY|TOKEN|SECRET|PASSW(OR)?D|PASSPHRASE|CREDENTIAL)S?$", re.IGNORECASE)
VALUE = r"[^\s,;&'\"<>()\[\]{}\\]+"
# What stands before a secret and is kept, and the secret.
LABELLED = re.compile(
    rf"""(?P<label>
      (?i: \bbearer\s+ (?!tokens?\b) | openai-insecure-api-key\.
         | \bbasic\s+ (?=[A-Za-z0-9+/]*[0-9=])
         | (?: api[-_ ]?key | (?:access|private|account|subscription)[-_ ]?key | authorization
             | passw(?:or)?d | passphrase | \bpwd ) ['"]? \s* [:=] \s* ['"]?
             (?: (?:bearer|basic|token)\s+ | (?! (?:bearer|basic|token)\s ) )
         | (?: token | secret | signature | credential ) (?: ['"]?\s*:\s*['"] | =['"]? | :(?=\S)
             | :\s+(?=[A-Za-z_\-]*[0-9]) )
         | [?&;] (?: key | code | sig | auth | pass | pw | pwd ) = )
    ) {VALUE}
    | (?P<scheme> :// ) [^\s/?\#]* (?=@)
    | (?P<near> (?i: \b (?: key | token | secret | password | credential ) s? )
        (?: [\s:='"]{{1,3}} [A-Za-z]{{1,12}} ){{0,3}} [\s:='"]{{1,3}} )
      (?= [A-Za-z+/_.=\-]* [0-9] ) [A-Za-z0-9+/_.=\-]{{16,}}
    """,
    re.VERBOSE,
)
# Secrets that show what they are.
BARE = re.compile(
    r"""(?<![A-Za-z0-9]) (?:
        (?i: sk | ek | rk ) [-_] [A-Za-z0-9_\-]{6,}
      | (?: gsk | xai | pplx | nvapi | tvly | glpat | xox[a-z] | xapp ) [-_] [A-Za-z0-9_\-]{6,}
      | (?: hf | npm | r8 | gh[a-z] | github_pat | whsec | dop_v1 | shpat ) _ [A-Za-z0-9_]{16,}
      | AIza [A-Za-z0-9_\-]{16,}
      | (?: AKIA | ASIA ) [A-Z0-9]{12,}
      | ya29\. [A-Za-z0-9_.\-]{10,} )
    | (?<! [A-Za-z0-9_\-] ) eyJ [A-Za-z0-9_\-]{8,} \. [A-Za-z0-9_\-]{8,} (?: \. [A-Za-z0-9_\-]* )?
    | -----BEGIN\ [A-Z ]{0,30} PRIVATE\ KEY----- [^-]*
    """,
    re.VERBOSE,
)


class Redact:
    """A structlog processor that hides secrets anywhere in an event, and bounds how long the event is."""

    def __init__(self, secrets: Iterable[str] = (), *, hidden_names: frozenset[str] = frozenset()) -> None:
        # Values that must never be logged, such as this server's keys, as they may be written; the longest first.
        self._secrets: list[str] = []
        self.hide(secrets)
        # Fields that are hidden because they are private.
        self._hidden_names = hidden_names

    def hide(self, secrets: Iterable[str]) -> None:
        """Hide these values too, in every way in which an address, JSON or a `repr` writes them."""
        known = {secret.strip() for secret in secrets}
        written = {form for secret in known if len(secret) >= LEAST for form in _forms(secret)}
        self._secrets = sorted({*self._secrets, *written}, key=len, reverse=True)

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return Line(self).fields(event, 0)

    def hides(self, name: str) -> bool:
        """Return whether a field is hidden, whatever is in it."""
        return name in self._hidden_names or SECRET_NAMES.search(name) is not None

    def text(self, text: str) -> str:
        """Return a text without secrets: keys, and those of the current call."""
        return self.keyless(MASK.get()(text))

    def keyless(self, text: str) -> str:
        """Return a text without keys."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return BARE.sub(HIDDEN, LABELLED.sub(_keep_label, text))


class Line:
    """One event on its way through `Redact`: what is left of the room that it has."""

    def __init__(self, redact: Redact) -> None:
        # What is hidden.
        self._redact = redact
        # Characters that its texts may still have.
        self._left = LINE

    def fields(self, fields: Mapping[Any, Any], depth: int) -> dict[Any, Any]:
        """Return fields without secrets."""
        shown: dict[Any, Any] = {}
        for key, value in islice(fields.items(), MOST):
            if depth and not self._left:
                break
            hidden = isinstance(key, str) and self._redact.hides(key)
            if not depth and key in OURS and isinstance(value, str):
                shown[key] = self._redact.keyless(value[:LONGEST])
            else:
                shown[self.text(str(key))] = HIDDEN if hidden else self._value(value, depth)
        return shown

    def _value(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, bool | int | float):
            return self._number(value)
        if isinstance(value, Mapping | list | tuple | set | frozenset):
            if depth == DEEPEST or not self._left:
                return "…"
            return self.fields(value, depth + 1) if isinstance(value, Mapping) else self._list(value, depth + 1)
        return self.text(_told(value))

    def _list(self, values: Collection[Any], depth: int) -> list[Any]:
        return [self._value(one, depth) for one in islice(values, MOST) if self._left]

    def _number(self, value: float | None) -> float | str | None:
        self._left = max(0, self._left - SHORT // 10)
        if isinstance(value, float) and not isfinite(value):
            return str(value)  # JSON has no word for it
        return value if not isinstance(value, int) or value.bit_length() < LARGEST else "(a long number)"

    def text(self, text: str) -> str:
        """Return a text without secrets, as long as there is room for it.

        What is cut is looked at beyond the cut, and its last characters are dropped, so that no part of a secret stays.
        """
        room = min(LONGEST, self._left)
        if len(text) <= max(room, SHORT):
            shown = self._redact.text(text)
        else:
            shown = f"{self._redact.text(text[: room + MARGIN])[:-MARGIN][:room]}… ({len(text)} characters)"
        self._left = max(0, self._left - max(len(shown), SHORT // 10))
        return shown


def _told(value: object) -> str:
    """Return a value as text; an object whose own code fails is named by its type."""
    if isinstance(value, bytes | bytearray):
        value = value[: LONGEST + MARGIN]
    try:
        return str(value) if isinstance(value, BaseException) else repr(value)
    except Exception:
        return f"<{type(value).__name__}>"


def _keep_label(found: re.Match[str]) -> str:
    return f"{found['label'] or found['scheme'] or found['near']}{HIDDEN}"


def _forms(secret: str) -> set[str]:
    """Return a secret as it is, and as addresses, JSON and `repr` write it."""
    escaped = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    return {
        secret,
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        *escaped,
    }


def secrets_in(settings: object) -> Iterator[str]:
    """Yield the secrets in models, mappings and lists of settings: `SecretStr`, and what authorises in an address."""
    if isinstance(settings, SecretStr):
        yield settings.get_secret_value()
    elif isinstance(settings, str):
        yield from _in_address(settings)
    elif isinstance(settings, BaseModel):
        yield from (secret for _, value in settings for secret in secrets_in(value))
    elif isinstance(settings, Mapping):
        yield from (secret for value in settings.values() for secret in secrets_in(value))
    elif isinstance(settings, list | tuple):
        yield from (secret for value in settings for secret in secrets_in(value))


def _in_address(text: str) -> Iterator[str]:
    if "://" not in text:
        return
    try:
        parts = urlsplit(text)
    except ValueError:  # not an address after all
        return
    given = [value for _, value in parse_qsl(parts.query)] + [parts.password or ""]
    yield from (value for value in given if len(value) >= LEAST_GUESSED)


def secrets_of_environment(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the values of environment variables that are named like secrets, and the parts of lists of them."""
    for name, value in environ.items():
        if SECRET_VARIABLES.search(name):
            yield from (part.strip() for part in (value, *value.split(",")) if len(part.strip()) >= LEAST_GUESSED)
