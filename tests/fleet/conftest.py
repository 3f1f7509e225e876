"""One Redis for the tests of this folder in each process; it is emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.redis_server import RedisServer, redis_server


@pytest.fixture(scope="session")
def running_redis() -> Iterator[RedisServer]:
    """Run the server."""
    with redis_server() as server:
        yield server


@pytest.fixture
def redis(running_redis: RedisServer) -> RedisServer:
    """Return a Redis that is empty."""
    with running_redis.client() as client:
        client.flushall()
    return running_redis
