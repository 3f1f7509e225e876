"""`python -m tests.conformance`: drive real Realtime clients through a whole team, and print who got on with it.

    python -m tests.conformance                          every client, every scenario, both settings
    python -m tests.conformance --client openai --scenario text --setting scripted

Everything is kept below `.conformance/`: the clients, the recordings, and of each cell what its driver was told and
said (`runs/SETTING/CLIENT/SCENARIO`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import shutil
import signal
import sys
import time
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from tests.conformance import examples
from tests.conformance.install import ENVIRONMENTS, TEAM, Client, clients, install
from tests.conformance.scenarios import SCENARIOS, Report, Scenario, judge
from tests.conformance.servers import KEY, Server, serving
from tests.conformance.speech import make_speech

SETTINGS = ("local", "scripted")
SECONDS = 60.0  # that a driver gets


@dataclass
class Cell:
    """One client in one scenario and one setting, and what came of it."""

    client: Client
    scenario: Scenario
    setting: str
    version: str = ""
    wrong: list[str] = field(default_factory=list)

    @property
    def exempt(self) -> str:
        """Why it cannot be played; nothing when it can."""
        return self.client.exceptions().get(self.scenario.name, "")

    @property
    def mark(self) -> str:
        """How it is shown in the table."""
        return "–" if self.exempt else "✗" if self.wrong else "✓"

    @property
    def folder(self) -> Path:
        """Where its files are kept."""
        return ENVIRONMENTS / "runs" / self.setting / self.client.name / self.scenario.name


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description="Drive real clients.")
    parser.add_argument("--client", action="append", choices=[client.name for client in clients()])
    parser.add_argument("--scenario", action="append", choices=[scenario.name for scenario in SCENARIOS])
    parser.add_argument("--setting", action="append", choices=SETTINGS)
    parser.add_argument("--jobs", type=int, default=2, help="cells at once (default: 2)")
    parser.add_argument("--anew", action="store_true", help="install the clients anew, in their newest releases")
    return parser.parse_args()


async def run_cell(cell: Cell, server: Server, speech: dict[str, Path]) -> None:
    """Start a driver, or a printed example, and judge what comes of it."""
    shutil.rmtree(cell.folder, ignore_errors=True)
    cell.folder.mkdir(parents=True)
    if cell.scenario.example:
        await run_example(cell, server)
        return
    job = {
        "url": server.url,
        "key": KEY,
        "model": "conformance",
        "scenario": cell.scenario.name,
        "speech": {name: str(path) for name, path in speech.items()},
        "out": str(cell.folder),
    }
    told = await output(cell, *cell.client.command(), json.dumps(job))
    if told is None:
        return
    (cell.folder / "report.json").write_bytes(told)
    try:
        report: Report = json.loads(told.splitlines()[-1])
        cell.version = report["version"]
        cell.wrong += judge(cell.scenario, report, server)
    except (ValueError, KeyError, IndexError) as error:
        end = (cell.folder / "driver.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        cell.wrong.append(f"no report ({error!r}): {' '.join(end)}")


async def run_example(cell: Cell, server: Server) -> None:
    """Run the printed example for a client, which prints the team's answer."""
    if cell.client.name == "browser":
        said: str | None = await examples.in_browser(cell.client, server)
    else:
        told = await output(cell, *examples.command(cell.client, server, cell.folder))
        said = None if told is None else told.decode(errors="replace")
    if said is not None:
        cell.wrong += judge(cell.scenario, {"replies": [{"text": said}], "tools": [], "errors": []}, server)


async def output(cell: Cell, *command: str) -> bytes | None:
    """Run a command; returns what it printed, or None when it did not end."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    with (cell.folder / "driver.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=environ,
            cwd=cell.folder,
            start_new_session=True,  # so that what it has started ends with it
        )
    try:
        told, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        cell.wrong.append(f"it did not end within {SECONDS:.0f} s")
        return None
    return told


async def run_setting(setting: str, team: Path, cells: list[Cell], jobs: int, speech: dict[str, Path]) -> None:
    """Run the cells of a setting and a team on one server."""
    free = asyncio.Semaphore(jobs if team == TEAM else 1)  # callers of another protocol may share one call
    async with serving(setting, team, ENVIRONMENTS, speech) as server:

        async def run(cell: Cell) -> None:
            async with free:
                began = time.monotonic()
                await run_cell(cell, server, speech)
                said = f"{setting:8} {cell.client.name:14} {cell.scenario.name:12} {time.monotonic() - began:5.1f} s"
                print(f"{said}  {'; '.join(cell.wrong) or 'ok'}", file=sys.stderr, flush=True)

        await asyncio.gather(*(run(cell) for cell in cells if not cell.exempt and not cell.wrong))
        if leftover := await server.leftover():
            for cell in cells:
                if cell.scenario.ends and not cell.exempt:
                    cell.wrong.append(leftover)


def tables(cells: list[Cell]) -> str:
    """Return the outcome in Markdown: a row for each client, and below what went wrong."""
    teams = sorted({cell.client.team for cell in cells}, key=lambda team: (team != TEAM, team))
    lines = [line for team in teams for line in table([cell for cell in cells if cell.client.team == team])]
    exempt = {f"- {cell.client.name}, {cell.scenario.name}: {cell.exempt}": None for cell in cells if cell.exempt}
    failed = [
        f"- {cell.client.name}, {cell.scenario.name}, {cell.setting}: {'; '.join(cell.wrong)}"
        for cell in cells
        if cell.wrong
    ]
    passed = sum(cell.mark == "✓" for cell in cells)
    return "\n".join([*lines, *exempt, *failed, f"{passed} passed, {len(failed)} failed"])


def table(cells: list[Cell]) -> list[str]:
    """Return the lines of a table: a row for each client, a column for each scenario."""
    names = [one.name for one in SCENARIOS if any(cell.scenario is one for cell in cells)]
    settings = [one for one in SETTINGS if any(cell.setting == one for cell in cells)]
    lines = [f"| client | version | {' | '.join(names)} |", f"| --- | --- |{' --- |' * len(names)}"]
    for client in dict.fromkeys(cell.client for cell in cells):
        own = [cell for cell in cells if cell.client == client]
        version = next((cell.version for cell in own if cell.version), "?")
        marks = ["".join(cell.mark for cell in own if cell.scenario.name == name) for name in names]
        lines.append(f"| {client.name} | {version} | {' | '.join(marks)} |")
    return [*lines, "", f"One mark a setting: {', '.join(settings)}.", ""]


async def main() -> int:
    """Install, run and tell; returns the exit code."""
    args = arguments()
    logging.getLogger("websockets").setLevel(logging.CRITICAL)  # a session that is given up while it opens
    chosen = [client for client in clients() if not args.client or client.name in args.client]
    failures = await asyncio.gather(*(install(client, anew=args.anew) for client in chosen), return_exceptions=True)
    speech = make_speech(ENVIRONMENTS / "speech")
    cells = [
        Cell(client, scenario, setting, wrong=[f"not installed: {failure}"] if failure else [])
        for setting in SETTINGS
        if not args.setting or setting in args.setting
        for client, failure in zip(chosen, failures, strict=True)
        for scenario in SCENARIOS
        if scenario.client == ("" if client.team == TEAM else client.name)
        if not args.scenario or scenario.name in args.scenario
    ]
    for setting, team in product(SETTINGS, dict.fromkeys(client.team for client in chosen)):
        if own := [cell for cell in cells if cell.setting == setting and cell.client.team == team]:
            await run_setting(setting, team, own, args.jobs, speech)
    print(tables(cells))
    return int(any(cell.wrong for cell in cells))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
