"""Providers and models; the files of `broken/` show the errors, these tests what is valid."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.team import check_team, load_team


@pytest.mark.parametrize(
    "keys",
    [
        "model: local, fallback: [azure/m, openai/m]",
        "model: mine/m, fallback: [mine/n, mine/m2, local]",
        "fallback: [local]",
        "model: '${M:-local}', fallback: [local]",
        "model: local, fallback: ['${M:-local}']",
    ],
)
def test_valid_models(tmp_path: Path, keys: str) -> None:
    """Of known and custom providers; a fallback from the environment may repeat one that is listed."""
    path = tmp_path / "agents.yaml"
    head = "team: t\nproviders: {mine: {url: 'wss://h'}}\nprices: {mine/m: {text_in: 1}, openai/m: {}}\n"
    path.write_text(f"{head}agents: {{a: {{instructions: x, {keys}}}}}\n", encoding="utf-8")

    assert check_team(path, environ={}) == []


@pytest.mark.parametrize(
    ("providers", "where", "remedy"),
    [
        ("{mine: {url: 'host:8000/v1'}}", "providers.mine.url", "Write https://host/v1"),
        ("{mine: {url: ''}}", "providers.mine.url", "Write https://host/v1"),
        ("{openai: {url: api.openai.com}}", "providers.openai.url", "Write https://host/v1"),
        ("{azure: {url: 'https://portal.azure.com/#me'}}", "providers.azure.url", "Write https://NAME.openai"),
        ("{local: {brain: {url: '127.0.0.1:11434'}}}", "providers.local.brain.url", "Write https://host/v1"),
    ],
)
def test_p67_a_url_that_is_none_is_found_before_the_first_call(
    tmp_path: Path, providers: str, where: str, remedy: str
) -> None:
    """P67: with its place, and what to write."""
    path = tmp_path / "agents.yaml"
    path.write_text(f"team: t\nproviders: {providers}\nagents: {{a: {{instructions: x}}}}\n", encoding="utf-8")

    (problem,) = check_team(path, environ={})
    assert problem.where.endswith(where)
    assert problem.remedy.startswith(remedy)


def test_p67_an_address_is_taken_without_what_surrounds_it(tmp_path: Path) -> None:
    """P67: from the environment or as written; an empty one of a provider that has its own means that one."""
    path = tmp_path / "agents.yaml"
    providers = "{openai: {url: '${U:-}'}, mine: {url: '${V}', api_key: ' ${K}'}}"
    path.write_text(f"team: t\nproviders: {providers}\nagents: {{a: {{instructions: x}}}}\n", encoding="utf-8")

    team = load_team(path, environ={"V": "'wss://host/v1/realtime'\n", "K": "key\r\n"})
    assert (team.providers["openai"].url, team.providers["mine"].url) == ("", "wss://host/v1/realtime")
    key = team.providers["mine"].api_key
    assert key is not None
    assert key.get_secret_value() == "key"
