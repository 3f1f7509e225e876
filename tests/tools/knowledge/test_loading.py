"""From the team file to the tool, and what is told about files that cannot be searched by meaning."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from orchestrator.team import load_team
from orchestrator.team.tools import Knowledge
from orchestrator.tools import CallView, check_tools, load_tools, read_functions
from orchestrator.tools.knowledge import loading
from orchestrator.tools.knowledge.encoder import Memory
from orchestrator.tools.knowledge.endpoint import Endpoint
from tests.tools.knowledge.encoders import Topics
from tests.tools.knowledge.teams import team_that_knows

FAQ = "# Paying\nWe take Visa.\n\n# Animals\nDogs are welcome.\n"
CALL = CallView("call_1", "front")


@pytest.fixture(autouse=True)
def _forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remember nothing of other tests."""
    monkeypatch.setattr(loading, "_memory", Memory())


def problems(folder: Path, knowledge: str) -> list[str]:
    """Return the problems of a team's knowledge, after their place in the file."""
    found = check_tools(team_that_knows(folder, knowledge, faq=FAQ))
    return [str(problem).partition(" ")[2] for problem in found]


async def test_an_agent_gets_a_tool_that_searches_its_files(tmp_path: Path) -> None:
    """By meaning, with the encoder that is handed in."""
    team = team_that_knows(tmp_path, "docs/*.md", faq=FAQ)
    tools, _, found = read_functions(team, encoder=Topics("visa cash", "dogs puppy"))
    (tool,) = tools["front"]

    told = json.loads(await tool.run('{"question": "And my puppy?"}', CALL, seconds=5))
    assert [one["text"] for one in told["passages"]] == ["Dogs are welcome."]
    assert (tool.name, tool.kind, found) == ("look_up", "knowledge", [])
    assert tools["billing"] == ()


async def test_a_team_that_is_only_checked_encodes_nothing(tmp_path: Path) -> None:
    """Its tools work all the same, by words."""
    (tool,) = load_tools(team_that_knows(tmp_path, "{files: docs/faq.md, name: handbook}", faq=FAQ))["front"]

    told = json.loads(await tool.run('{"question": "Do you take Visa?"}', CALL, seconds=5))
    assert (tool.name, told["passages"][0]["about"]) == ("handbook", "Paying")


def test_without_an_encoder_check_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning: words are searched."""
    monkeypatch.setattr(loading, "find_spec", lambda name: None)

    (told,) = problems(tmp_path, "[docs/*.md]")
    assert told.startswith("agents.front.knowledge: these files are only searched by words")
    assert "pip install 'voice-orchestrator[local]'" in told


@pytest.mark.parametrize("why", ["broken", "slow"])
def test_what_cannot_be_encoded_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    """Within a time limit, although both agents have the files; they are tried once."""

    class Stuck(Topics):
        async def encode(self, texts: Sequence[str]) -> list[list[float]]:
            tried.append(len(texts))
            if why == "slow":
                await asyncio.Event().wait()
            return await super().encode(texts)

    tried: list[int] = []
    encoder = Stuck("visa")
    encoder.broken = True
    monkeypatch.setattr(loading, "ENCODING_SECONDS", 0.01 if why == "slow" else 60.0)
    path = team_that_knows(tmp_path, "[docs/*.md]", faq=FAQ).files[0]
    text = path.read_text(encoding="utf-8").replace("    knowledge: [docs/*.md]\n", "")
    path.write_text(f"defaults: {{knowledge: [docs/*.md]}}\n{text}", encoding="utf-8")

    with capture_logs() as logged:
        (problem,) = read_functions(load_team(path, environ={}), encoder=encoder)[2]

    assert (problem.fatal, len(tried)) == (False, 1)
    assert [entry["event"] for entry in logged] == ["files are only searched by words"]
    assert "these files are only searched by words" in problem.what


@pytest.mark.parametrize(
    ("knowledge", "told"),
    [
        ("[docs/none.md]", "agents.front.knowledge: there is no file 'docs/none.md'."),
        ("{files: docs/*.md, model: m}", "agents.front.knowledge: there is no server to which `model`"),
        ("{files: docs/*.md, url: 'https://x.test/v1'}", "agents.front.knowledge.url: the server's model is missing."),
        ("{files: docs/*.md, url: 'ftp://x', model: m}", "agents.front.knowledge.url: the address does not begin"),
        (
            "{files: docs/*.md, url: 'http://127.0.0.1/v1', model: m}",
            "agents.front.knowledge.url: the address is",
        ),
        ("{files: docs/*.md, hide: [answer]}", "agents.front.knowledge.hide.0: there is no argument 'answer'."),
    ],
)
def test_what_is_wrong_is_told_at_its_place(tmp_path: Path, knowledge: str, told: str) -> None:
    """One problem each."""
    (problem,) = problems(tmp_path, knowledge)

    assert problem.startswith(told)


def test_a_tool_of_the_same_name_is_a_duplicate(tmp_path: Path) -> None:
    """Another name for one of them helps."""
    (tmp_path / "t.py").write_text("def look_up() -> None:\n    'Looks.'\n", encoding="utf-8")
    team = team_that_knows(tmp_path, "docs/*.md\n    tools: [t.py]", faq=FAQ)

    (problem,) = check_tools(team)
    assert "duplicate tool 'look_up'" in str(problem)


def test_rules_and_variables_know_the_tool(tmp_path: Path) -> None:
    """As they know any other."""
    path = team_that_knows(tmp_path, "{files: docs/*.md, sets: {asked: '{{ args.question }}'}}", faq=FAQ).files[0]
    text = path.read_text(encoding="utf-8")
    path.write_text(
        f"variables: {{asked: {{default: null, set_by: look_up}}}}\nrules: [look_up at most 2 per call]\n{text}",
        encoding="utf-8",
    )

    assert read_functions(load_team(path, environ={}))[2] == []


def test_agents_with_keys_of_their_own_share_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one agent asks is not sent with the key of the other."""
    asked: list[str | None] = []

    async def encode(self: Endpoint, texts: Sequence[str]) -> list[list[float]]:
        asked.append(self._key)
        return [[1.0] for _ in texts]

    monkeypatch.setattr(Endpoint, "encode", encode)
    team = team_that_knows(tmp_path, "docs/*.md", faq=FAQ)
    server = {"files": "docs/*.md", "url": "http://127.0.0.1:9/v1", "model": "m", "private": True}
    agents = {
        name: agent.model_copy(update={"knowledge": Knowledge.model_validate({**server, "api_key": f"key-{name}"})})
        for name, agent in team.agents.items()
    }
    tools, _, found = read_functions(team.model_copy(update={"agents": agents}), encoder=Topics("visa"))
    assert found == []
    asked.clear()

    for own in tools.values():
        asyncio.run(own[0].run('{"question": "Visa?"}', CALL, seconds=5))

    assert asked == [f"key-{name}" for name in agents]
