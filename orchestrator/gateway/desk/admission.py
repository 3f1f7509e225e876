"""Who may work at the desk: whoever has a key of the role, or of the server; on a server without any, this machine."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr
from starlette.requests import HTTPConnection

from orchestrator.gateway import auth, closing
from orchestrator.gateway.admission import BAD_KEY, Admission, logged
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.refusal import Refusal
from orchestrator.gateway.teams.teams import Served, Teams
from orchestrator.team.people import Role

NO_SUCH_DESK = Refusal(
    "desk_not_found", "There is no such role among `people` of this team.", status=404, close=closing.BAD_REQUEST
)


@dataclass(frozen=True, slots=True)
class Right:
    """The right to work in a role of a team."""

    team: str
    name: str
    role: Role


def admit(request: HTTPConnection, calls: Calls, admission: Admission) -> Right | Refusal:
    """Decide whether a request may work at the desk that it names; the team is named by `model`, or by the key."""
    name, model = request.query_params.get("desk", ""), request.query_params.get("model")
    found = _by_key(request, calls.teams, name, model)
    if found is not None:
        return found
    served = admission.team(model, admission.may(request))
    role = None if isinstance(served, Refusal) else served.current.team.people.get(name)
    if role is not None and role.secret_keys and not calls.settings.api_keys:
        refusal: Refusal | None = BAD_KEY
    else:
        refusal = admission.desk(request) or (served if isinstance(served, Refusal) else None)
    if refusal is None and role is None:
        refusal = NO_SUCH_DESK
    if refusal is not None:
        return logged(refusal, request, "desk refused")
    assert role is not None
    assert isinstance(served, Served)
    return Right(served.name, name, role)


def _by_key(request: HTTPConnection, teams: Teams, name: str, model: str | None) -> Right | None:
    """Return the right of a request that carries a key of the role, in the team that it names or in any."""
    for served in teams:
        role = served.current.team.people.get(name)
        named = model in (None, served.name) or teams.find(model or "") is None
        if role is not None and named:
            keys = [SecretStr(key) for key in role.secret_keys]
            if auth.carried(request, keys) is not None:
                return Right(served.name, name, role)
    return None
