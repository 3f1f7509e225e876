"""Phone numbers as a team file writes them: with spaces and dashes or without, always with + and the country code."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, StringConstraints

BETWEEN = re.compile(r"[\s()./-]")  # what people write between digits


def _bare(value: Any) -> Any:
    """Return a number as a telephone network writes it."""
    return BETWEEN.sub("", value) if isinstance(value, str) else value


Number = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{5,14}$"), BeforeValidator(_bare)]
Numbers = tuple[Number, ...]
