"""Effects as a record has them, and as a person reads them."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from orchestrator.core import effects as do
from orchestrator.core.events import Event
from orchestrator.records.format.encoding import lines_of
from orchestrator.records.format.entries import Entry
from orchestrator.records.format.hiding import SAME, Hider
from orchestrator.records.format.keeping import Kept

Json = Mapping[str, Any]
AUDIO = frozenset({"SendAudio", "PlayAudio", "TellWords"})
DELTAS = frozenset({"response.output_text.delta", "response.output_audio_transcript.delta"})
HIDDEN = "secret"  # stands for any
WIDTH = 160  # characters of a line
FIELDS = ("session", "call_id", "name", "timer")  # are shown beside the type


def written(effects: Sequence[do.Effect], event: Event, hider: Hider) -> list[dict[str, Any]]:
    """Return effects as a record would have them."""
    _, *lines = lines_of(Entry(0.0, "", event, effects, Kept.ALL))
    return [hider.line(line)["out"] for line in lines]


def passed_on(effect: Json, event: Event) -> bool:
    """Return whether an effect only passes on audio or words, one frame of many."""
    if effect["type"] in AUDIO:
        return True
    if effect["type"] != "TellCaller":
        return False
    payload = effect.get("payload")
    if payload == SAME:
        return not getattr(event, "payload", None)  # words of which there is no more than the text in a record
    return isinstance(payload, Mapping) and (not payload or payload.get("type") in DELTAS)


def same_secrets(value: Any, names: Collection[str]) -> Any:
    """Return a value of JSON with one spelling for secrets: how agents are told of them and the record says the same.

    Where a secret begins and ends in a text depends on its digits, which a replay does not have: in a text with a
    secret all digits are alike.
    """
    if isinstance(value, Mapping):
        return {name: same_secrets(each, names) for name, each in value.items()} if names else value
    if isinstance(value, list):
        return [same_secrets(each, names) for each in value]
    if not isinstance(value, str) or not any(name in value for name in names):
        return value
    mark = "|".join(rf"\[{re.escape(name)}\]|secret:{re.escape(name)}" for name in names)
    hidden = re.sub(mark, HIDDEN, value)
    return re.sub(r"\d+", HIDDEN, hidden) if hidden != value else value


def diff(then: Sequence[Json], now: Sequence[Json]) -> list[str]:
    """Return what is different, line by line: `-` is of then, `+` of now."""
    old, new = (list(chain.from_iterable(map(lines, some))) for some in (then, now))
    return list(difflib.unified_diff(old, new, n=1, lineterm=""))[2:]


def lines(effect: Json) -> Iterator[str]:
    """Yield an effect as lines: what it is, then each of its fields."""
    beside = [str(effect[name]) for name in FIELDS if name in effect]
    yield " ".join([str(effect["type"]), *beside])
    for name, value in effect.items():
        if name != "type" and name not in FIELDS:
            yield from _field(name, value, "  ")


def _field(name: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield f"{indent}{name}:"
        for key, each in value.items():
            yield from _field(str(key), each, f"{indent}  ")
    elif isinstance(value, list) and value:
        for each in value:
            yield from _field(f"{name}[]", each, indent)
    elif isinstance(value, str):
        first, *more = [part for line in value.split("\n") for part in _parts(line)]
        yield f"{indent}{name}: {first}"
        yield from (f"{indent}  {line}" for line in more)
    else:
        yield f"{indent}{name}: {json.dumps(value)}"


def _parts(line: str) -> Iterator[str]:
    """Yield a line in parts that fit on a screen, so that it shows where it is different."""
    for at in range(0, max(1, len(line)), WIDTH):
        yield line[at : at + WIDTH]
