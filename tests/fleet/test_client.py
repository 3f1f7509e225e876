"""Connections to Redis as people run it: with users and passwords, with TLS, behind Sentinels."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from orchestrator.errors import OrchestratorError
from orchestrator.fleet.client import client_for
from orchestrator.outside.cluster import read_cluster
from orchestrator.server.tls import _make
from tests.fleet.nodes import HEADER, Owner, claimed, node, restart, until, up
from tests.redis_server import RedisServer, free_port, redis_server

PERMISSIONS = "~{orchestrator}:* &{orchestrator}:* +@all -@dangerous"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Return a folder with a certificate for this machine, and its key."""
    _make("127.0.0.1", tmp_path / "cert.pem", tmp_path / "key.pem")
    return tmp_path


@pytest.fixture
def with_tls(certificate: Path) -> Iterator[RedisServer]:
    """Run a Redis that speaks TLS on a port beside."""
    port = free_port()
    files = ("--tls-cert-file", str(certificate / "cert.pem"), "--tls-key-file", str(certificate / "key.pem"))
    with redis_server("--tls-port", str(port), *files, "--tls-auth-clients", "no") as server:
        server.port = port
        yield server


async def test_a_user_needs_only_the_keys_of_the_fleet(redis: RedisServer) -> None:
    """And none of the dangerous commands."""
    with redis.client() as client:
        client.execute_command("ACL", "SETUSER", "nodes", "on", ">p@ss", *PERMISSIONS.split())
    url = f"redis://nodes:p%40ss@127.0.0.1:{redis.port}/0"
    async with node(url) as first, node(url) as second:
        held = first.begin("call_1", HEADER, Owner())
        held.put("a")
        await held.confirmed()
        assert (await claimed(second, held.token)).lines == ["a"]
        assert len(await first.nodes()) == 2
        await until(lambda: not held.resumable)
        assert await first.claim_orphan() is None


@pytest.mark.parametrize("login", ["nodes:wrong", "nobody:p"])
async def test_a_wrong_login_is_an_error_at_the_start(login: str, redis: RedisServer) -> None:
    """It would not get better; the password is not shown."""
    with redis.client() as client:
        client.execute_command("ACL", "SETUSER", "nodes", "on", ">right", *PERMISSIONS.split())
    with pytest.raises(OrchestratorError, match=r"^ORCHESTRATOR_CLUSTER: redis://127.0.0.1:\d+ cannot be used") as told:
        async with node(f"redis://{login}@127.0.0.1:{redis.port}"):
            pass
    assert login not in str(told.value)


async def test_a_missing_password_is_an_error_at_the_start() -> None:
    """The address is the place to write it."""
    with redis_server("--requirepass", "secret") as server:
        with pytest.raises(OrchestratorError, match="Check user, password"):
            async with node(server.url):
                pass
        async with node(f"redis://:secret@127.0.0.1:{server.port}") as fleet:
            assert up(fleet)


async def test_a_redis_that_is_not_there_yet_is_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    """The node takes calls meanwhile."""
    with redis_server() as server:
        server.stop()
        async with node(server.url) as first:
            held = first.begin("call_1", HEADER, Owner())
            held.put("a")
            assert held.resumable
            await until(lambda: "cluster out of reach" in capsys.readouterr().out)
            server.start()
            async with node(server.url) as second:
                await until(lambda: first.figures()["journal_unsent"] == 0)
                assert (await claimed(second, held.token)).lines == ["a"]


async def test_lines_are_sent_at_once_with_tls_too(with_tls: RedisServer, certificate: Path) -> None:
    """And the call can be taken over."""
    url = f"rediss://127.0.0.1:{with_tls.port}?ssl_ca_certs={certificate / 'cert.pem'}"
    async with node(url) as first, node(url) as second:
        held = first.begin("call_1", HEADER, Owner())
        await held.confirmed()
        for number in range(20):
            held.put(f"line {number}")
        with with_tls.client(ssl=True, ssl_ca_certs=str(certificate / "cert.pem")) as client:
            for _ in range(10_000):  # the event loop does not run meanwhile
                if client.llen("{orchestrator}:log:call_1") == 21:
                    break
            assert client.llen("{orchestrator}:log:call_1") == 21
        assert held.lines.confirmed == 1
        await held.confirmed()
        assert len((await claimed(second, held.token)).lines) == 20


