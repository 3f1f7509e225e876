"""The secrets that a team file gives to its tools."""

from __future__ import annotations

from pathlib import Path

from orchestrator.records.format.team import resolved
from orchestrator.team import load_team
from orchestrator.team.tools.secrets import secrets_of

TEAM = """
team: shop
variables: {account: null}
mcp_servers:
  crm: {url: "https://crm.example.com/mcp?token=querytoken", headers: {X-Team: "${TEAM_ID}"}}
  notes: {command: [notes, --key, "${NOTES_KEY}"], env: {NOTES_PASSWORD: open-sesame, MODE: plain-text}}
agents:
  front:
    instructions: Help.
    tools:
      - end_call
      - name: refund
        description: Pays back.
        http: "POST https://pay.example.com/x?key=${PAY_KEY}&lang=en-us-xx"
        headers:
          Authorization: "Bearer ${PAY_TOKEN}"
          X-Account: "{{ variables.account }}"
          X-Api-Key: literal-key-of-{{ variables.account }}
          Accept: application/json
      - openapi: {file: crm.yaml, headers: {Authorization: Basic bWU6eW91}}
"""
ENVIRON = {"TEAM_ID": "team-4711", "PAY_KEY": "urlsecret", "PAY_TOKEN": "sk-12345678", "NOTES_KEY": "argument-key"}


def test_secrets_are_known_by_their_names_and_where_they_come_from(tmp_path: Path) -> None:
    """With and without the word before them; never what is public, nor what a template fills in."""
    path = tmp_path / "agents.yaml"
    path.write_text(TEAM, encoding="utf-8")
    team = load_team(path, environ=ENVIRON)
    found = secrets_of(team)

    assert {"sk-12345678", "Bearer sk-12345678", "literal-key-of-", "bWU6eW91", "open-sesame"} <= set(found)
    assert {"team-4711", "querytoken", "urlsecret", "argument-key"} <= set(found)
    assert not {"application/json", "plain-text", "--key", "Bearer", "Basic"} & set(found)


def test_a_record_has_none_of_them(tmp_path: Path) -> None:
    """Only that there were headers."""
    path = tmp_path / "agents.yaml"
    path.write_text(TEAM, encoding="utf-8")
    written = str(resolved(load_team(path, environ=ENVIRON)))

    assert "secret:Authorization" in written
    secrets = set(secrets_of(load_team(path, environ=ENVIRON))) - {"querytoken", "en-us-xx"}  # in addresses of the file
    assert [secret for secret in secrets if secret in written] == []
