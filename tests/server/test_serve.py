"""Putting a team behind the gateway: what is refused before the first call, and how a server stops."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import re
import resource
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from orchestrator.errors import OrchestratorError, TeamError
from orchestrator.local import LocalProvider
from orchestrator.log import set_up_log
from orchestrator.server.loading import load
from orchestrator.server.serve import Deployment, build, listen, load_all, take_descriptors, welcome
from orchestrator.settings import Settings
from orchestrator.testing import ScriptedRealtime
from tests.calls import CallerClient
from tests.gateway.serving import only
from tests.patience import BUSY, PATIENCE

TEAM = """
team: shop
providers:
  service: {{url: "{url}"}}
agents:
  front: {{instructions: Help., {model} handoffs: [billing], tools: [tools.py]}}
  billing: {{instructions: Invoices., {model} handoffs: [front]}}
"""


def write(folder: Path, *, url: str = "ws://127.0.0.1:1", model: str = "service/gpt") -> Path:
    """Write a team whose agents name a model, or none."""
    path = folder / "agents.yaml"
    path.write_text(TEAM.format(url=url, model=f"model: {model}," if model else ""), encoding="utf-8")
    (folder / "tools.py").write_text("def find() -> None: ...\n", encoding="utf-8")
    return path


def settings(**said: Any) -> Settings:
    return Settings(**{"port": 0, "drain": 0.0, **said})


# --- building ---


def test_models_are_chosen_and_explained(tmp_path: Path) -> None:
    """The team file first, then what was asked for, then the key, then the embedded models."""
    cases: list[tuple[str, str | None, dict[str, str], tuple[str, str]]] = [
        ("service/gpt", "openai/x", {"OPENAI_API_KEY": "k"}, ("service", "gpt")),
        ("", "openai/x", {"OPENAI_API_KEY": "k"}, ("openai", "x")),
        ("", None, {"OPENAI_API_KEY": "k"}, ("openai", "gpt-realtime-2.1")),
        ("", None, {}, ("local", "embedded")),
    ]
    for model, wanted, environ, chosen in cases:
        deployment = build(write(tmp_path, model=model), settings(model=wanted), environ)
        assert {(one.provider, one.model) for (one,) in only(deployment.teams).models.values()} == {chosen}
        assert all(one.why for (one,) in only(deployment.teams).models.values())


def test_the_embedded_provider_is_there_only_when_it_is_used(tmp_path: Path) -> None:
    """A team on a service imports no speech models."""
    assert "local" not in load(write(tmp_path), settings(), {}).providers
    assert isinstance(load(write(tmp_path, model="local"), settings(), {}).providers["local"], LocalProvider)


def test_a_desk_needs_all_calls_in_one_process(tmp_path: Path) -> None:
    """With several it would see those of one only; a team without persons may have them."""
    path = write(tmp_path)
    build(path, settings(workers=2), {})
    path.write_text(f"{path.read_text(encoding='utf-8')}people: {{support: {{}}}}\n", encoding="utf-8")
    build(path, settings(), {})
    with pytest.raises(TeamError) as refused:
        build(path, settings(workers=2), {})

    what = "people: the desk would see the calls of only one of 2 processes."
    assert str(refused.value.problems[0]).endswith(f"{what} Serve a team with `people` by one process: `--workers 1`.")


def refusal(path: Path, model: str | None = None) -> list[str]:
    with pytest.raises(TeamError) as raised:
        build(path, settings(model=model), {})
    return str(raised.value).splitlines()


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    """Each agent that cannot speak is told, with the variable to set."""
    front, billing = refusal(write(tmp_path, model=""), "openai/gpt-realtime")

    assert "agents.front.model: cannot run on openai (named by --model or ORCHESTRATOR_MODEL)." in front
    assert "set OPENAI_API_KEY" in front
    assert "agents.billing.model" in billing
    assert "AZURE_OPENAI_API_KEY" in refusal(write(tmp_path, model=""), "azure/mine")[0]


def test_an_unknown_provider_is_told_with_those_that_are_known(tmp_path: Path) -> None:
    """A misspelt `--model` is found before the first call."""
    problem = refusal(write(tmp_path, model=""), "opnai/gpt")[0]

    assert "there is no provider 'opnai'" in problem
    assert problem.endswith("Known: azure, local, openai, service.")


def test_p66_a_model_without_its_provider_is_told_how_to_write_it(tmp_path: Path) -> None:
    """P66: also in `--model`."""
    problem = refusal(write(tmp_path, model=""), "gpt-realtime")[0]

    assert problem.endswith("Write `openai/gpt-realtime`.")


def test_p66_mistakes_of_all_stages_are_told_at_once(tmp_path: Path) -> None:
    """P66: of the file, of its tools and of its models, in their order, and each once."""
    path = write(tmp_path, model="")
    text = path.read_text(encoding="utf-8").replace("handoffs: [front]", "handofs: [front], model: nobody/x")
    path.write_text(text.replace("tools.py]", "tools.py:finde]"), encoding="utf-8")

    told = refusal(path, "openai/gpt-realtime")

    assert [line.partition(": ")[0].split()[-1] for line in told] == [
        "agents.front.model",
        "agents.front.tools.0",
        "agents.billing.handofs",
        "agents.billing.model",
    ]


def test_a_fallback_is_chosen_too(tmp_path: Path) -> None:
    """One whose provider is not known is refused; one that lacks its key is told and passed over."""
    path = write(tmp_path, model="service/gpt, fallback: [azure/desk, local]")
    deployment = build(path, settings(), {})
    lines = welcome(deployment, settings(), 8080)

    assert [choice.name for choice in only(deployment.teams).models["front"]] == [
        "service/gpt",
        "azure/desk",
        "local/embedded",
    ]
    assert isinstance(only(deployment.teams).providers["local"], LocalProvider)
    assert "agents.front.fallback: cannot run on azure (its fallback in the team file). Azure needs a key" in lines[1]
    assert lines[1].startswith("warning: ")
    assert "  front    service/gpt  (named in the team file), then azure/desk, then local/embedded" in lines
    assert "unknown provider 'azur'" in refusal(write(tmp_path, model="service/gpt, fallback: [azur/desk]"))[0]


def test_money_needs_prices(tmp_path: Path) -> None:
    """A limit of money that a model is not counted for is told when the server starts."""
    path = write(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + "limits: {money: 2}\n", encoding="utf-8")

    (warning,) = load(path, settings(), {}).warnings
    assert str(warning).endswith(
        "limits.money: what 'service/gpt' costs is not known (front, billing). Add it under `prices:`."
    )


def test_languages_that_are_lacking(tmp_path: Path) -> None:
    """A language that the embedded provider does not speak is told when the server starts."""
    path = write(tmp_path, model="local")
    path.write_text(path.read_text(encoding="utf-8") + "language: Welsh\n", encoding="utf-8")

    (warning,) = load(path, settings(), {}).warnings
    assert "language: the provider 'local' cannot hear, understand or speak 'Welsh', only English, German" in str(
        warning
    )


async def test_only_embedded_models_are_loaded(tmp_path: Path) -> None:
    """A service is not called before the first caller."""
    await load_all(build(write(tmp_path), settings(), {}))


# --- listening ---


def test_a_port_in_use_is_told() -> None:
    """Where, what, what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OrchestratorError) as raised:
            listen(settings(port=port))

    remedy = "Choose another address with --host and --port."
    told = f"Cannot listen on 127.0.0.1 port {port}: Address already in use. {remedy}"
    assert str(raised.value) == told


