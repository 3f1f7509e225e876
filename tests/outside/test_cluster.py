"""Addresses of Redis as they are written."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from orchestrator.outside.cluster import ClusterAddress, passwords, read_cluster


@dataclass(frozen=True)
class Row:
    """An address, and what is meant."""

    id: str
    written: str
    meant: ClusterAddress
    shown: str


ROWS = (
    Row("plain", "redis://localhost", ClusterAddress((("localhost", 6379),)), "redis://localhost:6379"),
    Row(
        "login",
        "redis://nodes:p%40ss:word@redis.example:6380/3",
        ClusterAddress((("redis.example", 6380),), database=3, user="nodes", password="p@ss:word"),
        "redis://redis.example:6380",
    ),
    Row(
        "password alone",
        "redis://:secret@[::1]:7000",
        ClusterAddress((("::1", 7000),), password="secret"),
        "redis://[::1]:7000",
    ),
    Row(
        "tls",
        "rediss://redis.example/?ssl_ca_certs=/etc/ca.pem",
        ClusterAddress((("redis.example", 6379),), tls=True, options={"ssl_ca_certs": "/etc/ca.pem"}),
        "rediss://redis.example:6379",
    ),
    Row(
        "sentinels",
        "redis+sentinel://u:p@one,two:26380/calls/2?sentinel_password=x",
        ClusterAddress(
            (("one", 26379), ("two", 26380)),
            master="calls",
            database=2,
            user="u",
            password="p",
            options={"sentinel_password": "x"},
        ),
        "redis+sentinel://one:26379,two:26380",
    ),
    Row(
        "sentinels with tls",
        "rediss+sentinel://one/calls?ssl_cert_reqs=none",
        ClusterAddress((("one", 26379),), tls=True, master="calls", options={"ssl_cert_reqs": "none"}),
        "rediss+sentinel://one:26379",
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_an_address_is_read(row: Row) -> None:
    """And shown without user and password."""
    assert read_cluster(row.written) == row.meant
    assert str(read_cluster(row.written)) == row.shown


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("localhost:6379", "not the address of a Redis"),
        ("http://localhost:6379", "not the address of a Redis"),
        ("redis://", "a host or a port"),
        ("redis://u:hunter2@host:x", "a host or a port"),
        ("redis://host:0", "a host or a port"),
        ("redis://host:70000", "a host or a port"),
        ("redis://ho st", "a host or a port"),
        ("redis://[::1", "not the address"),
        ("redis://one,two", "only Sentinels can be several"),
        ("redis://host/calls", "number of the database"),
        ("redis://host/1/2", "number of the database"),
        ("redis+sentinel://one,two", "name of the master is missing"),
        ("redis+sentinel://one/calls/x", "number of the database"),
        ("redis://host?ssl_ca_certs=x", "'ssl_ca_certs' is not known; there are none without"),
        ("rediss://host?hunter2=1", "known here: ssl_ca_certs"),
    ],
)
def test_what_cannot_be_meant_is_refused(written: str, said: str) -> None:
    """It is said what to write; what could be a password is not shown."""
    with pytest.raises(ValueError, match=said) as told:
        read_cluster(written)
    assert "u:hunter2" not in str(told.value)


def test_passwords_are_found_in_all_their_spellings() -> None:
    """So that none of them is logged."""
    assert passwords("redis://u:p%40ss@host") == ["p@ss", "p%40ss"]
    assert passwords("redis+sentinel://one/calls?sentinel_password=x") == ["x"]
    assert passwords("redis://host") == []
    assert passwords("nonsense") == []
    assert "p@ss" not in repr(read_cluster("redis://u:p%40ss@host"))
