"""The first line of a record: what the call was, and all that a `Call` is made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from orchestrator import __version__
from orchestrator.core import Call
from orchestrator.core.in_progress import NONE_IDEMPOTENT, Approvals, Idempotent, ToolFillers
from orchestrator.core.state import MEMORY, Seat
from orchestrator.records.format import VERSION, RecordError
from orchestrator.records.format.team import resolved, restored, secret
from orchestrator.team import Filler, Team
from orchestrator.team.people import Confirm

OLDEST = 1
STAND_IN = 16  # digits


@dataclass(frozen=True, slots=True)
class Header:
    """What a record begins with."""

    said: Mapping[str, Any]

    @property
    def team(self) -> Team:
        """The team, as it behaves in a call, with values made up for its secrets; raises `RecordError`."""
        written = dict(self.said["team"])
        hidden = {name for name in written.get("variables", {}) if self._hides(name)}
        written["variables"] = {
            name: _open(name, keys) if name in hidden else keys for name, keys in written.get("variables", {}).items()
        }
        try:
            return restored(written)
        except ValidationError as error:
            package = self.said.get("package")
            what = f"This record is of version {package} of orchestrator, whose team file is not understood here: "
            raise RecordError(f"{what}{error.errors()[0]['msg']}. Read it with that version.") from None

    def _hides(self, name: str) -> bool:
        keys = self.said["team"]["variables"][name]
        rules = self.said["team"].get("rules", ())
        secret_one = isinstance(keys, Mapping) and bool(keys.get("secret"))
        return secret_one or any(rule.startswith(f"{name} stays in ") for rule in rules)

    @property
    def stand_ins(self) -> dict[str, str]:
        """What stands for a secret in the record → the value made up for it."""
        names = self.said["team"].get("variables", {})
        return {secret(name): stand_in(name) for name in names if self._hides(name)}

    def call(self, team: Team, seed: str, seat: Seat | None = None) -> Call:
        """Make a `Call` as it was made then."""
        tools: Mapping[str, Mapping[str, Any]] = self.said["tools"]
        fillers: ToolFillers = {
            agent: {name: _model(Filler, keys.get("filler")) for name, keys in own.items()}
            for agent, own in tools.items()
        }
        approvals: Approvals = {
            agent: {name: _model(Confirm, keys.get("approval")) for name, keys in own.items()}
            for agent, own in tools.items()
        }
        again: Idempotent = {
            agent: {name for name, keys in own.items() if keys.get("idempotent")} for agent, own in tools.items()
        }
        memory = int(self.said.get("memory", MEMORY))
        return Call(team, fillers, seed=seed, memory=memory, approvals=approvals, idempotent=again, seat=seat)


def _model(kind: Any, keys: Mapping[str, Any] | None) -> Any:
    return None if keys is None else kind.model_validate(keys)


def _open(name: str, keys: Any) -> Any:
    """Let a secret variable have the value that is made up for it, whatever it must be like."""
    if not isinstance(keys, Mapping):
        return keys
    free = {key: value for key, value in keys.items() if key not in ("type", "enum", "pattern")}
    return {**free, "default": stand_in(name)} if free.get("default") == secret(name) else free


def stand_in(name: str) -> str:
    """Return the value that a replay has for a secret: digits, as a card number is, and always the same."""
    return str(int(hashlib.sha256(name.encode()).hexdigest(), 16))[:STAND_IN]


def read_header(line: str) -> Header:
    """Read the first line; raises `RecordError` when it is none, or of a version that is not known here."""
    try:
        said = json.loads(line)
    except ValueError:
        said = None
    if not isinstance(said, dict) or "v" not in said:
        raise RecordError('This is no record of a call: its first line has no version (`{"v": …}`).')
    if not isinstance(said["v"], int) or not OLDEST <= said["v"] <= VERSION:
        what = f"This record is of version {said['v']!r}; versions {OLDEST} to {VERSION} can be read here."
        raise RecordError(f"{what} It was written by orchestrator {said.get('package')}: read it with that.")
    return Header(said)


class TeamHeader:
    """What the headers of all calls of a team have in common; made once."""

    def __init__(
        self,
        team: Team,
        *,
        team_hash: str,
        models: Mapping[str, str],
        fillers: ToolFillers,
        approvals: Approvals,
        idempotent: Idempotent = NONE_IDEMPOTENT,
        memory: int,
    ) -> None:
        # What each header says.
        self.said: dict[str, Any] = {
            "v": VERSION,
            "team": resolved(team),
            "team_hash": team_hash,
            "package": __version__,
            "models": dict(models),
            "tools": tools_json(fillers, approvals, idempotent),
            "memory": memory,
        }
        # All texts in it: nobody has said them in a call.
        self.texts = frozenset(_texts(self.said))

    def of(self, call_id: str, *, started: float, seed: str, agent: str, formats: Mapping[str, Any]) -> dict[str, Any]:
        """Return the header of a call, which begins with an agent."""
        own = {"call": call_id, "started": started, "seed": seed, "agent": agent, "formats": dict(formats)}
        return {"v": VERSION, **own, **self.said}


def tools_json(fillers: ToolFillers, approvals: Approvals, idempotent: Idempotent = NONE_IDEMPOTENT) -> dict[str, Any]:
    """Return what a `Call` is told of tools: what bridges the time, who has to agree, and what can run again."""
    return {
        agent: {
            name: {
                **({"filler": filler.model_dump(mode="json")} if filler is not None else {}),
                **({"approval": wanted.model_dump(mode="json")} if (wanted := _of(approvals, agent, name)) else {}),
                **({"idempotent": True} if name in idempotent.get(agent, ()) else {}),
            }
            for name, filler in own.items()
        }
        for agent, own in fillers.items()
    }


def _of(approvals: Approvals, agent: str, name: str) -> Confirm | None:
    return approvals.get(agent, {}).get(name)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