def test_a_host_that_is_not_this_machine_is_told() -> None:
    """An address of somebody else, and a name of nobody."""
    with pytest.raises(OrchestratorError, match=r"Cannot listen on 192\.0\.2\.1 port 0: Cannot assign"):
        listen(settings(host="192.0.2.1", api_keys="some-key"))
    with pytest.raises(OrchestratorError, match=r"Cannot listen on no\.such\.host\.invalid port 0: "):
        listen(settings(host="no.such.host.invalid", api_keys="some-key"))


def test_p38_without_a_key_only_this_machine_may_call() -> None:
    """P38: an open server needs keys."""
    with pytest.raises(OrchestratorError, match="Set ORCHESTRATOR_API_KEYS"):
        listen(settings(host="0.0.0.0"))
    with listen(settings(host="0.0.0.0", api_keys="some-key")) as open_to_all, listen(settings(host="::1")) as six:
        assert open_to_all.family == socket.AF_INET
        assert six.family == socket.AF_INET6


# --- the welcome ---


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return build(write(tmp_path), settings(), {})


def test_the_welcome_says_what_one_needs(deployment: Deployment) -> None:
    """P44: files that were read, who runs on what and why, where to connect, how to talk; that no key is set."""
    first, *agents, page, endpoint, talk, warning = welcome(deployment, settings(), 8080)

    assert first.startswith("team shop: loaded ")
    assert "agents.yaml, " in first
    assert first.endswith("tools.py")
    assert agents == [
        "  front    service/gpt  (named in the team file)",
        "  billing  service/gpt  (named in the team file)",
    ]
    assert page.split() == ["page", "http://127.0.0.1:8080/"]
    assert endpoint.split() == ["endpoint", "ws://127.0.0.1:8080/v1/realtime?model=shop"]
    assert talk.split(maxsplit=1)[1] == 'orchestrator talk --url ws://127.0.0.1:8080/v1/realtime --text "hello"'
    assert "No API keys are set" in warning


