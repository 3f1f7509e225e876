"""What a fleet is tried on: a real Redis, a scripted service, and two nodes as processes that can be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from tests.fleet.clock import CLOCK
from tests.fleet.nodes import SECRET
from tests.patience import BUSY, PATIENCE
from tests.redis_server import RedisServer, free_port, redis_server

TEAM = """
team: fleet
providers: {{service: {{url: "{url}"}}}}
agents:
  front:
    model: service/front
    instructions: Listen.
    turn_detection: {{type: server_vad, silence_duration_ms: 200}}
    tools: [tools.py]
"""
TOOLS = '''
"""What must not be done twice."""
import os
from pathlib import Path


def charge(line: int) -> str:
    """Charge the caller for a line."""
    written = os.open(Path(__file__).with_name("charged"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(written, f"{line}\\n".encode())
    os.close(written)
    return "Charged."
'''
COMMAND = (sys.executable, "-c", "from tests.fleet import clock; from orchestrator.cli import main; exit(main())")


class NodeProcess:
    """One node, as `orchestrator serve` runs it."""

    def __init__(self, name: str, folder: Path, redis: str, **environment: str) -> None:
        # How it is called, where its team is, and where it listens.
        self.name, self._folder, self.port = name, folder, free_port()
        self._settings = {
            "ORCHESTRATOR_PORT": str(self.port),
            "ORCHESTRATOR_CLUSTER": redis,
            "ORCHESTRATOR_SECRET": SECRET,
            "ORCHESTRATOR_RECORDS": records_in(folder),
            "ORCHESTRATOR_MAX_LAG": str(BUSY),
            "ORCHESTRATOR_MAX_CALLS": "1000",
            "ORCHESTRATOR_PUBLIC_URL": "http://127.0.0.1",
            **environment,
        }
        # The process; None before the first start. Whether it takes calls, as a load balancer sees it.
        self._process: asyncio.subprocess.Process | None = None
        self.ready = False

    @property
    def cpu(self) -> float:
        """The seconds of processor time that it has used; 0.0 while it does not run."""
        return cpu_of(self._process.pid) if self._process is not None and self._process.returncode is None else 0.0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it has said, all its processes together."""
        return self._folder / f"{self.name}.log"

    async def start(self) -> None:
        """Start it, and wait until it takes calls."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *COMMAND,
                "serve",
                str(self._folder / "agents.yaml"),
                env={**os.environ, **self._settings},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + PATIENCE
        async with httpx.AsyncClient(trust_env=False, timeout=2.0) as client:
            while True:
                assert time.monotonic() < deadline, self.log.read_text()[-2000:]
                assert self._process.returncode is None, self.log.read_text()[-2000:]
                try:
                    if (await client.get(f"{self.url}/readyz")).status_code == 200:
                        self.ready = True
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.1)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.ready = number == signal.SIGCONT
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    async def ended(self) -> None:
        """Wait until it is gone."""
        if self._process is not None:
            await asyncio.wait_for(self._process.wait(), PATIENCE)

    async def kill(self) -> None:
        """Kill it: no handler of its own runs."""
        self.signal(signal.SIGKILL)
        await self.ended()


def cpu_of(pid: int) -> float:
    """Return the seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def records_in(folder: Path) -> str:
    """Return the address of the database in a folder."""
    return f"sqlite:///{folder / 'calls.db'}"


class Rig:
    """All of it."""

    def __init__(self, folder: Path, redis: RedisServer, nodes: list[NodeProcess], service: int) -> None:
        self.folder, self.redis, self.nodes, self._service = folder, redis, nodes, service

    def cpu(self, node: NodeProcess) -> dict[str, float]:
        """Return the seconds of processor time that a node, the service and the callers have used."""
        return {"node": node.cpu, "service": cpu_of(self._service), "callers": time.process_time()}

    @property
    def records(self) -> str:
        """The address of the database in which both nodes record."""
        return records_in(self.folder)

    def charged(self) -> list[int]:
        """Return the lines that callers were charged for."""
        path = self.folder / "charged"
        return [int(line) for line in path.read_text().split()] if path.exists() else []


def set_clock(folder: Path, name: str, by: str) -> None:
    """Let the wall clock of a node differ from that of the machine: `+3600`."""
    (folder / f"{name}.clock").write_text(by, encoding="ascii")


def _clock(folder: Path, name: str, *, wanted: bool) -> dict[str, str]:
    """Return the environment in which a process has a wall clock of its own; monotonic time is that of all."""
    if not wanted:
        return {}
    set_clock(folder, name, "0")
    return {CLOCK: str(folder / f"{name}.clock")}


@asynccontextmanager
async def rig(*, clocks: bool = False) -> AsyncIterator[Rig]:
    """Run everything while the block lasts; `clocks`: the wall clocks of nodes can be changed (`set_clock`)."""
    with TemporaryDirectory() as name, redis_server() as redis:
        folder = Path(name)
        pipe = asyncio.subprocess.PIPE
        service = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.fleet.service", stdin=pipe, stdout=pipe
        )
        assert service.stdin is not None
        assert service.stdout is not None
        url = (await asyncio.wait_for(service.stdout.readline(), PATIENCE)).decode().strip()
        (folder / "agents.yaml").write_text(TEAM.format(url=url), encoding="utf-8")
        (folder / "tools.py").write_text(TOOLS, encoding="utf-8")
        nodes = [NodeProcess(name, folder, redis.url, **_clock(folder, name, wanted=clocks)) for name in ("one", "two")]
        try:
            await asyncio.gather(*(node.start() for node in nodes))
            yield Rig(folder, redis, nodes, service.pid)
        finally:
            await asyncio.gather(*(node.kill() for node in nodes))
            service.stdin.close()
            await service.wait()
