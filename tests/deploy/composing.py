"""`compose.yaml` as a list of services: what Compose would make of it, as far as this file needs it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<how>:[-?])?(?P<text>[^}]*)\}")
INSTRUCTION = re.compile(r"^(?P<name>[A-Z]+) (?P<rest>(?:.*\\\n)*.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Service:
    """One service."""

    name: str
    image: str  # without its tag
    command: list[str]  # empty: that of the image
    environment: Mapping[str, str]
    volumes: Mapping[str, str]  # path in the container → where it comes from
    grace: str  # before it is killed


def services(variables: Mapping[str, str]) -> dict[str, Service]:
    """Return the services of `deploy/compose.yaml` by name; `variables` stand in its `.env`."""
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    written = yaml.safe_load(VARIABLE.sub(lambda found: _value(found, variables), text))
    return {name: _service(name, keys, variables) for name, keys in written["services"].items()}


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    value = variables.get(found["name"], "")
    if not value and found["how"] == ":?":
        raise ValueError(f"{found['name']}: {found['text']}")
    return value or (found["text"] if found["how"] == ":-" else "")


def _service(name: str, keys: Mapping[str, Any], variables: Mapping[str, str]) -> Service:
    command = keys.get("command", [])
    environment = {key: str(value) for key, value in keys.get("environment", {}).items()}
    if "env_file" in keys:
        environment = {**variables, **environment}
    volumes = {
        target.split(":")[0]: source for source, target in (one.split(":", 1) for one in keys.get("volumes", []))
    }
    return Service(
        name=name,
        image=keys["image"].partition(":")[0],
        command=shlex.split(command) if isinstance(command, str) else command,
        environment=environment,
        volumes=volumes,
        grace=keys.get("stop_grace_period", "10s"),
    )


@dataclass(frozen=True, slots=True)
class Image:
    """What `deploy/Dockerfile` says of a container."""

    command: list[str]
    environment: Mapping[str, str]
    user: str
    health: list[str]


def image() -> Image:
    """Read the last stage of `deploy/Dockerfile`."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    last = text[text.rindex("\nFROM ") :]
    found = {each["name"]: each["rest"].replace("\\\n", " ") for each in INSTRUCTION.finditer(last)}
    environment = dict(one.split("=", 1) for one in shlex.split(found["ENV"]))
    words = [yaml.safe_load(found[name]) for name in ("ENTRYPOINT", "CMD")]
    health = yaml.safe_load(found["HEALTHCHECK"].partition("CMD ")[2])
    return Image([*words[0], *words[1]], environment, found["USER"], health)
