"""Providers and models; the files of `broken/` show the errors, these tests what is valid."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.team import check_team


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
