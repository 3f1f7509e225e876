"""Providers and models; the files of `broken/` show the errors, these tests what is valid."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.team import check_team, load_team, providers


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


def local(folder: Path, brain: str) -> Path:
    """Write a team whose embedded provider has this brain."""
    path = folder / "agents.yaml"
    team = f"team: t\nproviders: {{local: {{brain: {brain}}}}}\nagents: {{a: {{instructions: x, model: local}}}}\n"
    path.write_text(team, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["model.gguf", "models/model.gguf"])
def test_language_model_is_found_from_the_team_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whatever the current folder is; an absolute path stays."""
    monkeypatch.setattr(providers, "find_spec", lambda _: True)
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"GGUF and more")

    for brain in (f"{{gguf: {name}}}", f"{{gguf: {file}}}"):
        path = local(tmp_path, brain)
        assert check_team(path, environ={}) == []
        spec = load_team(path, environ={}).providers["local"].brain
        assert spec is not None
        assert spec.gguf == str(file)


def test_language_model_left_empty_is_none(tmp_path: Path) -> None:
    """`gguf: "${MODEL:-}"` is a model where there is one."""
    assert check_team(local(tmp_path, '{gguf: "${MODEL:-}"}'), environ={}) == []


def test_language_model_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package that is missing, and the command to install it."""
    monkeypatch.setattr(providers, "find_spec", lambda _: None)
    (tmp_path / "model.gguf").write_bytes(b"GGUF and more")

    (problem,) = check_team(local(tmp_path, "{gguf: model.gguf}"), environ={})

    assert problem.what == "the package 'xllamacpp' is not installed"
    assert "voice-orchestrator[llm]" in problem.remedy


def test_path_of_a_language_model_that_cannot_be_one(tmp_path: Path) -> None:
    """A path with a zero byte is no path."""
    (problem,) = check_team(local(tmp_path, '{gguf: "model\\0"}'), environ={})

    assert problem.what == "the gguf file cannot be read: not a valid path"


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
