"""One server for several teams: who gets which, and who sees what of them."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from xml.etree import ElementTree as Xml

import httpx
import pytest
from pydantic import SecretStr
from websockets.exceptions import InvalidStatus

from orchestrator.core.events import CallerLeft, Ending
from orchestrator.gateway.admission import Admission, Admitted
from orchestrator.gateway.desk.admission import Right
from orchestrator.gateway.desk.board import Board
from orchestrator.gateway.desk.worker import Worker
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.refusal import NO_MODEL, NO_SUCH_MODEL
from orchestrator.gateway.teams.teams import Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.observe.facts import Inferred
from orchestrator.outside.api_keys import ApiKey
from orchestrator.team import Team
from tests.calls import TEAM as RECORDED
from tests.calls import desk
from tests.core.scene import team
from tests.gateway.serving import Gateway, receive, serve
from tests.patience import PATIENCE
from tests.phone import Phone, ringing

BOTH, CLINIC, HOTEL = "key-of-both-00000", "key-of-clinic-000", "key-of-hotel-0000"
KEYS = f"{BOTH},{CLINIC}:clinic,{HOTEL}:hotel"
NUMBER = "+4930901820"


def named(name: str, keys: str = "") -> Team:
    """Return a team of two agents and one desk."""
    people = "people: {support: {may: [listen, take]}}\n"
    agents = "agents: {front: {instructions: Hi, handoffs: [billing]}, billing: {instructions: Hi}}\n"
    return team(f"team: {name}\n{keys}\n{people}{agents}")


def both(clinic: str = "", hotel: str = "") -> Teams:
    """Return two teams, with keys of their files."""
    return Teams([Version(team=named("clinic", clinic)), Version(team=named("hotel", hotel))])


def bearer(key: str) -> dict[str, str]:
    """Return the headers of a request with a key."""
    return {"Authorization": f"Bearer {key}"}


async def answered(gateway: Gateway, query: str = "", key: str = "") -> str:
    """Return the team that answers a caller, or the code of the error that they are told."""
    headers = bearer(key) if key else {}
    async with gateway.connect(f"/v1/realtime{query}", additional_headers=headers) as socket:
        event = await receive(socket)
        return str(event["session"]["model"] if event["type"] == "session.created" else event["error"]["code"])


async def test_the_model_names_the_team(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that nobody has is refused, and so is none, unless there is a default."""
    async with serve(monkeypatch, teams=both()) as gateway:
        asked = ("?model=clinic", "?model=hotel", "?model=gpt-realtime", "")
        assert [await answered(gateway, query) for query in asked] == [
            *("clinic", "hotel", "model_not_found", "model_not_found")
        ]
    async with serve(monkeypatch, teams=both(hotel="default: true")) as gateway:
        assert [await answered(gateway, query) for query in asked] == ["clinic", "hotel", "hotel", "hotel"]

    assert not {"clinic", "hotel"} & set(f"{NO_SUCH_MODEL.message} {NO_MODEL.message}".split())


