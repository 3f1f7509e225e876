"""`python -m tests.deploy`: the processes of `deploy/compose.yaml` as they stand, each on a host of its own.

Images cannot be pulled everywhere; their programs are those of this machine. Needs root, iproute2, redis-server,
PostgreSQL and Caddy, and the extras `local`, `cluster` and `postgres`. The sample team is called through the proxy, by
TLS. While somebody talks, both nodes are deployed anew, one after the other; then the one that has a call is killed.
"""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.deploy.composing import services
from tests.deploy.hosts import Hosts
from tests.deploy.programs import Programs

ROOT = Path(__file__).parents[2]
DOMAIN = "voice.local"  # for which Caddy asks nobody for a certificate
CALLER = "caller"
PATIENCE = 90.0  # seconds
NODES = ("node-a", "node-b")
QUESTIONS = ("Where is my order 48213?", "Where is my order 77042?", "Where is my order 48213?")
ANSWERED = "orders ▸"


class Talk:
    """Somebody who talks through the proxy, as a user does, by typing."""

    def __init__(self, trial: Trial) -> None:
        said = [word for question in QUESTIONS for word in ("--text", question)]
        url = f"wss://{DOMAIN}/v1/realtime"
        command = [program(), "talk", "--url", url, "--key", trial.key, *said]
        environ = {"SSL_CERT_FILE": str(trial.certificate), "HOME": str(trial.folder)}
        self._process = trial.hosts.start(CALLER, command, environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        # What they have seen.
        self.lines: list[str] = []
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.decode().rstrip())

    def answers(self, count: int) -> None:
        """Wait for an answer."""
        wait(f"answer {count}", lambda: sum(ANSWERED in line for line in self.lines) >= count, self.lines)

    def end(self) -> None:
        """Wait until all was answered."""
        code = self._process.wait(PATIENCE)
        self._reading.join()
        print(*(f"    {line}" for line in self.lines), sep="\n")
        if code or sum(ANSWERED in line for line in self.lines) < len(QUESTIONS):
            raise SystemExit(f"the call was cut ({code})")


class Trial:
    """The services, as they run."""

    def __init__(self, hosts: Hosts, folder: Path) -> None:
        # The key of callers, and what is set in `.env`.
        self.key = secrets.token_hex(32)
        self.variables = {
            "DOMAIN": DOMAIN,
            "POSTGRES_PASSWORD": secrets.token_hex(16),
            "ORCHESTRATOR_API_KEYS": self.key,
            "ORCHESTRATOR_SECRET": secrets.token_hex(32),
        }
        self.services = services(self.variables)
        # Where they run.
        self.hosts, self.folder, self.programs = hosts, folder, Programs(hosts, folder)

    @property
    def certificate(self) -> Path:
        """The root of the certificate that Caddy makes for itself."""
        return self.folder / "proxy/caddy/pki/authorities/local/root.crt"

    def start(self) -> None:
        """Start all services in their order."""
        for name in ("redis", "postgres"):
            self.programs.start(self.services[name])
        log = self.programs.log
        wait("redis is up", lambda: "Ready to accept connections" in log("redis"))
        wait("postgres is up", lambda: log("postgres").count("ready to accept connections") > 0)
        for name in (*NODES, "proxy"):
            self.programs.start(self.services[name])
        for name in NODES:
            self.ready(name)
        wait("the proxy has a certificate", self.certificate.exists)
        wait("the proxy reaches a node", lambda: "error" not in self.ask("/healthz"))

    def ask(self, path: str) -> dict[str, Any]:
        """Ask a node through the proxy, from the caller's host."""
        command = ["curl", "-s", "--cacert", str(self.certificate), "-H", f"Authorization: Bearer {self.key}"]
        asking = self.hosts.start(CALLER, [*command, f"https://{DOMAIN}{path}"], {}, stdout=subprocess.PIPE)
        try:
            found: dict[str, Any] = json.loads(asking.communicate(timeout=PATIENCE)[0])
        except ValueError:
            return {"error": "no answer"}
        return found

    def records(self) -> str:
        """List the calls, on the host of a node."""
        node = self.services[NODES[0]]
        done = self.hosts.start(node.name, [program(), "calls"], node.environment, stdout=subprocess.PIPE)
        return done.communicate(timeout=PATIENCE)[0].decode()

    def ready(self, name: str) -> None:
        """Wait until a node takes calls."""
        url = f"http://{self.hosts.addresses[name]}:8080/readyz"
        wait(f"{name} is ready", lambda: _answers(url))

    def deploy(self, name: str) -> None:
        """Replace a node by a new one, as Compose does."""
        code = self.programs.stop(name, float(self.services[name].grace.removesuffix("s")))
        print(f"  {name} has stopped ({code})")
        self.programs.start(self.services[name])
        self.ready(name)

    def holder(self) -> str:
        """Return the node that has a call."""
        url = next(node["url"] for node in self.ask("/v1/nodes")["data"] if node["calls"])
        return str(url).removeprefix("http://").partition(":")[0]


def program() -> str:
    """Return the command line's program."""
    found = shutil.which("orchestrator")
    assert found is not None
    return found


def wait(what: str, reached: Callable[[], bool], told: list[str] | None = None) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if reached():
            print(f"  {what}", flush=True)
            return
        time.sleep(0.05)
    raise SystemExit("\n".join([f"not within {PATIENCE:g} s: {what}", *(told or [])]))


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def attempt(trial: Trial) -> None:
    """Do what a user would."""
    print("starting", flush=True)
    trial.start()
    print("a call")
    Talk(trial).end()
    print("a call while both nodes are deployed anew")
    talk = Talk(trial)
    talk.answers(1)
    for name in NODES:
        trial.deploy(name)
    talk.end()
    print("a call whose node is killed")
    talk = Talk(trial)
    talk.answers(1)
    name = trial.holder()
    trial.programs.kill(name)
    print(f"  {name} was killed", flush=True)
    talk.end()
    print("the calls that were recorded")
    print(trial.records())


def main() -> None:
    """Run the services, and try them."""
    names = [*services({"POSTGRES_PASSWORD": "unset"}), CALLER]
    with tempfile.TemporaryDirectory(prefix="deploy-") as folder, Hosts(names, {DOMAIN: "proxy"}) as hosts:
        Path(folder).chmod(0o755)
        teams = Path(folder) / "teams"  # what somebody who deploys has in `deploy/teams`
        shutil.copytree(ROOT / "agents", teams / "agents")
        shutil.copy(ROOT / "agents.yaml", teams)
        trial = Trial(hosts, Path(folder))
        try:
            attempt(trial)
        except BaseException:
            for name in trial.programs.running:
                print(f"--- {name}", *trial.programs.log(name).splitlines()[-20:], sep="\n")
            raise
        finally:
            for name in list(trial.programs.running):
                trial.programs.kill(name)


if __name__ == "__main__":
    main()
