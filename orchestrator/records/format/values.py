"""Events and effects as JSON, and back, by the declarations of their fields.

Whatever the core declares can be written: a new event needs nothing here. A frame is never written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from itertools import count
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from orchestrator.core.effects import Effect
from orchestrator.core.events import Event
from orchestrator.core.ids import SessionId, SessionKind, Timer, TimerKind

CLASSES: Mapping[str, type[Any]] = {kind.__name__: kind for kind in (*get_args(Event), *get_args(Effect))}
BESIDE = re.compile(r"(.+) \((consult|successor) (\d+)\)")
ABOUT = "session "  # begins what a timer is about, where that is a session
NOT_KEPT = frozenset({"frame"})
FRAMES = count(1)  # each frame of a record that is read is another one
EMPTY = {str: "", int: 0, float: 0.0, bool: False}  # for words that were not kept


def to_json(value: Any) -> Any:
    """Return an event, an effect or a field of one as JSON can hold it."""
    if value is None or type(value) in (str, int, float, bool):
        return value
    if isinstance(value, SessionId):
        return str(value)
    if isinstance(value, Timer):
        about = f"{ABOUT}{value.about}" if isinstance(value.about, SessionId) else value.about
        return f"{value.kind} {about}".rstrip()
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, Mapping):
        return {str(key): to_json(each) for key, each in value.items()}
    return [to_json(each) for each in value] if isinstance(value, list | tuple) else str(value)


def typed(value: Event | Effect) -> dict[str, Any]:
    """Return an event or an effect as JSON, with the name of its class."""
    return {"type": type(value).__name__, **_fields(value)}


def _fields(value: Any) -> dict[str, Any]:
    written = {}
    for name, default in _written(value.__class__):
        own = getattr(value, name)
        if default is MISSING or own != default:
            written[name] = to_json(own)
    return written


@cache
def _written(kind: type) -> tuple[tuple[str, Any], ...]:
    """Return the fields of a dataclass that are written, and what each is by default."""
    return tuple((field.name, _default(field)) for field in fields(kind) if field.name not in NOT_KEPT)


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def from_json(written: Mapping[str, Any]) -> Any:
    """Return the event or effect; raises ValueError for one that is not known."""
    kind = CLASSES.get(str(written.get("type")))
    if kind is None:
        raise ValueError(f"there is no event or effect {written.get('type')!r}")
    return _made(kind, written)


def _made(kind: type[Any], written: Mapping[str, Any]) -> Any:
    hints, given = hints_of(kind), {}
    for field in fields(kind):
        if field.name in NOT_KEPT:
            given[field.name] = f"frame {next(FRAMES)}" if field.default is MISSING else field.default
        elif field.name in written:
            given[field.name] = _read(hints[field.name], written[field.name])
    try:
        return kind(**given)
    except TypeError:
        missing = ", ".join(field.name for field in fields(kind) if field.name not in given)
        raise ValueError(f"{kind.__name__} lacks one of: {missing}") from None


def prepare() -> None:
    """Learn the types of all fields, which takes a while, before a call has to wait for that."""
    for kind in CLASSES.values():
        hints_of(kind)


HINTS: dict[Any, dict[str, Any]] = {}  # class → the types of its fields


def hints_of(kind: Any) -> dict[str, Any]:
    """Return the types of the fields of a dataclass."""
    if kind not in HINTS:
        HINTS[kind] = get_type_hints(kind)
    return HINTS[kind]


def _read(hint: Any, written: Any) -> Any:
    kinds = [kind for kind in get_args(hint) if kind is not NoneType] if NoneType in get_args(hint) else [hint]
    kind = kinds[0]
    if written is None:
        return None if NoneType in get_args(hint) else EMPTY.get(kind, {})
    if kind is SessionId:
        return session_named(written)
    if kind is Timer:
        return timer_named(written)
    if get_origin(kind) is tuple:
        return tuple(written)
    if isinstance(kind, type) and is_dataclass(kind):
        return _made(kind, written)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(written)
    return float(written) if kind is float else written


def session_named(written: str) -> SessionId:
    """Return a session by its name."""
    found = BESIDE.fullmatch(written)
    return SessionId(found[1], SessionKind(found[2]), int(found[3])) if found else SessionId(written)


def timer_named(written: str) -> Timer:
    """Return a timer by its name."""
    kind, _, about = written.partition(" ")
    return Timer(TimerKind(kind), session_named(about.removeprefix(ABOUT)) if about.startswith(ABOUT) else about)
