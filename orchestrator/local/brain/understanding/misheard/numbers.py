"""Numbers as recognition writes them: a digit that was said once is sometimes written twice ("77731" for 7731)."""

from __future__ import annotations

import re

REPEATED = re.compile(r"(\d)\1+")


def without_extra(digits: str, length: int) -> str:
    """Return a number of that length from one with a digit too many; "" if it is not clear which digit that is."""
    repeated = list(REPEATED.finditer(digits))
    if len(digits) != length + 1 or len(repeated) != 1:
        return ""
    at = repeated[0].start()
    return digits[:at] + digits[at + 1 :]
