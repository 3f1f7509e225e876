"""The versions of the teams over HTTP: who may change them, and what is answered."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import Any

from structlog.testing import capture_logs

from tests.edited import TOOL, administered, served


def states(listed: dict[str, Any]) -> dict[str, float]:
    """Return the states of the versions of a team, each with its share of the new calls."""
    return {version["state"]: version["share"] for version in listed["versions"]}


async def test_versions_are_managed_over_http() -> None:
    """Reload, roll back, try out, promote; each answer lists what there is then."""
    async with administered() as (house, http):
        one = served(house).current
        (house.folder / "tools.py").write_text(TOOL.format("new"), encoding="utf-8")
        assert states((await http.get("")).json()["data"][0]) == {"current": 1.0}

        reloaded = (await http.post("/helpdesk")).json()
        assert (reloaded["outcome"], states(reloaded)) == ("served", {"current": 1.0, "kept": 0.0})
        assert reloaded["file"] == str(house.folder / "agents.yaml")
        assert (await http.post("/helpdesk")).json()["outcome"] == "served"  # code may have read more than these files

        with capture_logs() as logs:
            back = (await http.post("/helpdesk/rollback", json={"hash": one.hash[:6]})).json()
        (said,) = (line for line in logs if line["event"] == "team changed by request")
        assert (said["outcome"], said["current"], said["peer"]) == ("rolled back", one.hash[:12], "127.0.0.1")
        assert (back["outcome"], served(house).current) == ("rolled back", one)
        unknown = await http.post("/helpdesk/rollback", json={"hash": "0000"})
        assert (unknown.status_code, one.hash[:12] in unknown.json()["error"]["message"]) == (400, True)

        again = (await http.post("/helpdesk/canary", json={"share": 0.2})).json()["error"]["message"]
        assert again.endswith("say what is served already. Write `canary: 20%` into an edit of them.")
        (house.folder / "tools.py").write_text(TOOL.format("newer"), encoding="utf-8")
        tried = (await http.post("/helpdesk/canary", json={"share": 0.2})).json()
        assert (tried["outcome"], states(tried)) == ("canary", {"current": 0.8, "canary": 0.2, "kept": 0.0})
        assert states((await http.post("/helpdesk/canary", json={"share": 0.5})).json())["canary"] == 0.5
        assert states((await http.post("/helpdesk/promote")).json()) == {"current": 1.0, "kept": 0.0}
        assert (await http.post("/helpdesk/promote")).json()["error"]["message"] == "'helpdesk' has no canary."


async def test_an_edit_with_an_error_is_told_where_it_is_asked_for() -> None:
    """In the answer, and in the list until it is right."""
    async with administered() as (house, http), AsyncExitStack() as stack:
        bearer = {"Authorization": http.headers["Authorization"].replace("admins", "callers")}
        await stack.enter_async_context(house.caller(additional_headers=bearer))
        (house.folder / "tools.py").write_text("1 / 0\n", encoding="utf-8")

        refused = await http.post("/helpdesk")
        (listed,) = (await http.get("")).json()["data"]

        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (422, "invalid_team")
        assert "tools.py:1 cannot be imported: ZeroDivisionError" in error["message"]
        assert error["problems"][0]["where"].startswith("agents.yaml:11:13 agents.front.tools")
        assert listed["refused"]["problems"] == error["message"].splitlines()
        assert [version["calls"] for version in listed["versions"]] == [1]
        (house.folder / "tools.py").write_text(TOOL.format("old"), encoding="utf-8")
        assert "refused" not in (await http.post("/helpdesk")).json()
        (listed,) = (await http.get("")).json()["data"]
        assert [(one["state"], one["calls"]) for one in listed["versions"]] == [("current", 0), ("ending", 1)]


async def test_a_team_whose_file_has_left_its_folder_is_gone() -> None:
    """As soon as somebody asks for its files to be read again."""
    async with administered() as (house, http):
        edits = house.edits
        edits._folders = (house.folder,)
        team = {"team": "other", "agents": {"a": {"instructions": "Help.", "model": "service/a"}}}
        team["providers"] = {"service": {"url": house.service.url}}
        (house.folder / "other.yaml").write_text(json.dumps(team), encoding="utf-8")
        await edits.reload(house.folder / "other.yaml", anew=False)
        assert len((await http.get("")).json()["data"]) == 2
        (house.folder / "other.yaml").unlink()

        gone = (await http.post("/other")).json()

        assert (gone["outcome"], gone["versions"]) == ("removed", [])
        assert (await http.post("/other")).status_code == 404


async def test_only_an_admin_changes_what_is_served() -> None:
    """Whoever may call may look; without an admin key nobody may over HTTP, unless the server is this machine's."""
    caller = {"Authorization": "Bearer a-key-for-callers"}
    async with administered() as (_, http):
        assert (await http.get("", headers=caller)).status_code == 200
        assert (await http.get("", headers={"Authorization": ""})).status_code == 401
        refused = await http.post("/helpdesk", headers=caller)
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_api_key")
        assert (await http.post("/nobody")).status_code == 404
        assert (await http.post("/nobody/promote")).status_code == 404
    async with administered(admin_key=None) as (_, http):
        refused = await http.post("/helpdesk", headers=caller)
        assert (refused.status_code, "ORCHESTRATOR_ADMIN_KEY" in refused.json()["error"]["message"]) == (403, True)
    async with administered(admin_key=None, api_keys=()) as (_, http):
        assert (await http.post("/helpdesk")).status_code == 200
        assert (await http.post("/helpdesk", headers={"Origin": "https://example.com"})).status_code == 403
