"""Who may work at the desk: whoever has a key of the role, or of the server; on a server without any, this machine."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr
from starlette.requests import HTTPConnection

from orchestrator.gateway import auth, closing
from orchestrator.gateway.admission import BAD_KEY, Admission, Refusal, logged
from orchestrator.gateway.calls import Calls
from orchestrator.team.people import Role

NO_SUCH_DESK = Refusal(
    "desk_not_found", "There is no such role among `people` of this team.", status=404, close=closing.BAD_REQUEST
)


@dataclass(frozen=True, slots=True)
class Right:
    """The right to work in a role."""

    name: str
    role: Role


def admit(request: HTTPConnection, calls: Calls, admission: Admission) -> Right | Refusal:
    """Decide whether a request may work at the desk that it names."""
    name = request.query_params.get("desk", "")
    served = admission.team(request.query_params.get("model"))
    role = None if isinstance(served, Refusal) else served.current.team.people.get(name)
    keys = [SecretStr(key) for key in role.secret_keys] if role is not None else []
    if keys and auth.keys_given(request) and auth.allowed(request, keys):
        refusal = None
    elif keys and not calls.settings.api_keys:
        refusal = BAD_KEY
    else:
        refusal = admission.desk(request)
    if refusal is None and role is None:
        refusal = NO_SUCH_DESK
    if refusal is not None:
        return logged(refusal, request, "desk refused")
    assert role is not None
    return Right(name, role)
