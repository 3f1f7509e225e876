"""How long a test waits for something that must come.

It costs time only where something is broken, so it is long enough for a machine that has much else to do. A test that
checks that something ends within a limit of the product's own sets that limit, and then waits as patiently as the rest.
"""

from __future__ import annotations

PATIENCE = 60.0  # seconds
# Seconds that a server of a test may fall behind before it refuses calls: it refuses none because the machine is busy.
BUSY = 3600.0
