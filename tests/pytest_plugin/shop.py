"""A team for tests of the plugin, and its tools."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestrator.pytest_plugin.team import TeamUnderTest

SHOP = """
team: shop
variables:
  account: null
  card: { secret: true }
  visits: { type: integer, default: 1 }
  verified: { type: boolean, default: false, set_by: check_pin }
agents:
  front:
    greeting: Hello, this is Acme.
    instructions: Find out what the caller needs.
    tools: ["tools.py:check_pin", "tools.py:find_order", end_call]
    handoffs:
      billing: { when: invoices and refunds, needs: [verified] }
  billing:
    instructions: Solve questions about invoices. The account is {{ variables.account }}.
    tools: ["tools.py:find_invoice"]
    handoffs: [front]
"""
TOOLS = '''
"""Tools of the shop."""


def check_pin(pin: str, call) -> str:
    """Check the caller's PIN."""
    if pin != "4821":
        return "wrong"
    call.variables["account"] = "12"
    call.variables["verified"] = True
    call.hand_over("billing", "knows the PIN")
    return "right"


def find_order(number: str) -> str:
    """Find an order."""
    return f"Order {number} is on its way."


def find_invoice(call) -> str:
    """Find the caller's open invoice."""
    return f"14 euros of account {call.variables['account']}"
'''


def write_shop(folder: Path) -> Path:
    """Write the team and its tools into a folder; return the team file."""
    (folder / "tools.py").write_text(TOOLS, encoding="utf-8")
    path = folder / "agents.yaml"
    path.write_text(SHOP, encoding="utf-8")
    return path


@contextmanager
def shop(seed: str = "") -> Iterator[TeamUnderTest]:
    """Test the team of the shop."""
    with TemporaryDirectory() as folder, TeamUnderTest(write_shop(Path(folder)), seed=seed) as team:
        yield team
