"""What lies in `deploy/`: each file is checked by the program that reads it, where that is possible on one machine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from orchestrator.settings import Settings
from tests.deploy.composing import DEPLOY, image, services

SECRETS = {"POSTGRES_PASSWORD": "p", "ORCHESTRATOR_SECRET": "s" * 32}
KNOWN = {f"ORCHESTRATOR_{name.upper()}" for name in Settings.model_fields}


def needs(program: str) -> pytest.MarkDecorator:
    """Skip a test where a program is missing."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def run(*command: str, **environ: str) -> str:
    """Run a program that checks a file; return what it said if it refuses it."""
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={"PATH": "/usr/sbin:/usr/bin:/bin", **environ}
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_compose_says_what_is_missing() -> None:
    """Without a password nothing is started."""
    with pytest.raises(ValueError, match=r"POSTGRES_PASSWORD: set it in \.env"):
        services({})


def test_both_nodes_are_alike_but_for_their_address() -> None:
    """They have the same settings, and each says how the other one reaches it."""
    found = services(SECRETS)
    nodes = [found["node-a"], found["node-b"]]
    urls = [node.environment["ORCHESTRATOR_NODE_URL"] for node in nodes]
    assert urls == ["http://node-a:8080", "http://node-b:8080"]
    first, second = ({**node.environment, "ORCHESTRATOR_NODE_URL": ""} for node in nodes)
    assert first == second


@pytest.mark.parametrize(
    "name", ["compose.yaml", "kubernetes.yaml", "orchestrator.service", "env.example", "Dockerfile"]
)
def test_every_setting_that_is_named_exists(name: str) -> None:
    """A variable that no server reads would be a setting that nobody has."""
    named = set(re.findall(r"ORCHESTRATOR_[A-Z_]+", (DEPLOY / name).read_text("utf-8")))
    assert named
    assert named <= KNOWN


def test_a_container_has_longer_to_end_than_its_calls() -> None:
    """Compose, systemd and Kubernetes kill a node only after its calls have had their time."""
    drain = Settings.model_fields["drain"].default
    unit = (DEPLOY / "orchestrator.service").read_text("utf-8")
    pods = next(
        one
        for one in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text("utf-8"))
        if one["kind"] == "Deployment"
    )
    given = [
        float(services(SECRETS)["node-a"].grace.removesuffix("s")),
        float(re.findall(r"TimeoutStopSec=(\d+)", unit)[0]),
        pods["spec"]["template"]["spec"]["terminationGracePeriodSeconds"],
    ]
    assert min(given) >= drain + 10


def test_the_health_check_of_the_image_runs() -> None:
    """It is a program of the image's own Python, which is refused where nobody listens."""
    program = [sys.executable if word == "python" else word for word in image().health]
    refused = subprocess.run(program, check=False, capture_output=True, text=True)
    assert "Connection refused" in refused.stderr or "HTTP Error" in refused.stderr


def test_the_image_serves_the_folder_that_is_mounted() -> None:
    """What Compose mounts is what the command serves; nobody is root."""
    assert image().command[-1] in services(SECRETS)["node-a"].volumes
    assert image().user != "root"


@needs("caddy")
def test_caddy_takes_its_file() -> None:
    """As it stands, and in Caddy's own formatting."""
    assert run("caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile"), HOME="/tmp") == ""
    assert run("caddy", "fmt", str(DEPLOY / "Caddyfile")).strip() == ""


@needs("nginx")
def test_nginx_takes_its_file(tmp_path: Path) -> None:
    """With certificates and names of this machine's own."""
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    made = run(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=voice.example.com"),
        *("-keyout", str(key), "-out", str(certificate)),
    )
    assert made == ""
    text = (DEPLOY / "nginx.conf").read_text("utf-8").replace("/etc/ssl/voice.example.com", str(tmp_path))
    assert "$request_uri" not in text  # its query may have keys and tokens
    text = text.replace("/var/log/nginx", str(tmp_path))
    (tmp_path / "site.conf").write_text(re.sub(r"node-[ab]", "127.0.0.1", text), "utf-8")
    main = tmp_path / "nginx.conf"
    main.write_text(
        f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{ access_log off; include {tmp_path}/site.conf; }}\n",
        "utf-8",
    )
    assert run("nginx", "-t", "-c", str(main), "-e", "stderr") == ""


@needs("systemd-analyze")
def test_systemd_takes_its_unit(tmp_path: Path) -> None:
    """With a program that exists here."""
    unit = (DEPLOY / "orchestrator.service").read_text("utf-8")
    path = tmp_path / "orchestrator.service"
    path.write_text(unit.replace("/opt/orchestrator/bin/orchestrator", "/bin/true"), "utf-8")
    assert run("systemd-analyze", "verify", str(path)) == ""
