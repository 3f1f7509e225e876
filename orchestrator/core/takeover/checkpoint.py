"""A checkpoint: all that is remembered about a call at one moment, as bytes, so that what led to it need not happen
again in another process. It takes the place of no event: whoever cannot read it lets all of them happen.

What follows from the team file is not in it, since both processes have read the same one; nor is audio, which nobody
has who takes a call over. Only the same version of this package can read it, and the bytes must come from a trusted
place; even so nothing but the classes of the core is made of them.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from itertools import count
from typing import Any

from orchestrator.core.events import AudioProduced, CallerSpoke
from orchestrator.core.in_progress import Functions
from orchestrator.core.memory.variables import Variables
from orchestrator.core.state import State

CORE, TEAM = "orchestrator.core.", "orchestrator.team."
PLAIN = frozenset(
    {("collections", "OrderedDict"), ("collections", "deque"), ("builtins", "set"), ("builtins", "frozenset")}
)
SOUND = CallerSpoke | AudioProduced
# What is looked up in the team file, and made with each call: it is not written.
MADE: Mapping[type, tuple[str, ...]] = {
    Functions: ("own", "sources"),
    Variables: ("_declared", "_maskers"),
}


class CheckpointError(ValueError):
    """A checkpoint cannot be made, or read."""


class Parts:
    """What calls of one team have in common: the parts of its file, in the same order wherever it is loaded."""

    def __init__(self, *wholes: Any) -> None:
        # The parts, and their numbers by identity.
        self.all = [part for whole in wholes for part in _within(whole)]
        self.numbers = {id(part): number for number, part in enumerate(self.all)}


def save(call: State, parts: Parts, beside: Mapping[str, Any]) -> bytes:
    """Write a call down, between two events; `beside` is what others remember of it, as JSON could hold it.

    Raises `CheckpointError` if something in it is neither the core's nor in the team file.
    """
    written = io.BytesIO()
    try:
        _Writer(call, parts, written).dump((vars(call), vars(call.shared), beside))
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise CheckpointError(str(error)) from error
    return written.getvalue()


def load(call: State, parts: Parts, saved: bytes) -> Mapping[str, Any]:
    """Let a call that was just made be as it was; return what is `beside` it. Raises `CheckpointError`."""
    try:
        own, shared, beside = _Reader(call, parts, io.BytesIO(saved)).load()
        for new, old in ((own["functions"], call.functions), (shared["variables"], call.variables)):
            for name in MADE[type(old)]:
                setattr(new, name, getattr(old, name))
        vars(call).update(own)
        vars(call.shared).update(shared)
    except CheckpointError:
        raise
    except Exception as error:  # whatever is in it
        raise CheckpointError(str(error)) from error
    return dict(beside)


def given(number: int) -> Any:
    """Stand for what both processes have; whoever reads a checkpoint puts it in the place."""
    raise AssertionError(number)


CALL, SHARED = -1, -2  # numbers of what is no part of the team


class _Writer(pickle.Pickler):
    def __init__(self, call: State, parts: Parts, file: io.BytesIO) -> None:
        super().__init__(file, protocol=5)
        # What the other process has, by identity.
        self._given = {**parts.numbers, id(call): CALL, id(call.shared): SHARED}
        # Numbers frames, each of which is another one.
        self._frames = count(1)

    def reducer_override(self, obj: Any) -> Any:
        if (number := self._given.get(id(obj))) is not None:
            return given, (number,)
        kind = type(obj)
        if kind in MADE:
            make, what, state, *_ = obj.__reduce_ex__(5)
            return make, what, _without(state, MADE[kind])
        if isinstance(obj, SOUND):
            return replace(obj, frame=f"frame {next(self._frames)}").__reduce_ex__(5)
        if kind.__module__.startswith(TEAM):
            raise CheckpointError(f"{kind.__name__} is not in the team file")
        return NotImplemented


class _Reader(pickle.Unpickler):
    def __init__(self, call: State, parts: Parts, file: io.BytesIO) -> None:
        super().__init__(file)
        # What this process has.
        self._given = {**dict(enumerate(parts.all)), CALL: call, SHARED: call.shared}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == (given.__module__, given.__name__):
            return self._given.__getitem__
        found = super().find_class(module, name) if module.startswith(CORE) or (module, name) in PLAIN else None
        if not isinstance(found, type):
            raise CheckpointError(f"{module}.{name} is no class of the core")
        return found


def _without(state: Any, names: tuple[str, ...]) -> Any:
    """Return the state of an object, as `pickle` has it, without some attributes."""
    if isinstance(state, tuple):
        return tuple(_without(part, names) for part in state)
    return state and {name: value for name, value in state.items() if name not in names}


def _within(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _within(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from _within(each)
    elif type(value).__module__.startswith(TEAM):
        yield value
        names = [field.name for field in fields(value)] if is_dataclass(value) else type(value).model_fields
        for name in names:
            yield from _within(getattr(value, name))
