"""What lies in `deploy/`: each file is checked by the program that reads it, where that is possible on one machine."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
import yaml

from orchestrator.settings import Settings
from tests.deploy.composing import DEPLOY, image, services
from tests.patience import PATIENCE

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


class FullNode(BaseHTTPRequestHandler):
    """A node that is full: it takes callers who come back, and no others."""

    def do_GET(self) -> None:
        """Answer as the node would."""
        back = "resume=" in self.path or self.path.startswith("/twilio/stream/")
        self.send_response(200 if back else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def nginx_before(folder: Path, *ports: int) -> Iterator[str]:
    """Run nginx before two nodes by the file as it stands, but for its names and without TLS; yields its address."""
    listened = free_port()
    text = (DEPLOY / "nginx.conf").read_text("utf-8").replace("/var/log/nginx", str(folder))
    text = re.sub(r"\n *ssl_certificate.*", "", text).replace("listen 443 ssl", f"listen 127.0.0.1:{listened}")
    for name, port in zip("ab", ports, strict=True):
        text = text.replace(f"node-{name}:8080", f"127.0.0.1:{port}")
    (folder / "site.conf").write_text(text, "utf-8")
    (folder / "nginx.conf").write_text(
        f"daemon off;\npid {folder}/pid;\nevents {{}}\nhttp {{ include {folder}/site.conf; }}\n", "utf-8"
    )
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/bin") or "nginx"
    with subprocess.Popen([nginx, "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"]) as running:
        try:
            with httpx.Client(transport=httpx.HTTPTransport(retries=10)) as client:
                client.get(f"http://127.0.0.1:{listened}/metrics", timeout=PATIENCE)
            yield f"http://127.0.0.1:{listened}"
        finally:
            running.terminate()


@needs("nginx")
def test_nginx_leads_who_comes_back_to_a_full_node(tmp_path: Path) -> None:
    """The other one has died; that the full one refuses new calls takes it away from nobody else."""
    with ThreadingHTTPServer(("127.0.0.1", 0), FullNode) as full:
        Thread(target=full.serve_forever, daemon=True).start()
        with nginx_before(tmp_path, full.server_port, free_port()) as url:
            new = httpx.get(f"{url}/v1/realtime?model=clinic").status_code
            ways = ("/v1/realtime?resume=rt_x", "/v1/realtime?events=team&resume=rt_x", "/twilio/stream/TICKET")
            back = [httpx.get(url + way).status_code for way in ways]
        full.shutdown()

    assert new >= 500
    assert back == [200, 200, 200]


@pytest.mark.parametrize("name", ["kubernetes.yaml", "Caddyfile"])
def test_a_full_node_stays_in_service(name: str) -> None:
    """Else nobody whose node has died could come back; by itself it refuses new calls."""
    assert set(re.findall(r"/readyz\S*?(?=[\s\",])", (DEPLOY / name).read_text("utf-8"))) == {"/readyz?resume"}


@needs("systemd-analyze")
def test_systemd_takes_its_unit(tmp_path: Path) -> None:
    """With a program that exists here."""
    unit = (DEPLOY / "orchestrator.service").read_text("utf-8")
    path = tmp_path / "orchestrator.service"
    path.write_text(unit.replace("/opt/orchestrator/bin/orchestrator", "/bin/true"), "utf-8")
    assert run("systemd-analyze", "verify", str(path)) == ""
