"""What was said in a call, line by line."""

from __future__ import annotations

from orchestrator.observe.facts import Answered, CallerTurn, FirstAudio, Said
from orchestrator.records.transcript import Line, subtitles, transcript

ASKED = CallerTurn(start=1.0, end=3.5, agent="front", item_id="i1", over=False)
QUESTION = Said(start=4.0, end=4.0, who="caller", text="Where is my <order>?", item_id="i1")
FIRST = FirstAudio(start=3.5, end=4.25, agent="front", response_id="r1")
REPLY = Said(start=5.0, end=5.0, who="front", text=" It is on its way. ", item_id="a", response_id="r1")
HEARD = Answered(
    start=4.25, end=6.0, agent="front", response_id="r1", asked=3.6, status="completed", cut=True, heard=True
)


def test_words_stand_where_they_were_heard() -> None:
    """They are known later than they are spoken, an answer earlier than it is heard."""
    typed = Said(start=0.5, end=0.5, who="caller", text="Hello", item_id="i0", typed=True)
    silent = Said(start=7.0, end=7.0, who="front", text="Written.", item_id="b", response_id="r2")
    unheard = Answered(
        start=6.5, end=6.5, agent="front", response_id="r2", asked=6.5, status="completed", cut=False, heard=False
    )

    lines = transcript([FIRST, REPLY, QUESTION, ASKED, typed, HEARD, silent, unheard])

    assert lines == [
        Line(start=0.5, end=0.5, who="caller", text="Hello", seat="caller", typed=True),
        Line(start=1.0, end=3.5, who="caller", text="Where is my <order>?", seat="caller"),
        Line(start=4.25, end=6.0, who="front", text="It is on its way.", seat="caller", cut=True, waited=0.75),
        Line(start=7.0, end=7.0, who="front", text="Written.", seat="caller"),
    ]


def test_subtitles_name_who_speaks() -> None:
    """As WebVTT; what has no length of its own is shown as long as it takes to read."""
    lines = [*transcript([QUESTION, ASKED]), Line(start=3661.0, end=3661.0, who="front", text="Yes.\nIt is.", seat="c")]

    assert "".join(subtitles(lines)) == (
        "WEBVTT\n"
        "\n00:00:01.000 --> 00:00:03.500\n<v caller>Where is my &lt;order&gt;?</v>\n"
        "\n01:01:01.000 --> 01:01:02.733\n<v front>Yes. It is.</v>\n"
    )


def test_a_line_as_json_has_times_to_the_millisecond() -> None:
    """And says how long the caller waited for it."""
    told = transcript([FIRST, REPLY, HEARD])[0].told()

    assert told == {
        "t": 4.25, "end": 6.0, "seat": "caller", "who": "front", "text": "It is on its way.", "typed": False,
        "cut": True, "waited": 0.75,
    }  # fmt: skip
