"""Finding calls: by whichever way there is, the same calls are found."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from orchestrator.records import Archive, Filter
from orchestrator.records import finding as finding_module
from tests.records.recording import STARTED, Recorder, one_connection

AGENTS, ENDINGS, TEXTS = ("front", "billing"), ("left", "failed"), ("invoice", "refund please")
TEAMS = ("helpdesk", "hotel")
KEYS = ("agent", "ending", "text", "team")


@pytest.mark.parametrize("few", [0, 3, 300], ids="{} calls are few".format)
def test_every_way_finds_the_same_calls(archive: Archive, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    """Whatever is asked for together, those are found of which all of it holds, the newest first."""
    monkeypatch.setattr(finding_module, "FEW", few)
    recorder = Recorder(archive)
    known: list[dict[str, str]] = []
    for number, values in enumerate(product(AGENTS, ENDINGS, TEXTS, TEAMS)):
        call = {"id": f"sess_{number}", **dict(zip(KEYS, values, strict=True))}
        summary = {"agents": ["first", call["agent"]], "ending": call["ending"]}
        recorder.add(call["id"], started=STARTED + number, team=call["team"], text=call["text"], summary=summary)
        known.insert(0, call)
    with one_connection(archive, monkeypatch):
        for some in product((None, *AGENTS), (None, *ENDINGS), (None, *TEXTS), (None, *TEAMS)):
            asked: dict[str, Any] = dict(zip(KEYS, some, strict=True))
            wanted = {name: value for name, value in asked.items() if value is not None}
            right = [call["id"] for call in known if wanted.items() <= call.items()]

            assert [call["id"] for call in archive.find(Filter(**asked))] == right, wanted
            since, last = archive.find(Filter(**asked, since=STARTED + 4, until=STARTED + 9)), right[:1] or ["sess_0"]
            assert [call["id"] for call in since] == [found for found in right if 4 <= int(found[5:]) < 9]
            assert [call["id"] for call in archive.find(Filter(**asked, after=last[0]))] == right[1:]
