"""API keys as the environment writes them: which teams each may use, and how much.

    ORCHESTRATOR_API_KEYS="k1, k2:clinic, k3:clinic+hotel"
    ORCHESTRATOR_KEY_LIMITS="*: calls=20; k2: calls=5 calls_per_minute=10 dollars_per_day=5"

What follows the last colon of a key binds it to teams if it reads like the names of teams. `*` stands for every key
that has no limits of its own. No error shows a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pydantic import SecretStr

BOUND = re.compile(r"(?P<key>.+):(?P<teams>[a-z][a-z0-9_-]{0,39}(?:\+[a-z][a-z0-9_-]{0,39})*)", re.ASCII)
COUNTS = ("calls", "calls_per_minute")
LIMITS = (*COUNTS, "dollars_per_day")
NUMBER = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)
SHAPE = "write KEY: calls=5 calls_per_minute=10 dollars_per_day=5, with semicolons between keys; * is every other"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, and what a program that has it may do."""

    secret: SecretStr
    teams: frozenset[str] | None = None  # that it may use; None: all
    calls: int | None = None  # at once
    calls_per_minute: int | None = None
    dollars_per_day: float | None = None


def read_keys(entries: Iterable[SecretStr], limits: SecretStr | None) -> tuple[ApiKey, ...]:
    """Return the keys; raises `ValueError` saying which variable is wrong, and how."""
    keys = [_key(entry.get_secret_value()) for entry in entries]
    secrets = [key.secret.get_secret_value() for key in keys]
    if len(set(secrets)) < len(secrets):
        raise ValueError("ORCHESTRATOR_API_KEYS: a key is there twice; write its teams together, KEY:clinic+hotel")
    known = _limits(limits.get_secret_value() if limits is not None else "")
    if strange := known.keys() - {*secrets, "*"}:
        counted = "a key has limits" if len(strange) == 1 else f"{len(strange)} keys have limits"
        raise ValueError(f"ORCHESTRATOR_KEY_LIMITS: {counted} that ORCHESTRATOR_API_KEYS does not name")
    others = known.get("*", {})
    return tuple(
        replace(key, **known.get(secret, others))  # type: ignore[arg-type]
        for key, secret in zip(keys, secrets, strict=True)
    )


def _key(entry: str) -> ApiKey:
    found = BOUND.fullmatch(entry)
    if found is None:
        return ApiKey(SecretStr(entry))
    return ApiKey(SecretStr(found["key"]), frozenset(found["teams"].split("+")))


def _limits(text: str) -> Mapping[str, Mapping[str, float]]:
    """Return key → its limits."""
    found: dict[str, Mapping[str, float]] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        key, colon, given = part.rpartition(":")
        key = key.strip()
        if not colon or not key or key in found:
            raise ValueError(f"ORCHESTRATOR_KEY_LIMITS: an entry has no key, or one that was there before; {SHAPE}")
        found[key] = dict(_limit(each) for each in given.split())
    return found


def _limit(written: str) -> tuple[str, float]:
    name, _, value = written.partition("=")
    if name not in LIMITS or not NUMBER.fullmatch(value) or not float(value):
        raise ValueError(f"ORCHESTRATOR_KEY_LIMITS: an entry has a limit that is not known, or no number; {SHAPE}")
    if name not in COUNTS:
        return name, float(value)
    if "." in value:
        raise ValueError(f"ORCHESTRATOR_KEY_LIMITS: {name} is a whole number; {SHAPE}")
    return name, int(value)
