"""Hosts of the tests' own on this machine: network namespaces on one bridge, which know each other by name.

Needs root and iproute2. `ip netns exec` shows a process the `hosts` file of its namespace.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

BRIDGE = "orchestrator0"
NETWORK = "10.231.77"
FILES = Path("/etc/netns")  # where `ip netns exec` looks for files of a namespace


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class Hosts:
    """Some hosts, while the block lasts; this machine itself has the first address of their network."""

    def __init__(self, names: Iterable[str], aliases: Mapping[str, str]) -> None:
        # Name → address.
        self.addresses = {name: f"{NETWORK}.{number}" for number, name in enumerate(names, 2)}
        # Other names of hosts.
        self._aliases = aliases

    def __enter__(self) -> Self:
        """Make them."""
        try:
            _ip("link", "add", BRIDGE, "type", "bridge")
            _ip("address", "add", f"{NETWORK}.1/24", "dev", BRIDGE)
            _ip("link", "set", BRIDGE, "up")
            for number, (name, address) in enumerate(self.addresses.items()):
                self._add(name, address, f"orchestrator{number + 1}")
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove them."""
        self._remove()

    def _add(self, name: str, address: str, device: str) -> None:
        space = _space(name)
        _ip("netns", "add", space)
        _ip("link", "add", device, "type", "veth", "peer", "name", "eth0", "netns", space)
        _ip("link", "set", device, "master", BRIDGE, "up")
        for change in (("link", "set", "lo", "up"), ("address", "add", f"{address}/24", "dev", "eth0")):
            _ip("-n", space, *change)
        _ip("-n", space, "link", "set", "eth0", "up")
        folder = FILES / space
        folder.mkdir(parents=True, exist_ok=True)
        known = {"localhost": "127.0.0.1", **self.addresses}
        known |= {alias: self.addresses[name] for alias, name in self._aliases.items()}
        (folder / "hosts").write_text("".join(f"{address} {name}\n" for name, address in known.items()), "utf-8")

    def _remove(self) -> None:
        for name in self.addresses:
            space = _space(name)
            subprocess.run(["ip", "netns", "delete", space], check=False, capture_output=True)
            (FILES / space / "hosts").unlink(missing_ok=True)
            if (FILES / space).exists():
                (FILES / space).rmdir()
        subprocess.run(["ip", "link", "delete", BRIDGE], check=False, capture_output=True)

    def start(self, name: str, command: list[str], environ: Mapping[str, str], **more: Any) -> subprocess.Popen[bytes]:
        """Start a process on a host, with nothing of our environment but the search path."""
        known = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environ}
        return subprocess.Popen(["ip", "netns", "exec", _space(name), *command], env=known, **more)


def _space(name: str) -> str:
    return f"orchestrator-{name}"