def test_the_welcome_never_shows_a_key(deployment: Deployment) -> None:
    """With keys: how to use one, not which."""
    lines = welcome(deployment, settings(host="0.0.0.0", api_keys="secret-key"), 8080)

    assert lines[-1].endswith('--url ws://127.0.0.1:8080/v1/realtime --key KEY --text "hello"')
    assert "secret-key" not in str(lines)


@pytest.mark.parametrize(("host", "shown"), [("::1", "[::1]"), ("::", "[::1]"), ("localhost", "localhost")])
def test_the_welcome_shows_addresses_that_can_be_called(deployment: Deployment, host: str, shown: str) -> None:
    """IPv6 in brackets; not the address that means all of them."""
    assert f"http://{shown}:1/" in str(welcome(deployment, settings(host=host), 1))


# --- stopping ---


@asynccontextmanager
async def served(
    folder: Path, *options: str, stderr: int = asyncio.subprocess.PIPE, **environ: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Run `orchestrator serve` as a user does, with a scripted service behind it; yields the process and its URL."""
    async with ScriptedRealtime() as service:
        path = write(folder, url=service.url)
        command = (sys.executable, "-m", "orchestrator.cli", "serve", str(path), "--port", "0", *options)
        process = await asyncio.create_subprocess_exec(
            *command,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, "ORCHESTRATOR_API_KEYS": "", "ORCHESTRATOR_MAX_LAG": str(BUSY), **environ},
            # As a terminal starts it: tests that run in the background of a shell have Ctrl-C ignored.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(PATIENCE):
                while not (line := await process.stdout.readline()).startswith(b"endpoint"):
                    assert line
            yield process, line.decode().split()[1]
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()


async def ended(process: asyncio.subprocess.Process) -> int:
    return await asyncio.wait_for(process.wait(), PATIENCE)


async def test_sigterm_ends_calls_in_order(tmp_path: Path) -> None:
    """A call that runs when the time to drain is over is closed with 1001 and a reason."""
    async with served(tmp_path, ORCHESTRATOR_DRAIN="0") as (process, url), connect(url) as caller:
        client = CallerClient(caller)
        await client.until("session.created")
        process.send_signal(signal.SIGTERM)

        assert await client.closed() == (1001, "the server is shutting down")
        assert await ended(process) in (0, -signal.SIGTERM)


async def test_sigterm_lets_calls_finish(tmp_path: Path) -> None:
    """A call that runs goes on while the server drains; new ones are refused."""
    async with served(tmp_path, ORCHESTRATOR_DRAIN="3600") as (process, url):
        async with connect(url) as caller:
            client = CallerClient(caller)
            await client.until("session.created")
            process.send_signal(signal.SIGTERM)
            await refused(url)
            await client.type("Are you still there?")
            await client.until("response.done")
        assert await ended(process) in (0, -signal.SIGTERM)


async def refused(url: str) -> None:
    """Wait until new calls are refused."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                async with connect(url):
                    pass
            except InvalidStatus as error:
                if error.response.status_code == 503:
                    return
                raise


async def test_a_second_interrupt_ends_at_once(tmp_path: Path) -> None:
    """P72: whoever presses Ctrl-C twice does not want to wait for the calls, however busy the machine is."""
    async with served(tmp_path, ORCHESTRATOR_DRAIN="3600") as (process, url), connect(url) as caller:
        client = CallerClient(caller)
        await client.until("session.created")
        process.send_signal(signal.SIGINT)
        await refused(url)
        process.send_signal(signal.SIGINT)

        assert await ended(process) == 130


async def test_p56_a_second_sigterm_ends_at_once(tmp_path: Path) -> None:
    """P56: as a container's runtime sends it, when a person is tired of waiting."""
    async with served(tmp_path, ORCHESTRATOR_DRAIN="3600") as (process, url), connect(url) as caller:
        client = CallerClient(caller)
        await client.until("session.created")
        process.send_signal(signal.SIGTERM)
        await refused(url)
        process.send_signal(signal.SIGTERM)

        assert await ended(process) in (0, -signal.SIGTERM)


# --- TLS ---


async def test_p73_a_call_over_tls(tmp_path: Path) -> None:
    """P73: with a certificate made at the start, and the fast sockets; the start says which file to trust."""
    async with served(tmp_path, "--tls", "self-signed") as (process, url):
        assert url.startswith("wss://")
        assert process.stdout is not None
        said = b""
        async with asyncio.timeout(PATIENCE):
            while (found := re.search(rb"SSL_CERT_FILE=(\S+)", said)) is None:
                said += await process.stdout.readline()
        context = ssl.create_default_context(cafile=found[1].decode())
        async with connect(url, ssl=context) as caller:
            client = CallerClient(caller)
            await client.until("session.created")
            await client.type("Are you there?")
            await client.until("response.done")
        async with httpx.AsyncClient(verify=context) as http:
            assert (await http.get(url.replace("wss", "https").partition("/v1")[0] + "/healthz")).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert await ended(process) in (0, -signal.SIGTERM)


async def test_p73_tls_that_is_spoken_to_a_plain_port(tmp_path: Path) -> None:
    """P73: the client fails as it does at any plain port, and the log says why."""
    async with served(tmp_path) as (process, url):
        with pytest.raises(ssl.SSLError):
            await connect(url.replace("ws:", "wss:"), ssl=ssl.create_default_context())
        assert process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            while b"speaks TLS" not in (line := await process.stderr.readline()):
                pass
        assert b"--tls-cert" in line


def test_a_server_takes_all_the_descriptors_it_may() -> None:
    """The shell's usual 1,024 would be some two hundred calls."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limits[0] - 1, limits[1]))
        take_descriptors()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (limits[1], limits[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_p55_the_keys_of_a_team_are_hidden_in_the_log(tmp_path: Path) -> None:
    """P55: by their value, whatever the variable is called that holds them; and what authorises in an address."""
    path = write(tmp_path, url="wss://host/v1/realtime?sig=addresskey1", model="service/gpt")
    text = path.read_text().replace('sig=addresskey1"', 'sig=addresskey1", api_key: "${SERVICE}"')
    path.write_text(text)
    root = logging.getLogger()
    handlers, level, stream = root.handlers[:], root.level, io.StringIO()
    set_up_log(stream=stream)
    try:
        build(path, settings(), {"SERVICE": "plainproviderkey"})
        root.error("401 for plainproviderkey at host?sig=addresskey1")
    finally:
        root.handlers[:], root.level = handlers, level
        structlog.reset_defaults()

    assert "plainproviderkey" not in stream.getvalue()
    assert "addresskey1" not in stream.getvalue()


async def test_p55_a_server_goes_on_when_nobody_reads_its_log(tmp_path: Path) -> None:
    """P55: standard error is a full pipe; calls are answered, and the server stops when it is told to."""
    unread, written = os.pipe()
    os.set_blocking(written, False)
    with suppress(BlockingIOError):
        while os.write(written, b"x" * 4096):
            pass
    os.set_blocking(written, True)
    try:
        async with served(tmp_path, stderr=written, ORCHESTRATOR_DRAIN="0") as (process, url):
            for _ in range(5):
                async with connect(url) as caller:
                    await CallerClient(caller).until("session.created")
            process.send_signal(signal.SIGTERM)
            assert await ended(process) in (0, -signal.SIGTERM)
    finally:
        os.close(unread)
        os.close(written)


async def test_p55_the_last_lines_are_not_lost(tmp_path: Path) -> None:
    """P55: a server that is stopped by a signal has written its log to the end; a call's first line says who calls."""
    log = tmp_path / "log"
    with log.open("wb") as file:
        async with served(tmp_path, stderr=file.fileno()) as (process, url):
            async with connect(url, additional_headers={"api-key": "some key"}) as caller:
                await CallerClient(caller).until("session.created")
            process.send_signal(signal.SIGTERM)
            await ended(process)

    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"server stopping", "call ended"} <= {line["event"] for line in lines}
    [opened] = [line for line in lines if line["event"] == "call opened"]
    assert (opened["peer"], len(opened["key"])) == ("127.0.0.1", 8)


