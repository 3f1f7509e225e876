"""From arguments to a request: where each goes is said by the team file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from orchestrator.team.tools.templates import as_text, fill, paths
from orchestrator.tools.http.address import Address, InvalidValue

IN_QUERY = frozenset({"GET", "HEAD", "DELETE"})  # methods whose arguments go into the query
BREAKS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # what no header may hold
LONGEST_HEADER, LONGEST_QUERY, LARGEST_BODY = 4_000, 8_000, 256_000
FORM = "application/x-www-form-urlencoded"
KEY = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Request:
    """A request that can be sent."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Template:
    """A request as the team file has it."""

    method: str
    address: Address
    arguments: tuple[str, ...]  # all that the model can fill in
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # name → template
    query: Mapping[str, Any] | None = None  # name → template; None: the arguments, where they belong into a query
    body: Any = None  # with templates; None: the arguments, where they belong into a body
    key: str | None = None  # template of the idempotency key

    @property
    def mentioned(self) -> frozenset[str]:
        """The paths that its templates mention."""
        written = (self.headers, self.query or {}, self.body, self.key or "")
        return frozenset(path for each in written for path in paths(each))

    @property
    def rest(self) -> tuple[str, ...]:
        """The arguments that stand nowhere in it: they go into the query or the body, by its method."""
        named = {path.split(".")[1] for path in self.mentioned if path.startswith("args.")} | {*self.address.arguments}
        whole = "args" in self.mentioned
        return () if whole else tuple(name for name in self.arguments if name not in named)

    @property
    def dropped(self) -> tuple[str, ...]:
        """The arguments that are sent nowhere."""
        place = self.query if self.method in IN_QUERY else self.body
        return () if place is None else self.rest

    def filled(self, known: Mapping[str, Any]) -> Request:
        """Return the request; raises `InvalidValue`, or `UnknownPath` of a template."""
        given = {name: known["args"].get(name) for name in self.arguments}
        known = {**known, "args": given}
        rest = {name: given[name] for name in self.rest if given[name] is not None}
        query = self._query(known, rest)
        headers = {name: header_text(name, fill(template, known)) for name, template in self.headers.items()}
        if self.key is not None:
            headers[KEY] = header_text(KEY, fill(self.key, known))
        content, kind = self._content(known, rest, headers)
        url = self.address.filled(given)
        if query:
            url = f"{url}{'&' if self.address.query else '?'}{query}"
        return Request(self.method, url, {**kind, **headers}, content)

    def _query(self, known: Mapping[str, Any], rest: Mapping[str, Any]) -> str:
        values = rest if self.method in IN_QUERY else {}
        if self.query is not None:
            values = filled_members(self.query, known)
        query = urlencode(list(_pairs(values)))
        if len(query) > LONGEST_QUERY:
            raise InvalidValue(f"arguments: longer than {LONGEST_QUERY} characters in an address")
        return query

    def _content(
        self, known: Mapping[str, Any], rest: Mapping[str, Any], headers: Mapping[str, str]
    ) -> tuple[bytes, dict[str, str]]:
        """Return the body, and the header that says of which type it is unless the file does."""
        if self.body is not None:
            value = filled_members(self.body, known)
        elif self.method in IN_QUERY or not self.rest:
            return b"", {}
        else:
            value = rest
        kind = next((each for name, each in headers.items() if name.lower() == "content-type"), "")
        if kind.startswith(FORM) and isinstance(value, Mapping):
            content = urlencode(list(_pairs(value))).encode()
        elif kind and "json" not in kind:
            content = as_text(value).encode("utf-8", "replace")
        else:
            content = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        if len(content) > LARGEST_BODY:
            raise InvalidValue(f"arguments: larger than {LARGEST_BODY} bytes")
        return content, {} if kind else {"Content-Type": "application/json"}


def filled_members(value: Any, known: Mapping[str, Any]) -> Any:
    """Fill in the templates of a body; members whose value the caller has not given are left out."""
    if isinstance(value, Mapping):
        made = {key: (each, filled_members(each, known)) for key, each in value.items()}
        return {key: new for key, (each, new) in made.items() if new is not None or each is None}
    if isinstance(value, list | tuple):
        return [filled_members(each, known) for each in value]
    return fill(value, known)


def _pairs(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a query or a form; a list is repeated."""
    for name, value in values.items():
        for each in value if isinstance(value, list | tuple) else [value]:
            yield name, as_text(each)


def header_text(name: str, value: Any) -> str:
    """Return a value as a header can hold it; raises `InvalidValue`."""
    text = as_text(value)
    if BREAKS.search(text):
        raise InvalidValue(f"the value of {name} has a line break or a control character")
    if len(text) > LONGEST_HEADER:
        raise InvalidValue(f"the value of {name} has more than {LONGEST_HEADER} characters")
    return text.strip()
