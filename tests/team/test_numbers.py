"""Phone numbers in a team file."""

from __future__ import annotations

import pytest

from orchestrator.errors import TeamError
from tests.core.scene import team

TEAM = "team: t\nnumbers: [{0}]\nagents: {{front: {{instructions: Hi}}}}\n"


@pytest.mark.parametrize("written", ["+49 30 901820", "+49 (30) 90-18.20", "+4930901820", '"+4930901820"'])
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    """As people write it, and as the network does."""
    assert team(TEAM.format(written)).numbers == ("+4930901820",)


@pytest.mark.parametrize("written", ["030 901820", "+0301234567", "+49", "reception", "+49 30 901820 ext 4"])
def test_a_number_needs_its_country(written: str) -> None:
    """The network names called numbers so."""
    with pytest.raises(TeamError, match="numbers"):
        team(TEAM.format(written))
