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
from orchestrator.core.state import MEMORY, Seat
from orchestrator.core.tools.rules import ToolRule, ToolRules, WhenLate
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
        rules = {agent: {name: rule_from(keys) for name, keys in own.items()} for agent, own in tools.items()}
        return Call(team, rules, seed=seed, memory=int(self.said.get("memory", MEMORY)), seat=seat)


def rule_json(rule: ToolRule) -> dict[str, Any]:
    """Return what holds for a tool as JSON, without what holds for any."""
    written = {
        "filler": rule.filler.model_dump(mode="json") if rule.filler is not None else None,
        "approval": rule.approval.model_dump(mode="json") if rule.approval is not None else None,
        "idempotent": rule.idempotent,
        "hide": sorted(rule.hidden),
        "when_late": rule.when_late.value if rule.when_late is not WhenLate.WHEN_IDLE else None,
    }
    return {key: value for key, value in written.items() if value}


def rule_from(keys: Mapping[str, Any]) -> ToolRule:
    """Read what `rule_json` has written."""
    return ToolRule(
        _model(Filler, keys.get("filler")),
        _model(Confirm, keys.get("approval")),
        bool(keys.get("idempotent")),
        WhenLate(keys.get("when_late", WhenLate.WHEN_IDLE)),
        frozenset(keys.get("hide", ())),
    )


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
        rules: ToolRules,
        memory: int,
    ) -> None:
        # What each header says.
        self.said: dict[str, Any] = {
            "v": VERSION,
            "team": resolved(team),
            "team_hash": team_hash,
            "package": __version__,
            "models": dict(models),
            "tools": {agent: {name: rule_json(rule) for name, rule in own.items()} for agent, own in rules.items()},
            "memory": memory,
        }
        # Names of arguments of its tools whose values nobody is shown.
        self.hidden = frozenset(name for own in rules.values() for rule in own.values() for name in rule.hidden)
        # All texts in it: nobody has said them in a call.
        self.texts = frozenset(_texts(self.said))

    def of(self, call_id: str, *, started: float, seed: str, agent: str, formats: Mapping[str, Any]) -> dict[str, Any]:
        """Return the header of a call, which begins with an agent."""
        own = {"call": call_id, "started": started, "seed": seed, "agent": agent, "formats": dict(formats)}
        return {"v": VERSION, **own, **self.said}


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
