"""What holds for all tests, before any of them is imported."""

from __future__ import annotations

import os

# As a server has it, and as early: numpy's threads would spin on every core, and each test would wait for all others.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Servers and commands that tests start would compile the whole package each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
