"""Which addresses are public."""

from __future__ import annotations

import pytest

from orchestrator.outside.public import is_public


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "2606:2800:21f:cb07::1", "8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    """Also those of IPv4 that are written as one of IPv6."""
    assert is_public(address)


INSIDE = """
127.0.0.1 127.9.9.9 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1
100.127.255.255 192.0.0.8 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1
255.255.255.255 :: ::1 fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fec0::1 ff02::1 2001:db8::1 3fff::1 2001::1 5f00::1
::ffff:127.0.0.1 ::ffff:a9fe:a9fe 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 2002:7f00:1::1 2002:a9fe:a9fe:: ::127.0.0.1
100::1 64:ff9b:1::1 localhost 2130706433
"""


@pytest.mark.parametrize("address", ["", *INSIDE.split()])
def test_all_other_addresses_are_not(address: str) -> None:
    """This machine, networks of one's own, metadata services, groups, and what is for no use."""
    assert not is_public(address)
