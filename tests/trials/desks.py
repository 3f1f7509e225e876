"""A team whose tests are run here, and how: as YAML, the way users write both."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from orchestrator.team import load_team
from orchestrator.team.trials import Trial
from orchestrator.team.yaml_reader import YamlReader
from orchestrator.trials.results import Attempt
from orchestrator.trials.run import Case, Options, run_trials

TEAM = """
team: bank
variables:
  verified: {default: false, set_by: check_pin}
  pin: {default: null, secret: true}
  branch: null
agents:
  front:
    instructions: Listen. We have refunds.
    greeting: Welcome to Acme.
    voice: marin
    handoffs: [verify, person]
  verify:
    instructions: Verify the caller.
    voice: cedar
    tools: [tools.py:check_pin, tools.py:note, end_call]
    handoffs: {billing: {when: money, needs: [verified]}}
    consult: [expert]
  billing:
    instructions: "Explain. Branch: {{ variables.branch }}"
    voice: coral
    tools: [{tool: tools.py:refund, confirm: {by: person, within: 45, refusal: Say no.}}]
    handoffs: [front]
  expert: {instructions: Know everything.}
  person:
    kind: person
    description: a human being
    desk: support
    wait: {limit: 60, say: I will find somebody., then: front, sound: none}
people:
  support: {may: [listen, take, approve]}
limits: {silence: 30}
"""
TOOLS = '''
"""Tools of the bank."""
import asyncio
import time


def check_pin(pin: str, call) -> str:
    """Check a PIN."""
    call.variables["verified"] = True
    return "right"


async def note(text: str, seconds: float = 0.0) -> str:
    """Write something down."""
    await asyncio.sleep(seconds)
    return f"noted: {text}"


def refund(amount: int, day: str = "") -> str:
    """Refund an amount."""
    time.sleep(0.01)
    return "done"
'''


def attempt(
    folder: Path, trial: str, *, team: str = TEAM, tools: str = TOOLS, options: Options | None = None
) -> Attempt:
    """Run a test once, which is written in YAML, and return what comes of it."""
    (folder / "agents.yaml").write_text(team, encoding="utf-8")
    (folder / "tools.py").write_text(tools, encoding="utf-8")
    found = run_trials(load_team(folder / "agents.yaml"), [Case("a test", parsed(trial))], options)
    return found[0].attempts[0]


def parsed(trial: str) -> Trial:
    """Read a test."""
    return Trial.model_validate(YamlReader("test").read(dedent(trial)))


def wrong(attempt: Attempt) -> list[tuple[int | None, str]]:
    """Return in which turns what was not as expected."""
    return [(one.turn, one.key) for one in attempt.failures]
