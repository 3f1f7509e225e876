"""What the program writes into the pages is what stands there."""

from __future__ import annotations

import pytest

from tests.docs.generated import PARTS, Part


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.page}: {part.mark}")
def test_the_generated_parts_are_up_to_date(part: Part) -> None:
    """Tables of the code, drawings and output; `make docs` writes them anew."""
    assert part.stands() == part.write()
