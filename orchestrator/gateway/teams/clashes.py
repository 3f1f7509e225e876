"""What two teams of one server cannot both have: a name, a phone number, being the default."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orchestrator.errors import OrchestratorError, Problem
from orchestrator.gateway.teams.teams import Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.outside.api_keys import ApiKey


def check_bound(keys: Iterable[ApiKey], teams: Teams) -> None:
    """Check that keys are bound to teams that there are; raises `OrchestratorError`."""
    bound = {team for key in keys if key.teams is not None for team in key.teams}
    if unknown := sorted(bound - {served.name for served in teams}):
        named = ", ".join(map(repr, unknown))
        known = ", ".join(served.name for served in teams)
        what = f"ORCHESTRATOR_API_KEYS: a key is bound to {named}, but no team has this name."
        raise OrchestratorError(f"{what} Served: {known}. What follows the last colon of a key names its teams.")


def clashes(version: Version, others: Iterable[Version]) -> Iterator[Problem]:
    """Yield what keeps a version from being served beside those of other files, each with its place."""
    team = version.team
    for other in others:
        file = other.files[0] if other.files else other.name
        if other.name == version.name:
            remedy = "Give one of them another name."
            yield Problem(team.place("team"), f"the team of {file} has the name {version.name!r} too", remedy)
        if team.default and other.team.default:
            remedy = "Let one team be the default."
            yield Problem(team.place("default"), f"the team of {file} is the default too", remedy)
        for index, number in enumerate(team.numbers):
            if number in other.team.numbers:
                what = f"the team of {file} has the number {number!r} too"
                yield Problem(team.place("numbers", index), what, "Remove it from one of them.")
