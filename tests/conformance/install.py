"""Install each client in an environment of its own, once, in its newest release."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CLIENTS = Path(__file__).parent / "clients"
ENVIRONMENTS = ROOT / ".conformance"
TEAM = Path(__file__).parent / "team" / "team.yaml"
STAMP = "installed"  # holds what was installed; written last


@dataclass(frozen=True)
class Client:
    """A client library and its driver: a folder below `clients/`."""

    name: str

    @property
    def folder(self) -> Path:
        """Where the driver is."""
        return CLIENTS / self.name

    @property
    def team(self) -> Path:
        """The team that it talks to: the suite's, or its own, if it speaks a protocol of its own."""
        own = self.folder / "team.yaml"
        return own if own.exists() else TEAM

    @property
    def home(self) -> Path:
        """Where it is installed."""
        return ENVIRONMENTS / self.name

    @property
    def node(self) -> bool:
        """Whether it runs on Node."""
        return (self.folder / "package.json").exists()

    @property
    def needs(self) -> Path:
        """The file that says what to install."""
        return self.folder / ("package.json" if self.node else "requirements.txt")

    def exceptions(self) -> dict[str, str]:
        """Return the scenarios that cannot be played with this client, and why (`exceptions.json`)."""
        path = self.folder / "exceptions.json"
        told: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return told

    def command(self) -> list[str]:
        """Return how its driver is started."""
        if not self.node:
            return [str(self.home / "bin" / "python"), str(self.folder / "driver.py")]
        # Node looks for packages from the place of the module upwards.
        for path in self.folder.glob("*.mjs"):
            shutil.copy(path, self.home / path.name)
        return [shutil.which("node") or "node", str(self.home / "driver.mjs")]


def clients() -> list[Client]:
    """Return all clients that have a driver."""
    return [Client(path.parent.name) for path in sorted(CLIENTS.glob("*/driver.*"))]


class NotInstalledError(Exception):
    """A client could not be installed; says why."""


async def install(client: Client, *, anew: bool = False) -> None:
    """Install a client, unless that is done; raises `NotInstalledError`."""
    wanted = hashlib.sha256(client.needs.read_bytes()).hexdigest()
    stamp = client.home / STAMP
    if not anew and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    shutil.rmtree(client.home, ignore_errors=True)
    client.home.mkdir(parents=True)
    if client.node:
        shutil.copy(client.needs, client.home / "package.json")
        await _run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(client.home))
    else:
        await _run(sys.executable, "-m", "venv", str(client.home))
        pip = (str(client.home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        await _run(*pip, "--upgrade", "--requirement", str(client.needs))
    stamp.write_text(wanted, encoding="utf-8")


async def _run(*command: str) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
    except OSError as error:
        raise NotInstalledError(f"{command[0]}: {error}") from None
    told, _ = await process.communicate()
    if process.returncode:
        raise NotInstalledError(f"{Path(command[0]).name} failed: {told.decode(errors='replace').strip()}")
