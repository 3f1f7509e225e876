"""Scripts as they are written to Redis."""

from __future__ import annotations

from orchestrator.fleet.scripts import APPEND, LEASES, NODES, SCRIPTS, TAG, bus, call_key, log_key, node_key, packed
from tests.redis_server import RedisServer


def test_a_command_is_written_as_redis_reads_it() -> None:
    """Also with line breaks, and bytes that are no text."""
    assert packed(b"SET", b"key", b"a\r\n\xff") == b"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$4\r\na\r\n\xff\r\n"


def test_all_keys_are_in_one_place() -> None:
    """A script may use several of them only then, where Redis is a cluster."""
    keys = [call_key("1"), log_key("1"), node_key("1"), LEASES, NODES]

    assert all(key.startswith(TAG.encode()) for key in keys)
    assert len(set(keys)) == len(keys)
    assert bus("1").startswith(TAG)


def test_redis_knows_scripts_by_the_names_that_they_are_run_by(redis: RedisServer) -> None:
    """Their hashes."""
    with redis.client() as client:
        for script in SCRIPTS:
            assert client.script_load(script.text).encode() == script.begin[1]


def test_a_script_is_run_with_keys_and_words() -> None:
    """Numbers are written as digits."""
    command = APPEND.run((b"k1", b"k2"), b"word", 12)

    assert command.startswith(b"*7\r\n$7\r\nEVALSHA\r\n$40\r\n")
    assert command.endswith(b"$1\r\n2\r\n$2\r\nk1\r\n$2\r\nk2\r\n$4\r\nword\r\n$2\r\n12\r\n")
