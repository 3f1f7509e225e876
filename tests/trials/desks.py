"""A team whose tests are run here, and how: as YAML, the way users write both."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from orchestrator.team import load_team
from orchestrator.team.trials import Trial
from orchestrator.team.trials.cases import Case
from orchestrator.team.yaml_reader import YamlReader
from orchestrator.trials.results import Attempt
from orchestrator.trials.run import Options, run_trials

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
    found = run_trials(load_team(folder / "agents.yaml"), [case("a test", trial)], options)
    return found[0].attempts[0]


def case(name: str, trial: str) -> Case:
    """Read a test."""
    reader = YamlReader("tests.yaml")
    return Case(name, Trial.model_validate(reader.read(dedent(trial))), Path("tests.yaml"), reader.positions)


def wrong(attempt: Attempt) -> list[tuple[int | None, str]]:
    """Return in which turns what was not as expected."""
    return [(one.turn, one.key) for one in attempt.failures]


def on_service(url: str) -> str:
    """Return the bank with models of a service; the name of each is that of its agent."""
    team = TEAM.replace("team: bank", f'team: bank\nproviders: {{bank: {{url: "{url}"}}}}')
    for name in ("front", "verify", "billing", "expert"):
        team = team.replace(f"  {name}:\n", f"  {name}:\n    model: bank/{name}\n")
    return team.replace("expert: {", "expert: {model: bank/expert, ").replace("silence: 30", "silence: 300")
