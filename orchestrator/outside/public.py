"""Which addresses are public: of machines of the internet, and not of this one or of networks of one's own."""

from __future__ import annotations

import ipaddress

GLOBAL = ipaddress.ip_network("2000::/3")  # the only part of IPv6 from which public addresses are given out
# Parts that are for no public use, and that older versions of Python do not know as such.
RESERVED = [ipaddress.ip_network(each) for each in ("3fff::/20", "192.0.0.0/24", "192.88.99.0/24")]
# Networks of IPv6 whose addresses stand for one of IPv4, and the bit at which it begins, from the right.
TRANSLATED = {
    ipaddress.ip_network("::ffff:0:0/96"): 0,
    ipaddress.ip_network("64:ff9b::/96"): 0,
    ipaddress.ip_network("2002::/16"): 80,
}


def is_public(written: str) -> bool:
    """Return whether an address belongs to a machine of the public internet."""
    try:
        address = ipaddress.ip_address(written.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        for network, shift in TRANSLATED.items():
            if address in network:
                return is_public(str(ipaddress.IPv4Address(int(address) >> shift & 0xFFFF_FFFF)))
        if address not in GLOBAL:
            return False
    reserved = any(address in network for network in RESERVED if network.version == address.version)
    return address.is_global and not address.is_multicast and not reserved