async def test_a_key_may_be_bound_to_teams(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it may not use is not there for it; its only team answers for every name."""
    async with serve(monkeypatch, teams=both(), api_keys=KEYS) as gateway:
        assert await answered(gateway, "?model=hotel", BOTH) == "hotel"
        assert await answered(gateway, "?model=gpt-realtime", BOTH) == "model_not_found"
        assert await answered(gateway, "?model=clinic", CLINIC) == "clinic"
        assert await answered(gateway, "?model=gpt-realtime", CLINIC) == "clinic"
        assert await answered(gateway, "?model=hotel", CLINIC) == "clinic"


async def test_models_are_listed_to_those_who_may_use_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """And described by their names, as are the teams."""
    async with (
        serve(monkeypatch, teams=both(), api_keys=KEYS) as gateway,
        httpx.AsyncClient(base_url=gateway.url) as client,
    ):
        listed = [(await client.get("/v1/models", headers=bearer(key))).json()["data"] for key in (BOTH, CLINIC)]
        assert [[one["id"] for one in data] for data in listed] == [["clinic", "hotel"], ["clinic"]]
        one = await client.get("/v1/models/hotel", headers=bearer(BOTH))
        none = await client.get("/v1/models/nobody", headers=bearer(BOTH))
        assert (one.json()["id"], none.status_code, none.json()["error"]["code"]) == ("hotel", 404, "model_not_found")
        shown = [await client.get(f"/v1/team{query}", headers=bearer(BOTH)) for query in ("?model=hotel", "")]

    assert (shown[0].json()["name"], shown[1].status_code) == ("hotel", 404)


async def test_a_client_secret_stays_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is for the team that its session names, and never for one that the key may not use."""
    async with serve(monkeypatch, teams=both(), api_keys=KEYS) as gateway:

        async def secret(key: str, **session: Any) -> str:
            body = {"session": {"type": "realtime", **session}}
            made = await gateway.post("/v1/realtime/client_secrets", json=body, headers=bearer(key))
            return str(made.json()["value"] if made.status_code == 200 else made.json()["error"]["code"])

        assert await answered(gateway, "", await secret(BOTH, model="hotel")) == "hotel"
        assert await answered(gateway, "?model=clinic", await secret(BOTH, model="hotel")) == "hotel"
        assert await secret(BOTH) == "model_not_found"
        for model in ("hotel", "clinic"):
            assert await answered(gateway, f"?model={model}", await secret(CLINIC)) == "clinic"
        assert await answered(gateway, "?model=hotel", await secret(CLINIC, model="hotel")) == "clinic"


async def test_open_calls_of_other_teams_are_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if they were not there: to join, to read, to move, to end."""
    async with (
        serve(monkeypatch, teams=both(), api_keys=KEYS) as gateway,
        gateway.connect("/v1/realtime?model=hotel", additional_headers=bearer(BOTH)) as socket,
        httpx.AsyncClient(base_url=gateway.url) as client,
    ):
        await receive(socket)
        call = gateway.calls[0].call_id
        assert await answered(gateway, f"?call_id={call}", CLINIC) == "invalid_value"
        assert await answered(gateway, f"?call={call}&agent=billing", CLINIC) == "invalid_value"
        path, moved = f"/v1/realtime/calls/{call}", {"target_uri": "agent:billing"}
        for key, status in ((CLINIC, 404), (HOTEL, 200)):
            refer = await client.post(f"{path}/refer", json=moved, headers=bearer(key))
            ended = await client.post(f"{path}/hangup", headers=bearer(key))
            assert (refer.status_code, ended.status_code) == (status, status)
        revoked = [
            (await client.delete("/v1/realtime/client_secrets", headers=bearer(key))).status_code
            for key in (CLINIC, BOTH)
        ]

    assert revoked == [403, 200]


async def test_figures_of_other_teams_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the process are of no team."""
    async with (
        serve(monkeypatch, teams=both(), api_keys=KEYS) as gateway,
        httpx.AsyncClient(base_url=gateway.url) as client,
    ):
        all_, mine = [(await client.get("/metrics", headers=bearer(key))).text for key in (BOTH, CLINIC)]

    assert 'orchestrator_calls_active{team="hotel"} 0.0' in all_
    assert 'orchestrator_calls_active{team="clinic"} 0.0' in mine
    assert "hotel" not in mine
    assert "orchestrator_workers 1.0" in mine


async def test_records_of_other_teams_are_not_there(tmp_path: Any) -> None:
    """Neither listed nor shown, heard or deleted."""
    mine, other = "key-of-shop-00000", "key-of-other-0000"
    keys = f"{mine}:helpdesk,{other}"
    async with desk(RECORDED, records=f"sqlite:///{tmp_path}/calls.db", api_keys=keys) as house:
        house.admission._keys = house.admission._keys[0], ApiKey(SecretStr(other), frozenset({"hotel"}))
        async with house.caller(additional_headers=bearer(mine)) as caller:
            await caller.type("Hello.")
            await caller.until("response.done")
        url = house.url.replace("ws", "http", 1)
        async with httpx.AsyncClient(base_url=url) as client, asyncio.timeout(PATIENCE):
            while not (await client.get("/v1/calls", headers=bearer(mine))).json()["data"]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # it is written twice a second
            path = f"/v1/calls/{caller.call}"
            assert (await client.get("/v1/calls", headers=bearer(other))).json()["data"] == []
            for method, way in (("GET", ""), ("GET", "/lines"), ("GET", "/audio"), ("DELETE", "")):
                answer = await client.request(method, f"{path}{way}", headers=bearer(other))
                assert (answer.status_code, answer.json()["error"]["code"]) == (404, "call_not_found")
            assert (await client.get(path, headers=bearer(mine))).status_code == 200


async def test_limits_of_a_team_and_of_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are told before the upgrade, with when to come again, and counted by rule."""
    limits = f"{BOTH}: calls=3; *: calls_per_minute=1"
    teams = both(clinic="limits: {calls: 1}", hotel="limits: {calls: 9}")

    async with (
        serve(monkeypatch, teams=teams, api_keys=KEYS, key_limits=limits) as gateway,
        httpx.AsyncClient(base_url=gateway.url) as client,
        gateway.connect("/v1/realtime?model=clinic", additional_headers=bearer(BOTH)),
    ):

        async def refused(query: str, key: str) -> tuple[int, str, str]:
            with pytest.raises(InvalidStatus) as raised:
                async with gateway.connect(f"/v1/realtime{query}", additional_headers=bearer(key)):
                    pass
            response = raised.value.response
            return response.status_code, response.headers["Retry-After"], response.body.decode()

        status, retry, body = await refused("?model=clinic", BOTH)
        assert (status, retry) == (429, "5")
        assert "rate_limit_exceeded" in body
        assert "The limit of 1 calls at once is reached for this team." in body
        assert await answered(gateway, "?model=hotel", HOTEL) == "hotel"
        status, retry, body = await refused("?model=hotel", HOTEL)
        assert (status, 50 < int(retry) <= 60) == (429, True)
        assert "for this API key. Try again in" in body
        headers = {**bearer(HOTEL), "Content-Type": "application/sdp"}
        offered = await client.post("/v1/realtime/calls?model=hotel", content=b"v=0", headers=headers)
        assert (offered.status_code, offered.json()["error"]["type"]) == (429, "rate_limit_error")
        for call in gateway.calls:
            call.end(Ending.LEFT, "over")
        await asyncio.wait_for(gateway.app.state.calls.emptied.wait(), PATIENCE)
        text = (await client.get("/metrics", headers=bearer(BOTH))).text

    assert 'orchestrator_limit_refusals_total{limit="calls",team="clinic",whose="team"} 1.0' in text
    assert 'orchestrator_limit_refusals_total{limit="calls_per_minute",team="hotel",whose="key"} 2.0' in text


async def test_dollars_of_a_team_are_counted_by_what_its_answers_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that is open goes on; the next one is refused until midnight."""
    async with serve(monkeypatch, teams=both(hotel="limits: {dollars_per_day: 1}")) as gateway:
        calls = gateway.app.state.calls
        async with gateway.connect("/v1/realtime?model=hotel") as socket:
            await receive(socket)
            known: dict[str, Any] = {"session": "front", "response_id": "r", "status": "completed", "error": None}
            for take in gateway.calls[0].lookers.takers:
                take(Inferred(start=0.0, end=1.0, agent="front", cost=1.5, **known))
            with pytest.raises(InvalidStatus) as refused:
                async with gateway.connect("/v1/realtime?model=hotel"):
                    pass
            assert len(calls) == 1
        assert await answered(gateway, "?model=clinic") == "clinic"

    assert "The limit of 1 dollars a day is reached" in refused.value.response.body.decode()


async def dialled(gateway: Gateway, number: str, query: str = "") -> str:
    """Return the team that answers a phone call, or what its caller hears instead."""
    form = {"From": "+4930111111", "To": number, "CallSid": "CA1"}
    answer = await gateway.post(f"/twilio/voice{query}", data=form)
    if answer.status_code != 200:
        return str(answer.json()["error"]["code"])
    (verb, *_) = Xml.fromstring(answer.text)
    if verb.tag == "Say":
        return "busy"
    gateway.news.clear()
    async with ringing(f"ws://127.0.0.1:{gateway.port}") as phone:
        await phone.start(**{one.attrib["name"]: one.attrib["value"] for one in verb[0]})
        return await told(gateway, phone)


async def told(gateway: Gateway, phone: Phone) -> str:
    """Return the team of a phone call that has begun."""
    await asyncio.wait_for(gateway.news.wait(), PATIENCE)
    team = gateway.app.state.calls.find(gateway.calls[-1].call_id).version.name
    await phone.hang_up()
    while not isinstance(await gateway.calls[-1].next(), CallerLeft):
        pass
    return str(team)


async def test_the_number_that_was_dialled_says_which_team(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the URL of the number; others get the default, if there is one."""
    numbers = "numbers: ['+49 30 901820']"
    async with serve(monkeypatch, teams=both(clinic=numbers)) as gateway:
        assert await dialled(gateway, NUMBER) == "clinic"
        assert await dialled(gateway, NUMBER, "?model=hotel") == "hotel"
        assert await dialled(gateway, "+4930901821") == "model_not_found"
    async with serve(monkeypatch, teams=both(clinic=numbers, hotel="default: true")) as gateway:
        assert await dialled(gateway, NUMBER) == "clinic"
        assert await dialled(gateway, "+4930901821") == "hotel"


async def test_a_caller_hears_that_a_limit_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """In words, as when all lines are busy."""
    numbers = "numbers: ['+49 30 901820']\nlimits: {calls: 1}"
    async with (
        serve(monkeypatch, teams=both(clinic=numbers)) as gateway,
        gateway.connect("/v1/realtime?model=clinic"),
        ringing(f"ws://127.0.0.1:{gateway.port}") as phone,
    ):
        assert await dialled(gateway, NUMBER) == "busy"
        await phone.start(To=NUMBER)
        assert await phone.closed() == 4029
    assert len(gateway.calls) == 1


async def test_an_offer_may_name_the_team(monkeypatch: pytest.MonkeyPatch) -> None:
    """In its session object, unless the client secret has said it."""
    async with serve(monkeypatch, teams=both()) as gateway:
        admission: Admission = gateway.app.state.admission

        def team_of(session: dict[str, Any], model: object) -> str:
            decision = admission.offered(Admitted(session), model)
            served = decision.served if isinstance(decision, Admitted) else None
            return served.name if served is not None else "none"

        assert [team_of({}, "hotel"), team_of({"model": "clinic"}, "hotel"), team_of({}, 7)] == [
            *("hotel", "clinic", "none")
        ]


async def test_each_team_has_a_desk_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever works there sees the calls of their team, also where a role has the same name."""
    async with serve(monkeypatch, teams=both()) as gateway:
        calls = gateway.app.state.calls
        seen: dict[str, list[str]] = {"clinic": [], "hotel": []}
        line: Any = None
        for name, frames in seen.items():
            role = calls.teams.find(name).current.team.people["support"]

            def keep(frame: str, frames: list[str] = frames) -> bool:
                frames.append(frame)
                return True

            Worker(calls, Right(name, "support", role), Outbox(lambda: None, keep), line).come()
        board: Board = calls.board
        entry = board.add("sess_1", "front", team="hotel")
        entry.tell("person.waiting", {"agent": "front", "desk": "support"})

    assert "person.waiting" in "".join(seen["hotel"])
    assert "sess_1" not in "".join(seen["clinic"])


async def test_the_key_of_a_role_says_which_team(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the model does; a server's key that is bound opens the desks of its teams only."""
    mine = "people: {support: {keys: role-key-of-clinic}}\nagents: {front: {instructions: Hi}}\n"
    teams = Teams([Version(team=team(f"team: clinic\n{mine}")), Version(team=named("hotel"))])
    async with serve(monkeypatch, teams=teams, api_keys=KEYS) as gateway:

        async def opened(query: str, key: str) -> str:
            path = f"/v1/realtime?desk=support{query}"
            async with gateway.connect(path, additional_headers=bearer(key)) as socket:
                event = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
                return str(event["error"]["code"] if event["type"] == "error" else event["type"])

        assert await opened("", "role-key-of-clinic") == "team.desk.opened"
        assert await opened("&model=hotel", "role-key-of-clinic") == "invalid_api_key"
        assert await opened("&model=hotel", BOTH) == "team.desk.opened"
        assert await opened("", BOTH) == "model_not_found"
        assert await opened("", HOTEL) == "team.desk.opened"