async def test_a_certificate_that_nobody_signed_is_an_error(with_tls: RedisServer) -> None:
    """Unless the address says that none is looked at."""
    with pytest.raises(OrchestratorError, match=r"cannot be used.*CERTIFICATE_VERIFY_FAILED"):
        async with node(f"rediss://127.0.0.1:{with_tls.port}"):
            pass
    async with node(f"rediss://127.0.0.1:{with_tls.port}?ssl_cert_reqs=none") as fleet:
        assert up(fleet)


@pytest.mark.parametrize("option", ["ssl_ca_certs", "ssl_certfile"])
def test_files_of_tls_that_cannot_be_used_are_named(option: str, tmp_path: Path) -> None:
    """With what is wrong with them."""
    missing = tmp_path / "none.pem"
    with pytest.raises(OrchestratorError, match="ORCHESTRATOR_CLUSTER: a file of TLS cannot be used: No such file"):
        client_for(read_cluster(f"rediss://localhost?{option}={missing}"))


# redis-py forgets a connection that it is making while the master changes; the system closes it when it is collected.
@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
async def test_the_master_is_found_by_sentinels(tmp_path: Path) -> None:
    """And found again when another one is the master."""
    with ExitStack() as stack:
        master = stack.enter_context(redis_server())
        replica = stack.enter_context(redis_server("--replicaof", "127.0.0.1", str(master.port)))
        watching = f"sentinel monitor calls 127.0.0.1 {master.port} 1\n"
        limits = "sentinel down-after-milliseconds calls 300\nsentinel failover-timeout calls 2000\n"
        (tmp_path / "sentinel.conf").write_text(watching + limits)
        sentinel = stack.enter_context(redis_server(sentinel=tmp_path / "sentinel.conf"))
        with sentinel.client() as client:
            await until(lambda: len(client.execute_command("SENTINEL", "REPLICAS", "calls")) == 1)
        url = f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel.port}/calls/0"
        async with node(url) as first, node(url) as second:
            held = first.begin("call_1", HEADER, Owner())
            held.put("a")
            await held.confirmed()
            master.stop()
            await until(lambda: not up(first) and not up(second))
            held.put("b")
            await until(lambda: up(first) and up(second) and first.figures()["journal_unsent"] == 0)
            assert (await claimed(second, held.token)).lines == ["a", "b"]
            with replica.client() as client:
                assert client.llen("{orchestrator}:log:call_1") == 3
    gc.collect()  # now, and not in another test


async def test_a_database_of_its_own(redis: RedisServer) -> None:
    """By its number; one that Redis does not have is an error."""
    async with node(f"{redis.url.removesuffix('/0')}/3") as fleet:
        held = fleet.begin("call_1", HEADER, Owner())
        await held.confirmed()
        with redis.client(db=3) as client:
            assert client.llen("{orchestrator}:log:call_1") == 1
            client.flushdb()
    with pytest.raises(OrchestratorError, match="DB index is out of range"):
        async with node(f"{redis.url.removesuffix('/0')}/99"):
            pass


async def test_the_connection_is_found_in_the_lists_of_redis(redis: RedisServer) -> None:
    """By its name."""
    async with node(redis.url):
        with redis.client() as client:
            names = [one["name"] for one in client.client_list()]
    assert "orchestrator" in names


async def test_a_node_comes_back_after_a_restart_with_a_login() -> None:
    """It logs in again."""
    with redis_server("--requirepass", "secret") as server:
        async with node(f"redis://:secret@127.0.0.1:{server.port}") as fleet:
            await restart(server, fleet)
            assert up(fleet)
