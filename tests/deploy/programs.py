"""The programs of this machine that stand in for the images of `compose.yaml`, started with the same words."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.deploy.composing import DEPLOY, Service, image
from tests.deploy.hosts import NETWORK, Hosts
from tests.records.postgresql import binaries


class Programs:
    """The services of a file, each on a host of its own."""

    def __init__(self, hosts: Hosts, folder: Path) -> None:
        # Where they run, and where their files are.
        self._hosts, self._folder = hosts, folder
        # Service → its process.
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, service: Service) -> None:
        """Start a service."""
        own = self._folder / service.name
        own.mkdir(exist_ok=True)
        command, environ = STARTING[service.image](service, own)
        with (own / "log").open("ab") as log:
            self.running[service.name] = self._hosts.start(
                service.name, command, environ, cwd=own, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def stop(self, name: str, seconds: float) -> int:
        """Stop a service as Compose does; return its exit code."""
        process = self.running.pop(name)
        process.terminate()
        return process.wait(seconds)

    def kill(self, name: str) -> None:
        """Kill a service."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)  # with its children
        process.wait()

    def log(self, name: str) -> str:
        """Return what a service has written."""
        return (self._folder / name / "log").read_text("utf-8", errors="replace")


def _node(service: Service, own: Path) -> tuple[list[str], Mapping[str, str]]:
    places = {target: str((DEPLOY / source).resolve()) for target, source in service.volumes.items()}
    places = {
        target: source if Path(source).exists() else str(own.parent / target[1:]) for target, source in places.items()
    }
    built = image()
    command = [places.get(word, word) for word in service.command or built.command]
    return command, {**built.environment, "PATH": _path(), **service.environment, "HOME": str(own)}


def _path() -> str:
    program = shutil.which("orchestrator")
    assert program is not None
    return f"{Path(program).parent}:/usr/bin:/bin"


def _redis(service: Service, own: Path) -> tuple[list[str], Mapping[str, str]]:
    return [*service.command, "--protected-mode", "no", "--dir", str(own)], {}  # as the image sets it


def _postgres(service: Service, own: Path) -> tuple[list[str], Mapping[str, str]]:
    programs, data, given = binaries(), own / "data", service.environment
    assert programs is not None
    shutil.chown(own, "postgres", "postgres")
    own.chmod(0o700)
    (own / "password").write_text(given["POSTGRES_PASSWORD"], "utf-8")
    shutil.chown(own / "password", "postgres")
    run = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    made = [*run, str(programs / "initdb"), "-D", str(data), "-U", given["POSTGRES_USER"], "-A", "scram-sha-256"]
    subprocess.run([*made, f"--pwfile={own / 'password'}", "--no-sync"], check=True, capture_output=True, cwd="/")
    with (data / "pg_hba.conf").open("a", encoding="utf-8") as file:
        file.write(f"host all all {NETWORK}.0/24 scram-sha-256\n")
    alone = ["--single", "-D", str(data), "postgres"]
    make = f"CREATE DATABASE {given['POSTGRES_DB']};".encode()
    subprocess.run([*run, str(programs / "postgres"), *alone], check=True, capture_output=True, input=make, cwd="/")
    options = ["-c", "listen_addresses=*", "-c", f"unix_socket_directories={data}"]
    return [*run, str(programs / "postgres"), "-D", str(data), *options], {}


def _caddy(service: Service, own: Path) -> tuple[list[str], Mapping[str, str]]:
    file = (DEPLOY / service.volumes["/etc/caddy/Caddyfile"]).resolve()
    command = ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]
    return command, {**service.environment, "HOME": str(own), "XDG_DATA_HOME": str(own), "XDG_CONFIG_HOME": str(own)}


STARTING = {"orchestrator": _node, "redis": _redis, "postgres": _postgres, "caddy": _caddy}