# --- several teams ---


def several(folder: Path, **keys: str) -> list[Path]:
    """Write teams of these names, with keys of their files, each in a folder of its own."""
    for name, more in keys.items():
        (folder / name).mkdir()
        text = f"team: {name}\n{more}\nagents: {{front: {{model: local, instructions: Hi}}}}\n"
        (folder / name / "agents.yaml").write_text(text, encoding="utf-8")
    return [folder / name for name in keys]


def test_several_teams_are_served(tmp_path: Path) -> None:
    """Files, or folders of them; the default is where the welcome tells clients to connect."""
    folders = several(tmp_path, clinic="", hotel="default: true")
    deployment = build(folders, settings(), {})
    lines = welcome(deployment, settings(), 8080)

    assert [served.name for served in deployment.teams] == ["clinic", "hotel"]
    assert [line.partition(":")[0] for line in lines if line.startswith("team ")] == ["team clinic", "team hotel"]
    assert "endpoint  ws://127.0.0.1:8080/v1/realtime?model=hotel" in lines


def test_what_is_wrong_in_several_teams_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In each file, and between them."""
    monkeypatch.chdir(tmp_path)
    folders = several(tmp_path, clinic="default: true", hotel="colour: blue", spa="default: true")
    (tmp_path / "spa" / "other.yaml").write_text((tmp_path / "spa" / "agents.yaml").read_text("utf-8"), "utf-8")
    with pytest.raises(TeamError) as refused:
        build(folders, settings(), {})

    assert [str(problem).partition(". ")[0] for problem in refused.value.problems] == [
        "hotel/agents.yaml:2:1 colour: unknown key",
        f"spa/agents.yaml:2:1 default: the team of {tmp_path / 'clinic' / 'agents.yaml'} is the default too",
        f"spa/other.yaml:2:1 default: the team of {tmp_path / 'clinic' / 'agents.yaml'} is the default too",
        f"spa/other.yaml:1:1 team: the team of {tmp_path / 'spa' / 'agents.yaml'} has the name 'spa' too",
        f"spa/other.yaml:2:1 default: the team of {tmp_path / 'spa' / 'agents.yaml'} is the default too",
    ]


def test_a_key_of_a_team_that_is_not_served_is_noticed(tmp_path: Path) -> None:
    """At the start."""
    with pytest.raises(OrchestratorError, match="a key is bound to 'motel'"):
        build(several(tmp_path, hotel=""), settings(api_keys="a-key-for-the-tests:motel"), {})
