"""Teams on disk whose agents have text files."""

from __future__ import annotations

from pathlib import Path

from orchestrator.team import Team, load_team


def team_that_knows(folder: Path, knowledge: str, **files: str) -> Team:
    """Write a team whose first agent has this knowledge, and files: `faq` becomes `docs/faq.md`."""
    (folder / "docs").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "docs" / f"{name}.md").write_text(text, encoding="utf-8")
    path = folder / "agents.yaml"
    path.write_text(
        f"team: shop\nagents:\n  front:\n    instructions: Help.\n    knowledge: {knowledge}\n    handoffs: [billing]\n"
        "  billing: {instructions: Invoices., handoffs: [front]}\n",
        encoding="utf-8",
    )
    return load_team(path, environ={})
